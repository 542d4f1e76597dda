"""The route table of the company API: it drives the server's routes and the SDK's calls."""

from promo_contracts.company import models
from promo_contracts.routes import Route, Scope

COMPANY = "/promotions/company/{company_id}"
CAMPAIGNS = f"{COMPANY}/campaigns"
CAMPAIGN = f"{CAMPAIGNS}/{{campaign_id}}"
PROMOTIONS = f"{CAMPAIGN}/promotions"
PROMOTION = f"{PROMOTIONS}/{{promotion_id}}"
REDEMPTIONS = f"{COMPANY}/redemptions"
REDEMPTION = f"{REDEMPTIONS}/{{reference}}"

CREATE_CAMPAIGN = Route("create_campaign", "POST", CAMPAIGNS, Scope.WRITE, models.CampaignCreate, models.Campaign, 201)
LIST_CAMPAIGNS = Route("list_campaigns", "GET", CAMPAIGNS, Scope.READ, response=models.CampaignPage)
GET_CAMPAIGN = Route("get_campaign", "GET", CAMPAIGN, Scope.READ, response=models.Campaign)
ACTIVATE_CAMPAIGN = Route("activate_campaign", "POST", f"{CAMPAIGN}/activate", Scope.WRITE, response=models.Campaign)
DEACTIVATE_CAMPAIGN = Route(
    "deactivate_campaign", "POST", f"{CAMPAIGN}/deactivate", Scope.WRITE, response=models.Campaign
)
CREATE_PROMOTION = Route(
    "create_promotion", "POST", PROMOTIONS, Scope.WRITE, models.PromotionCreate, models.Promotion, 201
)
LIST_PROMOTIONS = Route("list_promotions", "GET", PROMOTIONS, Scope.READ, response=models.PromotionPage)
GET_PROMOTION = Route("get_promotion", "GET", PROMOTION, Scope.READ, response=models.Promotion)
ACTIVATE_PROMOTION = Route(
    "activate_promotion", "POST", f"{PROMOTION}/activate", Scope.WRITE, response=models.Promotion
)
PAUSE_PROMOTION = Route("pause_promotion", "POST", f"{PROMOTION}/pause", Scope.WRITE, response=models.Promotion)
RESUME_PROMOTION = Route("resume_promotion", "POST", f"{PROMOTION}/resume", Scope.WRITE, response=models.Promotion)
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
HOLD = Route("hold", "PUT", REDEMPTION, Scope.REDEEM, models.HoldRequest, models.Redemption)
GET_REDEMPTION = Route("get_redemption", "GET", REDEMPTION, Scope.READ, response=models.Redemption)
LIST_REDEMPTIONS = Route("list_redemptions", "GET", REDEMPTIONS, Scope.READ, response=models.RedemptionPage)
CONFIRM = Route("confirm", "POST", f"{REDEMPTION}/confirm", Scope.REDEEM, models.SettleRequest, models.Redemption)
RELEASE = Route("release", "POST", f"{REDEMPTION}/release", Scope.REDEEM, models.SettleRequest, models.Redemption)
DOUBT = Route("doubt", "POST", f"{REDEMPTION}/doubt", Scope.REDEEM, models.SettleRequest, models.Redemption)

ROUTES = (
    CREATE_CAMPAIGN,
    LIST_CAMPAIGNS,
    GET_CAMPAIGN,
    ACTIVATE_CAMPAIGN,
    DEACTIVATE_CAMPAIGN,
    CREATE_PROMOTION,
    LIST_PROMOTIONS,
    GET_PROMOTION,
    ACTIVATE_PROMOTION,
    PAUSE_PROMOTION,
    RESUME_PROMOTION,
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
