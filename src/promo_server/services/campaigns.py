"""Campaigns: the parents of promotions."""

from typing import Any

from sqlalchemy import Connection, Row, insert, select

from promo_contracts.company.models import Campaign, CampaignCreate, CampaignPage
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.paging import Page, fetch_page
from promo_server.services.refusal import Refusal
from promo_server.storage import instant, moment
from promo_server.storage.tables import campaigns


def create_campaign(context: Context, holder: Holder, body: CampaignCreate) -> Campaign:
    """Create a campaign.

    Raises:
        Refusal: ``DUPLICATE_CAMPAIGN_NAME``.
    """
    with context.database.write() as connection:
        same_name = (campaigns.c.company_id == holder.company_id) & (campaigns.c.name == body.name)
        if connection.execute(select(campaigns.c.id).where(same_name)).first():
            message = f"The campaign name '{body.name}' is already in use"
            raise Refusal("DUPLICATE_CAMPAIGN_NAME", message)
        campaign_id = context.new_id("camp")
        connection.execute(
            insert(campaigns).values(
                company_id=holder.company_id,
                id=campaign_id,
                name=body.name,
                description=body.description,
                status="active",
                created_at=moment(context.clock()),
                created_by=holder.name,
            )
        )
        return _campaign(find_campaign(connection, holder.company_id, campaign_id))


def get_campaign(context: Context, holder: Holder, campaign_id: str) -> Campaign:
    """Return one campaign.

    Raises:
        Refusal: ``CAMPAIGN_NOT_FOUND``; another company's looks the same.
    """
    with context.database.read() as connection:
        return _campaign(find_campaign(connection, holder.company_id, campaign_id))


def list_campaigns(context: Context, holder: Holder, page: Page) -> CampaignPage:
    """Return one page of campaigns, newest first."""
    query = (
        select(campaigns)
        .where(campaigns.c.company_id == holder.company_id)
        .order_by(campaigns.c.created_at.desc(), campaigns.c.id)
    )
    with context.database.read() as connection:
        rows, pagination = fetch_page(connection, query, page)
    return CampaignPage(campaigns=[_campaign(row) for row in rows], pagination=pagination)


def find_campaign(connection: Connection, company_id: str, campaign_id: str) -> Row[Any]:
    """Find a campaign of a company."""
    query = select(campaigns).where(campaigns.c.company_id == company_id, campaigns.c.id == campaign_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        message = "The specified campaign does not exist or is not accessible"
        raise Refusal("CAMPAIGN_NOT_FOUND", message)
    return row


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        id=row.id,
        company_id=row.company_id,
        name=row.name,
        description=row.description,
        status=row.status,
        created_at=instant(row.created_at),
        created_by=row.created_by,
    )
