"""Whatever a plugin does wrong, prices stay lawful, the others apply to the cent, and everything can be written."""

from dataclasses import replace
from typing import Any

import pytest

from promo_engine import (
    Cart,
    Combination,
    Customer,
    Evaluation,
    Phase,
    Promotion,
    PromotionType,
    Rules,
    canonical_json,
    evaluate,
    lenient_rules,
    write_cart,
)
from promo_engine.testing import a_cart, a_line, a_promotion, a_ruleset, amount_off, installed_types, percent_off
from promo_engine.testing.laws import check_bounds, check_conservation
from tests.promo_engine.faults import BOUNDS, ELSEWHERE, EXPLANATIONS, FAULTS, REFUSED, Faulty, off

TYPES: dict[str, Any] = {**installed_types(), **FAULTS}
BOTH = pytest.mark.parametrize("combination", list(Combination))
EACH = pytest.mark.parametrize("fault", list(FAULTS))


def the_cart(**fields: Any) -> Cart:
    lines = [
        a_line("SHIRT", 2000, 3, categories=["cotton"], attributes={"color": "blue"}),
        a_line("SHIRT", 2000, 1, id="again", categories=["cotton"], attributes={"color": "blue"}),
        a_line("TIE", 999, 2, tags=["silk"]),
        a_line("SOCK", 1, 7),
    ]
    customer = Customer(id="7", segments=["staff"], order_count=3, facts={"vip": "no"})
    return a_cart(*lines, shipping=590, customer=customer, **fields)


OTHERS = (
    percent_off(10, id="ties", priority=9, rules={"applicable_items": ["TIE"]}),
    percent_off(5, id="order", priority=8),
    amount_off(700, id="amount", priority=7),
    a_promotion("buy_x_get_y", {"buy_quantity": 2, "get_quantity": 1, "applicable_items": ["SHIRT"]}, id="shirts"),
    a_promotion("free_shipping", {"discount_value": 50}, id="post"),
    a_promotion("loyalty_bonus", {"points": 5}, id="points"),
)
"""What stands beside a faulty promotion; it has the lowest priority."""


def faulty(fault: str, **fields: Any) -> Promotion:
    defaults: dict[str, Any] = {"code": "FAULTY", "auto_apply": True, "priority": -9}
    promotion = a_promotion(fault, Rules(), id="faulty", **defaults | fields)
    return replace(promotion, rules=lenient_rules(FAULTS[fault], {}, "faulty"))


def priced(fault: str, combination: Combination, cart: Cart | None = None, **fields: Any) -> Evaluation:
    ruleset = a_ruleset(*OTHERS, faulty(fault, **fields), types=TYPES, combination=combination)
    evaluation = evaluate(cart or the_cart(codes=["faulty"]), ruleset)
    check_conservation(evaluation)
    check_bounds(evaluation, ruleset)
    return evaluation


def amounts(evaluation: Evaluation) -> dict[str, tuple[int, int, dict[str, int]]]:
    applied = [one for one in evaluation.applied if one.promotion_id != "faulty"]
    return {one.promotion_id: (one.amount, one.points, dict(one.lines)) for one in applied}


ALONE = {
    combination: amounts(evaluate(the_cart(), a_ruleset(*OTHERS, combination=combination)))
    for combination in Combination
}


def test_there_are_enough_of_them() -> None:
    assert len(FAULTS) >= 40


@EACH
def test_the_others_apply_with_exactly_their_amounts(fault: str) -> None:
    evaluation = priced(fault, Combination.BY_PRIORITY)
    if "used up" not in fault and "another phase" not in fault:
        assert amounts(evaluation) == ALONE[Combination.BY_PRIORITY]


@pytest.mark.parametrize("fault", [*REFUSED, *ELSEWHERE, *EXPLANATIONS])
def test_a_plugin_that_is_refused_changes_nothing_for_the_best_set_either(fault: str) -> None:
    evaluation = priced(fault, Combination.BEST_FOR_CUSTOMER)
    assert amounts(evaluation) == ALONE[Combination.BEST_FOR_CUSTOMER]
    assert evaluation.reasons["faulty"].code == ("type_missing" if "rules that" in fault else "plugin_failed")


@BOTH
@EACH
def test_document_block_and_receipt_can_be_written(fault: str, combination: Combination) -> None:
    evaluation = priced(fault, combination)
    assert canonical_json(evaluation.document())
    assert canonical_json(evaluation.block())
    assert evaluation.receipt().startswith("sha256:")


@BOTH
@EACH
def test_the_cart_is_as_it_was_and_prices_the_same_afterwards(fault: str, combination: Combination) -> None:
    cart = the_cart(codes=["faulty"])
    before = canonical_json(write_cart(cart))
    priced(fault, combination, cart)
    assert canonical_json(write_cart(cart)) == before
    assert amounts(evaluate(cart, a_ruleset(*OTHERS, combination=combination))) == ALONE[combination]


RIVALS = [
    percent_off(30, id="alone", stackable=False),
    *(percent_off(20 + i, id=f"rival {i}", exclusion_group=f"g{i % 3}") for i in range(7)),
    *(
        a_promotion("buy_x_get_y", {"buy_quantity": i + 1, "get_quantity": 1}, id=f"pair {i}", exclusion_group=f"g{i}")
        for i in range(3)
    ),
]
"""More than are tried in every combination."""


def contest(faulty_type: PromotionType[Any]) -> None:
    """Let a promotion of a type, with and without a group, compete with others; laws 1 and 2 must hold."""
    types: dict[str, Any] = {**TYPES, faulty_type.name: faulty_type}
    rules = lenient_rules(faulty_type, {}, "faulty")
    drawn = [a_promotion(faulty_type.name, Rules(), id=f"f{i}", priority=10, exclusion_group=f"g{i}") for i in range(4)]
    ruleset = a_ruleset(*OTHERS, *RIVALS, *(replace(one, rules=rules) for one in drawn), types=types)
    evaluation = evaluate(the_cart(), ruleset)
    check_conservation(evaluation)
    check_bounds(evaluation, ruleset)
    assert canonical_json(evaluation.document())


@EACH
def test_laws_hold_where_it_competes_with_many(fault: str) -> None:
    contest(FAULTS[fault])


@pytest.mark.parametrize("bound", BOUNDS.values(), ids=list(BOUNDS))
def test_laws_hold_whatever_it_says_that_it_takes_at_most(bound: Any) -> None:
    contest(Faulty("bounded", propose=off(500), phase=lambda rules: Phase.BUY_X_GET_Y, bound=bound))
