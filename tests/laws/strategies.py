"""Random carts, promotions, rulesets and cases of both for the laws: all that PRICING.md sections 1 to 6 speak of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from itertools import product
from typing import Any

from hypothesis import strategies as st

from promo_engine import (
    Cart,
    Combination,
    Currency,
    Customer,
    Destination,
    Eligibility,
    Entitlements,
    Evaluation,
    Hours,
    ItemMinimum,
    Line,
    Promotion,
    Rounding,
    Ruleset,
    Schedule,
    Shipping,
    Status,
    UsesLeft,
    ValueStore,
    evaluate,
)
from promo_engine.testing import NOON, USD, a_line, a_promotion, a_ruleset
from tests.laws.rules import METHODS, NAMES, OF_LINES, OF_TYPE, TIERS, a_few, fields

__all__ = ["OF_LINES", "OF_TYPE", "Case", "carts", "cases", "lines", "promotion_lists", "promotions", "rulesets"]

SKUS = ["A", "B", "C", "D"]
CATEGORIES = ["x", "y", "z"]
CODES = ["P0", "p1 ", "NOPE", "P2", "p3", "P4"]
CURRENCIES = [USD, Currency("JPY", 0), Currency("KWD", 3), Currency("STARS", 1)]
ELSEWHERE = Currency("EUR", 2)

CUSTOMERS = [
    Customer(id="7"),
    Customer(id="8", segments=["vip", "staff"], loyalty_tier="gold", order_count=0),
    Customer(id="9", segments=["vip"], loyalty_tier="silver", order_count=2),
    Customer(segments=["vip"], loyalty_tier="gold", order_count=0),
    Customer(guest_key="someone@shop.example"),
    Customer(guest="0a1b", segments=["staff"]),
    None,
]
"""Signed in, and guests with and without a key."""

OCCASIONS: list[dict[str, Any]] = [
    {},
    {"destination": Destination(country="US", region="CA"), "channel": "web", "payment_method": "card"},
    {"destination": Destination(country="US", region="Texas"), "channel": "app", "payment_method": "cash"},
    {"destination": Destination(country="DE"), "channel": "web", "payment_method": "cash"},
]

PRICES = [1000, 999, 2000, 333, 100, 1, 0, 1000] * 8 + list(range(2, 20_000, 313))
"""Many that are alike, so that ties have to be decided, and some odd ones."""

BEARING: list[dict[str, Any]] = [
    {},
    {"categories": ["x"]},
    {"categories": ["x", "y"], "attributes": {"size": "L"}},
    {"categories": ["y"], "product_id": "milk"},
    {"categories": ["z"], "tags": ["sale"]},
    {"product_id": "milk", "tags": ["sale"], "discountable": False},
    {"categories": ["x"], "floor_price": 500},
    {"tags": ["sale"], "floor_price": 950},
]
"""What goods bear besides their SKU."""

lines = st.builds(
    lambda goods, unit_price, quantity: a_line(unit_price=unit_price, quantity=quantity, **goods),
    st.sampled_from([{**bearing, "sku": sku} for sku in SKUS for bearing in BEARING]),
    st.sampled_from(PRICES),
    st.integers(1, 6),
)


def with_ids(drawn: Collection[Line]) -> list[Line]:
    """Number lines, so that each has an id of its own."""
    return [replace(line, id=f"l{i}") for i, line in enumerate(drawn)]


some_lines = st.builds(
    lambda drawn, again: with_ids([*drawn, *drawn[:again]]),
    st.lists(lines, min_size=1, max_size=5),
    st.sampled_from([0, 0, 1, 2]),
)
"""Lines, here and there two that hold the same goods."""

parcels = st.lists(
    st.sampled_from([(method, price) for price in (590, 0, 1, 1999) for method in (*METHODS, "")]), max_size=3
).map(lambda drawn: [Shipping(id=f"s{i}", method=method, price=price) for i, (method, price) in enumerate(drawn)])

carts: st.SearchStrategy[Cart] = st.builds(
    lambda drawn, shipping, codes, customer, occasion: Cart(
        currency=USD, lines=drawn, shipping=shipping, codes=codes, customer=customer, at=NOON, **occasion
    ),
    some_lines,
    parcels,
    st.sampled_from([CODES[i:j] for j in range(len(CODES) + 1) for i in range(j + 1)]),
    st.sampled_from(CUSTOMERS),
    st.sampled_from(OCCASIONS),
)

named = st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=3)
minimum = st.builds(ItemMinimum, named, st.none() | st.integers(1, 20_000), st.none() | st.integers(1, 6))
eligibility = a_few(
    2,
    fields(segments=st.sampled_from([frozenset({"vip"}), frozenset({"vip", "staff"})])),
    fields(segments_all=st.just(frozenset({"vip", "staff"}))),
    fields(first_order_only=st.just(True)),
    fields(nth_order=st.integers(1, 3)),
    fields(tiers=st.frozensets(st.sampled_from(TIERS), min_size=1)),
    fields(regions=st.frozensets(st.sampled_from(["US", "US-CA", "Texas", "DE"]), min_size=1)),
    fields(required_any=named),
    fields(required_all=named),
    fields(item_minimums=st.lists(minimum, min_size=1, max_size=2).map(tuple)),
    fields(shipping_methods=st.frozensets(st.sampled_from(METHODS), min_size=1)),
    fields(channels=st.just(frozenset({"web"}))),
    fields(payment_methods=st.just(frozenset({"card", "invoice"}))),
).map(lambda drawn: Eligibility(**drawn))

DAY = timedelta(days=1)
SCHEDULES = [
    Schedule(NOON, NOON + DAY),
    Schedule(NOON - DAY, NOON),
    Schedule(NOON + DAY, NOON + 2 * DAY),
    Schedule(NOON - 2 * DAY, NOON - DAY),
    Schedule(NOON - DAY, NOON + DAY, days=frozenset({"sunday"}), hours=Hours(time(8), time(13))),
    Schedule(NOON - DAY, NOON + DAY, hours=Hours(time(22), time(2))),
]
"""Just started, about to end, to come, over, within and outside hours."""

group = fields(exclusion_group=st.sampled_from(["g", "h"]))
priority = fields(priority=st.integers(-2, 2))
settings = a_few(
    2,
    group,
    group,
    priority,
    priority,
    fields(stackable=st.just(False)),
    fields(code=st.just(""), auto_apply=st.booleans()),
    fields(code=st.just(""), auto_apply=st.just(False)),
    fields(eligibility=eligibility),
    fields(eligibility=eligibility),
    fields(total_limit=st.just(9)),
    fields(daily_limit=st.just(9)),
    fields(customer_limit=st.just(9)),
    fields(schedule=st.sampled_from(SCHEDULES)),
    st.sampled_from([{"status": Status.PAUSED}, {"currency": ELSEWHERE}]),
)
"""What a promotion has besides its rules."""


@st.composite
def promotions(draw: st.DrawFn, promotion_id: str, types: Collection[str] = tuple(OF_TYPE)) -> Promotion:
    """A promotion of one of these types; where it has a code, that is its id in capitals."""
    promotion_type = draw(st.sampled_from([name for name in OF_TYPE if name in types]))
    drawn = draw(settings)
    if "code" in drawn:
        drawn["code"] = promotion_id.upper()
    return a_promotion(promotion_type, draw(OF_TYPE[promotion_type]), id=promotion_id, **drawn)


@st.composite
def of_lines(draw: st.DrawFn, promotion_id: str) -> Promotion:
    """A promotion whose rules speak of lines."""
    promotion_type = draw(st.sampled_from(list(OF_LINES)))
    return a_promotion(promotion_type, draw(OF_LINES[promotion_type]), id=promotion_id)


@st.composite
def promotion_lists(draw: st.DrawFn, types: Collection[str] = tuple(OF_TYPE), most: int = 5) -> list[Promotion]:
    """Promotions p0, p1, … of these types."""
    return [draw(promotions(f"p{i}", types)) for i in range(draw(st.sampled_from([*range(most, -1, -1), most])))]


rulesets: st.SearchStrategy[Ruleset] = promotion_lists().map(lambda drawn: a_ruleset(*drawn))

uses_left = st.sampled_from(
    [
        None,
        UsesLeft(),
        UsesLeft(total=1, daily=1, customer=1, budget=1_000),
        UsesLeft(total=3, budget=100_000),
        UsesLeft(total=0),
        UsesLeft(daily=0, customer=0),
        UsesLeft(customer=0, budget=5),
        UsesLeft(budget=0),
    ]
)
"""Nothing known, no limit, some left, all used up."""


a_store = st.builds(
    ValueStore,
    st.sampled_from(["v0", "v1"]),
    st.just(USD.code),
    st.sampled_from([0, 1, 300, 500, 2_500, 100_000]),
    st.booleans(),
    code=st.sampled_from([None, None, "nope"]),
)
value_stores = st.none() | st.none() | st.lists(a_store, max_size=2, unique_by=lambda one: one.id)
"""For most shoppers none; those of the customer, or of an entered code."""


@dataclass(frozen=True)
class Case:
    """A cart, the promotions and settings of a company, what is left of their limits, and what value stores hold."""

    cart: Cart
    promotions: list[Promotion]
    uses: Mapping[str, UsesLeft] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    values: Sequence[ValueStore] | None = None

    @property
    def ruleset(self) -> Ruleset:
        return a_ruleset(*self.promotions, **self.settings)

    @property
    def entitlements(self) -> Entitlements:
        return Entitlements(self.uses, values=self.values)

    @property
    def slack(self) -> int:
        """One minor unit per line or shipping entry, and promotion."""
        return (len(self.cart.lines) + len(self.cart.shipping)) * len(self.promotions)

    def priced(self) -> Evaluation:
        return evaluate(self.cart, self.ruleset, self.entitlements)

    def of(self, *promotions: Promotion) -> "Case":
        """Return the same case with these promotions instead."""
        return replace(self, promotions=list(promotions))

    def with_cart(self, **changed: Any) -> "Case":
        """Return the same case with another cart."""
        return replace(self, cart=replace(self.cart, **changed))


@st.composite
def cases(
    draw: st.DrawFn, combination: Collection[Combination] = tuple(Combination), has_lines_rules: bool = True
) -> Case:
    """Anything: amounts are minor units, so one currency is as good as another."""
    drawn = draw(promotion_lists(most=4))
    if has_lines_rules and draw(st.booleans()):
        drawn.append(draw(of_lines(f"p{len(drawn)}")))
    currency, rounding, chosen = draw(st.sampled_from(list(product(CURRENCIES, Rounding, combination))))
    left = {one.id: draw(uses_left) for one in drawn if one.is_limited}
    stores = draw(value_stores)
    return Case(
        replace(draw(carts), currency=currency),
        [one if one.currency is ELSEWHERE else replace(one, currency=currency) for one in drawn],
        {name: uses for name, uses in left.items() if uses is not None},
        {"combination": chosen, "rounding": rounding},
        None if stores is None else [replace(one, currency=currency.code) for one in stores],
    )
