"""Random promotions of the six types, or of one that is missing, with any condition."""

from collections.abc import Callable, Sequence
from datetime import time, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

from promo_engine import DAYS, Currency, Eligibility, Hours, ItemMinimum, Promotion, Schedule, Status
from promo_engine.testing import NOON, a_promotion

SKUS = ["A", "B", "C", "D", "É"]
CATEGORIES = ["x", "y", "z"]
TAGS = ["new", "sale"]
SEGMENTS = ["vip", "staff", "press"]
TIERS = ["gold", "silver"]
METHODS = ["post", "express", ""]
CHANNELS = ["web", "app"]
GROUPS = ["g", "h", "i", "j"]

T = TypeVar("T")


def some(random: Random, values: Sequence[T], most: int) -> list[T]:
    """Draw up to so many different ones."""
    return random.sample(values, random.randint(0, min(most, len(values))))


def draw_promotion(random: Random, number: int, currency: Currency) -> Promotion:
    """Draw one promotion; most of them run, are in the cart's currency and ask for little."""
    promotion_type = random.choice(list(_OWN))
    rules = _common(random) | _OWN[promotion_type](random)
    fields: dict[str, Any] = {"code": f"CODE{number}"} if random.randint(1, 5) < 3 else {}
    return a_promotion(
        promotion_type,
        _lawful(promotion_type, rules),
        id=f"p{number:02}",
        name=f"Promotion {number}",
        currency=Currency("EUR", 2) if random.randint(1, 20) == 1 else currency,
        schedule=_schedule(random),
        status=random.choice([Status.ACTIVE] * 30 + [Status.PAUSED]),
        stackable=random.randint(1, 8) > 1,
        exclusion_group=random.choice([None, None, None, *GROUPS]),
        priority=random.randint(-2, 2),
        eligibility=_eligibility(random) if random.randint(1, 5) == 1 else Eligibility(),
        total_limit=random.choice([None] * 9 + [5]),
        customer_limit=random.choice([None] * 14 + [1]),
        daily_limit=random.choice([None] * 14 + [9]),
        display={"message": "−20 % über alles", "badge": "new"} if number % 3 == 0 else {},
        **fields,
    )


def draw_crowd(random: Random, currency: Currency) -> list[Promotion]:
    """Draw so many alternatives over the same goods that the search cannot look at all of them."""
    return [
        a_promotion(
            "percentage_discount",
            {"discount_value": Decimal(random.randint(3, 20)), "applicable_items": [sku]},
            id=f"{sku}{group}",
            currency=currency,
            exclusion_group=f"group {group}",
        )
        for group in range(12)
        for sku in SKUS[:2]
    ]


def _fields(random: Random, odds: int, **fields: Any) -> dict[str, Any]:
    """Keep each field at one in ``odds``."""
    return {name: value for name, value in fields.items() if random.randint(1, odds) == 1}


def _names(random: Random) -> list[str]:
    return some(random, SKUS + CATEGORIES + TAGS, 3)


def _percentage(random: Random) -> Decimal:
    return Decimal(random.randint(1, 10_000)).scaleb(-2)


def _amount(random: Random) -> int:
    return random.randint(1, 20_000)


def _count(random: Random) -> int:
    return random.randint(1, 4)


def _common(random: Random) -> dict[str, Any]:
    least = random.randint(0, 20_000)
    return _fields(
        random,
        8,
        applicable_items=_names(random),
        applicable_categories=_names(random),
        excluded_items=_names(random),
        max_discount_amount=_amount(random),
        min_purchase_amount=least,
        max_purchase_amount=least + 100_000,
        strict_minimum=True,
        min_purchase_basis=random.choice(["eligible", "discounted", "with_shipping"]),
        min_quantity=_count(random),
        min_unit_price=random.randint(0, 3_000),
        max_unit_price=random.randint(3_000, 30_000),
    ) | _fields(random, 12, budget_amount=20_000, budget_overrun=random.choice(["refuse", "up_to"]))


def _units(random: Random) -> dict[str, Any]:
    return _fields(
        random,
        8,
        max_units=_count(random),
        max_units_per_line=_count(random),
        unit_selection="dearest_first",
        exclude_discounted=True,
        floor_price=_amount(random),
        basis="original",
    )


def _percent_off(random: Random) -> dict[str, Any]:
    tiers = [{"min_amount": _amount(random), "discount_value": _percentage(random)}]
    return {"discount_value": _percentage(random)} | _units(random) | _fields(random, 6, tiers=tiers)


def _amount_off(random: Random) -> dict[str, Any]:
    way = random.choice(["discount_value", "discount_value", "target_price"])
    return {way: _amount(random), "per": random.choice(["order", "line", "unit"])} | _units(random)


def _buy_x_get_y(random: Random) -> dict[str, Any]:
    return {"buy_quantity": _count(random), "get_quantity": _count(random)} | _fields(
        random,
        4,
        discount_value=_percentage(random),
        buy_items=_names(random),
        get_items=_names(random),
        pairing="whole_cart",
        require_full_reward=True,
        max_applications=_count(random),
        max_discounted_units=_count(random),
    )


def _shipping(random: Random) -> dict[str, Any]:
    way = random.choice(["discount_value", "discount_amount", "target_price"])
    value = _percentage(random) if way == "discount_value" else random.randint(1, 2_000)
    return {way: value} | _fields(random, 3, per="shipment", shipping_methods=[random.choice(METHODS[:2])])


def _bundle(random: Random) -> dict[str, Any]:
    way = random.choice(["bundle_price", "discount_value", "discount_amount", "discount_amount_per_unit"])
    value = _percentage(random) if way == "discount_value" else _amount(random)
    items = [{"items": _names(random), "quantity": random.randint(1, 2)} for _ in range(random.randint(1, 3))]
    return {way: value, "bundle_items": items} | _fields(random, 4, max_applications=_count(random))


def _bonus(random: Random) -> dict[str, Any]:
    way = random.choice(["points", "points_per_unit_spent", "discount_value", "discount_amount"])
    is_exact = way in ("points", "discount_amount")
    values = [_amount(random) if is_exact else _percentage(random) for _ in range(2)]
    return {way: values[0]} | _fields(random, 4, tier_values={"gold": values[1]}, min_order_count=1)


_OWN: dict[str, Callable[[Random], dict[str, Any]]] = {
    "percentage_discount": _percent_off,
    "fixed_amount_discount": _amount_off,
    "buy_x_get_y": _buy_x_get_y,
    "free_shipping": _shipping,
    "bundle_deal": _bundle,
    "loyalty_bonus": _bonus,
    "nobodys": lambda random: {"colour": random.choice(["red", "blue"])},
}
"""The rules of each type; no plugin supplies the last one."""


def _lawful(promotion_type: str, rules: dict[str, Any]) -> dict[str, Any]:
    """Make rules that do not go together do so."""
    if "points" in rules or "points_per_unit_spent" in rules:
        rules.pop("max_discount_amount", None)
    if promotion_type == "fixed_amount_discount" and "discount_value" in rules and "min_purchase_amount" in rules:
        rules["min_purchase_amount"] += rules["discount_value"] + 1
    return rules


def _schedule(random: Random) -> Schedule:
    start = NOON + timedelta(days=random.choice([-30] * 20 + [10]))
    end = NOON + timedelta(days=random.choice([30] * 20 + [-10]))
    hours = random.choice([None] * 20 + [Hours(time(8), time(20)), Hours(time(22), time(6))])
    days = frozenset(some(random, DAYS, 5)) if random.randint(1, 20) == 1 else frozenset()
    return Schedule(start, max(start, end), days, hours)


def _eligibility(random: Random) -> Eligibility:
    minimum = ItemMinimum(frozenset(_names(random) or ["A"]), random.choice([None, _amount(random)]), _count(random))
    named = _fields(
        random,
        6,
        segments=some(random, SEGMENTS, 2),
        segments_all=some(random, SEGMENTS, 2),
        tiers=some(random, TIERS, 1),
        regions=some(random, ["DE", "US", "US-CA", "FR"], 3),
        required_any=_names(random),
        required_all=_names(random)[:1],
        shipping_methods=some(random, METHODS[:2], 1),
        channels=some(random, CHANNELS, 1),
        payment_methods=some(random, ["card", "invoice"], 1),
    )
    others = _fields(random, 8, first_order_only=True, nth_order=random.choice([1, 2, 6]), item_minimums=(minimum,))
    wanted: dict[str, Any] = {name: frozenset(names) for name, names in named.items()}
    return Eligibility(**wanted, **others)
