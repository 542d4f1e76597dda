"""Promotions: the configured offers. Amounts here are decimal major units, as in the seed."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from promo_contracts import Route
from promo_contracts.company import models, queries, routes
from promo_contracts.company.rules import RULES, CheckedPromotionCreate, Rules
from promo_contracts.company.updates import PromotionUpdate
from promo_sdk._body import UNCHANGED, Unchanged, invalid, plain, write_body, write_change, write_query
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


def archive_promotion(campaign_id: str, promotion_id: str) -> Call[models.Promotion]:
    """End a promotion for good, whatever it is; it stays listed, and its name and code taken.

    Raises:
        NotFound: there is none with these ids, or it is another company's.
    """
    return _of_one(routes.ARCHIVE_PROMOTION, campaign_id, promotion_id)


def update_promotion(
    campaign_id: str,
    promotion_id: str,
    *,
    promotion_name: str | Unchanged = UNCHANGED,
    promotion_type: str | Unchanged = UNCHANGED,
    description: str | Unchanged = UNCHANGED,
    promotion_code: str | Unchanged | None = UNCHANGED,
    discount_rules: Rules | Fields | Unchanged = UNCHANGED,
    eligibility_criteria: models.Eligibility | Fields | Unchanged | None = UNCHANGED,
    usage_limits: models.UsageLimits | Fields | Unchanged | None = UNCHANGED,
    schedule: models.Schedule | Fields | Unchanged = UNCHANGED,
    display_settings: models.DisplaySettings | Fields | Unchanged | None = UNCHANGED,
    auto_apply: bool | Unchanged = UNCHANGED,
    stackable: bool | Unchanged = UNCHANGED,
    exclusion_group: str | Unchanged | None = UNCHANGED,
) -> Call[models.Promotion]:
    """Change what is named, all of it or nothing, and hold the result to the rules of ``create``.

    An object is merged into the one that stands there: ``usage_limits={"daily_usage_limit": 5}`` leaves the other
    limits as they are, and ``None`` in it, or for a field, takes that away. A list takes the place of the old one, and
    so do the rules of another type.

    Of a draft everything may change. Of a scheduled promotion all but type and code; of a paused one also not the
    start; of an active one name, description, display, limits, the end and days and hours; of an expired one name and
    description; of an archived one nothing.

    Args:
        campaign_id: the campaign that it belongs to.
        promotion_id: the promotion.
        promotion_name: 1 to 100 characters, unique in the campaign.
        promotion_type: the name of an installed type; its rules stand beside it.
        description: up to 2000 characters.
        promotion_code: 4 to 20 ASCII letters and digits; ``None`` makes one from name and type.
        discount_rules: what of the rules changes.
        eligibility_criteria: what of them changes; ``None``: for anybody.
        usage_limits: what of them changes; a total limit not below what is used; ``None``: without limit.
        schedule: what of it changes.
        display_settings: what of them changes.
        auto_apply: applies without its code.
        stackable: may be combined with other promotions.
        exclusion_group: at most one promotion of a group applies to a cart.

    Raises:
        InvalidRequest: a field of the result is wrong.
        NotFound: there is none with these ids, or it is another company's.
        Conflict: name or code is taken; or the status does not admit it (``PROMOTION_NOT_MODIFIABLE``):
            ``body["current_status"]`` and ``body["fields"]`` say which and what.

    >>> update_promotion("c1", "p1", schedule={"end_date": "2025-06-14"}, exclusion_group=None).body
    b'{"schedule":{"end_date":"2025-06-14"},"exclusion_group":null}'
    """
    if not isinstance(promotion_type, Unchanged) and not isinstance(discount_rules, Unchanged):
        _check_model(promotion_type, discount_rules)
    body = write_change(
        PromotionUpdate,
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
    )
    return Call(
        routes.UPDATE_PROMOTION,
        as_model(models.Promotion),
        params={"campaign_id": campaign_id, "promotion_id": promotion_id},
        body=body,
        is_repeatable=True,
    )


def list_promotions(
    campaign_id: str | None = None,
    *,
    status: models.PromotionStatus | None = None,
    type: str | None = None,  # noqa: A002 - the parameter's name
    search: str | None = None,
    sort: queries.PromotionSort | None = None,
    page: int = 1,
    per_page: int = 50,
) -> Call[models.PromotionPage]:
    """Return one page of promotions, newest first unless ``sort`` says otherwise.

    Args:
        campaign_id: only those of this campaign; all of the company if not given.
        status: only those that have this status now.
        type: only those of this type, such as ``percentage_discount``.
        search: only those with this text in their name or code, in whatever case.
        sort: ``created_at``, ``last_updated``, ``name``, ``start_date`` or ``end_date``; a minus before it turns it
            around.
        page: from 1.
        per_page: how many at once, up to 100.

    Raises:
        InvalidRequest: a parameter is wrong.
        NotFound: there is no such campaign.

    >>> list_promotions("c1", per_page=10).target("42")
    '/promotions/company/42/campaigns/c1/promotions?page=1&per_page=10'
    >>> list_promotions(status="active", sort="-end_date").target("42")
    '/promotions/company/42/promotions?status=active&sort=-end_date&page=1&per_page=50'
    """
    query = write_query(
        queries.PromotionQuery, status=status, type=type, search=search, sort=sort, page=page, per_page=per_page
    )
    route, params = (
        (routes.LIST_ALL_PROMOTIONS, {})
        if campaign_id is None
        else (routes.LIST_PROMOTIONS, {"campaign_id": campaign_id})
    )
    return Call(route, as_model(models.PromotionPage), params=params, query=query, is_repeatable=True)


def each_promotion(
    campaign_id: str | None = None,
    *,
    status: models.PromotionStatus | None = None,
    type: str | None = None,  # noqa: A002 - the parameter's name
    search: str | None = None,
    sort: queries.PromotionSort | None = None,
    per_page: int = 50,
) -> Listing[models.PromotionPage, models.Promotion]:
    """Yield every promotion that ``list`` would, asking for pages as they are needed."""
    first = list_promotions(campaign_id, status=status, type=type, search=search, sort=sort, per_page=per_page)
    return Listing(first, lambda page: page.promotions)


def list_offers(*, page: int = 1, per_page: int = 50) -> Call[models.OfferPage]:
    """Return one page of the offers: active promotions that apply by themselves, the highest priority first.

    They are for banners: display settings and schedule, no code and no figures.

    >>> list_offers().target("42")
    '/promotions/company/42/offers?page=1&per_page=50'
    """
    query = write_query(queries.PageQuery, page=page, per_page=per_page)
    return Call(routes.OFFERS, as_model(models.OfferPage), query=query, is_repeatable=True)


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
    archive: Final = endpoint(archive_promotion)
    update: Final = endpoint(update_promotion)
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
    archive: Final = async_endpoint(archive_promotion)
    update: Final = async_endpoint(update_promotion)
    list: Final = async_endpoint(list_promotions)
    iterate: Final = async_pages(each_promotion)
