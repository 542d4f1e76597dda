"""Promotions: create, get, list (seed 003)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from promo_contracts import write_json
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import Promotion, PromotionCreate, PromotionPage
from promo_engine import Currency, code_form
from promo_server.services.campaigns import find_campaign
from promo_server.services.checks import (
    code_problems,
    condition_problems,
    eligibility_problems,
    limit_problems,
    read_promotion,
    rules_problems,
    schedule_problems,
)
from promo_server.services.codes import code_stem, free_codes
from promo_server.services.companies import Holder, raise_rules_version
from promo_server.services.context import Company, Context, company_to_change, load_company
from promo_server.services.paging import Page, fetch_page
from promo_server.services.records import as_answers, find_promotion, select_promotions
from promo_server.services.refusal import Refusal, refuse
from promo_server.storage import moment
from promo_server.storage.tables import promotions


def create_promotion(context: Context, holder: Holder, campaign_id: str, document: Mapping[str, Any]) -> Promotion:
    """Create a promotion in a campaign; without a code, one is made from its name and type.

    Raises:
        InvalidFields: a rule of the seed is broken; all of those that are.
        Refusal: ``CAMPAIGN_NOT_FOUND``, ``DUPLICATE_PROMOTION_NAME``, ``DUPLICATE_PROMOTION_CODE``.
    """
    body, wrong = read_promotion(document)
    code = body.promotion_code or code_stem(body.promotion_name, body.promotion_type, context.code_words)
    wrong += code_problems(code, context.code_words)
    with context.database.read() as connection:  # nobody waits for what is wrong with a body
        company = load_company(connection, holder.company_id)
        currency = company.currency_of(find_campaign(connection, company.id, campaign_id).currency)
    _check(context, company, currency, body, wrong, context.clock())
    with context.database.write() as connection:
        company = company_to_change(connection, holder.company_id)
        now = context.clock()
        find_campaign(connection, company.id, campaign_id)
        promotion_id = context.new_id("promo")
        row = {
            "company_id": company.id,
            "id": promotion_id,
            "campaign_id": campaign_id,
            "name": body.promotion_name,
            "status": body.status or "active",
            "created_at": moment(now),
            "created_by": holder.name,
            "last_updated": moment(now),
        }
        codes = [code] if body.promotion_code else free_codes(connection, company.id, code, context.code_words)
        _store(connection, row, body, codes)
        raise_rules_version(connection, company.id)
        made = find_promotion(connection, company.id, campaign_id, promotion_id)
        return as_answers(connection, company, [made], now)[0]


def get_promotion(context: Context, holder: Holder, campaign_id: str, promotion_id: str) -> Promotion:
    """Return one promotion with its current usage and metrics.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``; another company's looks the same.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        row = find_promotion(connection, company.id, campaign_id, promotion_id)
        return as_answers(connection, company, [row], context.clock())[0]


def list_promotions(context: Context, holder: Holder, campaign_id: str, page: Page) -> PromotionPage:
    """Return one page of a campaign's promotions, newest first.

    Raises:
        Refusal: ``CAMPAIGN_NOT_FOUND``.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        find_campaign(connection, company.id, campaign_id)
        query = (
            select_promotions(company.id)
            .where(promotions.c.campaign_id == campaign_id)
            .order_by(promotions.c.created_at.desc(), promotions.c.id)
        )
        rows, pagination = fetch_page(connection, query, page)
        found = as_answers(connection, company, rows, context.clock())
    return PromotionPage(promotions=found, pagination=pagination)


def _check(
    context: Context,
    company: Company,
    currency: Currency,
    body: PromotionCreate,
    wrong: Sequence[FieldProblem],
    now: datetime,
) -> None:
    """Refuse a body that breaks a rule; what stands in for a field that is known to be wrong is not judged."""
    known = {problem.top for problem in wrong}
    found = [
        *limit_problems(body),
        *schedule_problems(body, company, now),
        *rules_problems(body, context.types, currency, company.private),
        *eligibility_problems(body, currency, company.private),
        *condition_problems(body, context.types, currency),
    ]
    refuse([*wrong, *(problem for problem in found if problem.top not in known)])


def _store(connection: Connection, row: Mapping[str, Any], body: PromotionCreate, codes: Iterable[str]) -> None:
    """Store a promotion under the first code that is free: the table's own constraints decide, also in a race."""
    for code in codes:
        text = write_json(body.model_dump() | {"promotion_code": code}).decode()
        try:
            with connection.begin_nested():
                connection.execute(insert(promotions).values(code_form=code_form(code), body=text, **row))
        except IntegrityError:
            if _is_taken(connection, row, campaign_id=row["campaign_id"], name=row["name"]):
                message = f"The promotion name '{row['name']}' is already in use"
                raise Refusal("DUPLICATE_PROMOTION_NAME", message) from None
            if not _is_taken(connection, row, code_form=code_form(code)):
                raise
        else:
            return
    raise Refusal("DUPLICATE_PROMOTION_CODE", f"The promotion code '{body.promotion_code}' is already in use")


def _is_taken(connection: Connection, row: Mapping[str, Any], **unique: str) -> bool:
    query = select(promotions.c.id).filter_by(company_id=row["company_id"], **unique)
    return connection.execute(query).first() is not None
