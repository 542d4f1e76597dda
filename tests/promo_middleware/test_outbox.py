"""The outbox: what is in it survives, and one attempt at a reference is open."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from promo_middleware import CheckoutClosed, CheckoutInFlight, Outbox, Step


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with closing(Outbox(tmp_path / "deep" / "outbox.db")) as made:
        yield made


def test_what_is_in_it_is_there_for_the_next_process(outbox: Outbox, tmp_path: Path) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.granted("o1", "a", amount_due=5, undiscounted=7, granted={"revision": "r"})
    outbox.move("o1", "a", Step.CONFIRM, try_at=1, charged=5)
    with closing(Outbox(tmp_path / "deep" / "outbox.db")) as other:
        (entry,) = other.entries()
    assert (entry.step, entry.amount_due, entry.undiscounted, entry.charged) == (Step.CONFIRM, 5, 7, 5)
    assert entry.granted == {"revision": "r"}


def test_only_the_shop_may_read_it(outbox: Outbox, tmp_path: Path) -> None:
    assert (tmp_path / "deep" / "outbox.db").stat().st_mode & 0o077 == 0


def test_a_second_attempt_waits_for_the_lease_of_the_first(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.open("o1", "a", now=1, lease=60)
    with pytest.raises(CheckoutInFlight):
        outbox.open("o1", "b", now=59, lease=60)
    with pytest.raises(CheckoutClosed):
        outbox.open("o1", "b", now=61, lease=60)


@pytest.mark.parametrize("step", [Step.CONFIRM, Step.DOUBT, Step.IN_DOUBT, Step.REJECTED])
def test_a_checkout_that_ended_or_is_in_doubt_is_closed(outbox: Outbox, step: Step) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.move("o1", "a", step, try_at=0)
    with pytest.raises(CheckoutClosed):
        outbox.open("o1", "b", now=1, lease=60)


def test_a_release_that_waits_is_handed_out_with_the_new_attempt(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.move("o1", "a", Step.RELEASE, try_at=0)
    (earlier,) = outbox.open("o1", "b", now=1, lease=60)
    assert (earlier.attempt, earlier.step) == ("a", Step.RELEASE)
    assert [entry.attempt for entry in outbox.entries()] == ["a", "b"]


def test_what_is_due_comes_longest_waiting_first_and_rejected_ones_stay(outbox: Outbox) -> None:
    for reference, step, try_at in (("x", Step.CONFIRM, 5), ("y", Step.DOUBT, 3), ("z", Step.REJECTED, 0)):
        outbox.open(reference, "a", now=0, lease=60)
        outbox.move(reference, "a", step, try_at=try_at)
    assert [entry.reference for entry in outbox.due(4)] == ["y"]
    assert [entry.reference for entry in outbox.due(9)] == ["y", "x"]


def test_an_open_checkout_is_due_when_its_lease_is_over(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    assert outbox.due(59) == []
    assert [entry.step for entry in outbox.due(60)] == [Step.OPEN]


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # the fork is the subject
def test_a_forked_process_opens_the_file_itself(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    child = os.fork()
    if child == 0:
        outbox.open("o2", "a", now=0, lease=60)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0
    assert [entry.reference for entry in outbox.entries()] == ["o1", "o2"]


def test_a_closed_outbox_opens_again_when_it_is_needed(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.close()
    assert [entry.reference for entry in outbox.entries()] == ["o1"]
