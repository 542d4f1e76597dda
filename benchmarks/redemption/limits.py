"""A limit that is reached midway: exactly so many are granted, and each of the others is told which limit it was."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import select

from promo_contracts.company.models import HoldRequest
from promo_server.services.context import Context, create_context
from promo_server.services.redemptions import hold
from promo_server.services.rulesets import Rulesets
from promo_server.storage.tables import counters

from . import shop


class Reached(NamedTuple):
    """What became of the attempts at a limited promotion."""

    store: str
    limit: int
    attempts: int
    granted: int
    told: int
    counted: int

    @property
    def is_exact(self) -> bool:
        """Whether the limit was granted, the others were told, and the counter says the same."""
        return self.granted == self.counted == self.limit and self.told == self.attempts - self.limit


def reach(store: str, database: str, context: Context, limit: int, callers: int, *, attempts: int) -> Reached:
    """Ask for twice a limit by many callers of two servers on one database."""
    code = f"FEW{uuid4().hex[:8]}".upper()
    promotion_id = shop.promote(context, code, total=limit)
    other = create_context(database)
    servers = [(context, Rulesets(context)), (other, Rulesets(other))]
    request = HoldRequest(attempt="a", cart=shop.cart(code), lease_seconds=3_600)

    def ask(number: int) -> str:
        its, rulesets = servers[number % 2]
        said = hold(its, rulesets, shop.HOLDER, f"{code}-{number}", request).evaluation["codes"][0]
        return "granted" if said["applied"] else str(said["reason"])

    with ThreadPoolExecutor(callers) as pool:
        outcomes = Counter(pool.map(ask, range(attempts)))
    other.database.close()
    return Reached(
        store, limit, attempts, outcomes["granted"], outcomes["limit_total"], _counted(context, promotion_id)
    )


def _counted(context: Context, promotion_id: str) -> int:
    """Return what the counter of a promotion says."""
    with context.database.read() as connection:
        query = select(counters.c.used).where(counters.c.promotion_id == promotion_id)
        return connection.execute(query).scalar_one_or_none() or 0
