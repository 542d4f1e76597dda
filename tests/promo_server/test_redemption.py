"""The state machine, as data."""

from datetime import UTC, datetime, timedelta

import pytest

from promo_server.redemption import Event, HoldAnswer, IllegalTransition, Standing, State, answer_hold, transition

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "event", "after"),
    [
        (State.HELD, Event.CONFIRM, State.CONFIRMED),
        (State.HELD, Event.RELEASE, State.RELEASED),
        (State.HELD, Event.DOUBT, State.IN_DOUBT),
        (State.HELD, Event.LAPSE, State.IN_DOUBT),
        (State.HELD, Event.EXPIRE, State.EXPIRED),
        (State.IN_DOUBT, Event.CONFIRM, State.CONFIRMED),
        (State.IN_DOUBT, Event.RELEASE, State.RELEASED),
        (State.EXPIRED, Event.CONFIRM, State.CONFIRMED),
        (State.EXPIRED, Event.COME_LATE, State.LATE),
        (State.LATE, Event.CONFIRM, State.CONFIRMED),
        (State.LATE, Event.RELEASE, State.RELEASED),
    ],
)
def test_what_checkout_md_allows(state: State, event: Event, after: State) -> None:
    assert transition(state, event) is after


@pytest.mark.parametrize("event", [Event.CONFIRM, Event.RELEASE, Event.DOUBT])
def test_the_same_report_twice_is_one(event: Event) -> None:
    once = transition(State.HELD, event)
    assert transition(once, event) is once


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.CONFIRMED, Event.RELEASE),
        (State.CONFIRMED, Event.DOUBT),
        (State.CONFIRMED, Event.HOLD),
        (State.RELEASED, Event.CONFIRM),
        (State.RELEASED, Event.DOUBT),
        (State.IN_DOUBT, Event.EXPIRE),
        (State.IN_DOUBT, Event.HOLD),
        (State.LATE, Event.HOLD),
    ],
)
def test_nothing_undoes_what_is_settled_or_frees_what_is_in_doubt(state: State, event: Event) -> None:
    with pytest.raises(IllegalTransition, match=f"is {state.value} cannot take {event.value}"):
        transition(state, event)


def test_uses_are_counted_while_held_in_doubt_or_confirmed() -> None:
    assert {state for state in State if state.counts_uses} == {State.HELD, State.IN_DOUBT, State.CONFIRMED}


def standing(state: State = State.HELD, lease: float | None = 60, ttl: float = 600) -> Standing:
    lease_until = None if lease is None else NOW + timedelta(seconds=lease)
    return Standing(state, "a1", "cart", lease_until, NOW + timedelta(seconds=ttl))


@pytest.mark.parametrize(
    ("before", "attempt", "cart", "answer"),
    [
        (None, "a1", "cart", HoldAnswer.GRANT),
        (standing(), "a1", "cart", HoldAnswer.SAME),
        (standing(), "a1", "other", HoldAnswer.GRANT),
        (standing(), "a2", "cart", HoldAnswer.IN_FLIGHT),
        (standing(lease=None), "a2", "cart", HoldAnswer.SAME),
        (standing(lease=None), "a2", "other", HoldAnswer.GRANT),
        (standing(lease=0), "a1", "cart", HoldAnswer.CLOSED),
        (standing(lease=-1), "a2", "cart", HoldAnswer.CLOSED),
        (standing(lease=None, ttl=0), "a1", "cart", HoldAnswer.CLOSED),
        (standing(lease=None, ttl=0), "a2", "cart", HoldAnswer.GRANT),
        (standing(State.RELEASED), "a2", "cart", HoldAnswer.GRANT),
        (standing(State.RELEASED), "a1", "cart", HoldAnswer.CLOSED),
        (standing(State.EXPIRED), "a2", "cart", HoldAnswer.GRANT),
        (standing(State.CONFIRMED), "a1", "cart", HoldAnswer.CLOSED),
        (standing(State.CONFIRMED), "a2", "cart", HoldAnswer.CLOSED),
        (standing(State.IN_DOUBT), "a2", "cart", HoldAnswer.CLOSED),
        (standing(State.LATE), "a2", "cart", HoldAnswer.CLOSED),
    ],
)
def test_one_checkout_one_reference(before: Standing | None, attempt: str, cart: str, answer: HoldAnswer) -> None:
    assert answer_hold(before, attempt, cart, NOW) is answer
