"""A counter with three products, offers and customers, for tests of the recomputation."""

from typing import Any

from examples.shop.ledger import Bill, Checkout, Customer, recompute

CATALOGUE = {
    "MILK": {"product_id": "MILK", "department": "fresh", "category": "dairy", "unit_price": 129},
    "CHEESE": {"product_id": "CHEESE", "department": "fresh", "category": "dairy", "unit_price": 499},
    "TEA": {"product_id": "TEA", "department": "grocery", "category": "drinks", "unit_price": 1000},
    "COFFEE": {"product_id": "COFFEE", "department": "grocery", "category": "drinks", "unit_price": 800},
    "GIFT": {"product_id": "GIFT", "department": "grocery", "category": "gifts", "unit_price": 0},
}
IN_BODY = {"stackable", "auto_apply", "promotion_code", "usage_limits", "start_day", "eligibility_criteria"}
SEVEN = Customer("7")


def offer(promotion_type: str, priority: int = 0, **fields: Any) -> dict[str, Any]:
    """Return an automatic promotion; other fields are its rules, but for those of the body."""
    return {
        "promotion_type": promotion_type,
        "discount_rules": {name: value for name, value in fields.items() if name not in IN_BODY},
        "display_settings": {"priority_level": priority},
        "auto_apply": True,
        "stackable": True,
    } | {name: value for name, value in fields.items() if name in IN_BODY}


def percent(value: object, priority: int = 0, **fields: Any) -> dict[str, Any]:
    return offer("percentage_discount", priority, discount_value=value, **fields)


def amount(value: object, priority: int = 0, **fields: Any) -> dict[str, Any]:
    return offer("fixed_amount_discount", priority, discount_value=value, **fields)


def buy(
    *lines: tuple[str, int],
    codes: tuple[str, ...] = (),
    customer: Customer | None = SEVEN,
    day: str = "monday",
    shipping: tuple[str, int] = ("", 0),
) -> Checkout:
    return Checkout("r", customer, day, lines, codes, shipping)


def bill(checkout: Checkout, **promotions: dict[str, Any]) -> Bill:
    [only] = recompute(CATALOGUE, promotions, [checkout])
    return only


def off(checkout: Checkout, **promotions: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return the shares of each promotion that took something off."""
    return {one: dict(shares) for one, shares in bill(checkout, **promotions).discounts.items()}
