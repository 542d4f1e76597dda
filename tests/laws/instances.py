"""Random instances for the search, each from a seed: a cart and promotions that stand in each other's way."""

import random
from decimal import Decimal
from typing import Any, NamedTuple

from promo_engine import Cart, Promotion
from promo_engine.testing import a_cart, a_line, a_promotion

SKUS = [f"S{i}" for i in range(8)]
CATEGORIES = ["x", "y", "z"]
TYPES = ["buy_x_get_y"] * 4 + ["bundle_deal"] * 3 + ["percentage_discount"] * 2 + ["fixed_amount_discount"] * 2
OTHERS = ["free_shipping", "loyalty_bonus"]


class Instance(NamedTuple):
    """A cart, and the promotions of its ruleset."""

    cart: Cart
    promotions: list[Promotion]


def instance(seed: int, least: int, most: int) -> Instance:
    """Draw a cart and between ``least`` and ``most`` promotions: the same seed draws the same."""
    draw = random.Random(f"{seed} {least} {most}")
    lines = [
        a_line(
            draw.choice(SKUS),
            draw.choice([draw.randint(0, 30), draw.randint(1, 3_000), 100 * draw.randint(1, 50)]),
            draw.randint(1, 5),
            id=f"l{i}",
            categories=draw.sample(CATEGORIES, draw.randint(0, 2)),
            floor_price=draw.choice([None] * 12 + [draw.randint(1, 2_000)]),
        )
        for i in range(draw.randint(1, max(8, least)))
    ]
    cart = a_cart(*lines, shipping=draw.choice([None, draw.randint(0, 1_500)]), customer="7")
    return Instance(cart, [_promotion(draw, i) for i in range(draw.randint(least, most))])


def _promotion(draw: random.Random, i: int) -> Promotion:
    drawn = draw.choice(OTHERS if draw.random() < 0.1 else TYPES)
    rules = _common(draw) | _RULES[drawn](draw)
    if drawn == "fixed_amount_discount" and "min_purchase_amount" in rules:
        rules["min_purchase_amount"] += rules.get("discount_value", 0) + 1  # an amount off is less than its minimum
    return a_promotion(
        drawn,
        rules,
        id=f"p{i:02}",
        priority=draw.randint(-2, 2),
        stackable=draw.random() < 0.94,
        exclusion_group=draw.choice([None] * 5 + ["g", "h"]),
    )


def _common(draw: random.Random) -> dict[str, Any]:
    """Draw what all rules may say: goods, a cap, thresholds."""
    return _some(
        draw,
        0.3,
        max_discount_amount=draw.randint(1, 3_000),
        min_quantity=draw.randint(1, 8),
        excluded_items=_names(draw),
    ) | _some(draw, 0.15, min_purchase_amount=draw.randint(0, 9_000), min_purchase_basis=draw.choice(_BASES))


def _some(draw: random.Random, chance: float, **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if draw.random() < chance}


def _names(draw: random.Random) -> list[str]:
    return draw.sample(SKUS + CATEGORIES * 2, draw.randint(1, 3))


def _percentage(draw: random.Random) -> Decimal:
    return draw.choice(
        [Decimal(100), Decimal(50), Decimal(draw.randint(1, 100)), Decimal(draw.randint(1, 9_999)) / 100]
    )


def _buy_x_get_y(draw: random.Random) -> dict[str, Any]:
    counts = {"buy_quantity": draw.randint(1, 3), "get_quantity": draw.randint(1, 2)}
    return counts | _some(
        draw,
        0.3,
        discount_value=_percentage(draw),
        applicable_items=_names(draw),
        buy_items=_names(draw),
        get_items=_names(draw),
        pairing="whole_cart",
        require_full_reward=True,
        max_applications=draw.randint(1, 3),
        max_discounted_units=draw.randint(1, 3),
    )


def _bundle(draw: random.Random) -> dict[str, Any]:
    items = [{"items": _names(draw), "quantity": draw.randint(1, 2)} for _ in range(draw.randint(1, 3))]
    value = draw.choice(["bundle_price", "discount_value", "discount_amount", "discount_amount_per_unit"])
    worth = _percentage(draw) if value == "discount_value" else draw.randint(1, 3_000)
    return {"bundle_items": items, value: worth} | _some(draw, 0.3, max_applications=draw.randint(1, 3))


def _units(draw: random.Random) -> dict[str, Any]:
    return _some(draw, 0.5, applicable_items=_names(draw)) | _some(
        draw,
        0.12,
        max_units=draw.randint(1, 4),
        unit_selection="dearest_first",
        exclude_discounted=True,
        floor_price=draw.randint(0, 1_000),
        basis="original",
        min_unit_price=draw.randint(0, 500),
    )


def _percent(draw: random.Random) -> dict[str, Any]:
    return _units(draw) | {"discount_value": _percentage(draw)}


def _amount(draw: random.Random) -> dict[str, Any]:
    per = {"per": draw.choice(["order", "unit", "line"])}
    return _units(draw) | per | {draw.choice(["discount_value", "target_price"]): draw.randint(1, 4_000)}


def _shipping(draw: random.Random) -> dict[str, Any]:
    return draw.choice([{"discount_value": _percentage(draw)}, {"discount_amount": draw.randint(1, 1_500)}])


def _loyalty(draw: random.Random) -> dict[str, Any]:
    return draw.choice([{"discount_value": _percentage(draw)}, {"discount_amount": draw.randint(1, 1_500)}])


_BASES = ["cart", "eligible", "discounted"]
_RULES = {
    "buy_x_get_y": _buy_x_get_y,
    "bundle_deal": _bundle,
    "percentage_discount": _percent,
    "fixed_amount_discount": _amount,
    "free_shipping": _shipping,
    "loyalty_bonus": _loyalty,
}
