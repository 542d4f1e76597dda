"""Promotions: create, get, list (seed 003)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from promo_contracts import read_json, write_json
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import (
    CurrentUsage,
    Promotion,
    PromotionCreate,
    PromotionPage,
    UsageLimitsAndUsage,
)
from promo_engine import DocumentError, Rules, code_form
from promo_server.compile import compile_schedule, shown_status
from promo_server.services.campaigns import find_campaign
from promo_server.services.codes import generated_code
from promo_server.services.companies import Holder
from promo_server.services.context import Company, Context, load_company
from promo_server.services.metrics import Usage, usage_of
from promo_server.services.paging import Page, fetch_page
from promo_server.services.refusal import InvalidFields, Refusal, invalid
from promo_server.storage import instant, moment
from promo_server.storage.tables import companies, promotions

LONGEST = timedelta(days=365)


def create_promotion(context: Context, holder: Holder, campaign_id: str, body: PromotionCreate) -> Promotion:
    """Create a promotion in a campaign; without a code, one is made from its name.

    Raises:
        InvalidFields: a rule of the seed is broken.
        Refusal: ``CAMPAIGN_NOT_FOUND``, ``DUPLICATE_PROMOTION_NAME``, ``DUPLICATE_PROMOTION_CODE``.
    """
    now = context.clock()
    with context.database.write() as connection:
        company = load_company(connection, holder.company_id)
        find_campaign(connection, company.id, campaign_id)
        _check(body, company, now, context)
        code = _free_code(connection, company.id, campaign_id, body)
        promotion_id = context.new_id("promo")
        connection.execute(
            insert(promotions).values(
                company_id=company.id,
                id=promotion_id,
                campaign_id=campaign_id,
                name=body.promotion_name,
                code_form=code_form(code),
                status=body.status or "active",
                body=write_json(body.model_dump() | {"promotion_code": code}).decode(),
                created_at=moment(now),
                created_by=holder.name,
                last_updated=moment(now),
            )
        )
        _raise_rules_version(connection, company.id)
        row = _find(connection, company.id, campaign_id, promotion_id)
        return _promotions(connection, company, [row], now)[0]


def get_promotion(context: Context, holder: Holder, campaign_id: str, promotion_id: str) -> Promotion:
    """Return one promotion with its current usage and metrics.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``; another company's looks the same.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        row = _find(connection, company.id, campaign_id, promotion_id)
        return _promotions(connection, company, [row], context.clock())[0]


def list_promotions(context: Context, holder: Holder, campaign_id: str, page: Page) -> PromotionPage:
    """Return one page of a campaign's promotions, newest first.

    Raises:
        Refusal: ``CAMPAIGN_NOT_FOUND``.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        find_campaign(connection, company.id, campaign_id)
        query = (
            select(promotions)
            .where(promotions.c.company_id == company.id, promotions.c.campaign_id == campaign_id)
            .order_by(promotions.c.created_at.desc(), promotions.c.id)
        )
        rows, pagination = fetch_page(connection, query, page)
        found = _promotions(connection, company, rows, context.clock())
    return PromotionPage(promotions=found, pagination=pagination)


def stored_body(row: Row[Any]) -> PromotionCreate:
    """Read the body of a stored promotion, numbers as they stood."""
    return PromotionCreate.model_validate(read_json(row.body.encode()))


def _check(body: PromotionCreate, company: Company, now: datetime, context: Context) -> None:
    problems = [*_limit_problems(body), *_schedule_problems(body, company, now)]
    try:
        promotion_type = context.types.named(body.promotion_type)
        rules = promotion_type.read_rules(body.discount_rules, company.currency)
        problems += _minimum_problems(body, rules)
    except DocumentError as error:
        within = "" if error.path == "promotion_type" else "discount_rules"
        problems += invalid(error, within).problems
    if problems:
        raise InvalidFields(*problems)


def _limit_problems(body: PromotionCreate) -> list[FieldProblem]:
    total = body.usage_limits.total_usage_limit
    customer = body.usage_limits.per_customer_limit
    if total is None or customer is None or customer <= total:
        return []
    message = f"cannot exceed total_usage_limit ({total}), not {customer}"
    return [FieldProblem("usage_limits.per_customer_limit", message)]


def _schedule_problems(body: PromotionCreate, company: Company, now: datetime) -> list[FieldProblem]:
    start, end = body.schedule.start_date, body.schedule.end_date
    if end <= start:
        return [FieldProblem("schedule.end_date", "End date must be after start date")]
    if start.astimezone(company.zone).date() < now.astimezone(company.zone).date():
        return [FieldProblem("schedule.start_date", "Start date must be today or later")]
    if end - start > LONGEST:
        return [FieldProblem("schedule.end_date", "A promotion lasts at most 365 days")]
    return []


def _minimum_problems(body: PromotionCreate, rules: Rules) -> list[FieldProblem]:
    """Hold the seed's rule: the minimum above the discount, for an amount off the order."""
    amount = getattr(rules, "discount_value", None)
    is_order_amount = body.promotion_type == "fixed_amount_discount" and (getattr(rules, "per", "order") == "order")
    minimum = rules.min_purchase_amount
    if not is_order_amount or minimum is None or amount is None or minimum > amount:
        return []
    message = "Minimum purchase amount must be greater than the discount amount"
    return [FieldProblem("discount_rules.min_purchase_amount", message)]


def _free_code(connection: Connection, company_id: str, campaign_id: str, body: PromotionCreate) -> str:
    """Return the code as given or a new one, after making sure that name and code are free."""
    same_name = (promotions.c.campaign_id == campaign_id) & (promotions.c.name == body.promotion_name)
    of_company = promotions.c.company_id == company_id
    if connection.execute(select(promotions.c.id).where(of_company, same_name)).first():
        message = f"The promotion name '{body.promotion_name}' is already in use"
        raise Refusal("DUPLICATE_PROMOTION_NAME", message)

    def is_taken(code: str) -> bool:
        same_code = promotions.c.code_form == code_form(code)
        return connection.execute(select(promotions.c.id).where(of_company, same_code)).first() is not None

    code = body.promotion_code
    if code is None:
        return generated_code(body.promotion_name, body.promotion_type, is_taken)
    if is_taken(code):
        message = f"The promotion code '{code}' is already in use"
        raise Refusal("DUPLICATE_PROMOTION_CODE", message)
    return code


def _raise_rules_version(connection: Connection, company_id: str) -> None:
    connection.execute(
        update(companies).where(companies.c.id == company_id).values(rules_version=companies.c.rules_version + 1)
    )


def _find(connection: Connection, company_id: str, campaign_id: str, promotion_id: str) -> Row[Any]:
    query = select(promotions).where(
        promotions.c.company_id == company_id,
        promotions.c.campaign_id == campaign_id,
        promotions.c.id == promotion_id,
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        message = "The specified promotion does not exist or is not accessible"
        raise Refusal("PROMOTION_NOT_FOUND", message)
    return row


def _promotions(connection: Connection, company: Company, rows: list[Row[Any]], now: datetime) -> list[Promotion]:
    usage = usage_of(connection, company, [row.id for row in rows], now)
    return [_promotion(row, company, usage[row.id], now) for row in rows]


def _promotion(row: Row[Any], company: Company, usage: Usage, now: datetime) -> Promotion:
    body = stored_body(row)
    limits = body.usage_limits
    total = limits.total_usage_limit
    return Promotion(
        promotion_id=row.id,
        campaign_id=row.campaign_id,
        promotion_name=body.promotion_name,
        promotion_type=body.promotion_type,
        description=body.description,
        promotion_code=body.promotion_code or "",
        status=shown_status(row.status, compile_schedule(body.schedule), now, company.zone),
        discount_rules=body.discount_rules,
        eligibility_criteria=body.eligibility_criteria,
        usage_limits=UsageLimitsAndUsage(
            total_usage_limit=total,
            per_customer_limit=limits.per_customer_limit,
            daily_usage_limit=limits.daily_usage_limit,
            current_usage=CurrentUsage(
                total_used=usage.confirmed,
                today_used=usage.today,
                remaining_uses=None if total is None else total - usage.counted,
            ),
        ),
        schedule=body.schedule,
        display_settings=body.display_settings,
        auto_apply=body.auto_apply,
        stackable=body.stackable,
        performance_metrics=usage.metrics(company.currency),
        created_at=instant(row.created_at),
        created_by=row.created_by,
        last_updated=instant(row.last_updated),
    )
