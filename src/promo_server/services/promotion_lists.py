"""Lists of promotions: filtered, ordered, in pages; and the offers that a shop puts on its banners."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, not_, or_

from promo_contracts.company.models import Offer, OfferPage, PromotionPage, PromotionStatus
from promo_contracts.company.queries import PageQuery, PromotionQuery
from promo_engine import code_form
from promo_server.services.campaigns import find_campaign
from promo_server.services.companies import Holder
from promo_server.services.context import Context, load_company
from promo_server.services.paging import fetch_page, ordered, page_of
from promo_server.services.records import as_answers, select_promotions, stored_body
from promo_server.storage import moment
from promo_server.storage.tables import campaigns, promotions

_ORDERS: dict[str, Any] = {
    "created_at": promotions.c.created_at,
    "last_updated": promotions.c.last_updated,
    "name": promotions.c.name_form,
    "start_date": promotions.c.starts_at,
    "end_date": promotions.c.over_at,
}


def list_promotions(context: Context, holder: Holder, campaign_id: str | None, wanted: PromotionQuery) -> PromotionPage:
    """Return one page of the promotions of a campaign, or of the whole company.

    Raises:
        Refusal: ``CAMPAIGN_NOT_FOUND``.
    """
    now = context.clock()
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        query = _filtered(select_promotions(company.id), wanted, now)
        if campaign_id is not None:
            find_campaign(connection, company.id, campaign_id)
            query = query.where(promotions.c.campaign_id == campaign_id)
        query = ordered(query, wanted.sort, _ORDERS, promotions.c.id)
        rows, pagination = fetch_page(connection, query, page_of(wanted))
        found = as_answers(connection, company, rows, now)
    return PromotionPage(promotions=found, pagination=pagination)


def list_offers(context: Context, holder: Holder, wanted: PageQuery) -> OfferPage:
    """Return one page of the active promotions that apply by themselves, the highest priority first."""
    now = context.clock()
    query = (
        select_promotions(holder.company_id)
        .where(promotions.c.auto_apply, has_status("active", now))
        .order_by(promotions.c.priority.desc(), promotions.c.id)
    )
    with context.database.read() as connection:
        rows, pagination = fetch_page(connection, query, page_of(wanted))
    return OfferPage(offers=[_offer(row) for row in rows], pagination=pagination)


def has_status(status: PromotionStatus, now: datetime) -> ColumnElement[bool]:
    """Say in SQL what ``shown_status`` says of one promotion."""
    column = promotions.c.status
    if status in ("draft", "archived"):
        return column == status
    is_published = column.in_(("active", "paused"))
    is_over = promotions.c.over_at <= moment(now)
    is_paused = (column == "paused") | (campaigns.c.status == "inactive")
    has_opened = and_(promotions.c.opens_at.is_not(None), promotions.c.opens_at <= moment(now))
    conditions = {
        "expired": is_over,
        "paused": not_(is_over) & is_paused,
        "scheduled": not_(is_over) & not_(is_paused) & not_(has_opened),
        "active": not_(is_over) & not_(is_paused) & has_opened,
    }
    return is_published & conditions[status]


def _filtered(query: Select[Any], wanted: PromotionQuery, now: datetime) -> Select[Any]:
    if wanted.status is not None:
        query = query.where(has_status(wanted.status, now))
    if wanted.type is not None:
        query = query.where(promotions.c.type == wanted.type)
    if wanted.search is not None:
        form = code_form(wanted.search)
        columns = (promotions.c.name_form, promotions.c.code_form)
        query = query.where(or_(*(column.contains(form, autoescape=True) for column in columns)))
    return query


def _offer(row: Any) -> Offer:
    body = stored_body(row)
    return Offer(
        promotion_id=row.id,
        campaign_id=row.campaign_id,
        promotion_name=body.promotion_name,
        promotion_type=body.promotion_type,
        description=body.description,
        schedule=body.schedule,
        display_settings=body.display_settings,
    )
