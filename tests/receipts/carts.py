"""A random cart with its promotions and uses left, all from one seed.

Only ``randint``, ``choice``, ``sample`` and ``shuffle`` of ``Random`` are used, and never over a set: the same seed
draws the same in any process and on any Python.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from promo_engine import (
    Cart,
    Combination,
    Currency,
    Customer,
    Destination,
    Entitlements,
    Evaluation,
    Line,
    Promotion,
    Rounding,
    Shipping,
    UsesLeft,
    evaluate,
)
from promo_engine.testing import NOON, a_ruleset
from tests.receipts.offers import (
    CATEGORIES,
    CHANNELS,
    METHODS,
    SEGMENTS,
    SKUS,
    TAGS,
    TIERS,
    draw_crowd,
    draw_promotion,
    some,
)

CURRENCIES = [Currency("USD", 2), Currency("JPY", 0), Currency("KWD", 3), Currency("SHELLS", 4)]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]

T = TypeVar("T")


@dataclass(frozen=True)
class Drawn:
    """What one seed draws."""

    cart: dict[str, Any]
    promotions: list[Promotion]
    settings: dict[str, Any]
    uses: dict[str, UsesLeft]

    def evaluation(self) -> Evaluation:
        """Price the cart."""
        ruleset = a_ruleset(*self.promotions, **self.settings)
        return evaluate(Cart(**self.cart), ruleset, Entitlements(self.uses))

    def shuffled(self, seed: int) -> "Drawn":
        """Return the same with everything that has no order in another one: all but the letters."""
        random = Random(seed)
        parts = {name: _mixed(random, self.cart[name]) for name in ("lines", "shipping", "codes")}
        parts["lines"] = [_mixed_line(random, line) for line in parts["lines"]]
        uses = dict(_mixed(random, list(self.uses.items())))
        return Drawn(self.cart | parts, _mixed(random, self.promotions), self.settings, uses)


def draw(seed: int) -> Drawn:
    """Draw a cart, up to 12 promotions or now and then a crowd of them, and what is known of their uses."""
    random = Random(seed)
    currency = random.choice(CURRENCIES)
    promotions = [draw_promotion(random, number, currency) for number in range(random.randint(0, 12))]
    if random.randint(1, 100) == 1:
        promotions += draw_crowd(random, currency)
    settings = {
        "time_zone": random.choice(ZONES),
        "rounding": random.choice(list(Rounding)),
        "combination": random.choice([*Combination, Combination.BEST_FOR_CUSTOMER]),
    }
    cart = draw_cart(random, currency, [one.code for one in promotions if one.code is not None])
    return Drawn(cart, promotions, settings, _draw_uses(random, promotions))


def draw_cart(random: Random, currency: Currency, codes: list[str]) -> dict[str, Any]:
    """Draw what a cart is made of; some of its codes are among those given."""
    lines = [_draw_line(random, number) for number in range(random.randint(0, 8))]
    entered = some(random, codes, 6)
    again = [code.lower() for code in some(random, entered, 2)]
    return {
        "currency": currency,
        "lines": lines,
        "shipping": [
            Shipping(id=f"s{number}", method=random.choice(METHODS), price=random.randint(0, 2_000))
            for number in range(random.randint(0, 3))
        ],
        "customer": _draw_customer(random),
        "codes": [*entered, *again, *some(random, ["UNKNOWN", "ÉTÉ", " Straße "], 1)],
        "destination": random.choice([None, Destination(country="DE"), Destination(country="US", region="CA")]),
        "channel": random.choice(["", *CHANNELS]),
        "payment_method": random.choice(["", "card", "invoice"]),
        "at": NOON + timedelta(minutes=random.randint(-5_000, 5_000)),
    }


def _draw_line(random: Random, number: int) -> Line:
    sku = random.choice(SKUS)
    return Line(
        id=f"l{number}",
        sku=sku,
        product_id=f"product {sku}",
        unit_price=random.choice([1_000, 2_500, random.randint(0, 30_000)]),
        quantity=random.randint(1, 7),
        categories=some(random, CATEGORIES, 2),
        tags=some(random, TAGS, 2),
        attributes=random.choice([{}, {}, {"size": "L", "colour": "blue"}]),
        discountable=random.randint(1, 10) > 1,
    )


def _draw_customer(random: Random) -> Customer | None:
    kind = random.choice(["nobody", "guest", "key", "customer", "customer", "customer"])
    if kind == "nobody":
        return None
    if kind == "guest":
        return Customer(guest="9f3c2b", segments=some(random, SEGMENTS, 2))
    if kind == "key":
        return Customer(guest_key="guest@shop.example")
    tier, orders = random.choice([None, *TIERS]), random.choice([None, 0, 1, 5])
    facts = {"company": "Lamp & Co", "level": "3"}
    return Customer(id="7", segments=some(random, SEGMENTS, 3), loyalty_tier=tier, order_count=orders, facts=facts)


def _draw_uses(random: Random, promotions: Sequence[Promotion]) -> dict[str, UsesLeft]:
    known = [one for one in promotions if one.is_limited and random.randint(1, 4) > 1]
    return {
        one.id: UsesLeft(
            total=None if one.limits.total is None else random.randint(0, 3),
            customer=None if one.limits.customer is None else random.randint(0, 3),
            daily=None if one.limits.daily is None else random.randint(0, 3),
            budget=None if one.budget is None else random.randint(0, 10_000),
        )
        for one in known
    }


def _mixed(random: Random, values: Sequence[T]) -> list[T]:
    mixed = list(values)
    random.shuffle(mixed)
    return mixed


def _mixed_line(random: Random, line: Line) -> Line:
    """Build a line again from its names in another order."""
    categories, tags = _mixed(random, line.categories), _mixed(random, line.tags)
    attributes = dict(_mixed(random, list(line.attributes.items())))
    return replace(line, categories=categories, tags=tags, attributes=attributes)
