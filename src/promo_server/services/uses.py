"""Taking uses and giving them back: a limit is checked in the statement that raises its counter.

A promotion without a limit touches no counter. Source: CHECKOUT.md, PRICING.md section 8.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from promo_engine import Entitlements, Limits, Promotion, UsesLeft
from promo_server.storage.tables import counters


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter of a promotion, the limit that it may not pass, and by how much a use raises it."""

    promotion_id: str
    scope: str
    key: str
    limit: int
    amount: int = 1


class LimitReachedError(Exception):
    """A counter stood at its limit; the transaction must be rolled back."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(f"{counter.scope} limit of {counter.promotion_id} is reached")
        self.counter = counter


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


def take(connection: Connection, company_id: str, wanted: Sequence[Counter]) -> None:
    """Raise counters, in one order for everyone.

    Raises:
        LimitReachedError: one has no room left.
    """
    for counter in sorted(wanted, key=lambda one: (one.promotion_id, one.scope)):
        statement = insert(counters).values(
            company_id=company_id,
            promotion_id=counter.promotion_id,
            scope=counter.scope,
            key=counter.key,
            used=counter.amount,
        )
        raised = statement.on_conflict_do_update(
            index_elements=list(counters.primary_key.columns),
            set_={"used": counters.c.used + counter.amount},
            where=counters.c.used + counter.amount <= counter.limit,
        )
        if counter.amount > counter.limit:
            raise LimitReachedError(counter)
        if connection.execute(raised).rowcount != 1:
            raise LimitReachedError(counter)


def give_back(connection: Connection, company_id: str, taken: Sequence[Counter]) -> None:
    """Lower counters by what they were raised."""
    for counter in taken:
        connection.execute(
            update(counters)
            .where(
                counters.c.company_id == company_id,
                counters.c.promotion_id == counter.promotion_id,
                counters.c.scope == counter.scope,
                counters.c.key == counter.key,
            )
            .values(used=counters.c.used - counter.amount)
        )


def uses_left(
    connection: Connection,
    company_id: str,
    promotions: Sequence[Promotion],
    customer: str | None,
    day: str,
) -> Entitlements:
    """Return what is left of limited promotions, for one customer on one day."""
    wanted = {promotion.id: counters_of(promotion, customer, day) for promotion in promotions if promotion.is_limited}
    names = [(one.promotion_id, one.scope, one.key) for all_of in wanted.values() for one in all_of]
    columns = (counters.c.promotion_id, counters.c.scope, counters.c.key)
    query = select(*columns, counters.c.used).where(counters.c.company_id == company_id, tuple_(*columns).in_(names))
    used = {tuple(row[:3]): row.used for row in connection.execute(query)} if names else {}
    return Entitlements(
        {
            promotion_id: UsesLeft(
                **{one.scope: one.limit - used.get((promotion_id, one.scope, one.key), 0) for one in all_of}
            )
            for promotion_id, all_of in wanted.items()
        }
    )


def _limited(limits: Limits, customer: str, day: str) -> Iterator[tuple[str, str, int]]:
    if limits.total is not None:
        yield "total", "", limits.total
    if limits.daily is not None:
        yield "daily", day, limits.daily
    if limits.customer is not None:
        yield "customer", customer, limits.customer
