"""What a promotion may take at its turn: its cap, what is left of its budget, and a minimum after earlier discounts."""

from typing import Any

import pytest

from promo_engine import UNKNOWN, Entitlements, Evaluation, Promotion, Reason, UsesLeft, evaluate
from promo_engine.testing import a_cart, a_line, a_promotion, a_ruleset, amount_off, percent_off


def price(*promotions: Promotion, left: int | None = None, floor: int | None = None) -> Evaluation:
    """Price 20.00 of goods, so much being left of the budget of promo_1."""
    entitlements = UNKNOWN if left is None else Entitlements({"promo_1": UsesLeft(budget=left)})
    return evaluate(a_cart(a_line("MILK", 1000, 2, floor_price=floor)), a_ruleset(*promotions), entitlements)


def half(**rules: Any) -> Promotion:
    return percent_off(50, rules={"budget_amount": 5000, **rules})


@pytest.mark.parametrize(("left", "taken"), [(5000, 1000), (1001, 1000), (1000, 1000), (999, 999), (1, 1)])
def test_a_promotion_up_to_its_budget_takes_what_is_left_of_it_and_no_more(left: int, taken: int) -> None:
    assert price(half(budget_overrun="up_to"), left=left).items_discount == taken


@pytest.mark.parametrize(("left", "taken"), [(5000, 300), (300, 300), (299, 299)])
def test_of_a_cap_and_what_is_left_of_a_budget_the_smaller_holds(left: int, taken: int) -> None:
    capped = half(budget_overrun="up_to", max_discount_amount=300)
    assert price(capped, left=left).items_discount == taken


@pytest.mark.parametrize("floor", [None, 1])  # with one, the type is asked
@pytest.mark.parametrize(("left", "taken"), [(1001, 1000), (1000, 1000), (999, 0)])
def test_a_promotion_that_refuses_an_overrun_takes_all_or_nothing(left: int, taken: int, floor: int | None) -> None:
    evaluation = price(half(budget_overrun="refuse"), left=left, floor=floor)
    assert evaluation.items_discount == taken
    assert evaluation.reasons.get("promo_1") == (None if taken else Reason("limit_budget"))


@pytest.mark.parametrize("overrun", ["up_to", "refuse"])
def test_a_budget_of_which_nothing_is_known_is_as_good_as_spent(overrun: str) -> None:
    known = Entitlements({"promo_1": UsesLeft(total=3)})
    evaluation = evaluate(a_cart(("MILK", 1)), a_ruleset(half(budget_overrun=overrun)), known)
    assert evaluation.items_discount == 0


def test_a_cap_keeps_a_promotion_that_refuses_an_overrun_within_its_budget() -> None:
    assert price(half(budget_overrun="refuse", max_discount_amount=300), left=300).items_discount == 300


def test_a_cap_holds_beside_a_minimum_after_earlier_discounts() -> None:
    rules = {"min_purchase_amount": 2000, "min_purchase_basis": "discounted", "max_discount_amount": 300}
    assert price(percent_off(50, rules=rules)).items_discount == 300


@pytest.mark.parametrize(("minimum", "best"), [(1900, {"a": 100, "b": 190}), (1901, {"b": 200})])
def test_a_minimum_after_earlier_discounts_looks_at_what_is_left_to_pay(minimum: int, best: dict[str, int]) -> None:
    looking = {"min_purchase_amount": minimum, "min_purchase_basis": "discounted"}
    evaluation = price(amount_off(100, id="a", priority=1), percent_off(10, id="b", rules=looking))
    assert {one.promotion_id: one.amount for one in evaluation.applied} == best


def test_one_that_leaves_out_what_another_discounted_sees_one_that_looks_at_nothing() -> None:
    milk = percent_off(50, id="milk", priority=1, rules={"applicable_items": ["MILK"]})
    rest = percent_off(20, id="rest", rules={"exclude_discounted": True})
    evaluation = evaluate(a_cart(("MILK", 1000), ("TEA", 500)), a_ruleset(milk, rest))
    assert {one.promotion_id: one.amount for one in evaluation.applied} == {"milk": 500, "rest": 100}


def test_units_that_a_pair_did_not_use_are_not_discounted_yet() -> None:
    pair = a_promotion("buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1}, id="pair")
    rest = percent_off(20, id="rest", rules={"exclude_discounted": True})
    evaluation = evaluate(a_cart(("MILK", 1000, 3)), a_ruleset(pair, rest))
    assert {one.promotion_id: one.amount for one in evaluation.applied} == {"pair": 1000, "rest": 200}


def test_what_is_limited_by_line_is_taken_off_that_line() -> None:
    cart = a_cart(a_line("TEA", 1000), a_line("TEA", 1000, 3, id="more"))
    ruleset = a_ruleset(percent_off(50, rules={"max_units_per_line": 1}))
    assert evaluate(cart, ruleset).applied[0].lines == {"tea": 500, "more": 500}
