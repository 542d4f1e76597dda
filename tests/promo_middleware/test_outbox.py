"""The outbox: what is in it survives, and one attempt at a reference is open."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from promo_middleware import CheckoutClosed, CheckoutInFlight, ConfigurationError, Outbox, Step


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with closing(Outbox(tmp_path / "deep" / "outbox.db")) as made:
        yield made


def test_what_is_in_it_is_there_for_the_next_process(outbox: Outbox, tmp_path: Path) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.granted("o1", "a", amount_due=5, undiscounted=7, granted={"revision": "r"})
    outbox.settle("o1", "a", Step.CONFIRM, now=1, charged=5)
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


@pytest.mark.parametrize("step", [Step.CONFIRM, Step.DOUBT, Step.DONE])
def test_a_checkout_that_ended_or_is_in_doubt_is_closed(outbox: Outbox, step: Step) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.settle("o1", "a", step, now=0, charged=None)
    with pytest.raises(CheckoutClosed):
        outbox.open("o1", "b", now=1, lease=60)


LEFT = [Step.IN_DOUBT, Step.REJECTED, Step.TOLD, Step.ELSEWHERE]


@pytest.mark.parametrize("step", LEFT)
def test_what_the_api_was_told_is_its_to_decide_while_it_is_there(outbox: Outbox, step: Step) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.settle("o1", "a", step, now=0, charged=None)
    opened = outbox.open("o1", "b", now=1, lease=60)
    assert (opened.is_new, opened.earlier, opened.may_be_charged) == (True, [], True)


@pytest.mark.parametrize("step", [Step.IN_DOUBT, Step.REJECTED])
def test_where_there_is_no_api_a_doubt_is_closed(outbox: Outbox, step: Step) -> None:
    outbox.open("o1", "a", now=0, lease=60, is_alone=True)
    outbox.settle("o1", "a", step, now=0, charged=None)
    with pytest.raises(CheckoutClosed):
        outbox.open("o1", "b", now=1, lease=60, is_alone=True)


def test_a_grant_that_the_api_rejected_is_closed_for_nobody_else_knows_of_it(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.granted("o1", "a", amount_due=1, undiscounted=1, granted={"revision": "r"})
    outbox.settle("o1", "a", Step.REJECTED, now=0, charged=1)
    with pytest.raises(CheckoutClosed):
        outbox.open("o1", "b", now=1, lease=60)


@pytest.mark.parametrize("step", LEFT)
def test_what_the_api_grants_to_another_attempt_is_the_earlier_ones_no_more(outbox: Outbox, step: Step) -> None:
    for reference in ("o1", "o2"):
        outbox.open(reference, "a", now=0, lease=60)
        outbox.settle(reference, "a", step, now=0, charged=None)
    outbox.open("o1", "b", now=1, lease=60)
    outbox.granted("o1", "b", amount_due=1, undiscounted=1)
    assert [one.attempt for one in outbox.entries() if one.reference == "o1"] == ["b"]
    outbox.recall(2)
    assert {(one.reference, one.attempt) for one in outbox.due(2)} <= {("o2", "a")}


def test_a_grant_without_the_api_leaves_the_earlier_attempts_as_they_are(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.settle("o1", "a", Step.REJECTED, now=0, charged=None)
    outbox.open("o1", "b", now=1, lease=60)
    outbox.granted("o1", "b", amount_due=1, undiscounted=1, granted={"revision": "r"})
    assert [one.attempt for one in outbox.entries()] == ["a", "b"]


def test_doubts_are_recalled_with_those_that_nobody_could_look_up_and_nothing_else(outbox: Outbox) -> None:
    for step in Step:
        outbox.open(step.value, "a", now=0, lease=60)
        outbox.settle(step.value, "a", step, now=50, charged=None)
    assert outbox.due(49) == []
    outbox.recall(10)
    assert {one.reference: one.step for one in outbox.due(10)} == {"in_doubt": Step.IN_DOUBT, "told": Step.IN_DOUBT}


def test_a_release_that_waits_is_handed_out_with_the_new_attempt(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.settle("o1", "a", Step.RELEASE, now=0, charged=None)
    (earlier,) = outbox.open("o1", "b", now=1, lease=60).earlier
    assert (earlier.attempt, earlier.step) == ("a", Step.RELEASE)
    assert [entry.attempt for entry in outbox.entries()] == ["a", "b"]


def test_what_is_due_comes_longest_waiting_first_and_rejected_ones_stay(outbox: Outbox) -> None:
    for reference, step, try_at in (("x", Step.CONFIRM, 5), ("y", Step.DOUBT, 3), ("z", Step.REJECTED, 0)):
        outbox.open(reference, "a", now=0, lease=60)
        outbox.settle(reference, "a", step, now=try_at, charged=None)
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


PRELOADED = """
import os, sys
from pathlib import Path
from promo_middleware import Outbox, Step

outbox = Outbox(Path(sys.argv[1]))
a_is_there, b_is_there, a_has_ended = os.pipe(), os.pipe(), os.pipe()
if os.fork() == 0:
    outbox.open("a", "1", now=0, lease=60)
    os.write(a_is_there[1], b".")
    os.read(b_is_there[0], 1)
    sys.exit()  # as any worker ends: what it inherited is closed
if os.fork() == 0:
    os.close(a_has_ended[1])
    outbox.open("b", "1", now=0, lease=60)
    os.write(b_is_there[1], b".")
    os.read(a_has_ended[0], 1)  # its writers are gone
    outbox.settle("b", "1", Step.CONFIRM, now=1, charged=1)
    os._exit(0)
os.read(a_is_there[0], 1)
os._exit(0)
"""


def test_what_one_worker_settles_is_there_after_the_others_have_ended(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    subprocess.run([sys.executable, "-c", PRELOADED, path], check=True, stdout=subprocess.PIPE)  # waits for all of them
    with closing(Outbox(path)) as found:
        assert [(entry.reference, entry.step) for entry in found.entries()] == [("a", Step.OPEN), ("b", Step.CONFIRM)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files that others cannot write to")
def test_what_root_makes_in_a_directory_of_the_shop_is_the_shops(tmp_path: Path) -> None:
    os.chown(tmp_path, 12_345, 12_346)
    with closing(Outbox(tmp_path / "outbox.db")):
        owners = {(one.stat().st_uid, one.stat().st_gid) for one in tmp_path.iterdir()}
    assert owners == {(12_345, 12_346)}


def test_another_shop_is_told_to_have_a_directory_of_its_own(tmp_path: Path) -> None:
    for company_id in ("", "a", "", "a"):
        Outbox(tmp_path / "outbox.db", company_id).close()
    with pytest.raises(ConfigurationError, match=r"outbox\.db is the outbox of 'a': give 'b' its own"):
        Outbox(tmp_path / "outbox.db", "b")


def test_what_is_remembered_is_not_looked_through(outbox: Outbox, tmp_path: Path) -> None:
    asked: list[str] = []
    with outbox._transaction() as connection:
        connection.set_trace_callback(asked.append)
    outbox.due(0)
    outbox.waiting()
    outbox.purge(0)
    queries = [one for one in asked if one.startswith(("SELECT", "DELETE"))]
    with closing(sqlite3.connect(tmp_path / "deep" / "outbox.db")) as connection:
        plans = [connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()[0][3] for query in queries]
    assert [plan.rpartition(" INDEX ")[2].partition(" ")[0] for plan in plans] == ["waiting", "waiting", "remembered"]


def test_threads_wait_for_a_busy_file_at_the_same_time(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promo_middleware.outbox._BUSY_SECONDS", 0.02)
    assert outbox.stop()
    try:
        with pytest.raises(sqlite3.OperationalError, match="is busy"):
            outbox.entries()
    finally:
        outbox.go_on()
    assert outbox.entries() == []


def test_the_file_stays_where_it_is_when_the_process_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(Outbox(Path("outbox.db"))) as outbox:
        outbox.close()
        monkeypatch.chdir("/")
        outbox.open("o1", "a", now=0, lease=60)
    assert (tmp_path / "outbox.db").exists()


def test_a_closed_outbox_opens_again_when_it_is_needed(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.close()
    assert [entry.reference for entry in outbox.entries()] == ["o1"]


def test_an_entry_that_changed_meanwhile_is_left_alone(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.settle("o1", "a", Step.DOUBT, now=0, charged=None)
    (read,) = outbox.due(0)
    outbox.settle("o1", "a", Step.CONFIRM, now=0, charged=5)
    assert not outbox.advance(read, Step.IN_DOUBT, try_at=9, tries=0)
    assert not outbox.drop(read)
    assert [entry.step for entry in outbox.entries()] == [Step.CONFIRM]


def test_an_outcome_of_what_was_never_entered_is_an_error(outbox: Outbox) -> None:
    with pytest.raises(KeyError, match="o1 is not in the outbox"):
        outbox.settle("o1", "a", Step.CONFIRM, now=0, charged=5)


def test_a_younger_attempt_waits_for_what_the_older_one_reports(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.settle("o1", "a", Step.RELEASE, now=50, charged=None)
    outbox.open("o1", "b", now=1, lease=60)
    outbox.settle("o1", "b", Step.CONFIRM, now=2, charged=5)
    assert outbox.due(49) == []
    (older,) = outbox.due(50)
    outbox.drop(older)
    assert [entry.attempt for entry in outbox.due(50)] == ["b"]


def test_a_confirmed_reference_is_remembered_until_it_is_purged(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.settle("o1", "a", Step.DONE, now=10, charged=None)
    assert (outbox.entries(), outbox.due(99)) == ([], [])
    outbox.purge(10)
    with pytest.raises(CheckoutClosed):
        outbox.open("o1", "b", now=20, lease=60)
    outbox.purge(11)
    assert outbox.open("o1", "b", now=20, lease=60).is_new


def test_a_hold_that_stands_is_reported_before_the_next_attempt(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.granted("o1", "a", amount_due=1, undiscounted=1, tax=1, kept={"ttl": 60})
    outbox.settle("o1", "a", Step.KEEP, now=1, charged=None)
    opened = outbox.open("o1", "b", now=2, lease=60)
    (earlier,) = opened.earlier
    assert (earlier.step, earlier.tax, earlier.kept) == (Step.KEEP, 1, {"ttl": 60})
    assert opened.may_be_charged  # as long as it cannot be reported


def test_a_grant_that_the_api_does_not_know_is_not_made_twice(outbox: Outbox) -> None:
    outbox.open("o1", "a", now=0, lease=60)
    outbox.granted("o1", "a", amount_due=1, undiscounted=1, granted={"revision": "r"})
    outbox.settle("o1", "a", Step.KEEP, now=1, charged=None)
    with pytest.raises(CheckoutClosed):
        outbox.open("o1", "b", now=2, lease=60)


def test_the_outbox_of_an_earlier_version_is_given_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    with closing(sqlite3.connect(path)) as before:
        before.execute(_OLDEST)
        before.execute("INSERT INTO checkouts VALUES ('o1', 'a', 'confirm', 5, 7, NULL, 5, 60, 0, 0, 0, '')")
        before.commit()
    for _ in range(2):
        with closing(Outbox(path)) as opened:
            (entry,) = opened.entries()
    assert (entry.amount_due, entry.tax, entry.charged_without_tax, entry.kept) == (5, 0, 5, None)


_OLDEST = """
CREATE TABLE checkouts (
    reference TEXT NOT NULL, attempt TEXT NOT NULL, step TEXT NOT NULL, amount_due INTEGER, undiscounted INTEGER,
    granted TEXT, charged INTEGER, lease_until REAL NOT NULL, try_at REAL NOT NULL, opened_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, why TEXT NOT NULL DEFAULT '', PRIMARY KEY (reference, attempt)
) WITHOUT ROWID
"""


def test_a_file_that_is_no_outbox_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(ConfigurationError, match=r"outbox\.db: file is not a database; move it aside"):
        Outbox(path)
    assert path.read_bytes() == b"not a database" * 100


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"directory: .*file/outbox\.db: "):
        Outbox(tmp_path / "file" / "outbox.db")


def test_a_new_file_waits_for_others_who_are_about_to_make_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        opening = pool.submit(Outbox, tmp_path / "outbox.db")
        with pytest.raises(TimeoutError):
            opening.result(0.1)
        other.execute("COMMIT")
        opening.result().close()


def test_a_new_file_that_another_program_keeps_locked_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promo_middleware.outbox._BUSY_SECONDS", 0.02)
    with closing(sqlite3.connect(tmp_path / "outbox.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigurationError, match=r"outbox\.db: database is locked$"):
            Outbox(tmp_path / "outbox.db")
