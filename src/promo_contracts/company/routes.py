"""The route table of the company API: it drives the server's routes, the SDK's calls and the OpenAPI document."""

from promo_contracts.company import models, queries, rejected_grants, returns, updates
from promo_contracts.routes import Route, Scope

COMPANY = "/promotions/company/{company_id}"
CAMPAIGNS = f"{COMPANY}/campaigns"
CAMPAIGN = f"{CAMPAIGNS}/{{campaign_id}}"
PROMOTIONS = f"{CAMPAIGN}/promotions"
PROMOTION = f"{PROMOTIONS}/{{promotion_id}}"
CODES = f"{PROMOTION}/codes"
CODE = f"{CODES}/{{code_id}}"
REDEMPTIONS = f"{COMPANY}/redemptions"
REDEMPTION = f"{REDEMPTIONS}/{{reference}}"
RETURNS = f"{REDEMPTION}/returns"

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
    summary="Create a campaign",
)
LIST_CAMPAIGNS = Route(
    "list_campaigns",
    "GET",
    CAMPAIGNS,
    Scope.READ,
    response=models.CampaignPage,
    query=queries.CampaignQuery,
    summary="List campaigns",
)
GET_CAMPAIGN = Route(
    "get_campaign",
    "GET",
    CAMPAIGN,
    Scope.READ,
    response=models.Campaign,
    errors=("CAMPAIGN_NOT_FOUND",),
    summary="Get a campaign",
)
UPDATE_CAMPAIGN = Route(
    "update_campaign",
    "PATCH",
    CAMPAIGN,
    Scope.WRITE,
    updates.CampaignUpdate,
    models.Campaign,
    errors=("CAMPAIGN_NOT_FOUND", "CAMPAIGN_NOT_MODIFIABLE", "DUPLICATE_CAMPAIGN_NAME"),
    summary="Change fields of a campaign, all or none",
)


def _campaign_step(name: str, summary: str) -> Route:
    errors = ("CAMPAIGN_NOT_FOUND", "CAMPAIGN_NOT_MODIFIABLE", "INVALID_STATUS_CHANGE")
    return Route(
        f"{name}_campaign",
        "POST",
        f"{CAMPAIGN}/{name}",
        Scope.WRITE,
        response=models.Campaign,
        errors=errors,
        summary=summary,
    )


ACTIVATE_CAMPAIGN = _campaign_step("activate", "Let the promotions of a campaign apply again")
DEACTIVATE_CAMPAIGN = _campaign_step("deactivate", "Pause all promotions of a campaign")
ARCHIVE_CAMPAIGN = _campaign_step("archive", "Archive a campaign and its promotions, for good")
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
    summary="Create a promotion in a campaign",
)
LIST_PROMOTIONS = Route(
    "list_promotions",
    "GET",
    PROMOTIONS,
    Scope.READ,
    response=models.PromotionPage,
    query=queries.PromotionQuery,
    errors=("CAMPAIGN_NOT_FOUND",),
    summary="List the promotions of a campaign",
)
LIST_ALL_PROMOTIONS = Route(
    "list_all_promotions",
    "GET",
    f"{COMPANY}/promotions",
    Scope.READ,
    response=models.PromotionPage,
    query=queries.PromotionQuery,
    summary="List the promotions of the company",
)
GET_PROMOTION = Route(
    "get_promotion",
    "GET",
    PROMOTION,
    Scope.READ,
    response=models.Promotion,
    errors=("PROMOTION_NOT_FOUND",),
    summary="Get a promotion with its usage and metrics",
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
    summary="Change fields of a promotion, all or none",
)


def _promotion_step(name: str, summary: str, *errors: str) -> Route:
    return Route(
        f"{name}_promotion",
        "POST",
        f"{PROMOTION}/{name}",
        Scope.WRITE,
        response=models.Promotion,
        errors=("PROMOTION_NOT_FOUND", "PROMOTION_NOT_MODIFIABLE", "INVALID_STATUS_CHANGE", *errors),
        summary=summary,
    )


ACTIVATE_PROMOTION = _promotion_step("activate", "Publish a draft", "INVALID_SCHEDULE")
PAUSE_PROMOTION = _promotion_step("pause", "Keep a promotion from applying until it is resumed")
RESUME_PROMOTION = _promotion_step("resume", "End the pause of a promotion")
ARCHIVE_PROMOTION = _promotion_step("archive", "End a promotion for good")
CREATE_CODE = Route(
    "create_code",
    "POST",
    CODES,
    Scope.WRITE,
    models.CodeCreate,
    models.PromotionCode,
    201,
    errors=(
        "PROMOTION_NOT_FOUND",
        "PROMOTION_NOT_MODIFIABLE",
        "DUPLICATE_PROMOTION_CODE",
        "INVALID_PROMOTION_CODE",
        "INVALID_USAGE_LIMITS",
    ),
    summary="Give a promotion one more code",
)
CREATE_CODE_BATCH = Route(
    "create_code_batch",
    "POST",
    f"{PROMOTION}/code-batches",
    Scope.WRITE,
    models.CodeBatchCreate,
    models.CodeBatch,
    201,
    errors=(
        "PROMOTION_NOT_FOUND",
        "PROMOTION_NOT_MODIFIABLE",
        "CODE_BATCH_EXISTS",
        "INVALID_PROMOTION_CODE",
        "INVALID_USAGE_LIMITS",
    ),
    summary="Make a batch of random codes, all or none; the same batch once more is the same",
)
LIST_CODES = Route(
    "list_codes",
    "GET",
    CODES,
    Scope.READ,
    response=models.CodePage,
    query=queries.CodeQuery,
    errors=("PROMOTION_NOT_FOUND",),
    summary="List the codes of a promotion beside its own",
)
GET_CODE = Route(
    "get_code",
    "GET",
    CODE,
    Scope.READ,
    response=models.PromotionCode,
    errors=("CODE_NOT_FOUND",),
    summary="Get a code with its uses left",
)
DELETE_CODE = Route(
    "delete_code",
    "DELETE",
    CODE,
    Scope.WRITE,
    response=models.PromotionCode,
    errors=("CODE_NOT_FOUND", "PROMOTION_NOT_MODIFIABLE"),
    summary="Delete a code: it is nobody's from now on",
)
OFFERS = Route(
    "offers",
    "GET",
    f"{COMPANY}/offers",
    Scope.EVALUATE,
    response=models.OfferPage,
    query=queries.PageQuery,
    summary="List what applies by itself now, for banners",
)
PROMOTION_TYPES = Route(
    "promotion_types",
    "GET",
    f"{COMPANY}/promotion-types",
    Scope.READ,
    response=models.PromotionTypeList,
    summary="List the installed promotion types",
)
EVALUATE = Route(
    "evaluate",
    "POST",
    f"{COMPANY}/evaluations",
    Scope.EVALUATE,
    models.EvaluationRequest,
    "evaluation",
    errors=("INVALID_CART",),
    summary="Price a cart at any moment; nothing is taken",
)
ENTITLEMENTS = Route(
    "entitlements",
    "POST",
    f"{COMPANY}/entitlements",
    Scope.EVALUATE,
    models.EntitlementsRequest,
    "entitlements",
    errors=("INVALID_CART",),
    summary="Get the uses left of some promotions, and what codes stand for",
)
RULESET = Route(
    "ruleset",
    "GET",
    f"{COMPANY}/ruleset",
    Scope.EVALUATE,
    response="ruleset",
    summary="Get the published promotions, compiled",
)
HOLD = Route(
    "hold",
    "PUT",
    REDEMPTION,
    Scope.REDEEM,
    models.HoldRequest,
    models.Redemption,
    errors=("TOTAL_CHANGED", "CHECKOUT_IN_FLIGHT", "REDEMPTION_CLOSED", "GRANT_REJECTED", "INVALID_CART"),
    summary="Hold a cart's promotions for a checkout, or deliver a grant",
)
GET_REDEMPTION = Route(
    "get_redemption",
    "GET",
    REDEMPTION,
    Scope.READ,
    response=models.Redemption,
    errors=("REDEMPTION_NOT_FOUND",),
    summary="Get the redemption of a checkout",
)
LIST_REDEMPTIONS = Route(
    "list_redemptions",
    "GET",
    REDEMPTIONS,
    Scope.READ,
    response=models.RedemptionPage,
    query=queries.RedemptionQuery,
    summary="List redemptions, oldest hold first",
)


def _settling(name: str, summary: str, *errors: str) -> Route:
    return Route(
        name,
        "POST",
        f"{REDEMPTION}/{name}",
        Scope.REDEEM,
        models.SettleRequest,
        models.Redemption,
        errors=(*_SETTLED, *errors),
        summary=summary,
    )


CONFIRM = _settling("confirm", "Report that the order exists and is paid", "CHARGE_MISMATCH", "HOLD_EXPIRED")
RELEASE = _settling("release", "Report that there is no order: the uses are free again")
DOUBT = _settling("doubt", "Report that nobody knows: the uses stay taken until it is settled")
RETURN_GOODS = Route(
    "return_goods",
    "POST",
    RETURNS,
    Scope.REDEEM,
    returns.ReturnRequest,
    returns.OrderReturn,
    201,
    errors=("REDEMPTION_NOT_FOUND", "REDEMPTION_NOT_CONFIRMED", "DUPLICATE_RETURN", "RULES_NOT_KEPT"),
    summary="Give back what was paid for goods of a confirmed order",
)
LIST_RETURNS = Route(
    "list_returns",
    "GET",
    RETURNS,
    Scope.READ,
    response=returns.OrderReturnPage,
    query=queries.PageQuery,
    errors=("REDEMPTION_NOT_FOUND",),
    summary="List the returns of an order, the first one first",
)
LIST_REJECTED_GRANTS = Route(
    "list_rejected_grants",
    "GET",
    f"{COMPANY}/rejected-grants",
    Scope.READ,
    response=rejected_grants.RejectedGrantPage,
    query=queries.PageQuery,
    summary="List the grants of shops that were rejected, the oldest first",
)

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
    CREATE_CODE,
    CREATE_CODE_BATCH,
    LIST_CODES,
    GET_CODE,
    DELETE_CODE,
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
    RETURN_GOODS,
    LIST_RETURNS,
    LIST_REJECTED_GRANTS,
)

HEALTH = Route("health", "GET", "/health", None, response=models.Health, summary="Ask whether the server is up")
READY = Route("ready", "GET", "/ready", None, response=models.Readiness, summary="Ask whether it can do its work")

SERVICE_ROUTES = (HEALTH, READY)
"""What is asked of the server itself, without a key."""
