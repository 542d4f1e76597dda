"""Promotions: create and get (seed 003)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from promo_contracts.company.models import Promotion, PromotionCreate
from promo_server.services.campaigns import find_open_campaign
from promo_server.services.checks import (
    Judgement,
    code_problems,
    read_promotion,
    schedule_problems,
)
from promo_server.services.codes import code_stem, free_codes
from promo_server.services.companies import Holder, raise_rules_version
from promo_server.services.context import Context, company_to_change, load_company
from promo_server.services.promotion_rows import insert_promotion
from promo_server.services.records import as_answers, find_promotion
from promo_server.services.refusal import refuse
from promo_server.storage import moment


def create_promotion(context: Context, holder: Holder, campaign_id: str, document: Mapping[str, Any]) -> Promotion:
    """Create a promotion in a campaign; without a code, one is made from its name and type.

    Raises:
        InvalidFields: a rule of the seed is broken; all of those that are.
        Refusal: ``CAMPAIGN_NOT_FOUND``, ``CAMPAIGN_NOT_MODIFIABLE`` (archived), ``DUPLICATE_PROMOTION_NAME``,
            ``DUPLICATE_PROMOTION_CODE``.
    """
    body, wrong = read_promotion(document)
    code = body.promotion_code or code_stem(body.promotion_name, body.promotion_type, context.code_words)
    wrong += code_problems(code, context.code_words)
    with context.database.read() as connection:  # nobody waits for what is wrong with a body
        company = load_company(connection, holder.company_id)
        currency = company.currency_of(find_open_campaign(connection, company.id, campaign_id).currency)
    judgement = Judgement(company, currency, context.types)
    refuse(judgement.of(body, wrong, schedule_problems(body, company, context.clock())))
    return context.database.transact(partial(_create, context, holder, campaign_id, judgement, body, code))


def _create(
    context: Context,
    holder: Holder,
    campaign_id: str,
    judgement: Judgement,
    body: PromotionCreate,
    code: str,
    connection: Connection,
) -> Promotion:
    company = company_to_change(connection, holder.company_id)
    now = context.clock()
    currency = company.currency_of(find_open_campaign(connection, company.id, campaign_id).currency)
    if currency != judgement.currency:  # changed since
        refuse(replace(judgement, currency=currency).of(body, (), ()))
    promotion_id = context.new_id("promo")
    row = {
        "company_id": company.id,
        "id": promotion_id,
        "campaign_id": campaign_id,
        "status": body.status or "active",
        "created_at": moment(now),
        "created_by": holder.name,
        "last_updated": moment(now),
    }
    codes = [code] if body.promotion_code else free_codes(connection, company.id, code, context.code_words)
    insert_promotion(connection, company, row, body, codes)
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
