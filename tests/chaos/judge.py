"""Judges what clients were told of a reference: is there a way in which the state machine comes to all of it?

A reference has one client, who asks one thing after the other. But each request may also have been delivered again, at
any time after it was made, and time may have ended a lease or a hold. So the judge keeps every belief that there may
be: a record, and the attempts that are over. With each answer those that it cannot come from are given up. Where none
is left, somebody was told what was not so.
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
class Record:
    """A record that there may be, and the earliest moments at which time acts; ``due`` is None if not told yet."""

    state: State
    attempt: str
    cart: int
    lapses: float | None
    expires: float
    due: int | None = None


@dataclass(frozen=True, slots=True)
class Belief:
    """What may be known of a reference: a record, or None, and the attempts that are over."""

    record: Record | None = None
    over: frozenset[str] = frozenset()

    def of(self, record: Record) -> "Belief":
        """Return it with another record: the attempt of the one before is over where another has its place."""
        replaced = {self.record.attempt} - {record.attempt} if self.record else set()
        return Belief(record, self.over | replaced)


Beliefs = frozenset[Belief]
Outcome = tuple[str, Belief]
"""What an answer says, ``held`` and the like or a refusal, and what is so afterwards."""


@dataclass(frozen=True, slots=True)
class Final:
    """The record that is there in the end."""

    state: str
    attempt: str
    due: int


def judge(operations: Sequence[Operation], final: Final | None) -> str | None:
    """Say what cannot be, if anything: an answer, or the record in the end."""
    beliefs: Beliefs = frozenset([Belief()])
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
    if any(_is(belief.record, final) for belief in beliefs):
        return None
    return f"{operations[0].reference} is {final} in the end; {_shown(beliefs)}"


def _told(beliefs: Beliefs, one: Operation, answer: Answer) -> Iterator[Belief]:
    """Yield what may be so after an operation that was answered so."""
    said = answer.refused or answer.state
    for belief in beliefs:
        for outcome, after in _outcomes(belief, one.asked, one.began):
            if outcome != said:
                continue
            if answer.refused is not None:
                yield after
            elif after.record is not None and _fits(after.record, answer):
                yield after.of(replace(after.record, due=answer.due))


def _fits(record: Record, answer: Answer) -> bool:
    return answer.attempt == record.attempt and record.due in (None, answer.due)


def _all_reached(beliefs: Beliefs, made: Iterable[tuple[Asked, float]], until: float) -> Beliefs:
    """Return what any deliveries of what was asked so far may come to by a moment, time doing its work as well."""
    reached, fresh = set(beliefs), set(beliefs)
    while fresh:
        following = {after for belief in fresh for asked, began in made for _, after in _outcomes(belief, asked, began)}
        following |= {belief.of(after) for belief in fresh for after in _in_time(belief.record, until)}
        fresh = following - reached
        reached |= fresh
    return frozenset(reached)


def _in_time(record: Record | None, until: float) -> Iterator[Record]:
    if record is None or record.state is not State.HELD:
        return
    if record.lapses is not None and until >= record.lapses:
        yield replace(record, state=transition(State.HELD, Event.LAPSE), lapses=None)
    if record.lapses is None and until >= record.expires:
        yield replace(record, state=transition(State.HELD, Event.EXPIRE))


def _outcomes(belief: Belief, asked: Asked, began: float) -> Iterator[Outcome]:
    if asked.event is Event.HOLD:
        yield from _held(belief, asked, began)
    elif belief.record is None or belief.record.attempt != asked.attempt:
        refused = "REDEMPTION_NOT_FOUND" if belief.record is None else "CHECKOUT_IN_FLIGHT"
        yield refused, replace(belief, over=belief.over | {asked.attempt})
    else:
        yield from ((said, belief.of(record)) for said, record in _settled(belief.record, asked))


def _held(belief: Belief, asked: Asked, began: float) -> Iterator[Outcome]:
    record = belief.record
    is_own = record is not None and record.attempt == asked.attempt
    if not is_own and asked.attempt in belief.over:
        yield "REDEMPTION_CLOSED", belief
        return
    lapses = began + asked.lease if asked.lease else None
    match answer_hold(_standing(record), asked.attempt, str(asked.cart), _NOW):
        case HoldAnswer.GRANT:
            yield State.HELD, belief.of(Record(State.HELD, asked.attempt, asked.cart, lapses, began + asked.ttl))
            if asked.shown is not None:
                yield "TOTAL_CHANGED", belief
        case HoldAnswer.SAME:
            assert record is not None
            longer = max(record.expires, began + asked.ttl)
            other = replace(record, attempt=asked.attempt, lapses=lapses, expires=longer)
            yield State.HELD, belief if is_own else belief.of(other)
            if asked.shown is not None and (record.due is None or record.due > asked.shown):
                yield "TOTAL_CHANGED", belief
        case HoldAnswer.IN_FLIGHT:
            yield "CHECKOUT_IN_FLIGHT", belief
        case HoldAnswer.CLOSED:
            yield "REDEMPTION_CLOSED", belief


def _standing(record: Record | None) -> Standing | None:
    if record is None:
        return None
    lease = None if record.lapses is None else _NEVER
    return Standing(record.state, record.attempt, str(record.cart), lease, _NEVER)


def _settled(record: Record, asked: Asked) -> Iterator[tuple[str, Record]]:
    try:
        state = transition(record.state, asked.event)
    except IllegalTransition:
        yield "REDEMPTION_CLOSED", record
        return
    if asked.event is Event.CONFIRM and asked.charged not in (None, record.due):
        yield "CHARGE_MISMATCH", record
        if record.due is not None:
            return
        record = replace(record, due=asked.charged)
    yield state, replace(record, state=state, lapses=None)
    if asked.event is Event.CONFIRM and not record.state.counts_uses:
        yield "HOLD_EXPIRED", replace(record, state=transition(record.state, Event.COME_LATE))


def _is(record: Record | None, final: Final | None) -> bool:
    if record is None or final is None:
        return record is None and final is None
    return (record.state, record.attempt) == (final.state, final.attempt) and record.due in (None, final.due)


def _shown(beliefs: Beliefs) -> str:
    records = {belief.record for belief in beliefs}
    may_be = sorted("no record" if one is None else f"{one.state} by {one.attempt}, {one.due}" for one in records)
    return f"it may have been {'; '.join(may_be)}"
