"""Taking uses and giving them back: a limit is checked in the statement that raises its counter.

A promotion without a limit touches no counter. Source: CHECKOUT.md, PRICING.md section 8.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, bindparam, select, update

from promo_engine import NO_CODES, Entitlements, KnownCode, Limits, Promotion, UsesLeft
from promo_server.storage import are_keys, fetch_each, lock_alone, lock_shared, raise_counters
from promo_server.storage.tables import counters

CounterName = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter of a promotion, the limit that it may not pass, and by how much a use raises it."""

    promotion_id: str
    scope: str
    key: str
    limit: int
    amount: int = 1

    @property
    def name(self) -> CounterName:
        """Which of the company's counters it is."""
        return self.promotion_id, self.scope, self.key


@dataclass(frozen=True, slots=True)
class FoundCode:
    """What a code beside the promotions' own stands for, and how often it may be used; None: without limit.

    That is a promotion, or with ``is_value_store`` the value store of this id.
    """

    id: str
    promotion_id: str
    max_uses: int | None
    is_value_store: bool = False

    @property
    def counters(self) -> tuple[Counter, ...]:
        """What one use of the code raises: nothing where it has no limit."""
        return () if self.max_uses is None else (Counter(self.promotion_id, CODE, self.id, self.max_uses),)

    def known(self, left: Callable[[Counter], int]) -> KnownCode:
        """Return it as the engine takes it; ``left`` says how much room a counter has."""
        return KnownCode(self.promotion_id, min(map(left, self.counters), default=None), self.is_value_store)


CODE = "code"
"""The scope of the counters of codes; their keys are the codes' ids."""

FoundCodes: TypeAlias = Mapping[str, FoundCode | None]
"""What was looked up, by the codes' forms: None for one that is nobody's."""

NOT_ASKED: FoundCodes = MappingProxyType({})


class LimitReachedError(Exception):
    """A counter stood at its limit; the transaction must be rolled back."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(f"{counter.scope} limit of {counter.promotion_id} is reached")
        self.counter = counter


def share_counters(connection: Connection, company_id: str) -> None:
    """Take uses or give them back, beside others, but not while a promotion's are counted anew.

    Let it be the first of a transaction: the limits that it reads next stay until it ends.
    """
    lock_shared(connection, f"uses of {company_id}")


def lock_counters(connection: Connection, company_id: str) -> None:
    """Let nobody take uses or give them back until this transaction ends; those who are at it end first."""
    lock_alone(connection, f"uses of {company_id}")


def counters_of(promotion: Promotion, customer: str | None, day: str, discount: int = 0) -> list[Counter]:
    """Return the counters that one use of a promotion raises; its budget by the discount, in minor units.

    >>> from promo_engine.testing import percent_off
    >>> [c.scope for c in counters_of(percent_off(5, total_limit=40), "customer:7", "2026-11-22")]
    ['total']
    """
    counted = [
        Counter(promotion.id, scope, key, limit)
        for scope, key, limit in _limited(promotion.limits, customer or "", day)
    ]
    if promotion.budget is not None:
        counted.append(Counter(promotion.id, "budget", "", promotion.budget, discount))
    return counted


def exchange(connection: Connection, company_id: str, given: Iterable[Counter], wanted: Iterable[Counter]) -> None:
    """Lower what is given back and raise what is wanted, each counter once, in one order for everyone.

    So no two wait for each other. Let it be the last of a transaction: until the end others wait for these counters.

    Raises:
        LimitReachedError: one has no room left.
    """
    raised = {one.name: one for one in wanted}
    changes = {name: one.amount for name, one in raised.items()}
    for one in given:
        changes[one.name] = changes.get(one.name, 0) - one.amount
    for name in sorted(changes):
        if changes[name] > 0:
            _raise(connection, company_id, replace(raised[name], amount=changes[name]))
        elif changes[name] < 0:
            _lower(connection, company_id, name, -changes[name])


def changes_of(company_id: str, wanted: Iterable[Counter]) -> list[dict[str, Any]]:
    """Return how ``raise_counters`` is told to raise counters: each once, by all that is wanted of it, in order.

    Raises:
        LimitReachedError: for all of it one has no room, however low it stands.
    """
    summed: dict[CounterName, Counter] = {}
    for one in wanted:
        before = summed.get(one.name)
        summed[one.name] = one if before is None else replace(one, amount=before.amount + one.amount)
    for one in summed.values():
        if one.amount > one.limit:
            raise LimitReachedError(one)
    return [_change(company_id, summed[name]) for name in sorted(summed)]


def _change(company_id: str, counter: Counter) -> dict[str, Any]:
    promotion_id, scope, key = counter.name
    name = {"of_company_id": company_id, "of_promotion_id": promotion_id, "of_scope": scope, "of_key": key}
    return {**name, "amount": counter.amount, "most": counter.limit}


def _raise(connection: Connection, company_id: str, counter: Counter) -> None:
    if not raise_counters(connection, changes_of(company_id, [counter])):
        raise LimitReachedError(counter)


def _lower(connection: Connection, company_id: str, name: CounterName, amount: int) -> None:
    promotion_id, scope, key = name
    counter = {"company_id": company_id, "promotion_id": promotion_id, "scope": scope, "key": key}
    connection.execute(update(counters).filter_by(**counter).values(used=counters.c.used - amount))


def uses_left(
    connection: Connection,
    company_id: str,
    promotions: Sequence[Promotion],
    customer: str | None,
    day: str,
    codes: FoundCodes = NOT_ASKED,
    *,
    own: Iterable[Counter] = (),
    lost: Collection[CounterName] = (),
) -> Entitlements:
    """Return what is left of limited promotions, for one customer on one day, and of codes.

    ``own`` are the counters that this checkout has raised already and would give back; ``lost`` are those that others
    have taken to the end, whatever the counter says now.
    """
    wanted = counted_for(promotions, customer, day)
    looked_at = [*(one for all_of in wanted.values() for one in all_of), *counters_of_codes(codes)]
    used = used_of(connection, company_id, (one.name for one in looked_at))
    return left_of(wanted, used, codes, own=own, lost=lost)


def counted_for(promotions: Iterable[Promotion], customer: str | None, day: str) -> dict[str, list[Counter]]:
    """Return the counters of limited promotions that are looked at for a customer on a day, by promotion id."""
    return {promotion.id: counters_of(promotion, customer, day) for promotion in promotions if promotion.is_limited}


def counters_of_codes(codes: FoundCodes) -> list[Counter]:
    """Return the counters of codes that have a limit."""
    return [counter for code in codes.values() if code is not None for counter in code.counters]


def unused(codes: FoundCodes) -> Mapping[str, KnownCode | None]:
    """Return codes as if none had been used: what a cart needs with these is all that it may need."""
    return _known(codes, lambda counter: counter.limit)


def left_of(
    wanted: Mapping[str, Sequence[Counter]],
    used: Mapping[CounterName, int],
    codes: FoundCodes = NOT_ASKED,
    *,
    own: Iterable[Counter] = (),
    lost: Collection[CounterName] = (),
) -> Entitlements:
    """Return what is left of promotions, and codes, whose counters stand so far; ``own`` and ``lost`` as above."""
    kept = {one.name: one.amount for one in own}

    def left(counter: Counter) -> int:
        mine = kept.get(counter.name, 0)
        return mine if counter.name in lost else counter.limit - used.get(counter.name, 0) + mine

    uses = {name: UsesLeft(**{one.scope: left(one) for one in all_of}) for name, all_of in wanted.items()}
    return Entitlements(uses, _known(codes, left))


def _known(codes: FoundCodes, left: Callable[[Counter], int]) -> Mapping[str, KnownCode | None]:
    return {form: None if code is None else code.known(left) for form, code in codes.items()} or NO_CODES


def used_of(connection: Connection, company_id: str, names: Iterable[CounterName]) -> dict[CounterName, int]:
    """Return how far counters stand; one that was never raised is left out."""
    rows = fetch_each(connection, _used, list(names), {"company": company_id})
    return {(promotion_id, scope, key): used for promotion_id, scope, key, used in rows}


@cache
def _used(count: int) -> Select[Any]:
    name = (counters.c.promotion_id, counters.c.scope, counters.c.key)
    return select(*name, counters.c.used).where(counters.c.company_id == bindparam("company"), are_keys(name, count))


def _limited(limits: Limits, customer: str, day: str) -> Iterator[tuple[str, str, int]]:
    if limits.total is not None:
        yield "total", "", limits.total
    if limits.daily is not None:
        yield "daily", day, limits.daily
    if limits.customer is not None:
        yield "customer", customer, limits.customer
