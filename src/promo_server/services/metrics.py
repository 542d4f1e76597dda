"""Usage and performance of promotions, counted from redemptions: no figure is kept twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, case, distinct, func, select

from promo_contracts.company.models import PerformanceMetrics
from promo_engine import Currency, local_day
from promo_server.redemption import State
from promo_server.services.context import Company
from promo_server.storage.tables import campaigns, promotions, redemptions, uses

_COUNTED = [state.value for state in State if state.counts_uses]


def is_counted() -> ColumnElement[bool]:
    """Select the uses that are taken: those of redemptions that count them, unless a return has restored them."""
    return redemptions.c.state.in_(_COUNTED) & uses.c.restored_at.is_(None)


@dataclass(frozen=True, slots=True)
class Usage:
    """What redemptions say of one promotion; ``discount`` in minor units of its campaign's currency.

    ``used``, ``today`` and ``counted`` leave out the uses that a return has restored; ``discount`` is what returns have
    left of it.
    """

    confirmed: int = 0
    used: int = 0
    today: int = 0
    counted: int = 0
    ever_held: int = 0
    customers: int = 0
    discount: int = 0

    def metrics(self, currency: Currency) -> PerformanceMetrics:
        """Return the seed's performance metrics."""
        rate = Decimal(self.confirmed) / self.ever_held if self.ever_held else Decimal(0)
        return PerformanceMetrics(
            total_uses=self.confirmed,
            unique_customers=self.customers,
            total_discount_given=currency.major(self.discount),
            conversion_rate=rate.quantize(Decimal("0.01")),
        )


def usage_of(connection: Connection, company: Company, promotion_ids: Sequence[str], now: datetime) -> dict[str, Usage]:
    """Count the uses of some promotions."""
    is_confirmed = redemptions.c.state == State.CONFIRMED.value
    is_own = redemptions.c.currency == func.coalesce(promotions.c.currency, campaigns.c.currency, company.currency.code)
    is_used = is_confirmed & uses.c.restored_at.is_(None)
    is_today = is_used & (uses.c.day == local_day(now, company.zone))
    query = (
        select(
            uses.c.promotion_id,
            func.sum(case((is_confirmed, 1), else_=0)),
            func.sum(case((is_used, 1), else_=0)),
            func.sum(case((is_today, 1), else_=0)),
            func.sum(case((is_counted(), 1), else_=0)),
            func.count(),
            func.count(distinct(case((is_confirmed, uses.c.customer_key)))),
            func.sum(case((is_confirmed & is_own, func.coalesce(uses.c.discount_kept, uses.c.discount)), else_=0)),
        )
        .join(
            redemptions,
            (redemptions.c.company_id == uses.c.company_id) & (redemptions.c.reference == uses.c.reference),
        )
        .join(promotions, (promotions.c.company_id == uses.c.company_id) & (promotions.c.id == uses.c.promotion_id))
        .join(
            campaigns,
            (campaigns.c.company_id == uses.c.company_id) & (campaigns.c.id == promotions.c.campaign_id),
        )
        .where(uses.c.company_id == company.id, uses.c.promotion_id.in_(promotion_ids))
        .group_by(uses.c.promotion_id)
    )
    # PostgreSQL's sum of integers is a decimal.
    counted = {row[0]: Usage(*map(int, row[1:])) for row in connection.execute(query)}
    return {promotion_id: counted.get(promotion_id, Usage()) for promotion_id in promotion_ids}
