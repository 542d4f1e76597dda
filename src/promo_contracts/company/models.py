"""The models of the company API (seed 003): what goes in is closed and strict, what comes out is what a client reads.

``discount_rules`` is carried as an object: its promotion type validates it. Amounts there are decimal major units.
"""

from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from promo_contracts.fields import (
    Answer,
    BatchId,
    CartDocument,
    Clock,
    Code,
    CodePrefix,
    Day,
    DayOrInstant,
    EvaluationDocument,
    Instant,
    Minor,
    Name,
    NotNegative,
    Number,
    Positive,
    Prose,
    Text,
    Texts,
    WeekDays,
    WireModel,
    ignoring_unknown,
)

CampaignStatus = Literal["active", "inactive"]
ShownCampaignStatus = Literal["active", "inactive", "archived"]
PromotionStatus = Literal["draft", "scheduled", "active", "paused", "expired", "archived"]
State = Literal["held", "confirmed", "released", "in_doubt", "expired", "late"]

T = TypeVar("T")
Unasked = Annotated[T, Field(exclude_if=lambda value: not value)]
"""A field beyond the seed's: it is in an answer only where something is asked for."""

DEFAULT_LEASE = 60
DEFAULT_TTL = 3_600
LONGEST_TTL = 30 * 24 * 3_600
MOST_CODES = 10_000
"""No batch has more codes: all of it is one transaction, and one answer."""


class CampaignCreate(WireModel):
    """The body of *create campaign*: the parent of promotions.

    While it is inactive its promotions are paused. Its dates are information; they switch nothing. ``currency`` is that
    of its promotions, the company's if not given.
    """

    name: Name
    description: Prose = ""
    status: CampaignStatus = "active"
    start_date: Day | None = None
    end_date: Day | None = None
    currency: Text | None = None

    @field_validator("end_date")
    @classmethod
    def _check_end(cls, end: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("start_date")
        if end and start and end < start:
            raise ValueError("must not be before start_date")
        return end


class Campaign(Answer):
    """A campaign; ``currency`` is that of its promotions, ``origin`` the contract whose they are, if it is another."""

    id: str
    company_id: str
    name: str
    description: str
    status: str
    start_date: Day | None = None
    end_date: Day | None = None
    currency: str
    origin: Unasked[str | None] = None
    created_at: Instant
    created_by: str
    last_updated: Instant


class HoursOfDay(WireModel):
    """Start inclusive, end exclusive; an end before the start wraps midnight, an equal one is a whole day later."""

    start: Clock
    end: Clock


class TimeRestrictions(WireModel):
    """Days and hours on the company's clock; no day at all means every day."""

    days_of_week: WeekDays = []
    hours_of_day: HoursOfDay | None = None


class Schedule(WireModel):
    """When a promotion runs: from a day or instant to one, both included.

    A day is one of the company's calendar and counts whole; an end instant counts its whole second.
    """

    start_date: DayOrInstant
    end_date: DayOrInstant
    time_restrictions: TimeRestrictions | None = None


class ItemMinimum(WireModel):
    """What some goods of the cart must come to before promotions, or how many units of them it must hold.

    ``amounts`` are the ``min_amount`` in each other currency that the promotion's rules have ``amounts`` of.
    """

    items: Annotated[list[Text], Field(min_length=1, max_length=1_000)]
    min_amount: NotNegative | None = None
    min_quantity: Positive | None = None
    amounts: Unasked[Annotated[dict[Text, NotNegative], Field(max_length=200)]] = {}


class Eligibility(WireModel):
    """Whom and which carts a promotion is for; an empty list asks for nothing, several entries mean any of them.

    The first four are the seed's. Items are named by SKU, product id, category or tag. ``nth_order`` is the number of
    the order that the customer is about to place. ``conditions`` are those that plugins supply, by name, with their
    parameters: amounts there are decimal major units. What is not asked for beyond the seed's fields is in no answer.
    """

    customer_segments: Texts = []
    first_time_customers_only: bool = False
    loyalty_tier_requirements: Texts = []
    geographic_restrictions: Texts = []
    customer_segments_all: Unasked[Texts] = []
    nth_order: Unasked[Positive | None] = None
    required_items_any: Unasked[Texts] = []
    required_items_all: Unasked[Texts] = []
    item_minimums: Unasked[Annotated[list[ItemMinimum], Field(max_length=20)]] = []
    shipping_methods: Unasked[Texts] = []
    channels: Unasked[Texts] = []
    payment_methods: Unasked[Texts] = []
    conditions: Unasked[Annotated[dict[Text, dict[str, Any]], Field(max_length=20)]] = {}


class UsageLimits(WireModel):
    """How often a promotion may be used.

    With ``restored_on_return`` the use of an order is free again once all of its goods are back.
    """

    total_usage_limit: Positive | None = None
    per_customer_limit: Positive | None = None
    daily_usage_limit: Positive | None = None
    restored_on_return: Unasked[bool] = False


class DisplaySettings(WireModel):
    """What the shop shows, and the priority: higher is applied first."""

    promotional_message: Annotated[str, Field(max_length=255)] | None = None
    banner_text: Annotated[str, Field(max_length=255)] | None = None
    badge_style: Annotated[str, Field(max_length=255)] | None = None
    priority_level: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] | None = None


class PromotionCreate(WireModel):
    """The body of *create promotion*."""

    promotion_name: Name
    promotion_type: Text
    description: Annotated[str, Field(max_length=2_000)]
    promotion_code: Code | None = None
    discount_rules: dict[str, Any]
    eligibility_criteria: Eligibility = Eligibility()
    usage_limits: UsageLimits = UsageLimits()
    schedule: Schedule
    display_settings: DisplaySettings = DisplaySettings()
    auto_apply: bool = False
    stackable: bool = False
    exclusion_group: Text | None = None
    status: Literal["draft"] | None = None


class CurrentUsage(Answer):
    """Confirmed uses that no return has restored, and what is left of the limit (less held and in doubt)."""

    total_used: int
    today_used: int
    remaining_uses: int | None


class UsageLimitsAndUsage(Answer):
    """The limits as given, and the current usage."""

    total_usage_limit: int | None = None
    per_customer_limit: int | None = None
    daily_usage_limit: int | None = None
    restored_on_return: Unasked[bool] = False
    current_usage: CurrentUsage


class PerformanceMetrics(Answer):
    """Counted from redemptions; ``total_discount_given`` is less what went back with returned goods."""

    total_uses: int
    unique_customers: int
    total_discount_given: Number
    conversion_rate: Number


class Promotion(Answer):
    """A promotion as the API answers it.

    ``origin`` is the contract that made it, if that was another one: it alone changes it. ``currency`` is the
    promotion's own, where it has not its campaign's.
    """

    promotion_id: str
    campaign_id: str
    promotion_name: str
    promotion_type: str
    description: str
    promotion_code: str
    status: str
    discount_rules: dict[str, Any]
    eligibility_criteria: Annotated[Eligibility, ignoring_unknown(Eligibility)]
    usage_limits: UsageLimitsAndUsage
    schedule: Annotated[Schedule, ignoring_unknown(Schedule)]
    display_settings: Annotated[DisplaySettings, ignoring_unknown(DisplaySettings)]
    auto_apply: bool
    stackable: bool
    exclusion_group: Unasked[str | None] = None
    performance_metrics: PerformanceMetrics
    origin: Unasked[str | None] = None
    currency: Unasked[str | None] = None
    created_at: Instant
    created_by: str
    last_updated: Instant


class CodeCreate(WireModel):
    """The body of *create code*: one more code of a promotion, beside its own.

    ``max_uses`` is how often this code may be used; without it, only the promotion's limits hold.
    """

    promotion_code: Code
    max_uses: Positive | None = None


class CodeBatchCreate(WireModel):
    """The body of *create code batch*: so many codes, each the prefix, 10 random symbols and a check symbol.

    ``batch_id`` is the client's own: the same batch asked for twice is one. ``max_uses`` is how often each code may be
    used; without it, only the promotion's limits hold.
    """

    batch_id: BatchId
    count: Annotated[int, Field(ge=1, le=MOST_CODES)]
    prefix: CodePrefix = ""
    max_uses: Positive | None = None


class PromotionCode(Answer):
    """One more code of a promotion; ``remaining_uses`` are its limit less held, in doubt and confirmed ones."""

    code_id: str
    promotion_id: str
    promotion_code: str
    batch_id: str | None
    max_uses: int | None
    remaining_uses: int | None
    created_at: Instant
    created_by: str


class CodeBatch(Answer):
    """A batch as it was asked for, with those of its codes that are there."""

    batch_id: str
    promotion_id: str
    count: int
    prefix: str
    max_uses: int | None
    created_at: Instant
    created_by: str
    codes: list[PromotionCode]


class Pagination(Answer):
    """Where a page stands."""

    current_page: int
    total_pages: int
    per_page: int
    total_items: int
    has_next: bool
    has_previous: bool


class PromotionPage(Answer):
    """One page of promotions, in the order that was asked for."""

    promotions: list[Promotion]
    pagination: Pagination


class CampaignPage(Answer):
    """One page of campaigns, in the order that was asked for."""

    campaigns: list[Campaign]
    pagination: Pagination


class CodePage(Answer):
    """One page of codes, newest first."""

    codes: list[PromotionCode]
    pagination: Pagination


class Offer(Answer):
    """A promotion that applies by itself, as a banner shows it: without its code, limits and figures."""

    promotion_id: str
    campaign_id: str
    promotion_name: str
    promotion_type: str
    description: str
    schedule: Annotated[Schedule, ignoring_unknown(Schedule)]
    display_settings: Annotated[DisplaySettings, ignoring_unknown(DisplaySettings)]


class OfferPage(Answer):
    """One page of offers, the highest priority first."""

    offers: list[Offer]
    pagination: Pagination


class PromotionTypeInfo(Answer):
    """An installed promotion type; ``rules_schema`` is the JSON Schema of its ``discount_rules``."""

    name: str
    title: str
    version: str
    distribution: str
    rules_schema: dict[str, Any]


class PromotionTypeList(Answer):
    """The installed promotion types."""

    promotion_types: list[PromotionTypeInfo]


GuestKey = Annotated[str, Field(min_length=1, max_length=320)]


class EvaluationRequest(WireModel):
    """Price a cart at its own ``at``: a dry run. A guest's key stands beside the cart, never in it.

    ``drafts`` are the ids of drafts that count as published for this evaluation. With ``explain`` the answer also says
    of every promotion that did not apply why not, as ``explanations``.
    """

    cart: CartDocument
    guest_key: GuestKey | None = None
    drafts: Annotated[list[Text], Field(max_length=100)] = []
    explain: bool = False


class EntitlementsRequest(WireModel):
    """Ask for the uses left of these promotions, for this customer or guest, and for what codes stand for.

    The codes are those of a cart that its ruleset does not have, in whatever form; the promotions that they stand for
    need not be named. With a ``cart`` the answer has also the value stores of this customer and of the codes, as they
    are worth for its goods.
    """

    customer_id: Text | None = None
    guest_key: GuestKey | None = None
    promotions: Annotated[list[Text], Field(max_length=1_000)] = []
    codes: Annotated[list[Text], Field(max_length=100)] = []
    cart: CartDocument | None = None


class Granted(WireModel):
    """A grant made while the API was away: what was charged, under which revision, and how it ended."""

    evaluation: EvaluationDocument
    at: Instant
    revision: Text
    outcome: Literal["confirmed", "released", "in_doubt"]
    charged: Minor | None = None


class HoldRequest(WireModel):
    """Hold a cart's promotions for a checkout, or deliver a grant.

    ``shown`` is the amount due that the shopper saw, in minor units: a higher one is refused. The lease is how long the
    attempt may run unreported; 0 for none. Asked for again with 0, an attempt ends its lease, and the hold stands.
    ``tax`` is what the shop charges on top of net prices, said at last with the hold that stands: what is said to be
    charged is with it from then on, and no other amount is.
    """

    attempt: Text
    cart: CartDocument
    guest_key: GuestKey | None = None
    shown: Minor | None = None
    lease_seconds: Annotated[int, Field(ge=0, le=3_600)] = DEFAULT_LEASE
    ttl_seconds: Annotated[int, Field(ge=1, le=LONGEST_TTL)] = DEFAULT_TTL
    tax: Minor | None = None
    granted: Granted | None = None


class SettleRequest(WireModel):
    """Confirm, release or doubt: with the amount charged, in minor units, as far as it is known.

    With an ``attempt``, only the hold of that attempt is meant: a report that arrives late cannot touch a newer one.
    """

    charged: Minor | None = None
    attempt: Text | None = None


class Redemption(Answer):
    """The record of a checkout reference. Amounts are minor units of ``currency``."""

    reference: str
    state: State
    amount_due: int
    undiscounted: int
    currency: str
    charged: int | None
    attempt: str
    held_at: Instant
    expires_at: Instant
    settled_at: Instant | None
    evaluation: Annotated[dict[str, Any], Field(json_schema_extra={"x-document": "evaluation"})]


class RedemptionPage(Answer):
    """One page of redemptions, oldest hold first."""

    redemptions: list[Redemption]
    pagination: Pagination


class Health(Answer):
    """The server is up; ``now`` is its clock."""

    status: Literal["ok"]
    now: Instant


class Check(Answer):
    """One thing that the server needs: whether it is there, in words."""

    name: str
    ok: bool
    said: str


class Readiness(Answer):
    """Whether the server can do its work, and what it looked at; 503 where it cannot.

    Plugins that are benched or missing are not ok, and leave the server ready.
    """

    status: Literal["ready", "not_ready"]
    checks: list[Check]
