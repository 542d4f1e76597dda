"""What a promotion lacks: of which goods how much, and the sentences that say so."""

from typing import Any

import pytest

from promo_engine import Customer, Eligibility, ItemMinimum, Opportunity, Promotion, evaluate, explain
from promo_engine.testing import a_cart, a_line, a_promotion, a_ruleset, percent_off

ANYBODY = Eligibility()


def lacks(promotion: Promotion, *lines: Any, **fields: Any) -> list[Opportunity]:
    explained = explain(a_cart(*(lines or [("MILK", 2500)]), **fields), a_ruleset(promotion))
    return [one.opportunity for one in explained if one.opportunity]


def tea_time(eligibility: Eligibility = ANYBODY, **rules: Any) -> Promotion:
    return percent_off(5, name="Tea time", rules=rules, eligibility=eligibility)


def test_a_minimum_that_is_missed_is_an_opportunity() -> None:
    (found,) = lacks(tea_time(min_purchase_amount=3001))
    assert (found.kind, found.missing, found.message) == ("spend", 501, "5.01 more for Tea time.")


@pytest.mark.parametrize(
    ("promotion", "message"),
    [
        (tea_time(min_quantity=3), "2 more for Tea time."),
        (tea_time(min_purchase_amount=3000, min_quantity=2), "5.00 more for Tea time."),
        (tea_time(min_purchase_amount=3000, min_quantity=3), "5.00 more and 2 more for Tea time."),
        (tea_time(excluded_items=["SALE"], min_quantity=2), "1 more other than SALE for Tea time."),
        (tea_time(max_unit_price=3000, min_quantity=2), "1 more at 30.00 or less each for Tea time."),
        (tea_time(min_unit_price=100, min_quantity=2), "1 more at 1.00 or more each for Tea time."),
        (
            tea_time(min_unit_price=100, max_unit_price=3000, min_quantity=2),
            "1 more at 1.00 to 30.00 each for Tea time.",
        ),
        (tea_time(Eligibility(required_any=frozenset("CAB"))), "1 more of A, B or C for Tea time."),
        (tea_time(Eligibility(required_any=frozenset("CABDE"))), "1 more of A, B, C or others for Tea time."),
        (tea_time(Eligibility(required_all=frozenset("AB"))), "1 more of A and 1 more of B for Tea time."),
        (tea_time(max_purchase_amount=3000, min_quantity=2), "1 more, at most 5.00, for Tea time."),
        (
            tea_time(min_purchase_amount=3000, min_purchase_basis="discounted"),
            "5.00 more after discounts for Tea time.",
        ),
    ],
    ids=range(12),
)
def test_a_sentence_says_what_is_missing(promotion: Promotion, message: str) -> None:
    assert [one.message for one in lacks(promotion)] == [message]


def test_every_shortfall_of_some_goods_is_named() -> None:
    minimums = (ItemMinimum(frozenset({"TEA"}), 1000, 3), ItemMinimum(frozenset({"MILK"}), quantity=2))
    (found,) = lacks(tea_time(Eligibility(item_minimums=minimums)), ("MILK", 2500), ("TEA", 400))
    assert found.message == "6.00 more on TEA, 2 more of TEA and 1 more of MILK for Tea time."


def test_a_bundle_lacks_a_unit_of_each_component_besides_its_minimum() -> None:
    rules = {"bundle_items": [{"items": ["SHIRT"]}, {"items": ["TIE"]}], "discount_value": 10}
    bundle = a_promotion("bundle_deal", {**rules, "min_purchase_amount": 5000}, name="Sunday best", code="SUNDAY")
    (found,) = lacks(bundle, codes=["SUNDAY"])
    assert found.message == "25.00 more and 1 more of SHIRT and 1 more of TIE for Sunday best."
    assert found.document()["needs"][1]["goods"][0]["items"] == [["SHIRT"]]


def test_a_code_without_its_goods_says_which_they_are() -> None:
    rules = {"applicable_items": ["BEER"], "excluded_items": ["STRONG"]}
    (found,) = lacks(percent_off(5, name="Cheers", code="A", rules=rules), codes=["A"])
    assert found.message == "1 more of BEER other than STRONG for Cheers."


@pytest.mark.parametrize(
    "promotion",
    [
        tea_time(max_purchase_amount=2499, min_quantity=2),
        tea_time(max_purchase_amount=2600, min_purchase_amount=2700),
        tea_time(max_purchase_amount=2600, min_unit_price=200, min_quantity=2),
        tea_time(applicable_items=["MILK"], excluded_items=["MILK"], min_quantity=2),
        tea_time(min_unit_price=5, max_unit_price=4, min_quantity=2),
        tea_time(Eligibility(segments=frozenset({"vip"})), min_quantity=2),
    ],
    ids=["above the maximum", "maximum", "too dear", "excluded", "no such price", "a stranger"],
)
def test_what_no_goods_can_cure_is_no_opportunity(promotion: Promotion) -> None:
    assert lacks(promotion) == []


def test_a_type_that_wants_more_than_goods_offers_nothing() -> None:
    bonus = a_promotion("loyalty_bonus", {"discount_value": 5, "min_order_count": 2, "min_purchase_amount": 9000})
    assert lacks(bonus, customer=Customer(id="7", order_count=1)) == []
    assert lacks(bonus, customer=Customer(id="7", order_count=2))[0].missing == 6500


def test_a_gift_card_is_no_goods_that_count() -> None:
    card = a_line("CARD", 5000, discountable=False)
    assert [one.missing for one in lacks(tea_time(min_purchase_amount=3000), card)] == [3000]


def test_a_minimum_that_asks_for_nothing_is_no_condition() -> None:
    promotion = tea_time(Eligibility(item_minimums=(ItemMinimum(frozenset({"TEA"}), amount=0),)))
    assert evaluate(a_cart(("MILK", 1000)), a_ruleset(promotion)).items_discount == 50
