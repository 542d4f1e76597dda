"""buy_x_get_y: which units are bought, which are rewarded, and what a wrong rule is told."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promo_engine import Cart, DocumentError, Evaluation, Line, evaluate
from promo_engine.testing import a_cart, a_line, a_promotion, a_ruleset, installed_types, percent_off

many = settings(max_examples=300, deadline=None)


def offer(**rules: Any) -> Any:
    return a_promotion("buy_x_get_y", {"buy_quantity": 2, "get_quantity": 1} | rules)


def priced(cart: Cart, **rules: Any) -> Evaluation:
    return evaluate(cart, a_ruleset(offer(**rules)))


def naive_discount(lines: list[Line], rules: dict[str, Any]) -> int:
    """Unit by unit: what is free, with whole units free and nothing capped."""
    units = sorted(
        (line for line in lines for _ in range(line.quantity)), key=lambda line: (-line.unit_price, line.sku)
    )
    buyable = [line for line in units if not rules["buy_items"] or line.sku in rules["buy_items"]]
    rewardable = [line for line in units if line.sku in (rules["get_items"] or [one.sku for one in buyable])]
    off = 0
    buyers = [one for one in buyable if one not in rewardable] + [one for one in buyable if one in rewardable]
    rewards = [one for one in rewardable if one not in buyable] + [one for one in rewardable if one in buyable]
    applications, rewarded = rules.get("max_applications", 99), rules.get("max_discounted_units", 99)
    while applications and rewarded and len(buyers) >= rules["buy_quantity"]:
        applications -= 1
        for _ in range(rules["buy_quantity"]):
            bought = buyers.pop(0)
            if bought in rewards:
                rewards.remove(bought)
        got = rewards[: rules["get_quantity"]]
        if not got or (rules["require_full_reward"] and len(got) < rules["get_quantity"]):
            break
        for one in got[:rewarded]:
            rewarded -= 1
            rewards.remove(one)
            if one in buyers:
                buyers.remove(one)
            off += one.unit_price
    return off


sides = st.lists(st.sampled_from("ABCD"), unique=True, max_size=3)
rules = st.fixed_dictionaries(
    {
        "buy_quantity": st.integers(1, 4),
        "get_quantity": st.integers(1, 4),
        "buy_items": sides,
        "get_items": sides,
        "require_full_reward": st.booleans(),
    },
    optional={"max_applications": st.integers(1, 4), "max_discounted_units": st.integers(1, 6)},
)
carts_lines = st.lists(st.integers(1, 9), min_size=4, max_size=4).flatmap(
    lambda quantities: st.permutations([100, 200, 300, 400]).map(
        lambda prices: [a_line(sku, prices[i], quantities[i]) for i, sku in enumerate("ABCD")]
    )
)


@many
@given(carts_lines, rules)
def test_runs_of_units_give_what_single_units_give(lines: list[Line], drawn: dict[str, Any]) -> None:
    assert priced(a_cart(*lines), **drawn).items_discount == naive_discount(lines, drawn)


def test_a_million_units_are_paired_at_once() -> None:
    cart = a_cart(("A", 300, 600_000), ("B", 200, 400_000))
    assert priced(cart).items_discount == 300 * 200_000 + 200 * 133_333


def test_caps_hold_back_applications_and_units() -> None:
    nine = a_cart(("A", 300, 9))
    assert priced(nine, max_applications=2).items_discount == 600
    assert priced(nine, max_discounted_units=1).items_discount == 300
    assert priced(nine, get_quantity=2, max_discounted_units=3).items_discount == 900
    assert priced(nine, max_discount_amount=500).items_discount == 500


def test_a_used_unit_is_bought_for_no_other_promotion() -> None:
    gift = {"buy_quantity": 1, "get_quantity": 1, "buy_items": ["A"], "get_items": ["B"]}
    second = a_promotion("buy_x_get_y", gift, id="second", priority=-1)
    cart = a_cart(("A", 300, 3), ("B", 200))
    assert [one.lines for one in evaluate(cart, a_ruleset(offer(), second)).applied] == [{"a": 300}]
    assert evaluate(cart, a_ruleset(second)).items_discount == 200


def test_a_percentage_falls_on_what_is_left_of_used_units() -> None:
    ruleset = a_ruleset(offer(), percent_off(10, id="all"))
    assert [one.amount for one in evaluate(a_cart(("A", 1000, 3)), ruleset).applied] == [1000, 200]


def test_goods_that_may_not_be_discounted_are_neither_bought_nor_rewarded() -> None:
    card = a_line("CARD", 5000, 2, discountable=False)
    assert priced(a_cart(card, ("A", 300, 2))).reasons["promo_1"].code == "quantity"


def test_excluded_goods_are_on_neither_side() -> None:
    cart = a_cart(("A", 300, 2), ("B", 100, 1))
    assert priced(cart, excluded_items=["B"]).reasons["promo_1"].params["missing"] == 1


@pytest.mark.parametrize(
    ("quantities", "rules", "missing"),
    [
        ((2, 0), {}, 1),
        ((1, 0), {"get_quantity": 2, "require_full_reward": True}, 3),
        ((2, 0), {"buy_items": ["A"], "get_items": ["B"]}, 1),
        ((0, 1), {"buy_items": ["A"], "get_items": ["B"]}, 2),
        ((1, 0), {"buy_items": ["A"], "get_items": ["B"]}, 2),
        ((2, 0), {"buy_items": ["A", "B"], "get_items": ["B"]}, 1),
        ((0, 2), {"buy_items": ["A", "B"], "get_items": ["B"]}, 1),
    ],
    ids=range(7),
)
def test_a_cart_is_told_how_many_units_are_missing(
    quantities: tuple[int, int], rules: dict[str, Any], missing: int
) -> None:
    cart = a_cart(*[(sku, 300, units) for sku, units in zip("AB", quantities, strict=True) if units])
    evaluation = priced(cart, **rules)
    assert evaluation.reasons["promo_1"].params["missing"] == missing
    assert evaluation.opportunities[0].missing == missing


def test_a_unit_that_may_be_either_is_missing_of_the_goods_of_both_sides() -> None:
    (found,) = priced(a_cart(("B", 300, 2)), buy_items=["A", "B"], get_items=["B", "C"]).opportunities
    assert found.message == "1 more of A, B or C for promo_1."


@many
@given(carts_lines, rules, st.sampled_from("ABCD"), st.integers(1, 5))
def test_10_more_goods_never_lower_the_discount(lines: list[Line], drawn: dict[str, Any], sku: str, units: int) -> None:
    same = drawn | {"get_items": []}
    more = [*lines, a_line(sku, next(one.unit_price for one in lines if one.sku == sku), units, id="more")]
    assert priced(a_cart(*more), **same).items_discount >= priced(a_cart(*lines), **same).items_discount


@many
@given(carts_lines, carts_lines, rules)
def test_10_two_orders_never_beat_one(first: list[Line], second: list[Line], drawn: dict[str, Any]) -> None:
    same = {name: value for name, value in drawn.items() if not name.startswith("max_")} | {"get_items": []}
    ids = [a_line(one.sku, one.unit_price, one.quantity, id=f"{i}") for i, one in enumerate([*first, *second])]
    apart = priced(a_cart(*first), **same).items_discount + priced(a_cart(*second), **same).items_discount
    assert priced(a_cart(*ids), **same).items_discount >= apart


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"buy_quantity": None}, "buy_quantity: "),
        ({"buy_quantity": 0}, "buy_quantity: should be greater than or equal to 1"),
        ({"get_quantity": 1.5}, "get_quantity: "),
        ({"get_quantity": 1_000_001}, "get_quantity: should be less than or equal to 1000000"),
        ({"discount_value": 101}, "discount_value: Discount percentage cannot exceed 100%"),
        ({"pairing": "cheapest"}, "pairing: should be 'per_application' or 'whole_cart'"),
        ({"require_full_reward": 1}, "require_full_reward: "),
        ({"max_applications": 0}, "max_applications: "),
        ({"get_item": ["A"]}, "get_item: is not a known field; did you mean 'get_items'"),
    ],
    ids=range(9),
)
def test_a_wrong_rule_names_its_field(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        installed_types()["buy_x_get_y"].read_rules({"buy_quantity": 2, "get_quantity": 1} | wrong)


def test_a_minimum_quantity_counts_the_goods_to_buy_and_to_get() -> None:
    rules = {"buy_quantity": 1, "get_quantity": 1, "buy_items": ["TEA"], "get_items": ["CUP"], "min_quantity": 4}
    promotion = a_promotion("buy_x_get_y", rules)
    few, enough = (a_cart(("TEA", 1000, units), ("CUP", 500), ("MILK", 300, 9)) for units in (2, 3))
    assert evaluate(few, a_ruleset(promotion)).reasons["promo_1"].params["missing"] == 1
    assert evaluate(enough, a_ruleset(promotion)).items_discount == 500
