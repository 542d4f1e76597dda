"""The best set for the customer is what trying every allowed set finds."""

from itertools import combinations

from hypothesis import given, settings

from promo_engine import Cart, Promotion, evaluate
from promo_engine.application import Till
from promo_engine.chosen import apply_all
from promo_engine.entitlements import UNKNOWN
from promo_engine.pricing import consider
from promo_engine.testing import a_cart, a_promotion, a_ruleset, amount_off, percent_off
from tests.laws.strategies import carts, promotion_lists


def brute_force(cart: Cart, promotions: list[Promotion]) -> int:
    """Apply every allowed set; return the largest total discount."""
    ruleset = a_ruleset(*promotions)
    considered = consider(cart, ruleset)
    till = Till(cart, ruleset.rounding, UNKNOWN, notes_addressed=True)
    eligible = [one for one in considered._candidates if one not in considered._against]
    best = 0
    for size in range(len(eligible) + 1):
        for chosen in combinations(eligible, size):
            if all(one.admits(two) for one, two in combinations(chosen, 2)):
                best = max(best, apply_all(till, chosen).total)
    return best


@settings(max_examples=300, deadline=None)
@given(carts, promotion_lists(most=7))
def test_the_search_finds_what_trying_every_set_finds(cart: Cart, promotions: list[Promotion]) -> None:
    evaluation = evaluate(cart, a_ruleset(*promotions))
    found = sum(one.amount for one in evaluation.applied)
    slack = len(cart.lines) * len(promotions)
    assert evaluation.is_optimal
    assert found <= brute_force(cart, promotions) <= found + slack


def test_a_group_over_goods_and_shipping_is_judged_by_what_is_left_to_pay() -> None:
    """6.00 off the goods is 0.90 once 85 % off the order follows; 5.00 off shipping is 5.00."""
    promotions = [
        percent_off(85, id="order"),
        amount_off(600, id="goods", rules={"per": "unit"}, exclusion_group="g"),
        a_promotion("free_shipping", {}, id="shipping", exclusion_group="g"),
    ]
    applied = evaluate(a_cart(("A", 1000), shipping=500), a_ruleset(*promotions)).applied
    assert [one.promotion_id for one in applied] == ["order", "shipping"]


def test_units_are_given_where_a_later_percentage_leaves_most_of_them() -> None:
    """A free B saves 10.00 of which 90 % would have gone anyway; a free A saves its whole 8.00."""
    wants_b = a_promotion("buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1, "get_items": ["B"]}, id="b")
    wants_a = a_promotion("buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1, "get_items": ["A"]}, id="a")
    ninety = percent_off(90, id="ninety", rules={"applicable_items": ["B"]})
    evaluation = evaluate(a_cart(("A", 800), ("B", 1000)), a_ruleset(wants_a, wants_b, ninety))
    assert {one.promotion_id: one.amount for one in evaluation.applied} == {"a": 800, "ninety": 900}
