"""The rules of the built-in types: exact numbers, closed models, and which field is told what."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.rules import (
    BundleItem,
    BundleRules,
    BuyXGetYRules,
    FixedAmountRules,
    LoyaltyRules,
    PercentageRules,
    rules_problems,
)


def told(promotion_type: str, **rules: Any) -> dict[str, str]:
    return {problem.field: problem.message for problem in rules_problems(promotion_type, rules)}


def test_a_float_is_the_number_that_it_prints() -> None:
    rules = PercentageRules.model_validate({"discount_value": 0.1, "max_discount_amount": 2.5})
    assert (rules.discount_value, rules.max_discount_amount) == (Decimal("0.1"), Decimal("2.5"))


def test_a_whole_number_is_held_as_a_decimal() -> None:
    rules = LoyaltyRules(discount_value=3, tier_values={"gold": 5})
    assert isinstance(rules.discount_value, Decimal)
    assert isinstance(rules.tier_values["gold"], Decimal)


def test_rules_cannot_be_changed() -> None:
    rules = PercentageRules(discount_value=20)
    with pytest.raises(ValidationError, match="frozen"):
        rules.discount_value = 30  # type: ignore[misc]


@pytest.mark.parametrize("value", [Decimal("0.01"), 100, Decimal("100.00")])
def test_a_percentage_goes_from_a_hundredth_to_a_hundred(value: Decimal | int) -> None:
    assert told("percentage_discount", discount_value=value) == {}


def test_a_hair_above_a_hundred_is_told_the_seeds_sentence() -> None:
    value = Decimal("100.000000000000000001")
    assert told("percentage_discount", discount_value=value) == {
        "discount_value": "Discount percentage cannot exceed 100%"
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("20", "must be a number, not a string"),
        (True, "must be a number, not a boolean"),
        (None, "must be a number, not null"),
        ([], "must be a number, not a list"),
        (Decimal("NaN"), "must be a number of reasonable size"),
        (float("inf"), "must be a number of reasonable size"),
        (Decimal("1e40"), "must be a number of reasonable size"),
    ],
)
def test_what_is_no_number_is_told_what_it_is(value: object, message: str) -> None:
    assert told("percentage_discount", discount_value=value) == {"discount_value": message}


def test_all_wrong_fields_are_told_at_once_with_the_nearest_names_of_unknown_ones() -> None:
    items = [{"items": ["SHIRT"], "quantitty": 2}, {"items": [""], "quantity": Decimal("1.5")}]
    assert told("bundle_deal", bundle_items=items, bundle_prize=25) == {
        "bundle_items[0].quantitty": "is not a known field; did you mean 'quantity'?",
        "bundle_items[1].items[0]": "should have at least 1 character",
        "bundle_items[1].quantity": "must be a whole number",
        "bundle_prize": "is not a known field; did you mean 'bundle_price'?",
    }


@pytest.mark.parametrize(
    ("promotion_type", "rules", "field", "message"),
    [
        ("free_shipping", {"discount_value": 50, "target_price": 1}, "target_price", "cannot stand beside"),
        ("bundle_deal", {"bundle_items": [{}]}, "bundle_price", "is required, or one of discount_value"),
        ("loyalty_bonus", {}, "points", "is required, or one of points_per_unit_spent"),
        ("loyalty_bonus", {"discount_value": 5, "points_multiplier": 2}, "points_multiplier", "is for points"),
        ("loyalty_bonus", {"points": 5, "max_discount_amount": 2}, "max_discount_amount", "is for a discount"),
        ("fixed_amount_discount", {"discount_value": 5, "min_purchase_amount": 5}, "min_purchase_amount", "greater"),
    ],
)
def test_rules_that_do_not_go_together_name_the_field_to_change(
    promotion_type: str, rules: dict[str, Any], field: str, message: str
) -> None:
    (problem,) = rules_problems(promotion_type, rules)
    assert problem.field == field
    assert message in problem.message


def test_an_amount_off_each_unit_may_stand_above_the_minimum() -> None:
    assert FixedAmountRules(discount_value=5, per="unit", min_purchase_amount=1).min_purchase_amount == 1


def test_values_of_tiers_are_read_as_the_value_that_they_replace() -> None:
    tiers = {"gold": Decimal("1.5"), "silver": 0}
    assert told("loyalty_bonus", points=10, tier_values=tiers) == {
        "tier_values.gold": "must be a whole number",
        "tier_values.silver": "should be greater than or equal to 1",
    }
    assert told("loyalty_bonus", points_per_unit_spent=1, tier_values=tiers).keys() == {"tier_values.silver"}
    assert told("loyalty_bonus", discount_value=1, tier_values={"gold": 101}).keys() == {"tier_values.gold"}


def test_a_model_that_is_made_of_wrong_parts_names_the_field() -> None:
    with pytest.raises(ValidationError, match="min_purchase_amount: Minimum purchase amount must be greater"):
        FixedAmountRules(discount_value=5, min_purchase_amount=5)


def test_defaults_are_those_of_the_type() -> None:
    rules = BuyXGetYRules(buy_quantity=2, get_quantity=1)
    assert (rules.discount_value, rules.pairing, rules.buy_items) == (100, "per_application", [])
    assert BundleRules(bundle_items=[BundleItem(items=["TEA"])], bundle_price=5).bundle_items[0].quantity == 1


def test_what_is_no_object_and_what_is_not_built_in() -> None:
    assert rules_problems("percentage_discount", []) == [FieldProblem("body", "must be an object")]
    assert rules_problems("acme_bonus", {"anything": object()}) == []
