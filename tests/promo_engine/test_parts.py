"""What stands in each other's way is decided together, and what does not is decided each by itself."""

from dataclasses import replace
from typing import Any

import pytest

from promo_engine import Evaluation, Promotion, Shipping, evaluate
from promo_engine.testing import a_cart, a_line, a_promotion, a_ruleset, amount_off, percent_off


def amounts(evaluation: Evaluation) -> dict[str, int]:
    return {one.promotion_id: one.amount for one in evaluation.applied}


def percent_of(sku: str, percent: int, group: str, **fields: Any) -> Promotion:
    rules = {"applicable_items": [sku]}
    return percent_off(percent, id=f"{percent} of {sku}", rules=rules, exclusion_group=group, **fields)


def test_of_groups_on_goods_of_their_own_each_has_its_best() -> None:
    ruleset = a_ruleset(*[percent_of(sku, percent, group=sku) for sku in ("MILK", "TEA") for percent in (30, 10, 20)])
    evaluation = evaluate(a_cart(("MILK", 1000), ("TEA", 500)), ruleset)
    assert amounts(evaluation) == {"30 of MILK": 300, "30 of TEA": 150}
    beaten = {name: reason.params["by"] for name, reason in evaluation.reasons.items()}
    assert beaten["10 of MILK"] == ["30 of MILK"]
    assert beaten["20 of TEA"] == ["30 of TEA"]


def test_a_group_on_goods_of_their_own_has_one_that_applies() -> None:
    ruleset = a_ruleset(percent_of("MILK", 20, group="g"), percent_of("TEA", 50, group="g"))
    evaluation = evaluate(a_cart(("MILK", 1000), ("TEA", 500)), ruleset)
    assert amounts(evaluation) == {"50 of TEA": 250}


LOOKING = {"min_purchase_amount": 2, "min_purchase_basis": "discounted"}


def free(promotion_id: str, method: str, group: str, *, off: int = 500, **rules: Any) -> Promotion:
    rules |= {"shipping_methods": [method], "discount_amount": off}
    return a_promotion("free_shipping", rules, id=promotion_id, exclusion_group=group)


@pytest.mark.parametrize("rules", [{}, LOOKING, {"applicable_items": ["MILK"]}])
def test_groups_that_may_take_the_same_shipping_are_decided_together(rules: dict[str, Any]) -> None:
    """Of the first group free post is the larger, but the second one has nothing else."""
    entries = [Shipping(id="s1", method="post", price=500), Shipping(id="s2", method="van", price=500)]
    ruleset = a_ruleset(
        free("a", "post", "one", **rules),
        free("b", "van", "one", off=400, **rules),
        free("c", "post", "two", applicable_items=["TEA"]),
        free("d", "post", "two", off=100, applicable_items=["TEA"]),
    )
    evaluation = evaluate(replace(a_cart(("MILK", 1000), ("TEA", 500)), shipping=entries), ruleset)
    assert amounts(evaluation) == {"b": 400, "c": 500}


@pytest.mark.parametrize("rules", [{}, LOOKING])
def test_a_small_discount_on_other_goods_is_left_out_where_it_keeps_a_larger_one_below_its_minimum(
    rules: dict[str, Any],
) -> None:
    looking = {"min_purchase_amount": 1500, "min_purchase_basis": "discounted", "applicable_items": ["MILK"]}
    small = amount_off(1, id="small", priority=1, rules={"applicable_items": ["TEA"], **rules})
    ruleset = a_ruleset(small, percent_off(50, id="large", rules=looking))
    assert amounts(evaluate(a_cart(("MILK", 1000), ("TEA", 500)), ruleset)) == {"large": 500}


def test_what_moves_a_price_for_goods_together_is_left_out_where_a_floor_then_keeps_more_from_a_later_one() -> None:
    """A 3.33 and B 6.67 leave 20 % of A 0.33 above its floor of 3.00; after 1.00 off A, 0.10."""
    together = {"target_price": 1000, "per": "order"}
    ruleset = a_ruleset(
        amount_off(100, id="off a", rules={"applicable_items": ["A"]}, priority=2),
        a_promotion("fixed_amount_discount", together, id="together", priority=1),
        percent_off(20, id="all", priority=0),
    )
    evaluation = evaluate(a_cart(a_line("A", 1000, floor_price=300), a_line("B", 2000)), ruleset)
    assert amounts(evaluation) == {"together": 2000, "all": 33 + 133}
