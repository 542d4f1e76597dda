"""Delivery, against a port that says what it is told to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promo_engine import Cart, Customer, Entitlements
from promo_middleware import ApiAway, ApiRefused, ApiUnfit, CheckoutClosed, HoldOrder, Outbox, Step
from promo_middleware.delivery import Delivery


@dataclass
class Scripted:
    """A port that notes its calls, and raises what it was given."""

    calls: list[str] = field(default_factory=list)
    error: Exception | None = None

    def note(self, call: str) -> None:
        self.calls.append(call)
        if self.error is not None:
            raise self.error

    def ruleset(self, revision: str | None) -> Mapping[str, Any] | None:
        return None

    def entitlements(
        self, customer: Customer | None, promotions: Sequence[str], codes: Sequence[str], cart: Cart | None = None
    ) -> Entitlements:
        return Entitlements()

    def hold(self, order: HoldOrder) -> Mapping[str, Any]:
        outcome = (order.granted or {}).get("outcome")
        said = f"deliver {order.reference} {outcome}" if order.granted else f"hold {order.reference} for {order.lease}"
        self.note(said if order.tax is None else f"{said}, tax {order.tax}")
        return {}

    def confirm(self, reference: str, attempt: str, charged: int | None) -> None:
        self.note(f"confirm {reference} {charged}")

    def release(self, reference: str, attempt: str, charged: int | None) -> None:
        self.note(f"release {reference} {charged}")

    def doubt(self, reference: str, attempt: str, charged: int | None) -> None:
        self.note(f"doubt {reference} {charged}")

    def close(self) -> None: ...


@dataclass
class Bench:
    outbox: Outbox
    port: Scripted = field(default_factory=Scripted)
    now: float = 0.0

    def delivery(self, lookup: Callable[[str], int | None] | None = None) -> Delivery:
        return Delivery(
            self.outbox, self.port, lambda: self.now, order_lookup=lookup, first_lookup=5, charge_timeout=600
        )

    def put(self, step: Step, charged: int | None = None, granted: dict[str, Any] | None = None) -> None:
        self.outbox.open("o1", "a", now=0, lease=60)
        kept: dict[str, Any] | None = (
            {"cart": {}, "guest_key": None, "ttl": 60} if step is Step.KEEP and granted is None else None
        )
        self.outbox.granted("o1", "a", amount_due=4792, undiscounted=5990, granted=granted, kept=kept)
        if step is not Step.OPEN:
            self.outbox.settle("o1", "a", step, now=0, charged=charged)

    @property
    def step(self) -> Step | None:
        entries = self.outbox.entries()
        return entries[0].step if entries else None


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with closing(Outbox(tmp_path / "outbox.db")) as outbox:
        yield Bench(outbox)


@pytest.mark.parametrize(("step", "call"), [(Step.CONFIRM, "confirm o1 4792"), (Step.RELEASE, "release o1 4792")])
def test_an_outcome_is_delivered_once(bench: Bench, step: Step, call: str) -> None:
    bench.put(step, charged=4792)
    delivery = bench.delivery()
    assert delivery.work()
    assert delivery.work()
    assert (bench.port.calls, bench.step) == ([call], None)


def test_while_the_api_is_away_it_waits_longer_each_time(bench: Bench) -> None:
    bench.put(Step.CONFIRM)
    bench.port.error = ApiAway("gone")
    delivery, waits = bench.delivery(), []
    for _ in range(4):
        assert not delivery.work()
        start = bench.now
        while not bench.outbox.due(bench.now):
            bench.now += 0.5
        waits.append(bench.now - start)
    assert waits == [0.5, 1.0, 2.0, 4.0]
    bench.port.error = None
    assert delivery.work()
    assert bench.step is None


def test_a_journalled_grant_is_delivered_with_its_outcome(bench: Bench) -> None:
    bench.put(Step.CONFIRM, charged=4792, granted={"cart": {}, "guest_key": None, "revision": "r"})
    bench.delivery().work()
    assert (bench.port.calls, bench.step) == (["deliver o1 confirmed", "confirm o1 4792"], None)


def test_a_hold_that_stands_is_asked_for_again_without_a_lease(bench: Bench) -> None:
    bench.put(Step.KEEP)
    bench.delivery().work()
    assert (bench.port.calls, bench.step) == (["hold o1 for 0"], None)


@pytest.mark.parametrize(
    ("step", "granted", "call"),
    [
        (Step.KEEP, None, "hold o1 for 0, tax 910"),
        (Step.KEEP, {"cart": {}, "guest_key": None}, "deliver o1 in_doubt, tax 910"),
        (Step.DOUBT, {"cart": {}, "guest_key": None}, "deliver o1 in_doubt"),
    ],
    ids=["stands", "granted while the API was away", "the outbox settles it"],
)
def test_the_api_is_told_the_tax_of_what_the_shop_itself_will_settle(
    bench: Bench, step: Step, granted: dict[str, Any] | None, call: str
) -> None:
    kept: dict[str, Any] | None = None if granted else {"cart": {}, "guest_key": None, "ttl": 60}
    bench.outbox.open("o1", "a", now=0, lease=60)
    bench.outbox.granted("o1", "a", amount_due=5702, undiscounted=7128, tax=910, granted=granted, kept=kept)
    bench.outbox.settle("o1", "a", step, now=0, charged=None)
    bench.delivery().work()
    assert bench.port.calls == [call]


@pytest.mark.parametrize("code", ["REDEMPTION_CLOSED", "CHECKOUT_IN_FLIGHT"])
def test_a_hold_that_does_not_stand_any_more_needs_nothing(bench: Bench, code: str) -> None:
    bench.put(Step.KEEP)
    bench.port.error = ApiRefused(code, "it is settled")
    bench.delivery().work()
    assert bench.step is None


def test_a_grant_that_is_settled_later_is_delivered_in_doubt_and_is_the_shops(bench: Bench) -> None:
    bench.put(Step.KEEP, granted={"cart": {}, "guest_key": None, "revision": "r"})
    bench.delivery(lambda reference: None).work()
    assert (bench.port.calls, bench.step) == (["deliver o1 in_doubt"], None)


@pytest.mark.parametrize("granted", [{"cart": {}, "guest_key": None}, None], ids=["a grant", "a hold"])
@pytest.mark.parametrize("code", [None, "REDEMPTION_CLOSED"], ids=["told", "settled by then"])
def test_what_the_shop_settles_is_remembered_and_never_looked_up(
    bench: Bench, granted: dict[str, Any] | None, code: str | None
) -> None:
    bench.put(Step.KEEP, granted=granted)
    bench.port.error = ApiRefused(code, "no") if code and granted is None else None
    delivery = bench.delivery(lambda reference: None)
    for bench.now in (0, 1_000, 100_000):
        delivery.work()
        delivery.recall()
    assert len(bench.port.calls) == 1
    opened = bench.outbox.open("o1", "b", now=bench.now, lease=60)
    assert (opened.earlier, opened.may_be_charged) == ([], True)
    bench.outbox.remove("o1", "b")
    bench.now = 31 * 24 * 3_600
    delivery.work()
    assert not bench.outbox.open("o1", "c", now=bench.now, lease=60).may_be_charged


def test_a_doubt_is_looked_up_when_a_process_starts_whatever_it_waits_for(bench: Bench) -> None:
    bench.put(Step.IN_DOUBT)
    answers: list[Any] = [OSError("no database")] * 12 + [4792]

    def lookup(reference: str) -> int | None:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    delivery = bench.delivery(lookup)
    while len(answers) > 1:
        delivery.work()
        bench.now += 3_600
    bench.now -= 3_599
    delivery.work()
    before = bench.step
    delivery.recall()
    delivery.work()
    assert (before, bench.step) == (Step.IN_DOUBT, Step.CONFIRM)


def test_a_doubt_that_was_told_while_nobody_could_look_it_up_is_looked_up_once_somebody_can(bench: Bench) -> None:
    bench.put(Step.DOUBT)
    bench.delivery().work()
    bench.delivery().recall()
    assert bench.step is None
    delivery = bench.delivery(lambda reference: 4792)
    delivery.recall()
    delivery.work()
    bench.now = 1
    delivery.work()
    assert bench.port.calls == ["doubt o1 None", "confirm o1 4792"]


def test_a_grant_in_doubt_is_the_apis_own_once_it_is_delivered(bench: Bench) -> None:
    bench.put(Step.DOUBT, granted={"cart": {}, "guest_key": None, "revision": "r"})
    delivery = bench.delivery(lambda reference: 4792)
    delivery.work()
    bench.now = 5
    delivery.work()
    delivery.work()
    assert (bench.port.calls, bench.step) == (["deliver o1 in_doubt", "confirm o1 4792"], None)


def test_a_lapsed_open_checkout_is_in_doubt(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.put(Step.OPEN)
    bench.now = 60
    delivery = bench.delivery(lambda reference: None)
    delivery.work()
    delivery.work()
    assert (bench.port.calls, bench.step) == (["doubt o1 None"], Step.IN_DOUBT)
    assert "its lease ran out unreported" in caplog.text


def test_a_doubt_without_lookup_is_the_apis_to_list(bench: Bench) -> None:
    bench.put(Step.DOUBT)
    bench.delivery().work()
    assert (bench.port.calls, bench.step) == (["doubt o1 None"], None)


def test_a_doubt_that_was_delivered_is_remembered_and_a_slow_handler_still_says_how_it_ended(bench: Bench) -> None:
    bench.put(Step.OPEN)
    bench.now = 60
    delivery = bench.delivery()
    assert [delivery.work() for _ in range(3)] == [True] * 3
    assert bench.outbox.open("o1", "b", now=61, lease=60).may_be_charged
    bench.outbox.settle("o1", "a", Step.CONFIRM, now=62, charged=4792)
    bench.now = 62
    delivery.work()
    assert bench.port.calls == ["doubt o1 None", "confirm o1 4792"]


def test_no_order_is_believed_only_after_lease_and_charge_timeout(bench: Bench) -> None:
    bench.put(Step.IN_DOUBT)
    delivery = bench.delivery(lambda reference: None)
    for bench.now in (0, 100, 300, 659):
        delivery.work()
        assert bench.step is Step.IN_DOUBT
    bench.now = 100_000
    delivery.work()
    delivery.work()
    assert (bench.port.calls, bench.step) == (["release o1 None"], None)


def test_another_amount_stays_in_doubt_and_both_are_told_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.put(Step.IN_DOUBT)
    amounts = [5000] * 9 + [5100] * 9
    delivery = bench.delivery(lambda reference: amounts.pop(0))
    while amounts:
        delivery.work()
        bench.now += 3_600
    assert (bench.port.calls, bench.step) == (["doubt o1 5000", "doubt o1 5100"], Step.IN_DOUBT)
    assert caplog.text.count("held 4792, charged 5000: in doubt") == 1
    assert bench.outbox.entries()[0].charged == 5100


def test_an_amount_that_the_response_stated_is_no_news(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.put(Step.IN_DOUBT, charged=5000)
    bench.delivery(lambda reference: 5000).work()
    assert (bench.port.calls, bench.step, caplog.text) == ([], Step.IN_DOUBT, "")


def test_a_doubt_that_somebody_settled_meanwhile_is_over(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.put(Step.IN_DOUBT)
    delivery = bench.delivery(lambda reference: 5000)
    delivery.work()
    caplog.clear()
    bench.port.error = ApiRefused("REDEMPTION_CLOSED", "it is released")
    for bench.now in (0, 10, 10_000):
        delivery.work()
        delivery.recall()
    assert (bench.port.calls, bench.step, caplog.text) == (["doubt o1 5000"], None, "")
    assert bench.outbox.open("o1", "b", now=10_000, lease=60).may_be_charged


AWAY: list[Any] = [(None, Step.RELEASE), (4792, Step.CONFIRM), (5000, Step.DOUBT), (OSError("down"), Step.DOUBT)]


@pytest.mark.parametrize(("answer", "step"), AWAY, ids=["no order", "the hold's amount", "another", "unknown"])
@pytest.mark.parametrize("granted", [{"cart": {}, "guest_key": None}, None], ids=["a grant", "a hold"])
def test_while_the_api_is_away_a_doubt_is_looked_up_once_no_order_can_come(
    bench: Bench, granted: dict[str, Any] | None, answer: Any, step: Step
) -> None:
    bench.put(Step.DOUBT, granted=granted)
    asked: list[float] = []

    def lookup(reference: str) -> int | None:
        asked.append(bench.now)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[no-any-return]

    bench.port.error = ApiAway("gone")
    delivery = bench.delivery(lookup)
    for bench.now in range(660):
        delivery.work()
    assert (asked, bench.step) == ([], Step.DOUBT)
    for bench.now in range(660, 720):
        delivery.work()
    assert bench.step is step
    if step is not Step.RELEASE:
        with pytest.raises(CheckoutClosed):
            bench.outbox.open("o1", "b", now=720, lease=60)
        return
    assert not bench.outbox.open("o1", "b", now=720, lease=60).may_be_charged


def test_what_was_looked_up_while_the_api_was_away_is_delivered_with_its_grant(bench: Bench) -> None:
    bench.put(Step.DOUBT, granted={"cart": {}, "guest_key": None})
    bench.port.error, bench.now = ApiAway("gone"), 660
    delivery = bench.delivery(lambda reference: 4792)
    delivery.work()
    bench.port.error, bench.port.calls = None, []
    delivery.work()
    assert (bench.port.calls, bench.step) == (["deliver o1 confirmed", "confirm o1 4792"], None)


def test_a_lookup_that_fails_is_asked_again(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.put(Step.IN_DOUBT)
    answers: list[Any] = [OSError("no database"), 4792]

    def lookup(reference: str) -> int | None:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    delivery = bench.delivery(lookup)
    delivery.work()
    assert "order_lookup failed" in caplog.text
    bench.now = 5
    delivery.work()
    assert bench.step is Step.CONFIRM


@pytest.mark.parametrize("code", ["HOLD_EXPIRED", "REDEMPTION_CLOSED", "GRANT_REJECTED"])
def test_what_the_api_refuses_is_kept_for_an_operator(
    bench: Bench, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    bench.put(Step.CONFIRM)
    bench.port.error = ApiRefused(code, "no")
    delivery = bench.delivery()
    delivery.work()
    delivery.work()
    assert (len(bench.port.calls), bench.step) == (1, Step.REJECTED)
    assert bench.outbox.entries()[0].why == f"{code}: no"
    assert code in caplog.text


@pytest.mark.parametrize("code", ["REDEMPTION_NOT_FOUND", "CHECKOUT_IN_FLIGHT"])
def test_what_was_never_held_needs_no_release(bench: Bench, code: str) -> None:
    bench.put(Step.RELEASE)
    bench.port.error = ApiRefused(code, "no")
    bench.delivery().work()
    assert bench.step is None


def test_a_doubt_about_what_was_never_held_is_still_looked_up(bench: Bench) -> None:
    bench.put(Step.DOUBT)
    bench.port.error = ApiRefused("REDEMPTION_NOT_FOUND", "no")
    bench.delivery(lambda reference: None).work()
    assert bench.step is Step.IN_DOUBT


def test_what_the_api_will_never_take_is_kept_not_tried_for_ever(bench: Bench) -> None:
    bench.put(Step.CONFIRM)
    bench.port.error = ApiUnfit("413")
    bench.delivery().work()
    assert bench.step is Step.REJECTED


def test_a_grant_waits_for_the_attempt_before_it(bench: Bench) -> None:
    bench.put(Step.CONFIRM, granted={"cart": {}, "guest_key": None, "revision": "r"})
    bench.port.error = ApiRefused("CHECKOUT_IN_FLIGHT", "held by another")
    delivery = bench.delivery()
    delivery.work()
    assert bench.step is Step.CONFIRM
    bench.port.error, bench.now = None, 5
    delivery.work()
    assert bench.step is None


@pytest.mark.parametrize("answer", [Decimal(4792), "4792", True, 47.92])
def test_a_lookup_that_returns_no_amount_of_minor_units_settles_nothing(
    bench: Bench, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    bench.put(Step.IN_DOUBT)
    bench.delivery(lambda reference: answer).work()
    assert bench.step is Step.IN_DOUBT
    assert "must return an int of minor units or None" in caplog.text


def test_an_entry_that_fails_does_not_hold_up_the_others(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.put(Step.CONFIRM)
    bench.port.error = RuntimeError("odd")
    delivery = bench.delivery()
    assert delivery.work()
    assert "its delivery failed" in caplog.text
    bench.port.error, bench.now = None, 5
    delivery.work()
    assert bench.step is None


@pytest.mark.parametrize(("charged", "told"), [(5702, "4792"), (100, "0"), (None, "None")])
def test_the_api_is_told_what_was_charged_without_tax(bench: Bench, charged: int | None, told: str) -> None:
    bench.outbox.open("o1", "a", now=0, lease=60)
    bench.outbox.granted("o1", "a", amount_due=5702, undiscounted=7128, tax=910)
    bench.outbox.settle("o1", "a", Step.DOUBT, now=0, charged=charged)
    bench.delivery().work()
    assert bench.port.calls == [f"doubt o1 {told}"]


def test_a_lookup_says_what_was_charged_with_tax(bench: Bench) -> None:
    bench.outbox.open("o1", "a", now=0, lease=0)
    bench.outbox.granted("o1", "a", amount_due=5702, undiscounted=7128, tax=910)
    delivery = bench.delivery(lookup=lambda reference: 5702)
    for _ in range(4):
        delivery.work()
        bench.now += 10
    assert bench.port.calls == ["doubt o1 None", "confirm o1 4792"]
