"""Campaigns: the parents of promotions."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from promo_contracts.company.models import Campaign, CampaignCreate, CampaignPage, CampaignStatus
from promo_engine import DocumentError
from promo_server.services.companies import Holder, raise_rules_version
from promo_server.services.context import Company, Context, company_to_change, load_company
from promo_server.services.paging import Page, fetch_page
from promo_server.services.refusal import Refusal, invalid
from promo_server.storage import instant, moment
from promo_server.storage.tables import campaigns


def create_campaign(context: Context, holder: Holder, body: CampaignCreate) -> Campaign:
    """Create a campaign.

    Raises:
        InvalidFields: the currency is unknown.
        Refusal: ``DUPLICATE_CAMPAIGN_NAME``.
    """
    with context.database.write() as connection:
        company = company_to_change(connection, holder.company_id)
        now = moment(context.clock())
        _check_currency(body, company)
        campaign_id = context.new_id("camp")
        row = {
            "company_id": company.id,
            "id": campaign_id,
            "name": body.name,
            "description": body.description,
            "status": body.status,
            "start_date": body.start_date and body.start_date.isoformat(),
            "end_date": body.end_date and body.end_date.isoformat(),
            "currency": body.currency,
            "created_at": now,
            "created_by": holder.name,
            "last_updated": now,
        }
        _store(connection, row)
        return _campaign(find_campaign(connection, company.id, campaign_id), company)


def get_campaign(context: Context, holder: Holder, campaign_id: str) -> Campaign:
    """Return one campaign.

    Raises:
        Refusal: ``CAMPAIGN_NOT_FOUND``; another company's looks the same.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        return _campaign(find_campaign(connection, company.id, campaign_id), company)


def list_campaigns(context: Context, holder: Holder, page: Page) -> CampaignPage:
    """Return one page of campaigns, newest first."""
    query = (
        select(campaigns)
        .where(campaigns.c.company_id == holder.company_id)
        .order_by(campaigns.c.created_at.desc(), campaigns.c.id)
    )
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        rows, pagination = fetch_page(connection, query, page)
    return CampaignPage(campaigns=[_campaign(row, company) for row in rows], pagination=pagination)


def change_campaign_status(context: Context, holder: Holder, campaign_id: str, status: CampaignStatus) -> Campaign:
    """Activate a campaign, or deactivate it, which pauses its promotions; one that is so already stays as it is.

    Raises:
        Refusal: ``CAMPAIGN_NOT_FOUND``.
    """
    with context.database.write() as connection:
        company = company_to_change(connection, holder.company_id)
        row = find_campaign(connection, company.id, campaign_id)
        if row.status != status:
            connection.execute(
                update(campaigns)
                .where(campaigns.c.company_id == company.id, campaigns.c.id == campaign_id)
                .values(status=status, last_updated=moment(context.clock()))
            )
            raise_rules_version(connection, company.id)
        return _campaign(find_campaign(connection, company.id, campaign_id), company)


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


def _store(connection: Connection, row: dict[str, Any]) -> None:
    try:
        with connection.begin_nested():
            connection.execute(insert(campaigns).values(row))
    except IntegrityError:
        same_name = select(campaigns.c.id).filter_by(company_id=row["company_id"], name=row["name"])
        if connection.execute(same_name).first() is None:
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
        created_at=instant(row.created_at),
        created_by=row.created_by,
        last_updated=instant(row.last_updated),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
