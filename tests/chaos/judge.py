"""Judges what clients were told of a reference: is there a way in which the state machine comes to all of it?

A reference has one client, who asks one thing after the other. But each request may also have been delivered again, at
any time after it was made, and time may have ended a lease or a hold. So the judge keeps every record that there may
be: a belief. With each answer those that it cannot come from are given up. Where none is left, somebody was told what
was not so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from promo_server.redemption import Event, HoldAnswer, IllegalTransition, Standing, State, answer_hold, transition
from tests.chaos.history import Answer, Asked, Operation

_NOW = datetime(2000, 1, 1, tzinfo=UTC)
_NEVER = datetime(3000, 1, 1, tzinfo=UTC)
"""What time does is a belief of its own, so the state machine is asked at a moment at which nothing has lapsed."""


@dataclass(frozen=True, slots=True)
class Belief:
    """A record that there may be, and the earliest moments at which time acts; ``due`` is None if not told yet."""

    state: State
    attempt: str
    cart: int
    lapses: float | None
    expires: float
    due: int | None = None


Beliefs = frozenset[Belief | None]
"""None: no record."""
Outcome = tuple[str, Belief | None]
"""What an answer says, ``held`` and the like or a refusal, and the record afterwards."""


@dataclass(frozen=True, slots=True)
class Final:
    """The record that is there in the end."""

    state: str
    attempt: str
    due: int


def judge(operations: Sequence[Operation], final: Final | None) -> str | None:
    """Say what cannot be, if anything: an answer, or the record in the end."""
    beliefs: Beliefs = frozenset([None])
    made: list[tuple[Asked, float]] = []
    for number, one in enumerate(operations):
        made.append((one.asked, one.began))
        beliefs = _all_reached(beliefs, made, one.ended)
        if one.answer is not None:
            left = frozenset(_told(beliefs, one, one.answer))
            if not left:
                return f"{one.reference}: operation {number}, {one.asked}, was answered {one.answer}; {_shown(beliefs)}"
            beliefs = left
    beliefs = _all_reached(beliefs, made, float("inf"))
    if any(_is(belief, final) for belief in beliefs):
        return None
    return f"{operations[0].reference} is {final} in the end; {_shown(beliefs)}"


def _told(beliefs: Beliefs, one: Operation, answer: Answer) -> Iterator[Belief | None]:
    """Yield the records after an operation that was answered so."""
    said = answer.refused or answer.state
    for belief in beliefs:
        for outcome, after in _outcomes(belief, one.asked, one.began):
            if outcome != said:
                continue
            if answer.refused is None:
                if after is None or answer.attempt != after.attempt or after.due not in (None, answer.due):
                    continue
                yield replace(after, due=answer.due)
            else:
                yield after


def _all_reached(beliefs: Beliefs, made: Iterable[tuple[Asked, float]], until: float) -> Beliefs:
    """Return what any deliveries of what was asked so far may come to by a moment, time doing its work as well."""
    reached, fresh = set(beliefs), set(beliefs)
    while fresh:
        following = {after for belief in fresh for asked, began in made for _, after in _outcomes(belief, asked, began)}
        following |= {after for belief in fresh for after in _in_time(belief, until)}
        fresh = following - reached
        reached |= fresh
    return frozenset(reached)


def _in_time(belief: Belief | None, until: float) -> Iterator[Belief]:
    if belief is None or belief.state is not State.HELD:
        return
    if belief.lapses is not None and until >= belief.lapses:
        yield replace(belief, state=transition(State.HELD, Event.LAPSE), lapses=None)
    if belief.lapses is None and until >= belief.expires:
        yield replace(belief, state=transition(State.HELD, Event.EXPIRE))


def _outcomes(belief: Belief | None, asked: Asked, began: float) -> Iterator[Outcome]:
    yield from _held(belief, asked, began) if asked.event is Event.HOLD else _settled(belief, asked)


def _held(belief: Belief | None, asked: Asked, began: float) -> Iterator[Outcome]:
    standing = None
    if belief is not None:
        lease = None if belief.lapses is None else _NEVER
        standing = Standing(belief.state, belief.attempt, str(belief.cart), lease, _NEVER)
    lapses = began + asked.lease if asked.lease else None
    match answer_hold(standing, asked.attempt, str(asked.cart), _NOW):
        case HoldAnswer.GRANT:
            yield State.HELD, Belief(State.HELD, asked.attempt, asked.cart, lapses, began + asked.ttl)
            if asked.shown is not None:
                yield "TOTAL_CHANGED", belief
        case HoldAnswer.SAME:
            assert belief is not None
            is_own = belief.attempt == asked.attempt
            yield State.HELD, belief if is_own else replace(belief, attempt=asked.attempt, lapses=lapses)
            if asked.shown is not None and (belief.due is None or belief.due > asked.shown):
                yield "TOTAL_CHANGED", belief
        case HoldAnswer.IN_FLIGHT:
            yield "CHECKOUT_IN_FLIGHT", belief
        case HoldAnswer.CLOSED:
            yield "REDEMPTION_CLOSED", belief


def _settled(belief: Belief | None, asked: Asked) -> Iterator[Outcome]:
    if belief is None:
        yield "REDEMPTION_NOT_FOUND", None
        return
    if belief.attempt != asked.attempt:
        yield "CHECKOUT_IN_FLIGHT", belief
        return
    try:
        state = transition(belief.state, asked.event)
    except IllegalTransition:
        yield "REDEMPTION_CLOSED", belief
        return
    if asked.event is Event.CONFIRM and asked.charged not in (None, belief.due):
        yield "CHARGE_MISMATCH", belief
        if belief.due is not None:
            return
        belief = replace(belief, due=asked.charged)
    yield state, replace(belief, state=state, lapses=None)
    if asked.event is Event.CONFIRM and not belief.state.counts_uses:
        yield "HOLD_EXPIRED", replace(belief, state=transition(belief.state, Event.COME_LATE))


def _is(belief: Belief | None, final: Final | None) -> bool:
    if belief is None or final is None:
        return belief is None and final is None
    return (belief.state, belief.attempt) == (final.state, final.attempt) and belief.due in (None, final.due)


def _shown(beliefs: Beliefs) -> str:
    may_be = sorted("no record" if one is None else f"{one.state} by {one.attempt}, {one.due}" for one in beliefs)
    return f"it may have been {'; '.join(may_be)}"
