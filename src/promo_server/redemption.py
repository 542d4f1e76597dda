"""The state machine of a redemption, as data with one transition function. Pure: no clock, no storage.

Source: CHECKOUT.md "The state machine". A use is counted while a redemption is held, in doubt or confirmed.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """What a checkout reference has come to."""

    HELD = "held"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    IN_DOUBT = "in_doubt"
    EXPIRED = "expired"
    LATE = "late"

    @property
    def counts_uses(self) -> bool:
        """Whether the uses of a redemption in this state are taken."""
        return self in (State.HELD, State.IN_DOUBT, State.CONFIRMED)


class Event(StrEnum):
    """What happens to a redemption."""

    HOLD = "hold"
    CONFIRM = "confirm"
    RELEASE = "release"
    DOUBT = "doubt"
    LAPSE = "lapse"
    EXPIRE = "expire"
    COME_LATE = "come_late"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.HELD, Event.HOLD): State.HELD,
    (State.HELD, Event.CONFIRM): State.CONFIRMED,
    (State.HELD, Event.RELEASE): State.RELEASED,
    (State.HELD, Event.DOUBT): State.IN_DOUBT,
    (State.HELD, Event.LAPSE): State.IN_DOUBT,
    (State.HELD, Event.EXPIRE): State.EXPIRED,
    (State.IN_DOUBT, Event.CONFIRM): State.CONFIRMED,
    (State.IN_DOUBT, Event.RELEASE): State.RELEASED,
    (State.IN_DOUBT, Event.DOUBT): State.IN_DOUBT,
    (State.CONFIRMED, Event.CONFIRM): State.CONFIRMED,
    (State.RELEASED, Event.RELEASE): State.RELEASED,
    (State.RELEASED, Event.HOLD): State.HELD,
    (State.EXPIRED, Event.HOLD): State.HELD,
    (State.EXPIRED, Event.CONFIRM): State.CONFIRMED,
    (State.EXPIRED, Event.COME_LATE): State.LATE,
    (State.EXPIRED, Event.DOUBT): State.LATE,
    (State.EXPIRED, Event.RELEASE): State.RELEASED,
    (State.LATE, Event.COME_LATE): State.LATE,
    (State.LATE, Event.CONFIRM): State.CONFIRMED,
    (State.LATE, Event.DOUBT): State.LATE,
    (State.LATE, Event.RELEASE): State.RELEASED,
}


class IllegalTransition(Exception):  # noqa: N818 - it is what happened, not an error of ours
    """An event that a state does not admit."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"a redemption that is {state.value} cannot take {event.value}")
        self.state = state
        self.event = event


def transition(state: State, event: Event) -> State:
    """Return the state after an event.

    Raises:
        IllegalTransition: the state does not admit the event.

    >>> transition(State.IN_DOUBT, Event.CONFIRM).value
    'confirmed'
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(state, event) from None


class HoldAnswer(StrEnum):
    """How a request to hold meets a reference that is already there."""

    GRANT = "grant"
    SAME = "same"
    IN_FLIGHT = "in_flight"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a reference when another hold is asked for."""

    state: State
    attempt: str
    cart: str
    lease_until: datetime | None
    expires_at: datetime

    def state_at(self, now: datetime) -> State:
        """Return the state that time has brought about by now, whether that was noted or not."""
        if self.state is not State.HELD or now < (self.lease_until or self.expires_at):
            return self.state
        return transition(self.state, Event.EXPIRE if self.lease_until is None else Event.LAPSE)


def answer_hold(standing: Standing | None, attempt: str, cart: str, now: datetime) -> HoldAnswer:
    """Decide on a hold: one checkout, one reference.

    The same cart gets the same hold; another attempt waits for the lease; a changed cart is priced again. A released or
    expired reference may be held by a new attempt, but not by a late repetition of its own.
    """
    if standing is None:
        return HoldAnswer.GRANT
    is_same_attempt = standing.attempt == attempt
    state = standing.state_at(now)
    if state is State.HELD:
        if not is_same_attempt and standing.lease_until is not None:
            return HoldAnswer.IN_FLIGHT
        return HoldAnswer.SAME if standing.cart == cart else HoldAnswer.GRANT
    if state in (State.RELEASED, State.EXPIRED) and not is_same_attempt:
        return HoldAnswer.GRANT
    return HoldAnswer.CLOSED
