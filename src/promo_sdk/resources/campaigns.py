"""Campaigns: the parents of promotions."""

from typing import Final

from promo_contracts.company import models, routes
from promo_sdk._body import write_body
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, async_pages, pages


def create_campaign(*, name: str, description: str = "") -> Call[models.Campaign]:
    """Create a campaign.

    Repeated by the SDK only where the API surely did not get it; after a ``TimedOut`` look whether
    it is there before creating it again.

    Args:
        name: 1 to 100 characters, unique in the company.
        description: up to 2000 characters.

    Raises:
        InvalidRequest: a field is wrong.
        Conflict: the name is taken (``DUPLICATE_CAMPAIGN_NAME``).

    >>> create_campaign(name="Spring Fresh").body
    b'{"name":"Spring Fresh","description":""}'
    """
    return Call(
        routes.CREATE_CAMPAIGN,
        as_model(models.Campaign),
        body=write_body(models.CampaignCreate, name=name, description=description),
    )


def get_campaign(campaign_id: str) -> Call[models.Campaign]:
    """Return one campaign.

    Raises:
        NotFound: there is none with this id, or it is another company's.

    >>> get_campaign("1000010").target("42")
    '/promotions/company/42/campaigns/1000010'
    """
    return Call(
        routes.GET_CAMPAIGN,
        as_model(models.Campaign),
        params={"campaign_id": campaign_id},
        is_repeatable=True,
    )


def list_campaigns(*, page: int = 1, per_page: int = 50) -> Call[models.CampaignPage]:
    """Return one page of campaigns, newest first.

    >>> list_campaigns(page=2).target("42")
    '/promotions/company/42/campaigns?page=2&per_page=50'
    """
    return Call(
        routes.LIST_CAMPAIGNS,
        as_model(models.CampaignPage),
        query={"page": page, "per_page": per_page},
        is_repeatable=True,
    )


def each_campaign(*, per_page: int = 50) -> Listing[models.CampaignPage, models.Campaign]:
    """Yield every campaign, newest first, asking for pages as they are needed."""
    return Listing(list_campaigns(per_page=per_page), lambda page: page.campaigns)


class Campaigns(Resource):
    """The parents of promotions."""

    create: Final = endpoint(create_campaign)
    get: Final = endpoint(get_campaign)
    list: Final = endpoint(list_campaigns)
    iterate: Final = pages(each_campaign)


class AsyncCampaigns(AsyncResource):
    """The parents of promotions."""

    create: Final = async_endpoint(create_campaign)
    get: Final = async_endpoint(get_campaign)
    list: Final = async_endpoint(list_campaigns)
    iterate: Final = async_pages(each_campaign)
