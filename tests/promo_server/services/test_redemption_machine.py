"""Redemptions against the model of CHECKOUT.md: the transition function alone, then the services on both databases.

``REDEMPTION_EXAMPLES=2000`` goes deeper than a run of the tests has time for.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, product

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from promo_engine.testing import installed_types
from promo_server.redemption import Event, HoldAnswer, IllegalTransition, Standing, State, answer_hold, transition
from promo_server.services.context import Context, create_context
from promo_server.services.expiry import sweep
from tests.promo_server.conftest import NOON
from tests.promo_server.services.redemption_model import COUNTS, SETTLED, Cart, Checkout, Hold, Model, Report, meet
from tests.promo_server.services.redemption_shop import OFFERS, Clock, Shop, said, standings_of

EXAMPLES = int(os.environ.get("REDEMPTION_EXAMPLES", "20"))
STEPS = 40
SLOW = HealthCheck.too_slow
"""What is asked is a real database."""

REFERENCES = tuple(f"o{number}" for number in range(8))
ATTEMPTS = ("a1", "a2", "a3", "a4", "a5")
SPANS = (58, 59, 60, 600, 86_400)
"""Seconds: within a lease of 60, to its end, to that of a time to live, into the next day."""
CODES = tuple(one.code for one in OFFERS)
CARTS = st.builds(
    Cart,
    price=st.sampled_from([10_000, 12_000]),
    codes=st.sampled_from([CODES, CODES, CODES[:2], CODES[2:], ()]),
    customer=st.sampled_from(["c1", "c2"]),
)
HOLDS = st.builds(
    Hold,
    reference=st.sampled_from(REFERENCES),
    attempt=st.sampled_from(ATTEMPTS),
    cart=CARTS,
    shown=st.sampled_from([None, None, None, 9_500, 9_000]),
    lease=st.sampled_from([0, 0, 60]),
    ttl=st.sampled_from([60, 600]),
)

EVENTS = st.sampled_from(["confirm", "release", "doubt"])

# --- the transition function alone ------------------------------------------------------------------------------


def test_reports_lead_where_the_model_says() -> None:
    for state, event in product(State, (Event.CONFIRM, Event.RELEASE, Event.DOUBT)):
        try:
            after: str | None = transition(state, event).value
        except IllegalTransition:
            after = None
        assert after == SETTLED.get((state.value, event.value)), (state, event)
    assert {state.value for state in State if state.counts_uses} == COUNTS


class Alone(RuleBasedStateMachine):
    """One reference, by the transition function and by the model; uses are left or not, as chance has it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.real: Standing | None = None
        self.model: Checkout | None = None

    @rule(asked=HOLDS)
    def hold(self, asked: Hold) -> None:
        self.model = self.model and self.model.at(self.now)  # the real one need not have noted what time did
        met = answer_hold(self.real, asked.attempt, str(asked.cart), self.now)
        assert met.value == meet(self.model, asked.attempt, asked.cart)
        if met is HoldAnswer.GRANT:
            state = State.HELD if self.real is None else transition(self.real.state, Event.HOLD)
            self.stand(state, asked, self.now + timedelta(seconds=asked.ttl))
        elif met is HoldAnswer.SAME and self.model and self.model.attempt != asked.attempt:
            longer = max(self.model.expires_at, self.now + timedelta(seconds=asked.ttl))
            self.stand(State.HELD, asked, longer)

    @precondition(lambda self: self.real)
    @rule(event=st.sampled_from([Event.CONFIRM, Event.RELEASE, Event.DOUBT]), has_room=st.booleans())
    def report(self, event: Event, has_room: bool) -> None:
        self.note_time()
        assert self.real is not None
        assert self.model is not None
        expected = SETTLED.get((self.model.state, event.value))
        if expected is None:
            with pytest.raises(IllegalTransition):
                transition(self.real.state, event)
            return
        after = transition(self.real.state, event)
        if after.counts_uses and not self.real.state.counts_uses and not has_room:
            after, expected = transition(self.real.state, Event.COME_LATE), "late"
        assert after.value == expected
        self.real = replace(self.real, state=after)
        self.model = replace(self.model, state=expected)

    @rule(seconds=st.sampled_from(SPANS))
    def pass_by(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @precondition(lambda self: self.real)
    @rule()
    def note_time(self) -> None:
        assert self.real is not None
        assert self.model is not None
        self.model = self.model.at(self.now)
        if self.real.state is State.HELD and self.model.state != "held":
            event = Event.EXPIRE if self.real.lease_until is None else Event.LAPSE
            self.real = replace(self.real, state=transition(State.HELD, event))

    def stand(self, state: State, asked: Hold, expires_at: datetime) -> None:
        """Have the reference held on both sides."""
        lease_until = self.now + timedelta(seconds=asked.lease) if asked.lease else None
        self.real = Standing(state, asked.attempt, str(asked.cart), lease_until, expires_at)
        self.model = Checkout("held", asked.attempt, asked.cart, lease_until, expires_at, {}, {}, "")

    @invariant()
    def is_in_the_models_state(self) -> None:
        is_noted = self.model is None or self.model.at(self.now) == self.model
        if self.real and self.model and is_noted and self.real.state is not State.HELD:
            assert self.real.state.value == self.model.state


def test_the_transition_function_does_what_the_model_says() -> None:
    run_state_machine_as_test(
        Alone, settings=settings(max_examples=10 * EXAMPLES, stateful_step_count=30, deadline=None)
    )


# --- the services -----------------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(database: str, clock: Clock) -> Iterator[Context]:
    made = create_context(database, types=installed_types(), clock=clock)
    yield made
    made.database.close()


class Services(RuleBasedStateMachine):
    """Eight references of a company that compete for the same few uses."""

    held: Bundle[Hold] = Bundle("held")
    reported: Bundle[Report] = Bundle("reported")

    def __init__(self, context: Context, clock: Clock, company_id: str) -> None:
        super().__init__()
        clock.now = NOON
        self.clock = clock
        self.shop = Shop(context, company_id)
        self.model = Model(OFFERS, NOON)

    @rule(target=held, asked=HOLDS)
    def hold(self, asked: Hold) -> Hold:
        self.send(asked)
        return asked

    @rule(
        target=reported,
        of=held,
        event=EVENTS,
        attempt=st.sampled_from(["own", "own", "own", None, "a3"]),
        charged=st.sampled_from([None, "due", "due", 1]),
        delay=st.sampled_from([0, 0, 60, 600]),
    )
    def report(self, of: Hold, event: str, attempt: str | None, charged: int | str | None, delay: int) -> Report:
        """Report on a hold that was asked for, whatever has become of it."""
        checkout = self.model.checkouts.get(of.reference)
        due = of.cart.price if checkout is None else checkout.amount_due
        told = due if isinstance(charged, str) else charged
        report = Report(of.reference, event, of.attempt if attempt == "own" else attempt, told)
        self.pass_by(delay)
        self.send(report)
        return report

    @rule(target=held, first=HOLDS, again=HOLDS, span=st.sampled_from([0, 59, 60]))
    def hand_on(self, first: Hold, again: Hold, span: int) -> Hold:
        """Hold the same cart by another attempt, which may have shown less, and see what its lease comes to."""
        asked = replace(again, reference=first.reference, cart=first.cart)
        self.send(replace(first, lease=0, shown=None))
        self.send(asked)
        self.pass_by(span)
        self.send(replace(asked, attempt="a3"))
        return asked

    @rule(asked=HOLDS, rival=HOLDS, event=EVENTS, delay=st.sampled_from([60, 600, 86_400]))
    def come_late(self, asked: Hold, rival: Hold, event: str, delay: int) -> None:
        """Report on a hold when its time is over, and another checkout may have taken its uses."""
        self.send(replace(asked, lease=0))
        self.pass_by(delay)
        self.send(rival)
        self.send(Report(asked.reference, event, asked.attempt, None))

    @rule(request=held | reported)
    def deliver_again(self, request: Hold | Report) -> None:
        """Deliver late, repeated, or after what was sent later."""
        self.send(request)

    @rule(seconds=st.sampled_from(SPANS))
    def pass_by(self, seconds: int) -> None:
        self.clock.now += timedelta(seconds=seconds)
        self.model.now = self.clock.now

    @rule()
    def sweep(self) -> None:
        sweep(self.shop.context)
        self.model.notice()

    def send(self, request: Hold | Report) -> None:
        """Ask server and model, and once more a second later: the answer stays, unless time has changed it."""
        expected, answer = self.model.answer(request), self.shop.ask(request)
        assert said(answer) == said(expected), request
        self.pass_by(1)
        again, expected_again = self.shop.ask(request), self.model.answer(request)
        assert said(again) == said(expected_again), request
        assert again == answer or expected_again != expected, request
        if isinstance(answer, str):  # what is refused stores nothing, not even what time has done meanwhile
            self.sweep()

    @invariant()
    def the_books_balance(self) -> None:
        self.shop.check_books()

    @invariant()
    def each_reference_is_in_the_models_state(self) -> None:
        assert self.shop.standings() == standings_of(self.model.checkouts)

    @invariant()
    def metrics_are_the_models(self) -> None:
        used, checkouts = self.model.used(), self.model.checkouts.values()
        for code, usage in self.shop.usage().items():
            confirmed = [one for one in checkouts if one.state == "confirmed" and code in one.discounts]
            counted = sum(one.state in COUNTS and code in one.discounts for one in checkouts)
            today = sum(one.day == self.model.day for one in confirmed)
            given = sum(one.discounts[code] for one in confirmed)
            assert (usage.confirmed, usage.today, usage.counted) == (len(confirmed), today, counted), code
            assert (usage.customers, usage.discount) == (len({one.cart.customer for one in confirmed}), given), code
            assert used.get((code, "total", ""), counted) == counted, code


def test_the_services_do_what_the_model_says(context: Context, clock: Clock) -> None:
    numbers = count(1)

    class ThisShop(Services):
        def __init__(self) -> None:
            super().__init__(context, clock, f"shop{next(numbers)}")

    bounds = settings(max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=[SLOW])
    run_state_machine_as_test(ThisShop, settings=bounds)
