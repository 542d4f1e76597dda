"""Why every promotion of a ruleset did not apply, on request."""

from promo_engine import Currency, Promotion, evaluate, explain
from promo_engine.testing import a_cart, a_ruleset, percent_off, uses_left

CART = a_cart(("MILK", 1000))


def told(*promotions: Promotion) -> dict[str, str]:
    return {one.promotion_id: one.reason.code for one in explain(CART, a_ruleset(*promotions))}


def test_what_applied_needs_no_reason() -> None:
    assert told(percent_off(5)) == {}


def test_a_promotion_that_the_cart_does_not_touch_has_a_reason_and_says_what_would_help() -> None:
    tea = percent_off(5, name="Tea time", rules={"applicable_items": ["TEA"]})
    (found,) = explain(CART, a_ruleset(tea))
    assert evaluate(CART, a_ruleset(tea)).reasons == {}
    assert (found.reason.code, found.message) == ("no_matching_items", "Add 1 more of TEA to use Tea time.")
    assert found.opportunity is not None
    assert found.opportunity.message == "1 more of TEA for Tea time."


def test_a_code_that_nobody_entered_is_named_and_no_goods_help() -> None:
    (found,) = explain(CART, a_ruleset(percent_off(5, code="A", name="Tea time")))
    assert (found.reason.code, found.reason.params) == ("condition", {"condition": "promotion_code"})
    assert found.opportunity is None


def test_of_several_reasons_the_first_is_given() -> None:
    hidden = percent_off(5, code="A", total_limit=1, rules={"min_purchase_amount": 1001})
    assert told(hidden) == {"promo_1": "minimum_purchase"}


def test_a_limit_is_told_where_it_is_known() -> None:
    (found,) = explain(CART, a_ruleset(percent_off(5, total_limit=1)), uses_left(promo_1=0))
    assert found.reason.code == "limit_total"


def test_what_the_evaluation_said_stays() -> None:
    best, lost = percent_off(9, id="best", stackable=False), percent_off(5, id="lost", stackable=False)
    assert told(best, lost) == {"lost": "beaten"}


def test_what_is_missing_is_told_in_the_currency_of_the_cart() -> None:
    rules = {"min_purchase_amount": 5000, "max_discount_amount": 900}
    amounts = {"JPY": {"min_purchase_amount": 8000, "max_discount_amount": 1000}}
    tea = percent_off(5, rules={**rules, "applicable_items": ["TEA"], "amounts": amounts})
    (found,) = explain(a_cart(("MILK", 1000), currency=Currency.of("JPY")), a_ruleset(tea))
    assert found.message == "Spend 7000 more to use promo_1."
