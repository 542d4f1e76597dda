"""Why a promotion took nothing: what beat it, what it cannot be combined with, or that there was nothing to take."""

from typing import Any

import pytest

from promo_engine import Entitlements, Evaluation, Promotion, Reason, UsesLeft, evaluate
from promo_engine.testing import a_cart, a_promotion, a_ruleset, amount_off, percent_off


def price(*promotions: Promotion) -> Evaluation:
    return evaluate(a_cart(("MILK", 1000, 3), customer="7"), a_ruleset(*promotions))


def points(**fields: Any) -> Promotion:
    return a_promotion("loyalty_bonus", {"points": 10}, id="points", **fields)


def test_all_that_stand_against_one_beat_it_in_order_of_application() -> None:
    alone = percent_off(20, id="alone", stackable=False)
    reasons = price(percent_off(10, id="b"), amount_off(900, id="a", priority=-1), alone).reasons
    assert reasons == {"alone": Reason("beaten", {"by": ["b", "a"]})}


def test_one_that_wants_units_that_another_used_is_beaten_by_it_alone() -> None:
    three = a_promotion("buy_x_get_y", {"buy_quantity": 2, "get_quantity": 1}, id="three")
    two = a_promotion("buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1, "discount_value": 50}, id="two", priority=1)
    evaluation = price(three, two, percent_off(10, id="ten"))
    assert [one.promotion_id for one in evaluation.applied] == ["three", "ten"]
    assert evaluation.reasons == {"two": Reason("beaten", {"by": ["three"]})}


def test_points_that_may_not_stand_beside_others_name_them() -> None:
    reasons = price(percent_off(10, id="ten"), points(stackable=False)).reasons
    assert reasons == {"points": Reason("not_combinable", {"with": ["ten"]})}


def test_points_that_nothing_stands_against_have_nothing_to_give() -> None:
    nothing = a_promotion("loyalty_bonus", {"points_per_unit_spent": 1}, id="points")
    assert price(nothing, percent_off(100, id="all")).reasons == {"points": Reason("nothing_to_discount")}


def test_points_of_a_group_name_those_that_are_given() -> None:
    first, second = (
        points(exclusion_group="g", priority=1),
        a_promotion("loyalty_bonus", {"points": 99}, id="more", exclusion_group="g"),
    )
    evaluation = price(first, second, percent_off(10, id="ten"))
    assert evaluation.points == 10
    assert evaluation.reasons == {"more": Reason("not_combinable", {"with": ["points"]})}


def test_a_limit_that_is_used_up_stands_behind_what_goods_would_cure() -> None:
    ruleset = a_ruleset(percent_off(10, total_limit=1, rules={"min_purchase_amount": 5000}))
    evaluation = evaluate(a_cart(("MILK", 1000)), ruleset, Entitlements({"promo_1": UsesLeft(total=0)}))
    assert evaluation.reasons["promo_1"].code == "minimum_purchase"


@pytest.mark.parametrize("codes", [["Beta", "alpha", "gamma"], ["gamma", "alpha", "Beta"]])
def test_codes_are_answered_in_the_order_of_the_alphabet_whatever_their_case(codes: list[str]) -> None:
    ruleset = a_ruleset(percent_off(10, code="ALPHA", stackable=False), percent_off(20, code="BETA", id="b"))
    evaluation = evaluate(a_cart(("MILK", 1000), codes=codes), ruleset)
    answers = [(one.code, one.promotion_id, one.reason and one.reason.code) for one in evaluation.codes]
    assert answers == [("alpha", None, "beaten"), ("Beta", "b", None), ("gamma", None, "not_found")]
