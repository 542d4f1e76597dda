"""Campaigns: the parents of promotions."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from promo_contracts.company.models import Campaign, CampaignCreate, CampaignPage, ShownCampaignStatus
from promo_contracts.company.queries import CampaignQuery
from promo_contracts.company.updates import merged
from promo_contracts.problems import field_problems
from promo_engine import DocumentError, code_form
from promo_server.services.checks import status_problems
from promo_server.services.companies import Holder, raise_rules_version
from promo_server.services.context import Company, Context, company_to_change, load_company
from promo_server.services.paging import fetch_page, ordered, page_of
from promo_server.services.refusal import InvalidFields, Refusal, invalid, refuse
from promo_server.storage import instant, moment
from promo_server.storage.tables import campaigns, promotions

_ORDERS: dict[str, Any] = {
    "created_at": campaigns.c.created_at,
    "last_updated": campaigns.c.last_updated,
    "name": campaigns.c.name_form,
}


def create_campaign(context: Context, holder: Holder, body: CampaignCreate) -> Campaign:
    """Create a campaign.

    Raises:
        InvalidFields: the currency is unknown.
        Refusal: ``DUPLICATE_CAMPAIGN_NAME``.
    """
    return context.database.transact(partial(_create, context, holder, body))


def _create(context: Context, holder: Holder, body: CampaignCreate, connection: Connection) -> Campaign:
    company = company_to_change(connection, holder.company_id)
    now = moment(context.clock())
    _check_currency(body, company)
    campaign_id = context.new_id("camp")
    row = {
        "company_id": company.id,
        "id": campaign_id,
        "status": body.status,
        "created_at": now,
        "created_by": holder.name,
        "last_updated": now,
    }
    _store(connection, insert(campaigns), row | _columns(body))
    return _campaign(find_campaign(connection, company.id, campaign_id), company)


def get_campaign(context: Context, holder: Holder, campaign_id: str) -> Campaign:
    """Return one campaign.

    Raises:
        Refusal: ``CAMPAIGN_NOT_FOUND``; another company's looks the same.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        return _campaign(find_campaign(connection, company.id, campaign_id), company)


def list_campaigns(context: Context, holder: Holder, wanted: CampaignQuery) -> CampaignPage:
    """Return one page of campaigns."""
    query = select(campaigns).where(campaigns.c.company_id == holder.company_id)
    if wanted.status is not None:
        query = query.where(campaigns.c.status == wanted.status)
    if wanted.search is not None:
        query = query.where(campaigns.c.name_form.contains(code_form(wanted.search), autoescape=True))
    query = ordered(query, wanted.sort, _ORDERS, campaigns.c.id)
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        rows, pagination = fetch_page(connection, query, page_of(wanted))
    return CampaignPage(campaigns=[_campaign(row, company) for row in rows], pagination=pagination)


def update_campaign(context: Context, holder: Holder, campaign_id: str, change: Mapping[str, Any]) -> Campaign:
    """Change fields of a campaign, all or none; the result is held to what a new one is.

    Its currency stays as soon as it has promotions: their amounts are in it.

    Raises:
        InvalidFields: a field of the result is wrong.
        Refusal: ``CAMPAIGN_NOT_FOUND``, ``CAMPAIGN_NOT_MODIFIABLE`` with the ``current_status``,
            ``DUPLICATE_CAMPAIGN_NAME``.
    """
    return context.database.transact(partial(_update, context, holder, campaign_id, change))


def _update(
    context: Context, holder: Holder, campaign_id: str, change: Mapping[str, Any], connection: Connection
) -> Campaign:
    company = company_to_change(connection, holder.company_id)
    row = find_open_campaign(connection, company.id, campaign_id)
    before = _body(row)
    body = _changed(before, change)
    if body == before:
        return _campaign(row, company)
    _check_currency(body, company)
    if body.currency != before.currency and _has_promotions(connection, company.id, campaign_id):
        message = "The campaign has promotions, whose amounts are in its currency: create another campaign."
        raise Refusal("CAMPAIGN_NOT_MODIFIABLE", message, current_status=row.status, fields=["currency"])
    values = _columns(body) | {"id": campaign_id, "company_id": company.id, "last_updated": moment(context.clock())}
    own = (campaigns.c.company_id == company.id, campaigns.c.id == campaign_id)
    _store(connection, update(campaigns).where(*own), values)
    return _campaign(find_campaign(connection, company.id, campaign_id), company)


def change_campaign_status(context: Context, holder: Holder, campaign_id: str, status: ShownCampaignStatus) -> Campaign:
    """Activate a campaign, or deactivate it, which pauses its promotions; or archive it, and them, for good.

    One that is so already stays as it is.

    Raises:
        Refusal: ``CAMPAIGN_NOT_FOUND``; ``INVALID_STATUS_CHANGE`` with the ``current_status``;
            ``CAMPAIGN_NOT_MODIFIABLE``: it holds another contract's promotions.
    """
    return context.database.transact(partial(_change_status, context, holder, campaign_id, status))


def _change_status(
    context: Context, holder: Holder, campaign_id: str, status: ShownCampaignStatus, connection: Connection
) -> Campaign:
    company = company_to_change(connection, holder.company_id)
    row = find_campaign(connection, company.id, campaign_id)
    check_own_campaign(row)
    if row.status != status:
        if row.status == "archived":
            message = "The campaign is archived: create a new one."
            raise Refusal("INVALID_STATUS_CHANGE", message, current_status="archived")
        changed = {"status": status, "last_updated": moment(context.clock())}
        own = (campaigns.c.company_id == company.id, campaigns.c.id == campaign_id)
        connection.execute(update(campaigns).where(*own).values(**changed))
        if status == "archived":
            theirs = (promotions.c.company_id == company.id, promotions.c.campaign_id == campaign_id)
            living = promotions.c.status != "archived"
            connection.execute(update(promotions).where(*theirs, living).values(**changed))
        raise_rules_version(connection, company.id)
    return _campaign(find_campaign(connection, company.id, campaign_id), company)


def find_open_campaign(connection: Connection, company_id: str, campaign_id: str) -> Row[Any]:
    """Find a campaign of a company that can still be worked on.

    Raises:
        Refusal: ``CAMPAIGN_NOT_FOUND``, ``CAMPAIGN_NOT_MODIFIABLE``.
    """
    row = find_campaign(connection, company_id, campaign_id)
    check_own_campaign(row)
    if row.status == "archived":
        message = "The campaign is archived and does not change any more: create a new one."
        raise Refusal("CAMPAIGN_NOT_MODIFIABLE", message, current_status="archived")
    return row


def check_own_campaign(row: Row[Any]) -> None:
    """Let nobody change what holds another contract's promotions.

    Raises:
        Refusal: ``CAMPAIGN_NOT_MODIFIABLE``.
    """
    if row.origin is not None:
        message = f"The campaign holds the promotions of the {row.origin} contract, which alone changes them."
        raise Refusal("CAMPAIGN_NOT_MODIFIABLE", message, current_status=row.status)


def find_campaign(connection: Connection, company_id: str, campaign_id: str) -> Row[Any]:
    """Find a campaign of a company."""
    query = select(campaigns).where(campaigns.c.company_id == company_id, campaigns.c.id == campaign_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        message = "The specified campaign does not exist or is not accessible"
        raise Refusal("CAMPAIGN_NOT_FOUND", message)
    return row


def _check_currency(body: CampaignCreate, company: Company) -> None:
    try:
        company.currency_of(body.currency)
    except DocumentError as error:
        raise invalid(error) from None


def _body(row: Row[Any]) -> CampaignCreate:
    return CampaignCreate(
        name=row.name,
        description=row.description,
        start_date=_day(row.start_date),
        end_date=_day(row.end_date),
        currency=row.currency,
    )


def _changed(before: CampaignCreate, change: Mapping[str, Any]) -> CampaignCreate:
    refuse(status_problems(change, "activate, deactivate or archive"))
    try:
        return CampaignCreate.model_validate(merged(before.model_dump(), change))
    except ValidationError as error:
        raise InvalidFields(*field_problems(error, CampaignCreate)) from None


def _has_promotions(connection: Connection, company_id: str, campaign_id: str) -> bool:
    found = select(promotions.c.id).filter_by(company_id=company_id, campaign_id=campaign_id)
    return connection.execute(found.limit(1)).first() is not None


def _columns(body: CampaignCreate) -> dict[str, Any]:
    return {
        "name": body.name,
        "name_form": code_form(body.name),
        "description": body.description,
        "start_date": body.start_date and body.start_date.isoformat(),
        "end_date": body.end_date and body.end_date.isoformat(),
        "currency": body.currency,
    }


def _store(connection: Connection, statement: Any, row: Mapping[str, Any]) -> None:
    try:
        with connection.begin_nested():
            connection.execute(statement.values(**row))
    except IntegrityError:
        same_name = select(campaigns.c.id).filter_by(company_id=row["company_id"], name=row["name"])
        if connection.execute(same_name.where(campaigns.c.id != row["id"])).first() is None:
            raise
        message = f"The campaign name '{row['name']}' is already in use"
        raise Refusal("DUPLICATE_CAMPAIGN_NAME", message) from None


def _campaign(row: Row[Any], company: Company) -> Campaign:
    return Campaign(
        id=row.id,
        company_id=row.company_id,
        name=row.name,
        description=row.description,
        status=row.status,
        start_date=_day(row.start_date),
        end_date=_day(row.end_date),
        currency=company.currency_of(row.currency).code,
        origin=row.origin,
        created_at=instant(row.created_at),
        created_by=row.created_by,
        last_updated=instant(row.last_updated),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
