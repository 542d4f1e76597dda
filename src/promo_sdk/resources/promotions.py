"""Promotions: the configured offers. Amounts here are decimal major units, as in the seed."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from promo_contracts import Route
from promo_contracts.company import models, routes
from promo_contracts.company.rules import RULES, CheckedPromotionCreate, Rules
from promo_sdk._body import invalid, plain, write_body
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, async_pages, pages

Fields: TypeAlias = Mapping[str, Any]


def create_promotion(
    campaign_id: str,
    *,
    promotion_name: str,
    promotion_type: str,
    description: str,
    discount_rules: Rules | Fields,
    schedule: models.Schedule | Fields,
    promotion_code: str | None = None,
    eligibility_criteria: models.Eligibility | Fields | None = None,
    usage_limits: models.UsageLimits | Fields | None = None,
    display_settings: models.DisplaySettings | Fields | None = None,
    auto_apply: bool = False,
    stackable: bool = False,
    exclusion_group: str | None = None,
    status: Literal["draft"] | None = None,
) -> Call[models.Promotion]:
    """Create a promotion, under the names of the company API.

    Nested parts are the contract's models or plain mappings; all is checked before it is sent.
    Repeated by the SDK only where the API surely did not get it; after a ``TimedOut`` look whether
    it is there before creating it again.

    Args:
        campaign_id: the campaign that it belongs to.
        promotion_name: 1 to 100 characters, unique in the campaign.
        promotion_type: the name of an installed type, such as ``percentage_discount``.
        description: up to 2000 characters.
        discount_rules: what the type asks for: for a built-in one its model, such as
            ``PercentageRules``, or the same fields as a mapping; for any other a mapping, which the
            API checks. Amounts are ``int`` or ``Decimal`` major units; a float is taken by its
            shortest form (0.1 is the amount 0.1).
        schedule: start and end, and days and hours. A ``date`` is a whole day of the company's
            calendar; a ``datetime`` must have a time zone.
        promotion_code: 4 to 20 ASCII letters and digits; made from name and type if not given.
        eligibility_criteria: whom it is for; anybody if not given.
        usage_limits: how often it may be used; without limit if not given.
        display_settings: what the shop shows, and the priority (higher is applied first).
        auto_apply: applies without its code.
        stackable: may be combined with other promotions.
        exclusion_group: at most one promotion of a group applies to a cart.
        status: ``"draft"`` keeps it from running until it is activated.

    Raises:
        InvalidRequest: a field is wrong; ``status`` is ``None`` where it was not sent.
        NotFound: there is no such campaign.
        Conflict: the name or code is taken.

    >>> from decimal import Decimal
    >>> from promo_sdk import PercentageRules
    >>> call = create_promotion(
    ...     "c1",
    ...     promotion_name="Spring",
    ...     description="10.5 % off",
    ...     promotion_type="percentage_discount",
    ...     discount_rules=PercentageRules(discount_value=Decimal("10.5")),
    ...     schedule={"start_date": "2025-04-14T00:00:00Z", "end_date": "2025-05-14T00:00:00Z"},
    ... )
    >>> b'"discount_rules":{"discount_value":10.5}' in call.body
    True
    """
    _check_model(promotion_type, discount_rules)
    body = write_body(
        CheckedPromotionCreate,
        promotion_name=promotion_name,
        promotion_type=promotion_type,
        description=description,
        promotion_code=promotion_code,
        discount_rules=discount_rules,
        eligibility_criteria=eligibility_criteria,
        usage_limits=usage_limits,
        schedule=schedule,
        display_settings=display_settings,
        auto_apply=auto_apply,
        stackable=stackable,
        exclusion_group=exclusion_group,
        status=status,
    )
    return _create(campaign_id, body)


def create_promotion_from(campaign_id: str, body: models.PromotionCreate) -> Call[models.Promotion]:
    """Create a promotion from the contract's model, such as one read from a file.

    Raises:
        InvalidRequest, NotFound, Conflict: as ``create``.
    """
    return _create(campaign_id, write_body(CheckedPromotionCreate, **plain(body, "")))


def get_promotion(campaign_id: str, promotion_id: str) -> Call[models.Promotion]:
    """Return one promotion, with its current usage.

    Raises:
        NotFound: there is none with these ids, or it is another company's.

    >>> get_promotion("c1", "p1").target("42")
    '/promotions/company/42/campaigns/c1/promotions/p1'
    """
    return _of_one(routes.GET_PROMOTION, campaign_id, promotion_id)


def activate_promotion(campaign_id: str, promotion_id: str) -> Call[models.Promotion]:
    """Publish a draft; one that is published stays as it is.

    Raises:
        InvalidRequest: its schedule does not hold any more (``INVALID_SCHEDULE``): it starts before today, say.
        NotFound: there is none with these ids, or it is another company's.
        Conflict: it is paused or has ended; ``body["current_status"]`` says which.

    >>> activate_promotion("c1", "p1").target("42")
    '/promotions/company/42/campaigns/c1/promotions/p1/activate'
    """
    return _of_one(routes.ACTIVATE_PROMOTION, campaign_id, promotion_id)


def pause_promotion(campaign_id: str, promotion_id: str) -> Call[models.Promotion]:
    """Keep a promotion from applying until it is resumed; one that is paused stays so.

    Raises:
        NotFound: there is none with these ids, or it is another company's.
        Conflict: it is a draft or has ended; ``body["current_status"]`` says which.
    """
    return _of_one(routes.PAUSE_PROMOTION, campaign_id, promotion_id)


def resume_promotion(campaign_id: str, promotion_id: str) -> Call[models.Promotion]:
    """End a promotion's pause; one that is not paused stays as it is.

    While its campaign is inactive it is shown as paused all the same.

    Raises:
        NotFound: there is none with these ids, or it is another company's.
        Conflict: it is a draft or has ended; ``body["current_status"]`` says which.
    """
    return _of_one(routes.RESUME_PROMOTION, campaign_id, promotion_id)


def list_promotions(campaign_id: str, *, page: int = 1, per_page: int = 50) -> Call[models.PromotionPage]:
    """Return one page of a campaign's promotions, newest first.

    Raises:
        NotFound: there is no such campaign.

    >>> list_promotions("c1", per_page=10).target("42")
    '/promotions/company/42/campaigns/c1/promotions?page=1&per_page=10'
    """
    return Call(
        routes.LIST_PROMOTIONS,
        as_model(models.PromotionPage),
        params={"campaign_id": campaign_id},
        query={"page": page, "per_page": per_page},
        is_repeatable=True,
    )


def each_promotion(campaign_id: str, *, per_page: int = 50) -> Listing[models.PromotionPage, models.Promotion]:
    """Yield every promotion of a campaign, newest first, asking for pages as they are needed."""
    return Listing(list_promotions(campaign_id, per_page=per_page), lambda page: page.promotions)


def _check_model(promotion_type: str, rules: Rules | Fields) -> None:
    """Refuse the rules of another built-in type: their fields may fit, and mean something else."""
    if isinstance(rules, Rules) and not isinstance(rules, RULES.get(promotion_type, ())):
        raise invalid("discount_rules", f"{type(rules).__name__} are not the rules of {promotion_type}")


def _create(campaign_id: str, body: bytes) -> Call[models.Promotion]:
    return Call(
        routes.CREATE_PROMOTION,
        as_model(models.Promotion),
        params={"campaign_id": campaign_id},
        body=body,
    )


def _of_one(route: Route, campaign_id: str, promotion_id: str) -> Call[models.Promotion]:
    return Call(
        route,
        as_model(models.Promotion),
        params={"campaign_id": campaign_id, "promotion_id": promotion_id},
        is_repeatable=True,
    )


class Promotions(Resource):
    """The offers that are configured."""

    create: Final = endpoint(create_promotion)
    create_from: Final = endpoint(create_promotion_from)
    get: Final = endpoint(get_promotion)
    activate: Final = endpoint(activate_promotion)
    pause: Final = endpoint(pause_promotion)
    resume: Final = endpoint(resume_promotion)
    list: Final = endpoint(list_promotions)
    iterate: Final = pages(each_promotion)


class AsyncPromotions(AsyncResource):
    """The offers that are configured."""

    create: Final = async_endpoint(create_promotion)
    create_from: Final = async_endpoint(create_promotion_from)
    get: Final = async_endpoint(get_promotion)
    activate: Final = async_endpoint(activate_promotion)
    pause: Final = async_endpoint(pause_promotion)
    resume: Final = async_endpoint(resume_promotion)
    list: Final = async_endpoint(list_promotions)
    iterate: Final = async_pages(each_promotion)
