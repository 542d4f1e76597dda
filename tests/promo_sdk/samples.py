"""What the SDK's tests share: a cart, replies, and one call of every route."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from promo_contracts import Route
from promo_contracts.company import routes
from promo_sdk import AsyncPromotionsClient, Clock, PromotionsClient

URL = "https://promotions.example.com/api"
COMPANY = f"{URL}/promotions/company/42"
KEY = "key-that-nobody-may-see"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STILL = Clock(monotonic=lambda: 0.0, now=lambda: NOON, random=lambda: 0.5)

Client = PromotionsClient | AsyncPromotionsClient
Document = dict[str, Any]

CART: Document = {
    "currency": "USD",
    "exponent": 2,
    "at": "2026-11-22T12:00:00Z",
    "lines": [{"id": "milk", "sku": "MILK", "unit_price": 5990, "quantity": 1}],
    "codes": ["SECRETCODE"],
}
EVALUATION: Document = {"totals": {"amount_due": 4792}}
SCHEDULE: Document = {
    "start_date": "2025-04-14T00:00:00.000Z",
    "end_date": "2025-05-14T23:59:59.000Z",
}
PROMOTION: Document = {
    "promotion_name": "Spring Fresh 20% Off",
    "promotion_type": "percentage_discount",
    "description": "20% off all fresh produce",
    "discount_rules": {"discount_value": 20},
    "schedule": SCHEDULE,
    "auto_apply": False,
    "stackable": False,
}
GRANTED: Document = {
    "evaluation": EVALUATION,
    "at": "2026-11-22T12:00:00.000Z",
    "revision": "r7",
    "outcome": "confirmed",
    "charged": 4792,
}
HOLD: Document = {"attempt": "a1", "cart": CART, "lease_seconds": 60, "ttl_seconds": 3600}

CAMPAIGN_REPLY: Document = {
    "id": "c1",
    "company_id": "42",
    "name": "Spring",
    "description": "",
    "status": "active",
    "currency": "USD",
    "created_at": "2025-04-14T01:00:00.000Z",
    "created_by": "key",
    "last_updated": "2025-04-14T01:00:00.000Z",
}
PROMOTION_REPLY: Document = PROMOTION | {
    "promotion_id": "p1",
    "campaign_id": "c1",
    "promotion_code": "SPRING20",
    "status": "scheduled",
    "eligibility_criteria": {},
    "usage_limits": {"current_usage": {"total_used": 0, "today_used": 0, "remaining_uses": None}},
    "display_settings": {},
    "performance_metrics": {
        "total_uses": 0,
        "unique_customers": 0,
        "total_discount_given": 0,
        "conversion_rate": 0,
    },
    "created_at": "2025-04-14T01:00:00.000Z",
    "created_by": "key",
    "last_updated": "2025-04-14T01:00:00.000Z",
}
CODE_REPLY: Document = {
    "code_id": "code_7",
    "promotion_id": "p1",
    "promotion_code": "FRIENDS20",
    "batch_id": None,
    "max_uses": 500,
    "remaining_uses": 499,
    "created_at": "2025-04-14T01:00:00.000Z",
    "created_by": "key",
}
BATCH_REPLY: Document = {
    "batch_id": "mailing-7",
    "promotion_id": "p1",
    "count": 1,
    "prefix": "FRIENDS",
    "max_uses": None,
    "created_at": "2025-04-14T01:00:00.000Z",
    "created_by": "key",
    "codes": [CODE_REPLY],
}
OFFER_REPLY: Document = {
    "promotion_id": "p1",
    "campaign_id": "c1",
    "promotion_name": "Spring Fresh 20% Off",
    "promotion_type": "percentage_discount",
    "description": "",
    "schedule": SCHEDULE,
    "display_settings": {"banner_text": "Fresh"},
}
REDEMPTION_REPLY: Document = {
    "reference": "co-1",
    "state": "held",
    "amount_due": 4792,
    "undiscounted": 5990,
    "currency": "USD",
    "charged": None,
    "attempt": "a1",
    "held_at": "2026-11-22T12:00:00.000Z",
    "expires_at": "2026-11-22T13:00:00.000Z",
    "settled_at": None,
    "evaluation": EVALUATION,
}
RETURN_REPLY: Document = {
    "return_id": "r1",
    "reference": "co-1",
    "number": 1,
    "policy": "keep",
    "lines": {"milk": 1},
    "shipping": [],
    "amount": 4792,
    "points": 0,
    "missing": 0,
    "currency": "USD",
    "paid": {"lines": {"milk": 4792}, "shipping": {}},
    "restored": ["p1"],
    "returned": {"lines": {"milk": 1}, "shipping": [], "amount": 4792, "points": 0},
    "created_at": "2026-11-23T12:00:00.000Z",
}
REJECTED_REPLY: Document = {
    "reference": "co-1",
    "attempt": "a1",
    "why": "its revision is not one of this server's",
    "outcome": "confirmed",
    "revision": "r7",
    "charged": 4792,
    "amount_due": 4792,
    "undiscounted": None,
    "currency": "USD",
    "granted_at": "2026-11-22T12:00:00.000Z",
    "created_at": "2026-11-22T12:00:00.000Z",
}


def a_page(name: str, *items: Document, number: int = 1, of: int = 1) -> Document:
    """Build a page of a list."""
    pagination = {
        "current_page": number,
        "total_pages": of,
        "per_page": len(items),
        "total_items": len(items) * of,
        "has_next": number < of,
        "has_previous": number > 1,
    }
    return {name: list(items), "pagination": pagination}


@dataclass(frozen=True)
class Example:
    """One call, what it must send, and what it gets."""

    route: Route
    make: Callable[[Any], Any]
    path: str
    body: Mapping[str, Any] | None = None
    query: str = ""
    reply: Document = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The route's name; a delivery is a hold with a grant."""
        return "deliver" if "granted" in (self.body or {}) else self.route.name


FIRST_PAGE = "page=1&per_page=50"
EXAMPLES = [
    Example(
        routes.CREATE_CAMPAIGN,
        lambda client: client.campaigns.create(name="Spring"),
        "/campaigns",
        {"name": "Spring", "description": "", "status": "active"},
        reply=CAMPAIGN_REPLY,
    ),
    Example(
        routes.LIST_CAMPAIGNS,
        lambda client: client.campaigns.list(),
        "/campaigns",
        query=FIRST_PAGE,
        reply=a_page("campaigns", CAMPAIGN_REPLY),
    ),
    Example(
        routes.GET_CAMPAIGN,
        lambda client: client.campaigns.get("c1"),
        "/campaigns/c1",
        reply=CAMPAIGN_REPLY,
    ),
    Example(
        routes.ACTIVATE_CAMPAIGN,
        lambda client: client.campaigns.activate("c1"),
        "/campaigns/c1/activate",
        reply=CAMPAIGN_REPLY,
    ),
    Example(
        routes.DEACTIVATE_CAMPAIGN,
        lambda client: client.campaigns.deactivate("c1"),
        "/campaigns/c1/deactivate",
        reply=CAMPAIGN_REPLY | {"status": "inactive"},
    ),
    Example(
        routes.ARCHIVE_CAMPAIGN,
        lambda client: client.campaigns.archive("c1"),
        "/campaigns/c1/archive",
        reply=CAMPAIGN_REPLY | {"status": "archived"},
    ),
    Example(
        routes.UPDATE_CAMPAIGN,
        lambda client: client.campaigns.update("c1", name="Summer", end_date=None),
        "/campaigns/c1",
        {"name": "Summer", "end_date": None},
        reply=CAMPAIGN_REPLY | {"name": "Summer"},
    ),
    Example(
        routes.CREATE_PROMOTION,
        lambda client: client.promotions.create("c1", **PROMOTION),
        "/campaigns/c1/promotions",
        PROMOTION,
        reply=PROMOTION_REPLY,
    ),
    Example(
        routes.LIST_PROMOTIONS,
        lambda client: client.promotions.list("c1"),
        "/campaigns/c1/promotions",
        query=FIRST_PAGE,
        reply=a_page("promotions", PROMOTION_REPLY),
    ),
    Example(
        routes.LIST_ALL_PROMOTIONS,
        lambda client: client.promotions.list(
            status="active", type="percentage_discount", search="spring 20%", sort="-name", page=2
        ),
        "/promotions",
        query="status=active&type=percentage_discount&search=spring+20%25&sort=-name&page=2&per_page=50",
        reply=a_page("promotions", PROMOTION_REPLY),
    ),
    Example(
        routes.UPDATE_PROMOTION,
        lambda client: client.promotions.update("c1", "p1", usage_limits={"daily_usage_limit": None}, stackable=True),
        "/campaigns/c1/promotions/p1",
        {"usage_limits": {"daily_usage_limit": None}, "stackable": True},
        reply=PROMOTION_REPLY,
    ),
    Example(
        routes.ARCHIVE_PROMOTION,
        lambda client: client.promotions.archive("c1", "p1"),
        "/campaigns/c1/promotions/p1/archive",
        reply=PROMOTION_REPLY | {"status": "archived"},
    ),
    Example(
        routes.OFFERS,
        lambda client: client.offers(),
        "/offers",
        query=FIRST_PAGE,
        reply=a_page("offers", OFFER_REPLY),
    ),
    Example(
        routes.GET_PROMOTION,
        lambda client: client.promotions.get("c1", "p1"),
        "/campaigns/c1/promotions/p1",
        reply=PROMOTION_REPLY,
    ),
    Example(
        routes.ACTIVATE_PROMOTION,
        lambda client: client.promotions.activate("c1", "p1"),
        "/campaigns/c1/promotions/p1/activate",
        reply=PROMOTION_REPLY,
    ),
    Example(
        routes.PAUSE_PROMOTION,
        lambda client: client.promotions.pause("c1", "p1"),
        "/campaigns/c1/promotions/p1/pause",
        reply=PROMOTION_REPLY | {"status": "paused"},
    ),
    Example(
        routes.RESUME_PROMOTION,
        lambda client: client.promotions.resume("c1", "p1"),
        "/campaigns/c1/promotions/p1/resume",
        reply=PROMOTION_REPLY,
    ),
    Example(
        routes.CREATE_CODE,
        lambda client: client.codes.create("c1", "p1", promotion_code="FRIENDS20", max_uses=500),
        "/campaigns/c1/promotions/p1/codes",
        {"promotion_code": "FRIENDS20", "max_uses": 500},
        reply=CODE_REPLY,
    ),
    Example(
        routes.CREATE_CODE_BATCH,
        lambda client: client.codes.create_batch("c1", "p1", batch_id="mailing-7", count=1, prefix="FRIENDS"),
        "/campaigns/c1/promotions/p1/code-batches",
        {"batch_id": "mailing-7", "count": 1, "prefix": "FRIENDS"},
        reply=BATCH_REPLY,
    ),
    Example(
        routes.LIST_CODES,
        lambda client: client.codes.list("c1", "p1", batch_id="mailing-7"),
        "/campaigns/c1/promotions/p1/codes",
        query=f"batch_id=mailing-7&{FIRST_PAGE}",
        reply=a_page("codes", CODE_REPLY),
    ),
    Example(
        routes.GET_CODE,
        lambda client: client.codes.get("c1", "p1", "code_7"),
        "/campaigns/c1/promotions/p1/codes/code_7",
        reply=CODE_REPLY,
    ),
    Example(
        routes.DELETE_CODE,
        lambda client: client.codes.delete("c1", "p1", "code_7"),
        "/campaigns/c1/promotions/p1/codes/code_7",
        reply=CODE_REPLY,
    ),
    Example(
        routes.PROMOTION_TYPES,
        lambda client: client.promotion_types(),
        "/promotion-types",
        reply={"promotion_types": []},
    ),
    Example(
        routes.EVALUATE,
        lambda client: client.evaluations.evaluate(CART, guest_key="g1", drafts=["p2"], explain=True),
        "/evaluations",
        {"cart": CART, "guest_key": "g1", "drafts": ["p2"], "explain": True},
        reply=EVALUATION,
    ),
    Example(
        routes.ENTITLEMENTS,
        lambda client: client.evaluations.entitlements(("p1",), customer_id="cu1", codes=["Q7XK"]),
        "/entitlements",
        {"promotions": ["p1"], "customer_id": "cu1", "codes": ["Q7XK"]},
        reply={"uses": {"p1": {"total": 3}}},
    ),
    Example(
        routes.RULESET,
        lambda client: client.ruleset(),
        "/ruleset",
        reply={"revision": "r7", "promotions": []},
    ),
    Example(
        routes.HOLD,
        lambda client: client.redemptions.hold("co-1", cart=CART, attempt="a1", shown=4792),
        "/redemptions/co-1",
        HOLD | {"shown": 4792},
        reply=REDEMPTION_REPLY,
    ),
    Example(
        routes.HOLD,
        lambda client: client.redemptions.deliver("co-1", "a1", CART, granted=GRANTED),
        "/redemptions/co-1",
        {"attempt": "a1", "cart": CART, "granted": GRANTED},
        reply=REDEMPTION_REPLY,
    ),
    Example(
        routes.GET_REDEMPTION,
        lambda client: client.redemptions.get("co-1"),
        "/redemptions/co-1",
        reply=REDEMPTION_REPLY,
    ),
    Example(
        routes.LIST_REDEMPTIONS,
        lambda client: client.redemptions.list(state="in_doubt", page=2),
        "/redemptions",
        query="state=in_doubt&page=2&per_page=50",
        reply=a_page("redemptions", REDEMPTION_REPLY),
    ),
    Example(
        routes.CONFIRM,
        lambda client: client.redemptions.confirm("co-1", charged=4792, attempt="a1"),
        "/redemptions/co-1/confirm",
        {"charged": 4792, "attempt": "a1"},
        reply=REDEMPTION_REPLY,
    ),
    Example(
        routes.RELEASE,
        lambda client: client.redemptions.release("co-1"),
        "/redemptions/co-1/release",
        {},
        reply=REDEMPTION_REPLY,
    ),
    Example(
        routes.DOUBT,
        lambda client: client.redemptions.doubt("co-1", charged=0),
        "/redemptions/co-1/doubt",
        {"charged": 0},
        reply=REDEMPTION_REPLY,
    ),
    Example(
        routes.RETURN_GOODS,
        lambda client: client.returns.create("co-1", lines={"milk": 1}, shipping=("s1",), return_id="r1"),
        "/redemptions/co-1/returns",
        {"return_id": "r1", "lines": {"milk": 1}, "shipping": ["s1"], "policy": "keep"},
        reply=RETURN_REPLY,
    ),
    Example(
        routes.LIST_RETURNS,
        lambda client: client.returns.list("co-1", page=2),
        "/redemptions/co-1/returns",
        query="page=2&per_page=50",
        reply=a_page("returns", RETURN_REPLY),
    ),
    Example(
        routes.LIST_REJECTED_GRANTS,
        lambda client: client.redemptions.rejected(),
        "/rejected-grants",
        query=FIRST_PAGE,
        reply=a_page("grants", REJECTED_REPLY),
    ),
]
