"""The floor price of a line: no promotion takes its units below it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Cart, Evaluation, Promotion, canonical_json, evaluate, read_cart, write_cart
from promo_engine.testing import a_cart, a_line, a_promotion, a_ruleset, amount_off, percent_off

SHIRT = a_line("SHIRT", 5000, 2, floor_price=4500)
MUG = a_line("MUG", 2000)


def price(cart: Cart, *promotions: Promotion) -> Evaluation:
    return evaluate(cart, a_ruleset(*promotions))


def taken(promotion: Promotion) -> dict[str, int]:
    """Return what is off two shirts of 50.00, not below 45.00 each, and a mug of 20.00."""
    applied = price(a_cart(SHIRT, MUG), promotion).applied
    return dict(applied[0].lines) if applied else {}


BUNDLE = {"bundle_items": [{"items": ["SHIRT"]}, {"items": ["MUG"]}]}
ONE_FREE = {"buy_quantity": 1, "get_quantity": 1, "applicable_items": ["SHIRT"]}


@pytest.mark.parametrize(
    ("promotion", "expected"),
    [
        (percent_off(50), {"shirt": 1000, "mug": 1000}),
        (percent_off(5), {"shirt": 500, "mug": 100}),
        (amount_off(2400), {"shirt": 1000, "mug": 1400}),
        (amount_off(600, rules={"per": "unit"}), {"shirt": 1000, "mug": 600}),
        (amount_off(600, rules={"per": "line"}), {"shirt": 600, "mug": 600}),
        (percent_off(50, rules={"max_units": 2, "unit_selection": "dearest_first"}), {"shirt": 1000}),
        (percent_off(50, rules={"max_units": 1, "unit_selection": "dearest_first"}), {"shirt": 500}),
        (percent_off(50, rules={"max_units_per_line": 1}), {"shirt": 500, "mug": 1000}),
        (percent_off(50, rules={"floor_price": 4800}), {"shirt": 400}),
        (percent_off(50, rules={"floor_price": 1500}), {"shirt": 1000, "mug": 500}),
        (a_promotion("fixed_amount_discount", {"target_price": 1500}), {"shirt": 1000, "mug": 500}),
        (a_promotion("buy_x_get_y", ONE_FREE), {"shirt": 500}),
        (a_promotion("bundle_deal", {**BUNDLE, "bundle_price": 5500}), {"shirt": 500, "mug": 1000}),
        (a_promotion("bundle_deal", {**BUNDLE, "discount_amount_per_unit": 600}), {"shirt": 500, "mug": 600}),
        (a_promotion("loyalty_bonus", {"discount_value": 50}), {"shirt": 1000, "mug": 1000}),
    ],
)
def test_every_type_stops_at_the_floor_of_a_line(promotion: Promotion, expected: dict[str, int]) -> None:
    assert taken(promotion) == expected


def test_what_is_left_above_the_floor_is_for_the_later_promotions() -> None:
    applied = price(a_cart(SHIRT), percent_off(6, id="a", priority=1), percent_off(6, id="b")).applied
    assert [one.amount for one in applied] == [600, 400]


def test_a_promotion_for_which_nothing_is_left_says_so_and_an_idle_one_is_dropped() -> None:
    evaluation = price(a_cart(SHIRT), percent_off(6, id="a", priority=1), percent_off(50, id="b"))
    assert [(one.promotion_id, one.amount) for one in evaluation.applied] == [("b", 1000)]
    assert evaluation.reasons["a"].code == "nothing_to_discount"
    rules = {"floor_price": 4500}
    plain = a_cart(("SHIRT", 5000))
    alike = price(plain, percent_off(6, id="a", priority=1, rules=rules), percent_off(50, id="b", rules=rules))
    assert [one.promotion_id for one in alike.applied] == ["b"]


def test_one_that_only_keeps_a_later_one_from_taking_the_same_is_dropped() -> None:
    """Half of all takes 0.50 off the shirt, down to its floor, and 5.00 off the mug: with the first or without."""
    cart = a_cart(a_line("SHIRT", 1000, floor_price=950), ("MUG", 1000))
    evaluation = price(cart, percent_off(10, id="a", rules={"applicable_items": ["SHIRT"]}), percent_off(50, id="b"))
    assert [(one.promotion_id, one.lines) for one in evaluation.applied] == [("b", {"shirt": 50, "mug": 500})]


def test_a_floor_above_the_price_leaves_nothing_and_raises_nothing() -> None:
    cart = a_cart(a_line("TEA", 1000, floor_price=1200))
    assert price(cart, percent_off(50)).amount_due == 1000


def test_lines_with_other_floors_are_other_goods() -> None:
    low, high = (a_line("TEA", 1000, id=str(floor), floor_price=floor) for floor in (200, 900))
    assert price(a_cart(low, high), percent_off(50)).applied[0].lines == {"200": 500, "900": 100}


@given(st.lists(st.integers(1, 5), min_size=2, max_size=3), st.integers(0, 1000), st.integers(1, 5000))
def test_no_line_of_one_kind_is_taken_below_the_floor(quantities: list[int], floor: int, amount: int) -> None:
    lines = [a_line("TEA", 1000, units, id=f"l{i}", floor_price=floor) for i, units in enumerate(quantities)]
    first = percent_off(70, id="a", priority=1, rules={"max_units_per_line": 1})
    left = price(a_cart(*lines), first, amount_off(amount, id="b")).lines
    assert all(line.after >= floor * line.quantity for line in left)


def test_nor_below_the_floor_of_the_promotion() -> None:
    lines = (a_line("TEA", 1000, units, id=f"l{units}") for units in (1, 5))
    floored = amount_off(5000, id="b", rules={"floor_price": 400})
    first = percent_off(55, id="a", priority=1, rules={"max_units_per_line": 1})
    assert [line.after for line in price(a_cart(*lines), first, floored).lines] == [400, 2000]


def test_what_is_above_its_floor_is_shared_in_full_where_an_earlier_promotion_went_below() -> None:
    """Of two at 20.00 one is 10.00 now; 9.99 off the other one leave 10.01, and the two lines have 20.01 together."""
    first = percent_off(50, id="a", priority=1, rules={"max_units": 1})
    target = {"target_price": 1, "per": "order", "floor_price": 1001, "exclude_discounted": True}
    lines = (a_line("TEA", 2000, id=name) for name in ("x", "y"))
    evaluation = price(a_cart(*lines), first, a_promotion("fixed_amount_discount", target, id="b"))
    assert [(one.amount, one.lines) for one in evaluation.applied] == [
        (1000, {"x": 500, "y": 500}),
        (999, {"x": 500, "y": 499}),
    ]


@pytest.mark.parametrize("quantities", [(5,), (2, 3)])
def test_units_that_are_not_discounted_yet_give_no_more_than_the_floor_leaves_of_all(quantities: tuple[int]) -> None:
    """Two promotions take 9.00 off one of five at 10.00 each; of the 25.00 above the floor 16.00 are left."""
    lines = [a_line("TEA", 1000, units, id=f"l{i}", floor_price=500) for i, units in enumerate(quantities)]
    one, two = (percent_off(100, id=name, priority=1, rules={"max_units": 1}) for name in "ab")
    floored = {"exclude_discounted": True, "floor_price": 510}
    others = percent_off(100, id="c", rules={"exclude_discounted": True})
    lower = percent_off(100, id="c", rules=floored)
    for last in (others, lower):
        left = price(a_cart(*lines), one, two, last).lines
        assert all(line.after >= 500 * line.quantity for line in left)
    assert price(a_cart(*lines), one, two, others).amount_due == 2500


def document(**fields: Any) -> dict[str, Any]:
    return write_cart(a_cart(a_line("TEA", 1000, **fields)))


def test_the_document_has_a_floor_only_where_the_line_has_one() -> None:
    assert "floor_price" not in document()["lines"][0]
    with_floor = document(floor_price=900)
    assert with_floor["lines"][0]["floor_price"] == 900
    assert canonical_json(write_cart(read_cart(with_floor))) == canonical_json(with_floor)
