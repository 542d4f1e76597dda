"""Counting anew when the limits of a promotion change: the uses that are taken stay taken, whatever counted them.

A promotion without a limit touches no counter, so that one which gets a limit has its uses counted here.
"""

import json
from collections import Counter as Tally
from dataclasses import astuple, dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import PromotionCreate
from promo_engine import Promotion, PromotionTypes
from promo_server.compile import compile_promotion
from promo_server.services.context import Company
from promo_server.services.metrics import is_counted
from promo_server.services.uses import CODE, Counter, counters_of, lock_counters
from promo_server.storage.tables import counters, redemptions, uses

_FIELDS = {"total": "usage_limits.total_usage_limit", "budget": "discount_rules.budget_amount"}
"""The limits that cannot be set below what is used; a daily one, or one per customer, only ends further uses."""


@dataclass(slots=True)
class Recount:
    """The counters of a promotion under its new limits; nothing to do where the limits stay."""

    types: PromotionTypes
    company: Company
    row: Row[Any]
    before: PromotionCreate
    after: PromotionCreate
    _taken: dict[str, list[Counter]] = field(default_factory=dict)
    _used: Tally[tuple[str, str]] = field(default_factory=Tally)

    def problems(self, connection: Connection) -> list[FieldProblem]:
        """Count the uses, and say which limit is below them."""
        promotion = self._compiled(self.after)
        if _limits(promotion) == _limits(self._compiled(self.before)):
            return []
        lock_counters(connection, self.company.id)
        for use in connection.execute(self._uses()).all():
            limited = counters_of(promotion, use.customer_key, use.day, use.discount)
            self._taken[use.reference] = [*limited, *_of_code(use.counted)]
            if use.is_counted:
                for one in self._taken[use.reference]:
                    self._used[one.scope, one.key] += one.amount
        limits = {"total": promotion.limits.total, "budget": promotion.budget}
        return [
            FieldProblem(_FIELDS[scope], f"cannot be below what is used already ({self._shown(scope, used)})")
            for (scope, _), used in self._used.items()
            if (limit := limits.get(scope)) is not None and used > limit
        ]

    def store(self, connection: Connection) -> None:
        """Write the counters, and in each use which of them it raised."""
        company_id, promotion_id = self.company.id, self.row.id
        own = (uses.c.company_id == company_id, uses.c.promotion_id == promotion_id)
        if not self._taken:
            return
        counted = [
            {"of": of, "counted": json.dumps([astuple(one) for one in all_of])} for of, all_of in self._taken.items()
        ]
        connection.execute(update(uses).where(*own, uses.c.reference == bindparam("of")), counted)
        theirs = (counters.c.company_id == company_id, counters.c.promotion_id == promotion_id)
        connection.execute(delete(counters).where(*theirs))
        key = {"company_id": company_id, "promotion_id": promotion_id}
        rows = [key | {"scope": scope, "key": name, "used": used} for (scope, name), used in self._used.items()]
        if rows:
            connection.execute(insert(counters), rows)

    def _uses(self) -> Any:
        same = (redemptions.c.company_id == uses.c.company_id) & (redemptions.c.reference == uses.c.reference)
        query = select(uses, is_counted().label("is_counted")).join(redemptions, same)
        return query.where(uses.c.company_id == self.company.id, uses.c.promotion_id == self.row.id)

    def _compiled(self, body: PromotionCreate) -> Promotion:
        return compile_promotion(
            body,
            self.types,
            self.company.currency_of(self.row.own_currency),
            self.company.zone,
            private=self.company.private,
            promotion_id=self.row.id,
            campaign_id=self.row.campaign_id,
            code="",
            status="active",
        )

    def _shown(self, scope: str, used: int) -> str:
        return str(used if scope == "total" else self.company.currency_of(self.row.own_currency).major(used))


def _of_code(counted: str) -> list[Counter]:
    """Return what a use took of its code: no limit of the promotion changes that."""
    return [one for one in (Counter(*stored) for stored in json.loads(counted)) if one.scope == CODE]


def _limits(promotion: Promotion) -> tuple[Any, ...]:
    return promotion.limits, promotion.budget
