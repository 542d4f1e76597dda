"""Random rules of the built-in types, as documents of minor units.

Each promotion has a few fields besides those that it needs, not all of them: with every condition at once nothing would
ever apply.
"""

from typing import Any, TypeAlias

from hypothesis import strategies as st

Drawn: TypeAlias = st.SearchStrategy[dict[str, Any]]

NAMES = ["A", "B", "C", "D", "x", "y", "z", "milk", "sale"]
"""Selectors: SKUs, categories, a product id, a tag."""
TIERS = ["gold", "silver"]
METHODS = ["post", "express"]


def fields(**values: st.SearchStrategy[Any]) -> Drawn:
    """Rules with all of these fields."""
    return st.fixed_dictionaries(values)


def one_of(**values: st.SearchStrategy[Any]) -> Drawn:
    """Rules with exactly one of these fields."""
    return st.one_of([fields(**{name: drawn}) for name, drawn in values.items()])


def both(*parts: Drawn) -> Drawn:
    """Rules with the fields of all parts."""
    return st.tuples(*parts).map(merged)


def a_few(most: int, *parts: Drawn) -> Drawn:
    """Rules with the fields of some parts."""
    return st.lists(st.one_of(parts), max_size=most).map(merged)


def merged(drawn: tuple[dict[str, Any], ...] | list[dict[str, Any]]) -> dict[str, Any]:
    """Return the fields of all parts; those of the later ones win."""
    return {name: value for part in drawn for name, value in part.items()}


counts = st.integers(1, 4)
percentages = st.sampled_from(
    ["10", "50", "33.33", "100", "0.01"] * 9 + [f"{n / 100:.2f}" for n in range(7, 10_000, 97)]
)
factors = st.sampled_from(["0.01", "1", "1.5", "3"])
amounts = st.integers(1, 30_000)
bases = st.sampled_from(["cart", "cart", "eligible", "discounted", "with_shipping"])
names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)

common = a_few(
    2,
    fields(applicable_items=names),
    fields(applicable_categories=names),
    fields(excluded_items=names),
    fields(max_discount_amount=st.integers(1, 5_000)),
    fields(budget_amount=st.integers(1, 10_000), budget_overrun=st.sampled_from(["refuse", "up_to"])),
    fields(min_purchase_amount=st.integers(0, 30_000), strict_minimum=st.booleans(), min_purchase_basis=bases),
    fields(max_purchase_amount=st.integers(5_000, 60_000), strict_maximum=st.booleans(), min_purchase_basis=bases),
    fields(min_quantity=st.integers(1, 8)),
    fields(min_unit_price=st.integers(0, 5_000)),
    fields(max_unit_price=st.integers(1_000, 20_000)),
)
units = a_few(
    2,
    fields(max_units=counts, unit_selection=st.sampled_from(["cheapest_first", "dearest_first"])),
    fields(exclude_discounted=st.just(True)),
    fields(floor_price=st.integers(0, 10_000)),
    fields(floor_price=st.sampled_from([333, 500, 900, 1000]), exclude_discounted=st.just(True)),
    fields(basis=st.just("original")),
)
lines = a_few(2, fields(max_units_per_line=counts), fields(unit_selection=st.just("dearest_first")))


def tiers(values: st.SearchStrategy[Any]) -> Drawn:
    """A ladder of spends, for some."""
    step = fields(min_amount=st.integers(0, 30_000), discount_value=values)
    return st.just({}) | fields(tiers=st.lists(step, max_size=3))


def lawful(drawn: dict[str, Any]) -> dict[str, Any]:
    """Raise a minimum above the amount off, as an amount off an order asks for."""
    minimum, amount = drawn.get("min_purchase_amount"), drawn.get("discount_value")
    if minimum is None or amount is None or drawn["per"] != "order":
        return drawn
    return drawn | {"min_purchase_amount": minimum + amount + 1}


def fixed(per: st.SearchStrategy[str]) -> Drawn:
    """An amount off, or a price."""
    amount_off = both(fields(discount_value=amounts), tiers(amounts))
    return both(common, fields(per=per), amount_off | fields(target_price=amounts))


same_goods = a_few(1, fields(buy_items=names))
any_goods = a_few(2, fields(buy_items=names), fields(get_items=names))
pairing = both(
    fields(buy_quantity=st.sampled_from([1, 2, 3]), get_quantity=st.sampled_from([1, 2, 3])),
    a_few(
        2,
        fields(discount_value=percentages),
        fields(require_full_reward=st.just(True)),
        fields(max_applications=counts),
        fields(max_discounted_units=counts),
    ),
)
component = both(fields(quantity=counts), a_few(1, fields(items=names)))
bundle = both(
    fields(bundle_items=st.lists(component, min_size=1, max_size=3)),
    one_of(bundle_price=amounts, discount_value=percentages, discount_amount=amounts, discount_amount_per_unit=amounts),
    a_few(1, fields(max_applications=counts)),
)
free_shipping = both(
    one_of(discount_value=percentages, target_price=st.integers(0, 2_000))
    | fields(discount_amount=st.integers(1, 2_000), per=st.sampled_from(["cart", "shipment"])),
    a_few(1, fields(shipping_methods=st.lists(st.sampled_from(METHODS), min_size=1, max_size=2))),
)


def loyalty(way: str, values: st.SearchStrategy[Any]) -> Drawn:
    """A reward in one way, for some of another value by tier, or from an order on."""
    by_tier = fields(tier_values=st.dictionaries(st.sampled_from(TIERS), values, max_size=2))
    return both(fields(**{way: values}), a_few(1, by_tier, fields(min_order_count=st.integers(1, 3))))


def uncapped(drawn: dict[str, Any]) -> dict[str, Any]:
    """Leave out the cap, which points have none of."""
    return {name: value for name, value in drawn.items() if name != "max_discount_amount"}


points = both(
    loyalty("points", counts) | loyalty("points_per_unit_spent", factors), a_few(1, fields(points_multiplier=factors))
)

OF_TYPE: dict[str, Drawn] = {
    "percentage_discount": both(common, units, fields(discount_value=percentages), tiers(percentages)),
    "fixed_amount_discount": both(fixed(st.sampled_from(["order", "unit"])), units).map(lawful),
    "buy_x_get_y": both(common, any_goods, pairing, a_few(1, fields(pairing=st.just("whole_cart")))),
    "free_shipping": both(common, free_shipping),
    "bundle_deal": both(common, bundle),
    "loyalty_bonus": both(common, loyalty("discount_value", percentages) | loyalty("discount_amount", amounts))
    | both(common.map(uncapped), points),
}
"""Rules of each type that do not speak of lines."""

OF_LINES: dict[str, Drawn] = {
    "percentage_discount": both(OF_TYPE["percentage_discount"], lines),
    "fixed_amount_discount": both(fixed(st.sampled_from(["line", "line", "unit"])), units, lines).map(lawful),
}
"""Rules that speak of lines, of the types that have some."""
