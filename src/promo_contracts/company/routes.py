"""The route table of the company API: it drives the server's routes, the SDK's calls and the OpenAPI document."""

from promo_contracts.company import models, queries, updates
from promo_contracts.routes import Route, Scope

COMPANY = "/promotions/company/{company_id}"
CAMPAIGNS = f"{COMPANY}/campaigns"
CAMPAIGN = f"{CAMPAIGNS}/{{campaign_id}}"
PROMOTIONS = f"{CAMPAIGN}/promotions"
PROMOTION = f"{PROMOTIONS}/{{promotion_id}}"
REDEMPTIONS = f"{COMPANY}/redemptions"
REDEMPTION = f"{REDEMPTIONS}/{{reference}}"

_PROMOTION_RULES = (
    "INVALID_PROMOTION_NAME",
    "INVALID_PROMOTION_TYPE",
    "INVALID_DISCOUNT_RULES",
    "INVALID_SCHEDULE",
    "INVALID_USAGE_LIMITS",
    "INVALID_PROMOTION_CODE",
    "INVALID_ELIGIBILITY",
)
_SETTLED = ("REDEMPTION_NOT_FOUND", "CHECKOUT_IN_FLIGHT", "REDEMPTION_CLOSED")

CREATE_CAMPAIGN = Route(
    "create_campaign",
    "POST",
    CAMPAIGNS,
    Scope.WRITE,
    models.CampaignCreate,
    models.Campaign,
    201,
    errors=("DUPLICATE_CAMPAIGN_NAME",),
)
LIST_CAMPAIGNS = Route(
    "list_campaigns", "GET", CAMPAIGNS, Scope.READ, response=models.CampaignPage, query=queries.CampaignQuery
)
GET_CAMPAIGN = Route(
    "get_campaign", "GET", CAMPAIGN, Scope.READ, response=models.Campaign, errors=("CAMPAIGN_NOT_FOUND",)
)
UPDATE_CAMPAIGN = Route(
    "update_campaign",
    "PATCH",
    CAMPAIGN,
    Scope.WRITE,
    updates.CampaignUpdate,
    models.Campaign,
    errors=("CAMPAIGN_NOT_FOUND", "CAMPAIGN_NOT_MODIFIABLE", "DUPLICATE_CAMPAIGN_NAME"),
)


def _campaign_step(name: str) -> Route:
    errors = ("CAMPAIGN_NOT_FOUND", "INVALID_STATUS_CHANGE")
    return Route(f"{name}_campaign", "POST", f"{CAMPAIGN}/{name}", Scope.WRITE, response=models.Campaign, errors=errors)


ACTIVATE_CAMPAIGN = _campaign_step("activate")
DEACTIVATE_CAMPAIGN = _campaign_step("deactivate")
ARCHIVE_CAMPAIGN = _campaign_step("archive")
CREATE_PROMOTION = Route(
    "create_promotion",
    "POST",
    PROMOTIONS,
    Scope.WRITE,
    models.PromotionCreate,
    models.Promotion,
    201,
    errors=(
        "CAMPAIGN_NOT_FOUND",
        "CAMPAIGN_NOT_MODIFIABLE",
        "DUPLICATE_PROMOTION_NAME",
        "DUPLICATE_PROMOTION_CODE",
        *_PROMOTION_RULES,
    ),
)
LIST_PROMOTIONS = Route(
    "list_promotions",
    "GET",
    PROMOTIONS,
    Scope.READ,
    response=models.PromotionPage,
    query=queries.PromotionQuery,
    errors=("CAMPAIGN_NOT_FOUND",),
)
LIST_ALL_PROMOTIONS = Route(
    "list_all_promotions",
    "GET",
    f"{COMPANY}/promotions",
    Scope.READ,
    response=models.PromotionPage,
    query=queries.PromotionQuery,
)
GET_PROMOTION = Route(
    "get_promotion", "GET", PROMOTION, Scope.READ, response=models.Promotion, errors=("PROMOTION_NOT_FOUND",)
)
UPDATE_PROMOTION = Route(
    "update_promotion",
    "PATCH",
    PROMOTION,
    Scope.WRITE,
    updates.PromotionUpdate,
    models.Promotion,
    errors=(
        "PROMOTION_NOT_FOUND",
        "PROMOTION_NOT_MODIFIABLE",
        "DUPLICATE_PROMOTION_NAME",
        "DUPLICATE_PROMOTION_CODE",
        *_PROMOTION_RULES,
    ),
)


def _promotion_step(name: str, *errors: str) -> Route:
    return Route(
        f"{name}_promotion",
        "POST",
        f"{PROMOTION}/{name}",
        Scope.WRITE,
        response=models.Promotion,
        errors=("PROMOTION_NOT_FOUND", "INVALID_STATUS_CHANGE", *errors),
    )


ACTIVATE_PROMOTION = _promotion_step("activate", "INVALID_SCHEDULE")
PAUSE_PROMOTION = _promotion_step("pause")
RESUME_PROMOTION = _promotion_step("resume")
ARCHIVE_PROMOTION = _promotion_step("archive")
OFFERS = Route("offers", "GET", f"{COMPANY}/offers", Scope.EVALUATE, response=models.OfferPage, query=queries.PageQuery)
PROMOTION_TYPES = Route(
    "promotion_types",
    "GET",
    f"{COMPANY}/promotion-types",
    Scope.READ,
    response=models.PromotionTypeList,
)
EVALUATE = Route(
    "evaluate",
    "POST",
    f"{COMPANY}/evaluations",
    Scope.EVALUATE,
    models.EvaluationRequest,
    "evaluation",
    errors=("INVALID_CART",),
)
ENTITLEMENTS = Route(
    "entitlements",
    "POST",
    f"{COMPANY}/entitlements",
    Scope.EVALUATE,
    models.EntitlementsRequest,
    "entitlements",
)
RULESET = Route("ruleset", "GET", f"{COMPANY}/ruleset", Scope.EVALUATE, response="ruleset")
HOLD = Route(
    "hold",
    "PUT",
    REDEMPTION,
    Scope.REDEEM,
    models.HoldRequest,
    models.Redemption,
    errors=("TOTAL_CHANGED", "CHECKOUT_IN_FLIGHT", "REDEMPTION_CLOSED", "GRANT_REJECTED", "INVALID_CART"),
)
GET_REDEMPTION = Route(
    "get_redemption", "GET", REDEMPTION, Scope.READ, response=models.Redemption, errors=("REDEMPTION_NOT_FOUND",)
)
LIST_REDEMPTIONS = Route(
    "list_redemptions",
    "GET",
    REDEMPTIONS,
    Scope.READ,
    response=models.RedemptionPage,
    query=queries.RedemptionQuery,
)


def _settling(name: str, *errors: str) -> Route:
    return Route(
        name,
        "POST",
        f"{REDEMPTION}/{name}",
        Scope.REDEEM,
        models.SettleRequest,
        models.Redemption,
        errors=(*_SETTLED, *errors),
    )


CONFIRM = _settling("confirm", "CHARGE_MISMATCH", "HOLD_EXPIRED")
RELEASE = _settling("release")
DOUBT = _settling("doubt")

ROUTES = (
    CREATE_CAMPAIGN,
    LIST_CAMPAIGNS,
    GET_CAMPAIGN,
    UPDATE_CAMPAIGN,
    ACTIVATE_CAMPAIGN,
    DEACTIVATE_CAMPAIGN,
    ARCHIVE_CAMPAIGN,
    CREATE_PROMOTION,
    LIST_PROMOTIONS,
    LIST_ALL_PROMOTIONS,
    GET_PROMOTION,
    UPDATE_PROMOTION,
    ACTIVATE_PROMOTION,
    PAUSE_PROMOTION,
    RESUME_PROMOTION,
    ARCHIVE_PROMOTION,
    OFFERS,
    PROMOTION_TYPES,
    EVALUATE,
    ENTITLEMENTS,
    RULESET,
    HOLD,
    GET_REDEMPTION,
    LIST_REDEMPTIONS,
    CONFIRM,
    RELEASE,
    DOUBT,
)
