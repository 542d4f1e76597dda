"""Random carts, promotions and rulesets for the laws."""

from collections.abc import Collection
from typing import Any

from hypothesis import strategies as st

from promo_engine import Cart, Line, Promotion, Ruleset
from promo_engine.testing import a_cart, a_line, a_promotion, a_ruleset

SKUS = ["A", "B", "C", "D"]
CATEGORIES = ["x", "y", "z"]

lines = st.builds(
    a_line,
    st.sampled_from(SKUS),
    st.integers(0, 20_000),
    st.integers(1, 6),
    categories=st.sets(st.sampled_from(CATEGORIES), max_size=2),
    discountable=st.sampled_from([True, True, True, False]),
)


floors = st.none() | st.none() | st.none() | st.integers(0, 20_000)
"""The lowest price of a line's units: most have none."""


def _with_ids(drawn: list[tuple[Line, int | None]]) -> list[Line]:
    from dataclasses import replace

    return [replace(line, id=f"l{i}", floor_price=floor) for i, (line, floor) in enumerate(drawn)]


carts: st.SearchStrategy[Cart] = st.builds(
    lambda drawn, shipping: a_cart(*_with_ids(drawn), shipping=shipping, customer="7"),
    st.lists(st.tuples(lines, floors), min_size=1, max_size=6),
    st.none() | st.integers(0, 2_000),
)

names = st.sets(st.sampled_from(SKUS + CATEGORIES), max_size=3).map(sorted)

rules = st.fixed_dictionaries(
    {},
    optional={
        "applicable_items": names,
        "applicable_categories": names,
        "excluded_items": names,
        "max_discount_amount": st.integers(1, 5_000),
        "min_purchase_amount": st.integers(0, 30_000),
        "min_quantity": st.integers(1, 8),
    },
)

settings: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "stackable": st.sampled_from([True, True, True, False]),
        "priority": st.integers(-2, 2),
        "exclusion_group": st.sampled_from([None, None, "g", "h"]),
    }
)


counts = st.integers(1, 4)
percentages = st.decimals("0.01", "100", places=2)
amounts = st.integers(1, 30_000)


def one_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rules with exactly one of these fields."""
    return st.one_of([st.fixed_dictionaries({name: values}) for name, values in fields.items()])


def both(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Rules with the fields of all parts."""
    return st.tuples(*parts).map(lambda drawn: {name: value for part in drawn for name, value in part.items()})


component = st.fixed_dictionaries({"items": names, "quantity": counts})
units = st.fixed_dictionaries(
    {},
    optional={
        "max_units": counts,
        "unit_selection": st.sampled_from(["cheapest_first", "dearest_first"]),
        "exclude_discounted": st.booleans(),
        "floor_price": st.integers(0, 10_000),
        "basis": st.sampled_from(["running", "original"]),
        "min_unit_price": st.integers(0, 5_000),
        "max_unit_price": st.integers(5_000, 20_000),
    },
)
percentage = st.fixed_dictionaries({"discount_value": percentages})
fixed_amount = st.fixed_dictionaries({"discount_value": amounts, "per": st.sampled_from(["order", "unit"])})
target_price = st.fixed_dictionaries({"target_price": amounts, "per": st.sampled_from(["order", "unit"])})


def above_its_amount(drawn: dict[str, Any]) -> dict[str, Any]:
    """Raise a minimum above the amount off, as an amount off an order asks for."""
    minimum = drawn.get("min_purchase_amount")
    return drawn if minimum is None else drawn | {"min_purchase_amount": minimum + drawn["discount_value"] + 1}


buy_x_get_y = st.fixed_dictionaries(
    {"buy_quantity": counts, "get_quantity": counts},
    optional={
        "discount_value": percentages,
        "buy_items": names,
        "get_items": names,
        "pairing": st.sampled_from(["per_application", "whole_cart"]),
        "require_full_reward": st.booleans(),
        "max_applications": counts,
        "max_discounted_units": counts,
    },
)
free_shipping = both(
    one_of(discount_value=percentages, discount_amount=st.integers(1, 2_000), target_price=st.integers(0, 2_000)),
    st.fixed_dictionaries({}, optional={"shipping_methods": st.sampled_from([["post"], ["express"]])}),
)
bundle = both(
    st.fixed_dictionaries({"bundle_items": st.lists(component, min_size=1, max_size=3)}),
    one_of(bundle_price=amounts, discount_value=percentages, discount_amount=amounts, discount_amount_per_unit=amounts),
    st.fixed_dictionaries({}, optional={"max_applications": counts}),
)
loyalty = one_of(discount_value=percentages, discount_amount=amounts)
points = one_of(points=counts, points_per_unit_spent=percentages)

OF_TYPE = {
    "percentage_discount": both(rules, st.just({}) | units, percentage),
    "fixed_amount_discount": both(rules, st.just({}) | units, fixed_amount).map(above_its_amount)
    | both(rules, target_price),
    "buy_x_get_y": both(rules, buy_x_get_y),
    "free_shipping": both(rules, free_shipping),
    "bundle_deal": both(rules, bundle),
    "loyalty_bonus": both(rules, loyalty)
    | both(rules.map(lambda drawn: {name: drawn[name] for name in drawn if name != "max_discount_amount"}), points),
}
"""Rules of each type, in minor units."""


@st.composite
def promotions(draw: st.DrawFn, promotion_id: str, types: Collection[str] = tuple(OF_TYPE)) -> Promotion:
    promotion_type = draw(st.sampled_from(sorted(types)))
    return a_promotion(promotion_type, draw(OF_TYPE[promotion_type]), id=promotion_id, **draw(settings))


@st.composite
def promotion_lists(draw: st.DrawFn, types: Collection[str] = tuple(OF_TYPE), most: int = 5) -> list[Promotion]:
    return [draw(promotions(f"p{i}", types)) for i in range(draw(st.integers(0, most)))]


rulesets: st.SearchStrategy[Ruleset] = promotion_lists().map(lambda drawn: a_ruleset(*drawn))
