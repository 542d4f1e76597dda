"""The best set for the customer is what trying every allowed set finds."""

from itertools import combinations

from hypothesis import given, settings

from promo_engine import Cart, Promotion, evaluate
from promo_engine.application import Till
from promo_engine.basket import Basket
from promo_engine.chosen import apply_all
from promo_engine.entitlements import UNKNOWN
from promo_engine.pricing import consider
from promo_engine.testing import a_ruleset
from tests.laws.strategies import carts, promotion_lists


def brute_force(cart: Cart, promotions: list[Promotion]) -> int:
    """Apply every allowed set; return the largest total discount."""
    ruleset = a_ruleset(*promotions)
    considered = consider(cart, ruleset)
    till = Till(cart, Basket.of(cart), ruleset.rounding, UNKNOWN, notes_addressed=True)
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
