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
    """One counter of a promotion and the limit that it may not pass."""

    promotion_id: str
    scope: str
    key: str
    limit: int


class LimitReachedError(Exception):
    """A counter stood at its limit; the transaction must be rolled back."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(f"{counter.scope} limit of {counter.promotion_id} is reached")
        self.counter = counter


def counters_of(promotion: Promotion, customer: str | None, day: str) -> list[Counter]:
    """Return the counters that one use of a promotion raises.

    >>> from promo_engine.testing import percent_off
    >>> [c.scope for c in counters_of(percent_off(5, total_limit=40), "customer:7", "2026-11-22")]
    ['total']
    """
    return [
        Counter(promotion.id, scope, key, limit)
        for scope, key, limit in _limited(promotion.limits, customer or "", day)
    ]


def take(connection: Connection, company_id: str, wanted: Sequence[Counter]) -> None:
    """Raise counters by one each, in one order for everyone.

    Raises:
        LimitReachedError: one stands at its limit.
    """
    for counter in sorted(wanted, key=lambda one: (one.promotion_id, one.scope)):
        statement = insert(counters).values(
            company_id=company_id,
            promotion_id=counter.promotion_id,
            scope=counter.scope,
            key=counter.key,
            used=1,
        )
        raised = statement.on_conflict_do_update(
            index_elements=list(counters.primary_key.columns),
            set_={"used": counters.c.used + 1},
            where=counters.c.used < counter.limit,
        )
        if connection.execute(raised).rowcount != 1:
            raise LimitReachedError(counter)


def give_back(connection: Connection, company_id: str, taken: Sequence[Counter]) -> None:
    """Lower counters by one each."""
    for counter in taken:
        connection.execute(
            update(counters)
            .where(
                counters.c.company_id == company_id,
                counters.c.promotion_id == counter.promotion_id,
                counters.c.scope == counter.scope,
                counters.c.key == counter.key,
            )
            .values(used=counters.c.used - 1)
        )


def uses_left(
    connection: Connection,
    company_id: str,
    promotions: Sequence[Promotion],
    customer: str | None,
    day: str,
) -> Entitlements:
    """Return the uses left of limited promotions, for one customer on one day."""
    wanted = {promotion.id: counters_of(promotion, customer, day) for promotion in promotions if promotion.limits}
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
