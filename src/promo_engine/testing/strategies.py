"""Random carts and promotions, for hypothesis: the only module of the engine that needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from hypothesis import strategies as st

from promo_engine.cart import Cart, Customer, Line, Shipping
from promo_engine.promotion import Promotion
from promo_engine.promotion_type import PromotionType
from promo_engine.testing.builders import a_cart, a_line, a_promotion, percent_off

Rules: TypeAlias = Sequence[Mapping[str, Any]] | st.SearchStrategy[Mapping[str, Any]]
"""Documents of rules, in minor units: a list of them, or a strategy that makes them."""

SKUS = ["A", "B", "C", "D"]
CATEGORIES = ["x", "y", "z"]
METHODS = ["post", "express"]
CUSTOMERS = [
    None,
    Customer(guest="0a1b"),
    Customer(id="7"),
    Customer(id="8", segments=["vip"], loyalty_tier="gold", order_count=3),
]
PRICES = [1000, 999, 2000, 333, 100, 1, 0]
"""Few, so that ties have to be decided."""

lines: st.SearchStrategy[Line] = st.builds(
    a_line,
    st.sampled_from(SKUS),
    st.sampled_from(PRICES) | st.integers(0, 20_000),
    st.integers(1, 6),
    categories=st.sets(st.sampled_from(CATEGORIES), max_size=2),
    tags=st.sampled_from([[], ["sale"]]),
    discountable=st.sampled_from([True, True, True, False]),
)

parcels = st.lists(st.tuples(st.sampled_from(METHODS), st.sampled_from([590, 0, 1, 1999])), max_size=2)


def _a_cart(drawn: list[Line], again: int, shipping: list[tuple[str, int]], customer: Customer | None) -> Cart:
    cart = a_cart(*(replace(line, id=f"l{i}") for i, line in enumerate([*drawn, *drawn[:again]])), customer=customer)
    entries = [Shipping(id=f"s{i}", method=method, price=price) for i, (method, price) in enumerate(shipping)]
    return replace(cart, shipping=entries)


carts: st.SearchStrategy[Cart] = st.builds(
    _a_cart,
    st.lists(lines, min_size=1, max_size=5),
    st.sampled_from([0, 0, 1]),
    parcels,
    st.sampled_from(CUSTOMERS),
)
"""Carts in USD; here and there two lines hold the same goods."""

settings: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "stackable": st.sampled_from([True, True, True, False]),
        "priority": st.integers(-2, 2),
        "exclusion_group": st.sampled_from([None, None, "g"]),
    }
)


@st.composite
def mixes(draw: st.DrawFn, promotion_type: PromotionType[Any], rules: Rules, most: int = 3) -> list[Promotion]:
    """Draw one or more promotions of a type, and sometimes a percentage off everything beside them."""
    documents = rules if isinstance(rules, st.SearchStrategy) else st.sampled_from(rules)
    types = {promotion_type.name: promotion_type}
    drawn = [
        a_promotion(promotion_type.name, document, id=f"p{i}", types=types, **draw(settings))
        for i, document in enumerate(draw(st.lists(documents, min_size=1, max_size=most)))
    ]
    return [*([percent_off(10, id="other", priority=1)] if draw(st.booleans()) else []), *drawn]
