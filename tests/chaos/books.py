"""The books of a shop, read in one snapshot: what is wrong with them, in words."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from promo_server.redemption import State
from promo_server.storage.tables import counters, redemptions, uses
from tests.promo_server.services.redemption_model import CounterName
from tests.promo_server.services.redemption_shop import Shop


def mistakes(shop: Shop) -> list[str]:
    """Hold counters to the uses that count and to their limits, and each redemption's amounts to its uses."""
    mine = shop.company_id
    record = (redemptions.c.reference, redemptions.c.state, redemptions.c.amount_due, redemptions.c.undiscounted)
    with shop.context.database.read() as connection:
        records = connection.execute(select(*record).where(redemptions.c.company_id == mine)).all()
        taken = connection.execute(select(uses).where(uses.c.company_id == mine)).all()
        raised = connection.execute(select(counters).where(counters.c.company_id == mine)).all()
    booked = {shop.name_of(one.promotion_id, one.scope, one.key): one.used for one in raised if one.used}
    return [*_counters(shop, booked, records, taken), *_amounts(records, taken)]


def _counters(
    shop: Shop, booked: dict[CounterName, int], records: Iterable[Any], taken: Iterable[Any]
) -> Iterator[str]:
    counting = {one.reference for one in records if State(one.state).counts_uses}
    counted: Counter[CounterName] = Counter()
    for use in taken:
        if use.reference in counting:
            for promotion_id, scope, key, _, amount in json.loads(use.counted):
                counted[shop.name_of(promotion_id, scope, key)] += amount
    for name in sorted(booked.keys() | counted.keys()):
        if booked.get(name, 0) != counted[name]:
            yield f"the counter {name} says {booked.get(name, 0)}, the uses that count are {counted[name]}"
    limits = {offer.code: offer.limits for offer in shop.offers}
    for name, used in booked.items():
        if not 0 < used <= limits[name[0]][name[1]]:
            yield f"the counter {name} says {used}, its limit is {limits[name[0]][name[1]]}"


def _amounts(records: Iterable[Any], taken: Iterable[Any]) -> Iterator[str]:
    given: Counter[str] = Counter()
    for use in taken:
        given[use.reference] += use.discount
    for one in records:
        if one.undiscounted - one.amount_due != given.pop(one.reference, 0):
            yield f"{one.reference} is {one.amount_due} of {one.undiscounted}, which is not what its uses say"
    yield from (f"a use of {reference}, which is not there" for reference in given)
