"""All stackable ones together, or one that is not, alone: whatever is best for the customer."""

import pytest

from promo_engine import Combination, Entitlements, Evaluation, Promotion, Reason, UsesLeft, evaluate
from promo_engine.testing import a_cart, a_promotion, a_ruleset, amount_off, percent_off


def price(*promotions: Promotion) -> Evaluation:
    return evaluate(a_cart(("MILK", 1000)), a_ruleset(*promotions))


def applied(*promotions: Promotion) -> list[str]:
    return [one.promotion_id for one in price(*promotions).applied]


def test_stackable_promotions_combine() -> None:
    assert applied(percent_off(10, id="a"), amount_off(100, id="b")) == ["a", "b"]


def test_one_alone_wins_when_it_takes_more() -> None:
    evaluation = price(percent_off(10, id="a"), percent_off(30, id="b", stackable=False))
    assert [one.promotion_id for one in evaluation.applied] == ["b"]
    assert evaluation.reasons["a"].code == "beaten"
    assert evaluation.reasons["a"].params == {"by": ["b"]}


def test_together_they_win_when_they_take_more() -> None:
    promotions = percent_off(20, id="a"), percent_off(20, id="b"), percent_off(30, id="c", stackable=False)
    assert applied(*promotions) == ["a", "b"]


def test_of_equal_totals_fewer_promotions_win_then_the_higher_priority_then_the_smaller_id() -> None:
    alone = amount_off(200, id="c", stackable=False)
    assert applied(amount_off(100, id="a"), amount_off(100, id="b"), alone) == ["c"]
    assert applied(alone, amount_off(200, id="d", stackable=False, priority=1)) == ["d"]
    assert applied(alone, amount_off(200, id="b", stackable=False)) == ["b"]


def test_a_promotion_without_which_the_total_is_the_same_is_dropped_lowest_priority_first() -> None:
    evaluation = price(amount_off(1000, id="a", priority=1), amount_off(1000, id="b", priority=2))
    assert [one.promotion_id for one in evaluation.applied] == ["b"]
    assert evaluation.reasons["a"].code == "nothing_to_discount"


def test_so_is_one_for_which_rounding_makes_up() -> None:
    """Of 0.12, 7 % is 0.01, and 40 % of the rest 0.04; but 40 % alone is 0.05, too."""
    promotions = percent_off(7, id="a", priority=1), percent_off(40, id="b")
    evaluation = evaluate(a_cart(("MILK", 12)), a_ruleset(*promotions))
    assert [(one.promotion_id, one.amount) for one in evaluation.applied] == [("b", 5)]


def test_only_what_adds_nothing_is_dropped_also_of_shipping() -> None:
    """5.00 off what is free later adds nothing, and 1.00 off shipping that is free later; the rest stays."""
    milk = {"applicable_items": ["MILK"]}
    promotions = [
        amount_off(500, id="some of milk", priority=1, rules=milk),
        percent_off(100, id="milk", rules=milk),
        percent_off(10, id="tea", rules={"applicable_items": ["TEA"]}),
        a_promotion("free_shipping", {"discount_amount": 100}, id="some of shipping", priority=1),
        a_promotion("free_shipping", {}, id="shipping"),
    ]
    evaluation = evaluate(a_cart(("MILK", 1000), ("TEA", 500), shipping=500), a_ruleset(*promotions))
    assert {one.promotion_id: one.amount for one in evaluation.applied} == {"milk": 1000, "shipping": 500, "tea": 50}


def test_half_of_shipping_adds_nothing_to_all_of_it() -> None:
    half = a_promotion("free_shipping", {"discount_value": 50}, id="half")
    ruleset = a_ruleset(half, a_promotion("free_shipping", {}, id="whole"))
    evaluation = evaluate(a_cart(("MILK", 1000), shipping=500), ruleset)
    assert [(one.promotion_id, one.amount) for one in evaluation.applied] == [("whole", 500)]


def test_what_was_beaten_does_not_give_the_reason_of_a_set_that_was_only_tried() -> None:
    """After 20 % the minimum is not reached; but free shipping is chosen in its place, and 30 % in that of 10 %."""
    minimum = {"min_purchase_amount": 900, "min_purchase_basis": "discounted", "applicable_items": ["MILK"]}
    promotions = [
        percent_off(20, id="a", priority=1, exclusion_group="g", rules={"applicable_items": ["MILK"]}),
        percent_off(10, id="b", exclusion_group="h", rules=minimum),
        percent_off(30, id="c", exclusion_group="h"),
        a_promotion("free_shipping", {}, id="d", exclusion_group="g"),
    ]
    evaluation = evaluate(a_cart(("MILK", 1000), shipping=500), a_ruleset(*promotions))
    assert [one.promotion_id for one in evaluation.applied] == ["c", "d"]
    assert evaluation.reasons["b"] == Reason("beaten", {"by": ["c"]})


def test_each_that_would_be_alone_keeps_the_reason_that_it_had_alone() -> None:
    alone = [percent_off(90, id=name, stackable=False, rules={"budget_amount": 100}) for name in ("a", "z")]
    left = Entitlements({"a": UsesLeft(budget=100), "z": UsesLeft(budget=100)})
    evaluation = evaluate(a_cart(("MILK", 1000)), a_ruleset(*alone, percent_off(10, id="b")), left)
    assert evaluation.reasons == {"a": Reason("limit_budget"), "z": Reason("limit_budget")}


def walked(*promotions: Promotion) -> Evaluation:
    return evaluate(a_cart(("MILK", 1000)), a_ruleset(*promotions, combination=Combination.BY_PRIORITY))


@pytest.mark.parametrize(("small", "large"), [(2, 1), (-1, -2), (0, 0)])
def test_by_priority_the_higher_one_is_kept_though_the_other_takes_more_and_of_equals_the_smaller_id(
    small: int, large: int
) -> None:
    evaluation = walked(
        percent_off(30, id="b", exclusion_group="g", priority=large),
        percent_off(10, id="a", exclusion_group="g", priority=small),
    )
    assert [one.promotion_id for one in evaluation.applied] == ["a"]
    assert evaluation.reasons["b"] == Reason("beaten", {"by": ["a"]})


def test_by_priority_what_cannot_be_applied_at_its_turn_keeps_its_reason() -> None:
    rules = {"min_purchase_basis": "discounted"}
    evaluation = walked(
        percent_off(50, id="half", priority=4),
        percent_off(10, id="from 9", priority=3, rules=rules | {"min_purchase_amount": 900}),
        percent_off(10, id="from 8", priority=2, rules=rules | {"min_purchase_amount": 800}),
        percent_off(20, id="from 4", priority=1, rules=rules | {"min_purchase_amount": 400}),
    )
    assert {one.promotion_id: one.amount for one in evaluation.applied} == {"half": 500, "from 4": 100}
    lacking = {name: (reason.code, reason.params["missing"]) for name, reason in evaluation.reasons.items()}
    assert lacking == {"from 9": ("minimum_purchase", 400), "from 8": ("minimum_purchase", 300)}


def test_by_priority_promotions_are_applied_in_their_order_whichever_was_kept_first() -> None:
    order, milk = (
        percent_off(10, id="order", priority=9),
        percent_off(50, id="milk", rules={"applicable_items": ["MILK"]}),
    )
    evaluation = walked(order, milk)
    assert [(one.promotion_id, one.amount) for one in evaluation.applied] == [("milk", 500), ("order", 50)]
