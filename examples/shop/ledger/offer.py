"""A promotion as it was created: what it is good for, for whom, when its turn comes and how often it may be used."""

import unicodedata
from collections.abc import Collection, Mapping
from decimal import Decimal
from enum import IntEnum
from typing import Any

from examples.shop.ledger.checkout import Checkout, Customer, Product

BODY = {
    *("campaign", "start_day", "end_day", "promotion_name", "promotion_type", "promotion_code", "description"),
    *("discount_rules", "usage_limits", "display_settings", "eligibility_criteria", "auto_apply", "stackable"),
}
LIMITS = {"total_usage_limit", "per_customer_limit", "daily_usage_limit"}
CRITERIA = {"loyalty_tier_requirements"}
COMMON = {
    *("max_discount_amount", "min_purchase_amount"),
    *("applicable_categories", "applicable_items", "excluded_items"),
}
POINT_VALUES = {"points", "points_per_unit_spent"}
RULES = {
    "percentage_discount": {"min_quantity", "discount_value"},
    "fixed_amount_discount": {"min_quantity", "discount_value"},
    "bundle_deal": {
        *("bundle_items", "max_applications"),
        *("bundle_price", "discount_value", "discount_amount", "discount_amount_per_unit"),
    },
    "buy_x_get_y": {
        *("buy_quantity", "get_quantity", "buy_items", "get_items", "discount_value", "pairing"),
        *("require_full_reward", "max_applications", "max_discounted_units"),
    },
    "free_shipping": {
        *("min_quantity", "shipping_methods", "discount_value", "discount_amount", "per", "target_price"),
    },
    "loyalty_bonus": {
        *("discount_value", "discount_amount", "points", "points_per_unit_spent", "points_multiplier"),
        *("min_quantity", "tier_values", "min_order_count"),
    },
}


class Phase(IntEnum):
    """The order in which promotions apply."""

    BUNDLE = 0
    BUY_X_GET_Y = 1
    GOODS = 2
    ORDER = 3
    SHIPPING = 4
    POINTS = 5


PHASES = {"bundle_deal": Phase.BUNDLE, "buy_x_get_y": Phase.BUY_X_GET_Y, "free_shipping": Phase.SHIPPING}


class Offer:
    """A promotion under the id that it was given."""

    def __init__(self, promotion_id: str, body: Mapping[str, Any]) -> None:
        self.id = promotion_id
        self.type: str = body["promotion_type"]
        self.rules: Mapping[str, Any] = body["discount_rules"]
        self.limits: Mapping[str, int] = body.get("usage_limits", {})
        self.priority: int = body.get("display_settings", {}).get("priority_level", 0)
        self.is_stackable: bool = body.get("stackable", False)
        self.is_automatic: bool = body.get("auto_apply", False)
        self.code = plain(body.get("promotion_code", ""))
        self.is_running = body.get("start_day", 0) == 0
        self.selectors = {*self.rules.get("applicable_categories", ()), *self.rules.get("applicable_items", ())}
        self.excluded = {*self.rules.get("excluded_items", ())}
        criteria: Mapping[str, Any] = body.get("eligibility_criteria", {})
        self.tiers: Collection[str] = criteria.get("loyalty_tier_requirements", ())
        unknown = {*body} - BODY | {*self.limits} - LIMITS | {*criteria} - CRITERIA
        unknown |= {*self.rules} - COMMON - RULES[self.type] if self.type in RULES else {self.type}
        if unknown:
            raise ValueError(f"{promotion_id}: this ledger does not know {', '.join(sorted(unknown))}")

    @property
    def phase(self) -> Phase:
        """When it applies: a percentage or an amount with a selector on these goods, otherwise on the order."""
        if POINT_VALUES & {*self.rules}:
            return Phase.POINTS
        on_goods = self.selectors or self.excluded
        return PHASES.get(self.type, Phase.GOODS if on_goods else Phase.ORDER)

    @property
    def uses_units(self) -> bool:
        """Whether a unit serves it or another bundle or gift, and not both."""
        return self.phase in (Phase.BUNDLE, Phase.BUY_X_GET_Y)

    @property
    def turn(self) -> tuple[int, int, str]:
        """Inside a phase high priorities come first, then smaller ids."""
        return self.phase, -self.priority, self.id

    def matches(self, product: Product) -> bool:
        """Whether it is good for a product: for all without a selector, and never for what it excludes."""
        return bears(product, self.selectors) and not self.excludes(product)

    def excludes(self, product: Product) -> bool:
        """Whether it leaves a product alone."""
        return bool(self.excluded) and bears(product, self.excluded)

    def is_for(self, customer: Customer | None) -> bool:
        """Whether a customer may have it; a guest has no tier, no orders, no account and no uses that are counted."""
        if customer is None:
            needs_customer = "min_order_count" in self.rules or "per_customer_limit" in self.limits
            return not (self.tiers or needs_customer or self.phase is Phase.POINTS)
        is_regular: bool = customer.order_count >= self.rules.get("min_order_count", 0)
        return is_regular and (not self.tiers or customer.tier in self.tiers)

    def value(self, name: str, customer: Customer | None) -> Any:
        """Return one of its values: the one of the customer's tier where tiers have their own."""
        tiers = self.rules.get("tier_values", {})
        return tiers[customer.tier] if customer and customer.tier in tiers else self.rules[name]

    def counters(self, checkout: Checkout) -> dict[tuple[str, str, str], int]:
        """Return the limits that one use counts against."""
        customer = checkout.customer.id if checkout.customer else ""
        whose = {"total_usage_limit": "", "per_customer_limit": customer, "daily_usage_limit": checkout.day}
        return {(self.id, limit, whose[limit]): most for limit, most in self.limits.items()}


def bears(product: Product, selectors: Collection[str]) -> bool:
    """Whether one of some selectors means a product; without any, all products are meant."""
    return not selectors or any(product[name] in selectors for name in ("product_id", "department", "category"))


def cents(dollars: Decimal | int) -> int:
    """Return dollars as cents."""
    return int(dollars * 100)


def plain(code: str) -> str:
    """Return a code as codes are compared: however it was typed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", code).casefold()).strip()
