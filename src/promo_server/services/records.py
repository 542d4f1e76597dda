"""Stored promotions: their rows, each with what its campaign says, and how they are shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from promo_contracts import read_json
from promo_contracts.company.models import CurrentUsage, Promotion, PromotionCreate, UsageLimitsAndUsage
from promo_engine import code_form
from promo_server.compile import compile_schedule, shown_status
from promo_server.services.context import Company
from promo_server.services.metrics import Usage, usage_of
from promo_server.services.refusal import Refusal
from promo_server.storage import instant
from promo_server.storage.tables import campaigns, promotions


def select_promotions(company_id: str) -> Select[Any]:
    """Select the promotions of a company, with the ``campaign_status`` and the currency of each.

    ``own_currency`` is the promotion's or its campaign's; the company's where it is null.
    """
    same = (campaigns.c.company_id == promotions.c.company_id) & (campaigns.c.id == promotions.c.campaign_id)
    return select(promotions, *OF_CAMPAIGN).join(campaigns, same).where(promotions.c.company_id == company_id)


OF_CAMPAIGN = (
    campaigns.c.status.label("campaign_status"),
    func.coalesce(promotions.c.currency, campaigns.c.currency).label("own_currency"),
)
"""What a promotion has of its campaign."""


def find_promotion(connection: Connection, company_id: str, campaign_id: str, promotion_id: str) -> Row[Any]:
    """Find a promotion of a campaign.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``; another company's looks the same.
    """
    query = select_promotions(company_id).where(
        promotions.c.campaign_id == campaign_id, promotions.c.id == promotion_id
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        message = "The specified promotion does not exist or is not accessible"
        raise Refusal("PROMOTION_NOT_FOUND", message)
    return row


def promotion_called(connection: Connection, company_id: str, name: str) -> Row[Any]:
    """Find a promotion by its id or by its own code, as people call it; no id can be a code.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``; another company's looks the same.
    """
    called = (promotions.c.id == name) | (promotions.c.code_form == code_form(name))
    row = connection.execute(select_promotions(company_id).where(called)).one_or_none()
    if row is None:
        raise Refusal("PROMOTION_NOT_FOUND", f"{company_id} has no promotion with the id or the code {name!r}.")
    return row


def check_own(row: Row[Any]) -> None:
    """Let nobody change what another contract made: it would not know.

    Raises:
        Refusal: ``PROMOTION_NOT_MODIFIABLE``.
    """
    if row.origin is not None:
        message = f"The promotion was made through the {row.origin} contract, which alone changes it."
        raise Refusal("PROMOTION_NOT_MODIFIABLE", message, current_status=row.status, fields=[])


def stored_body(row: Row[Any]) -> PromotionCreate:
    """Read the body of a stored promotion, numbers as they stood."""
    return PromotionCreate.model_validate(read_json(row.body.encode()))


def effective_status(row: Row[Any]) -> str:
    """Return ``draft``, ``active``, ``paused`` or ``archived``: an inactive campaign pauses what is active."""
    is_paused = row.status == "active" and row.campaign_status == "inactive"
    return "paused" if is_paused else str(row.status)


def as_answers(connection: Connection, company: Company, rows: Sequence[Row[Any]], now: datetime) -> list[Promotion]:
    """Return promotions as the contract has them, with their current usage and metrics."""
    usage = usage_of(connection, company, [row.id for row in rows], now)
    return [_as_answer(row, company, usage[row.id], now) for row in rows]


def _as_answer(row: Row[Any], company: Company, usage: Usage, now: datetime) -> Promotion:
    body = stored_body(row)
    limits = body.usage_limits
    total = limits.total_usage_limit
    schedule = compile_schedule(body.schedule, company.zone)
    return Promotion(
        promotion_id=row.id,
        campaign_id=row.campaign_id,
        promotion_name=body.promotion_name,
        promotion_type=body.promotion_type,
        description=body.description,
        promotion_code=body.promotion_code or "",
        status=shown_status(effective_status(row), schedule, now, company.zone),
        discount_rules=body.discount_rules,
        eligibility_criteria=body.eligibility_criteria,
        usage_limits=UsageLimitsAndUsage(
            total_usage_limit=total,
            per_customer_limit=limits.per_customer_limit,
            daily_usage_limit=limits.daily_usage_limit,
            restored_on_return=limits.restored_on_return,
            current_usage=CurrentUsage(
                total_used=usage.used,
                today_used=usage.today,
                remaining_uses=None if total is None else total - usage.counted,
            ),
        ),
        schedule=body.schedule,
        display_settings=body.display_settings,
        auto_apply=body.auto_apply,
        stackable=body.stackable,
        exclusion_group=body.exclusion_group,
        performance_metrics=usage.metrics(company.currency_of(row.own_currency)),
        origin=row.origin,
        currency=row.currency,
        created_at=instant(row.created_at),
        created_by=row.created_by,
        last_updated=instant(row.last_updated),
    )
