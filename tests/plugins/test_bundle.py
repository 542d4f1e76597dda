"""bundle_deal: which units make bundles, and what a wrong rule is told."""

from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promo_engine import Cart, DocumentError, Evaluation, Line, evaluate
from promo_engine.testing import USD, a_cart, a_line, a_promotion, a_ruleset, installed_types

many = settings(max_examples=300, deadline=None)
THREE = [{"quantity": 3}]


def priced(cart: Cart, bundle_items: list[Any], **rules: Any) -> Evaluation:
    return evaluate(cart, a_ruleset(a_promotion("bundle_deal", {"bundle_items": bundle_items, **rules})))


def fills(units: tuple[Line, ...], places: list[set[str]]) -> bool:
    """Whether each unit can have a place of its own: tried out."""
    if not units:
        return True
    return any(
        (not place or units[0].sku in place) and fills(units[1:], places[:i] + places[i + 1 :])
        for i, place in enumerate(places)
    )


def dearest(lines: list[Line], bundle: list[set[str]], bundles: int) -> int | None:
    """Return the price of the dearest units that fill so many bundles, of all that do."""
    units = [line for line in lines for _ in range(line.quantity)]
    prices = [
        sum(one.unit_price for one in chosen)
        for chosen in combinations(units, len(bundle) * bundles)
        if fills(chosen, bundle * bundles)
    ]
    return max(prices, default=None)


component = st.fixed_dictionaries({"items": st.lists(st.sampled_from("ABC"), unique=True, max_size=2)})
components = st.lists(component, min_size=1, max_size=3)
some_lines = st.lists(st.integers(1, 3), min_size=3, max_size=3).flatmap(
    lambda quantities: st.lists(st.integers(1, 9), min_size=3, max_size=3).map(
        lambda prices: [a_line(sku, prices[i], quantities[i]) for i, sku in enumerate("ABC")]
    )
)


@many
@given(some_lines, components, st.integers(0, 25))
def test_the_bundles_save_as_much_as_any_others(lines: list[Line], drawn: list[Any], price: int) -> None:
    bundle = [set(one["items"]) for one in drawn]
    most = sum(line.quantity for line in lines) // len(bundle)
    found = [(dearest(lines, bundle, bundles), bundles) for bundles in range(most + 1)]
    best = max(0 if worth is None else worth - bundles * price for worth, bundles in found)
    assert priced(a_cart(*lines), drawn, bundle_price=price).items_discount == best


@many
@given(some_lines, components, st.sampled_from("ABC"), st.integers(0, 25))
def test_10_more_goods_never_lower_the_discount(lines: list[Line], drawn: list[Any], sku: str, price: int) -> None:
    more = [*lines, a_line(sku, next(one.unit_price for one in lines if one.sku == sku), id="more")]
    for rule in ({"bundle_price": price}, {"discount_value": 50}, {"discount_amount": price + 1}):
        fewer = priced(a_cart(*lines), drawn, **rule).items_discount
        assert priced(a_cart(*more), drawn, **rule).items_discount >= fewer


def test_a_million_units_are_bundled_at_once() -> None:
    cart = a_cart(("A", 300, 600_000), ("B", 200, 400_000))
    suit = [{"items": ["A"]}, {"items": ["B"]}]
    assert priced(cart, suit, bundle_price=450).items_discount == 50 * 400_000


def test_a_bundle_of_less_worth_than_its_price_is_none() -> None:
    assert priced(a_cart(("A", 500, 4)), THREE, bundle_price=2000).items_discount == 0


def test_only_bundles_that_save_are_counted() -> None:
    cart = a_cart(("A", 900, 3), ("B", 100, 3))
    assert priced(cart, THREE, bundle_price=1000).items_discount == 1700


def test_an_amount_off_a_bundle_is_taken_once_for_each() -> None:
    discount = priced(a_cart(("A", 1000, 7)), THREE, discount_amount=500).applied[0]
    assert (discount.amount, discount.lines) == (1000, {"a": 1000})


def test_an_amount_off_each_unit_stops_at_its_price() -> None:
    discount = priced(a_cart(("A", 1000), ("B", 300), ("C", 200)), THREE, discount_amount_per_unit=250).applied[0]
    assert (discount.lines, discount.unapplied) == ({"a": 250, "b": 250, "c": 200}, 50)


def test_goods_outside_the_applicable_ones_are_in_no_bundle() -> None:
    cart = a_cart(("A", 1000, 2), ("B", 300, 2))
    assert priced(cart, THREE, discount_value=10, applicable_items=["A"]).reasons["promo_1"].params["missing"] == 1


def test_a_unit_of_a_bundle_is_no_unit_of_a_buy_x_get_y() -> None:
    bundle = a_promotion(
        "bundle_deal",
        {"bundle_items": [{"quantity": 2}], "discount_amount": 500, "max_applications": 1},
        id="bundle",
    )
    gift = a_promotion("buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1}, id="gift")
    evaluation = evaluate(a_cart(("A", 500), ("B", 400), ("C", 300), ("D", 200)), a_ruleset(bundle, gift))
    assert {one.promotion_id: one.lines for one in evaluation.applied} == {
        "bundle": {"a": 278, "b": 222},
        "gift": {"d": 200},
    }


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, "bundle_items: is required"),
        ({"bundle_items": []}, "bundle_items: "),
        ({"bundle_items": THREE}, "bundle_price: is required, or one of discount_value"),
        (
            {"bundle_items": THREE, "bundle_price": 5, "discount_value": 5},
            "discount_value: cannot stand beside bundle_price",
        ),
        ({"bundle_items": [{"quantity": 0}], "bundle_price": 5}, r"bundle_items\[0\].quantity: "),
        ({"bundle_items": [{}, {"item": ["A"]}], "bundle_price": 5}, r"bundle_items\[1\].item: .*'items'"),
        ({"bundle_items": THREE, "bundle_price": Decimal("9.999")}, "bundle_price: USD amounts have at most 2 decimal"),
        ({"bundle_items": THREE, "bundle_price": -1}, "bundle_price: "),
        ({"bundle_items": ["A"], "bundle_price": 5}, r"bundle_items\[0\]: "),
    ],
    ids=range(9),
)
def test_a_wrong_rule_names_its_field(rules: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        installed_types()["bundle_deal"].read_rules(rules, USD)


def test_10_two_orders_with_an_amount_off_each_bundle_never_beat_one() -> None:
    one = priced(a_cart(("A", 1000, 2), ("B", 1, 2)), [{"quantity": 2}], discount_amount=500).items_discount
    apart = priced(a_cart(("A", 1000), ("B", 1)), [{"quantity": 2}], discount_amount=500).items_discount
    assert (one, apart) == (1000, 500)
    free = priced(a_cart(("A", 1000, 2), ("GIFT", 0, 2)), [{"quantity": 2}], discount_amount=2).items_discount
    assert free == 4


def test_a_thousand_lines_in_overlapping_components_are_filled_at_once() -> None:
    """A search that failed is not repeated: this took minutes."""
    names = [f"c{i}" for i in range(10)]
    lines = [
        a_line(f"S{i}", 100 + i * 37 % 901, 1_000, categories=[names[(i * j) % 10] for j in range(1, 6)])
        for i in range(1_000)
    ]
    bundle = [{"items": [name]} for name in names]
    assert priced(a_cart(*lines), bundle, bundle_price=3_000).items_discount > 0


def test_a_minimum_quantity_counts_the_goods_of_the_components() -> None:
    bundle = a_promotion(
        "bundle_deal", {"bundle_items": [{"items": ["SHIRT"]}], "discount_amount": 100, "min_quantity": 2}
    )
    few, enough = (a_cart(("SHIRT", 2000, units), ("SOCKS", 500, 9)) for units in (1, 2))
    assert evaluate(few, a_ruleset(bundle)).reasons["promo_1"].params["missing"] == 1
    assert evaluate(enough, a_ruleset(bundle)).items_discount == 200
