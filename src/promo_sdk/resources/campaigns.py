"""Campaigns: the parents of promotions."""

from datetime import date
from typing import Final

from promo_contracts import Route
from promo_contracts.company import models, queries, routes
from promo_contracts.company.updates import CampaignUpdate
from promo_sdk._body import UNCHANGED, Unchanged, write_body, write_change, write_query
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, async_pages, pages


def create_campaign(
    *,
    name: str,
    description: str = "",
    status: models.CampaignStatus = "active",
    start_date: date | str | None = None,
    end_date: date | str | None = None,
    currency: str | None = None,
) -> Call[models.Campaign]:
    """Create a campaign.

    Repeated by the SDK only where the API surely did not get it; after a ``TimedOut`` look whether
    it is there before creating it again.

    Args:
        name: 1 to 100 characters, unique in the company.
        description: up to 2000 characters.
        status: ``"inactive"`` keeps its promotions paused until it is activated.
        start_date: a day, as 2025-04-14; information only, as is the end.
        end_date: a day, not before the start.
        currency: the ISO 4217 code of its promotions' currency; the company's if not given.

    Raises:
        InvalidRequest: a field is wrong.
        Conflict: the name is taken (``DUPLICATE_CAMPAIGN_NAME``).

    >>> create_campaign(name="Spring Fresh").body
    b'{"name":"Spring Fresh","description":"","status":"active"}'
    """
    body = write_body(
        models.CampaignCreate,
        name=name,
        description=description,
        status=status,
        start_date=start_date,
        end_date=end_date,
        currency=currency,
    )
    return Call(routes.CREATE_CAMPAIGN, as_model(models.Campaign), body=body)


def get_campaign(campaign_id: str) -> Call[models.Campaign]:
    """Return one campaign.

    Raises:
        NotFound: there is none with this id, or it is another company's.

    >>> get_campaign("1000010").target("42")
    '/promotions/company/42/campaigns/1000010'
    """
    return _of_one(routes.GET_CAMPAIGN, campaign_id)


def activate_campaign(campaign_id: str) -> Call[models.Campaign]:
    """Let a campaign's promotions apply again, each as it was; an active campaign stays so.

    Raises:
        NotFound: there is none with this id, or it is another company's.
    """
    return _of_one(routes.ACTIVATE_CAMPAIGN, campaign_id)


def deactivate_campaign(campaign_id: str) -> Call[models.Campaign]:
    """Pause all promotions of a campaign until it is activated; an inactive campaign stays so.

    Raises:
        NotFound: there is none with this id, or it is another company's.

    >>> deactivate_campaign("1000010").target("42")
    '/promotions/company/42/campaigns/1000010/deactivate'
    """
    return _of_one(routes.DEACTIVATE_CAMPAIGN, campaign_id)


def archive_campaign(campaign_id: str) -> Call[models.Campaign]:
    """Archive a campaign and all of its promotions, for good; they stay listed, and their names and codes taken.

    Raises:
        NotFound: there is none with this id, or it is another company's.
    """
    return _of_one(routes.ARCHIVE_CAMPAIGN, campaign_id)


def update_campaign(
    campaign_id: str,
    *,
    name: str | Unchanged = UNCHANGED,
    description: str | Unchanged = UNCHANGED,
    start_date: date | str | Unchanged | None = UNCHANGED,
    end_date: date | str | Unchanged | None = UNCHANGED,
    currency: str | Unchanged | None = UNCHANGED,
) -> Call[models.Campaign]:
    """Change what is named, all of it or nothing; the rest stays, and ``None`` takes a field away.

    Args:
        campaign_id: the campaign.
        name: 1 to 100 characters, unique in the company.
        description: up to 2000 characters.
        start_date: a day, as 2025-04-14; information only, as is the end.
        end_date: a day, not before the start.
        currency: only while the campaign has no promotions.

    Raises:
        InvalidRequest: a field of the result is wrong.
        NotFound: there is none with this id, or it is another company's.
        Conflict: the name is taken, or it cannot change any more (``CAMPAIGN_NOT_MODIFIABLE``).

    >>> update_campaign("c1", name="Summer", end_date=None).body
    b'{"name":"Summer","end_date":null}'
    """
    body = write_change(
        CampaignUpdate,
        name=name,
        description=description,
        start_date=start_date,
        end_date=end_date,
        currency=currency,
    )
    return Call(
        routes.UPDATE_CAMPAIGN,
        as_model(models.Campaign),
        params={"campaign_id": campaign_id},
        body=body,
        is_repeatable=True,
    )


def list_campaigns(
    *,
    status: models.ShownCampaignStatus | None = None,
    search: str | None = None,
    sort: queries.CampaignSort | None = None,
    page: int = 1,
    per_page: int = 50,
) -> Call[models.CampaignPage]:
    """Return one page of campaigns, newest first unless ``sort`` says otherwise.

    Args:
        status: only those of this status.
        search: only those with this text in their name, in whatever case.
        sort: ``created_at``, ``last_updated`` or ``name``; a minus before it turns it around.
        page: from 1.
        per_page: how many at once, up to 100.

    >>> list_campaigns(page=2).target("42")
    '/promotions/company/42/campaigns?page=2&per_page=50'
    """
    query = write_query(queries.CampaignQuery, status=status, search=search, sort=sort, page=page, per_page=per_page)
    return Call(routes.LIST_CAMPAIGNS, as_model(models.CampaignPage), query=query, is_repeatable=True)


def each_campaign(
    *,
    status: models.ShownCampaignStatus | None = None,
    search: str | None = None,
    sort: queries.CampaignSort | None = None,
    per_page: int = 50,
) -> Listing[models.CampaignPage, models.Campaign]:
    """Yield every campaign that ``list`` would, asking for pages as they are needed."""
    first = list_campaigns(status=status, search=search, sort=sort, per_page=per_page)
    return Listing(first, lambda page: page.campaigns)


def _of_one(route: Route, campaign_id: str) -> Call[models.Campaign]:
    return Call(route, as_model(models.Campaign), params={"campaign_id": campaign_id}, is_repeatable=True)


class Campaigns(Resource):
    """The parents of promotions."""

    create: Final = endpoint(create_campaign)
    get: Final = endpoint(get_campaign)
    activate: Final = endpoint(activate_campaign)
    deactivate: Final = endpoint(deactivate_campaign)
    archive: Final = endpoint(archive_campaign)
    update: Final = endpoint(update_campaign)
    list: Final = endpoint(list_campaigns)
    iterate: Final = pages(each_campaign)


class AsyncCampaigns(AsyncResource):
    """The parents of promotions."""

    create: Final = async_endpoint(create_campaign)
    get: Final = async_endpoint(get_campaign)
    activate: Final = async_endpoint(activate_campaign)
    deactivate: Final = async_endpoint(deactivate_campaign)
    archive: Final = async_endpoint(archive_campaign)
    update: Final = async_endpoint(update_campaign)
    list: Final = async_endpoint(list_campaigns)
    iterate: Final = async_pages(each_campaign)
