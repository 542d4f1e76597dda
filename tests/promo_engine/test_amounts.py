"""A promotion in several currencies: its amounts are given anew in each, and never converted."""

from decimal import Decimal
from typing import Any

import pytest

from promo_engine import (
    Currency,
    Customer,
    DocumentError,
    Eligibility,
    ItemMinimum,
    Promotion,
    RulesError,
    canonical_json,
    evaluate,
    read_ruleset,
    write_rules,
)
from promo_engine.testing import USD, a_cart, a_promotion, a_ruleset, amount_off, installed_types, percent_off

GBP, JPY, CLF, KWD = map(Currency.of, ("GBP", "JPY", "CLF", "KWD"))
POINTS = Currency("POINTS", 0)


def off(promotion: Promotion, currency: Currency, price: int = 10_000, **cart: Any) -> int | str:
    """Return what is off a cart in a currency, or the reason why nothing is."""
    priced = evaluate(a_cart(("TEA", price), currency=currency, **cart), a_ruleset(promotion))
    discount = priced.items_discount + priced.shipping_discount or priced.points
    return discount or priced.reasons[promotion.id].code


def test_each_currency_has_its_own_amount_and_others_get_nothing() -> None:
    promotion = amount_off(900, rules={"amounts": {"GBP": 1100, "JPY": 1500, "CLF": 25}})
    assert [off(promotion, one) for one in (USD, GBP, JPY, CLF, KWD)] == [900, 1100, 1500, 25, "currency"]


def test_a_currency_of_the_same_code_with_another_exponent_is_another() -> None:
    promotion = amount_off(900, rules={"amounts": {"GBP": 1100}})
    assert off(promotion, Currency("GBP", 3)) == "currency"


@pytest.mark.parametrize(
    ("promotion_type", "rules", "in_yen", "expected"),
    [
        ("fixed_amount_discount", {"target_price": 4000}, 300, (6000, 9700)),
        ("fixed_amount_discount", {"discount_value": 100, "per": "unit"}, 300, (100, 300)),
        ("bundle_deal", {"bundle_items": [{"items": ["TEA"]}], "bundle_price": 4000}, 300, (6000, 9700)),
        ("bundle_deal", {"bundle_items": [{"items": ["TEA"]}], "discount_amount": 100}, 300, (100, 300)),
        ("bundle_deal", {"bundle_items": [{"items": ["TEA"]}], "discount_amount_per_unit": 100}, 300, (100, 300)),
        ("free_shipping", {"discount_amount": 100}, 300, (100, 300)),
        ("free_shipping", {"target_price": 100}, 300, (400, 200)),
        ("loyalty_bonus", {"discount_amount": 100}, 300, (100, 300)),
        ("percentage_discount", {"discount_value": 50, "max_discount_amount": 100}, 300, (100, 300)),
        ("percentage_discount", {"discount_value": 50, "floor_price": 9900}, 9700, (100, 300)),
    ],
)
def test_the_only_amount_of_a_type_may_be_a_plain_number(
    promotion_type: str, rules: dict[str, Any], in_yen: int, expected: tuple[int | str, ...]
) -> None:
    promotion = a_promotion(promotion_type, {**rules, "amounts": {"JPY": in_yen}})
    assert tuple(off(promotion, one, shipping=500) for one in (USD, JPY)) == expected


def test_a_percentage_holds_in_other_currencies_too_and_needs_no_amounts() -> None:
    promotion = percent_off(10, rules={"amounts": {"JPY": {}}})
    assert [off(promotion, one) for one in (USD, JPY, GBP)] == [1000, 1000, "currency"]


def test_every_amount_is_given_anew_minimum_cap_and_ladder() -> None:
    ladder, in_yen = ([{"min_amount": least, "discount_value": 50}] for least in (10_000, 20_000))
    rules = {"min_purchase_amount": 5000, "max_discount_amount": 2000, "tiers": ladder}
    yen = {"min_purchase_amount": 8000, "max_discount_amount": 3000, "tiers": in_yen}
    promotion = percent_off(10, rules={**rules, "amounts": {"JPY": yen}})
    prices = (5000, 8000, 10_000, 20_000)
    assert [off(promotion, USD, price) for price in prices] == [500, 800, 2000, 2000]
    assert [off(promotion, JPY, price) for price in prices] == ["minimum_purchase", 800, 1000, 3000]


def test_price_bounds_of_a_currency_choose_the_goods() -> None:
    bounds = {"min_unit_price": 100, "max_unit_price": 500}
    promotion = percent_off(10, rules={**bounds, "amounts": {"JPY": {"min_unit_price": 1000, "max_unit_price": 5000}}})
    assert [off(promotion, USD, price) for price in (500, 1000)] == [50, "no_matching_items"]
    assert [off(promotion, JPY, price) for price in (500, 1000)] == ["no_matching_items", 100]


def test_points_for_what_is_spent_differ_by_currency_and_tier() -> None:
    spent = {"points_per_unit_spent": 1, "tier_values": {"gold": 2}}
    yen = {"points_per_unit_spent": Decimal("0.01"), "tier_values": {"gold": Decimal("0.02")}}
    promotion = a_promotion("loyalty_bonus", {**spent, "amounts": {"JPY": yen}})
    gold = Customer(id="7", loyalty_tier="gold")
    assert [off(promotion, one, customer="7") for one in (USD, JPY)] == [100, 100]
    assert [off(promotion, one, customer=gold) for one in (USD, JPY)] == [200, 200]


def test_a_minimum_within_some_goods_has_its_amounts_beside_it() -> None:
    tea = ItemMinimum(frozenset({"TEA"}), amount=5000, amounts={JPY: 8000})
    wanted = Eligibility(item_minimums=(tea,))
    promotion = percent_off(10, rules={"amounts": {"JPY": {}}}, eligibility=wanted)
    assert [off(promotion, one, 7000) for one in (USD, JPY)] == [700, "minimum_purchase"]
    with pytest.raises(DocumentError, match="amounts: must have an amount in GBP"):
        a_ruleset(percent_off(10, rules={"amounts": {"GBP": {}}}, eligibility=wanted))


def test_a_promotion_that_is_added_later_has_its_currencies_too() -> None:
    ruleset = a_ruleset(percent_off(10, id="a"))
    changed = ruleset.changed(amount_off(900, id="b", rules={"amounts": {"GBP": 1100}}))
    cart = a_cart(("TEA", 5000), currency=GBP)
    assert [evaluate(cart, one).items_discount for one in (ruleset, changed)] == [0, 1100]


def test_the_ruleset_document_holds_every_currency_with_its_exponent() -> None:
    minimum = ItemMinimum(frozenset({"TEA"}), amount=1, amounts={GBP: 2, POINTS: 3})
    promotion = amount_off(
        900,
        rules={"tiers": [], "amounts": {"GBP": 1100, "POINTS": {"exponent": 0, "discount_value": 50}}},
        eligibility=Eligibility(item_minimums=(minimum,)),
    )
    ruleset = a_ruleset(promotion)
    again = read_ruleset(ruleset.document(), installed_types())
    assert again.promotions["promo_1"] == promotion
    assert canonical_json(again.document()) == canonical_json(ruleset.document())
    assert evaluate(a_cart(("TEA", 80), currency=POINTS), again).items_discount == 50


def test_amounts_of_the_api_have_the_decimals_of_their_currency() -> None:
    fixed = installed_types()["fixed_amount_discount"]
    amounts = {"GBP": Decimal("11.00"), "JPY": 1500, "KWD": Decimal("3.125"), "CLF": Decimal("0.2505"), "USD": 9}
    rules = fixed.read_rules({"discount_value": 9, "amounts": amounts}, USD)
    assert {one.code: other.discount_value for one, other in rules.amounts.items()} == {
        "GBP": 1100,
        "JPY": 1500,
        "KWD": 3125,
        "CLF": 2505,
    }
    assert fixed.read_rules(write_rules(rules)) == rules


def test_a_private_currency_is_known_by_the_company_that_has_it() -> None:
    fixed = installed_types()["fixed_amount_discount"]
    rules = fixed.read_rules({"discount_value": 9, "amounts": {"POINTS": 50}}, USD, {"POINTS": POINTS})
    assert rules.amounts[POINTS].discount_value == 50


ABOVE = "Minimum purchase amount must be greater than the discount amount"


@pytest.mark.parametrize(
    ("rules", "path", "problem"),
    [
        ({"amounts": [9]}, "amounts", "must be an object of amounts by currency, not a list"),
        ({"amounts": {"XXX": 9}}, "amounts.XXX", "must be an ISO 4217 code such as USD, not 'XXX'"),
        ({"amounts": {"JPY": Decimal("9.5")}}, "amounts.JPY", "JPY amounts have no decimals, not 9.5"),
        ({"amounts": {"GBP": 0}}, "amounts.GBP", "should be greater than 0"),
        ({"amounts": {"GBP": "9"}}, "amounts.GBP", "must be a number or an object of discount_value, not a string"),
        ({"amounts": {"GBP": {}}}, "amounts.GBP.discount_value", "is required: the promotion has such an amount"),
        ({"amounts": {"GBP": {"discount_value": 0}}}, "amounts.GBP.discount_value", "should be greater than 0"),
        (
            {"amounts": {"GBP": {"discount_value": 9, "floor_price": 1}}},
            "amounts.GBP.floor_price",
            "is not an amount of the promotion; it has discount_value",
        ),
        (
            {"floor_price": 1, "amounts": {"GBP": 9}},
            "amounts.GBP",
            "must be an object of discount_value, floor_price, not a number",
        ),
        (
            {"min_purchase_amount": 50, "amounts": {"GBP": {"discount_value": 9, "min_purchase_amount": 9}}},
            "amounts.GBP.min_purchase_amount",
            ABOVE,
        ),
        ({"amounts": {"USD": 8}}, "amounts.USD", "is the promotion's own currency: must be what stands beside amounts"),
        (
            {"budget_amount": 100, "amounts": {"GBP": 9}},
            "amounts",
            "cannot stand beside budget_amount: a budget is of one currency",
        ),
        ({"amounts": {f"C{i}": 9 for i in range(201)}}, "amounts", "must have at most 200 currencies, not 201"),
    ],
)
def test_wrong_amounts_are_named_with_their_currency(rules: dict[str, Any], path: str, problem: str) -> None:
    with pytest.raises(RulesError) as caught:
        installed_types()["fixed_amount_discount"].read_rules({"discount_value": 9, **rules}, USD)
    assert [(one.path, one.problem) for one in caught.value.problems] == [(path, problem)]


def test_a_percentage_has_no_amount_to_give() -> None:
    with pytest.raises(RulesError, match=r"amounts\.GBP: must be an empty object, not a number"):
        percent_off(10, rules={"amounts": {"GBP": 9}})
    with pytest.raises(RulesError, match=r"amounts\.GBP\.floor_price: is not an amount .*; it has discount_value"):
        percent_off(10, rules={"amounts": {"GBP": {"floor_price": 9}}})


def test_a_percentage_may_be_another_one_in_another_currency() -> None:
    promotion = percent_off(10, rules={"amounts": {"GBP": {"discount_value": Decimal("12.5")}, "JPY": {}}})
    assert [off(promotion, one) for one in (USD, GBP, JPY)] == [1000, 1250, 1000]
    ruleset = a_ruleset(promotion)
    (written,) = ruleset.document()["promotions"]
    gbp, jpy = {"exponent": 2, "discount_value": "12.5"}, {"exponent": 0}
    assert written["rules"]["amounts"] == {"GBP": gbp, "JPY": jpy}
    assert read_ruleset(ruleset.document(), installed_types()).promotions["promo_1"] == promotion
    with pytest.raises(RulesError, match=r"amounts\.GBP\.discount_value: Discount percentage cannot exceed 100%"):
        percent_off(10, rules={"amounts": {"GBP": {"discount_value": 101}}})
