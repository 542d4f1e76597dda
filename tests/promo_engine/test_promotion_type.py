"""Rules: read from minor or major units, refused with their path."""

from decimal import Decimal
from typing import Any

import pytest

from promo_engine import Currency, DocumentError, RulesError, write_rules
from promo_engine.testing import installed_types

USD = Currency.of("USD")
PERCENT = installed_types()["percentage_discount"]
FIXED = installed_types()["fixed_amount_discount"]
BUNDLE = installed_types()["bundle_deal"]
BUY_X_GET_Y = installed_types()["buy_x_get_y"]


def test_major_units_of_the_api_are_minor_units_in_the_rules() -> None:
    document = {"discount_value": Decimal("9.99"), "min_purchase_amount": 25, "max_discount_amount": Decimal("5.5")}
    rules = FIXED.read_rules(document, USD)
    assert (rules.discount_value, rules.min_purchase_amount, rules.max_discount_amount) == (999, 2500, 550)
    assert FIXED.read_rules(write_rules(rules)) == rules


def test_a_percentage_is_text_in_the_ruleset_and_a_number_on_the_api() -> None:
    rules = PERCENT.read_rules({"discount_value": Decimal("12.5")}, USD)
    assert write_rules(rules) == {"discount_value": "12.5"}
    assert PERCENT.read_rules({"discount_value": "12.5"}) == rules


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({}, "discount_value: is required"),
        ({"discount_value": "20"}, "discount_value: must be a number, not a string"),
        ({"discount_value": True}, "discount_value: must be a number, not a boolean"),
        ({"discount_value": Decimal("NaN")}, "discount_value: must be a number of"),
        ({"discount_value": 101}, "discount_value: Discount percentage cannot exceed 100%"),
        ({"discount_value": 0}, "discount_value: Discount percentage must be at least 0.01%"),
        ({"discount_value": 5, "max_discount_amount": 0}, "max_discount_amount: should be greater than 0"),
        ({"discount_value": 5, "max_discount_amount": Decimal("Infinity")}, "max_discount_amount: must be a number of"),
        ({"discount_value": 5, "max_discount_amount": Decimal("1e300")}, "max_discount_amount: must be a number of"),
        ({"discount_value": 5, "min_quantity": 0}, "min_quantity: should be greater than or equal to 1"),
        ({"discount_value": 5, "min_quantity": 1.5}, "min_quantity: must be a whole number"),
        ({"discount_value": 5, "applicable_items": [""]}, r"applicable_items\[0\]: "),
        ({"discount_value": 5, "excluded_item": []}, "did you mean 'excluded_items'"),
        ({"discount_value": 5, "applicable_categories": [{}]}, r"applicable_categories\[0\]: must be a string"),
        ([], "must be an object"),
    ],
    ids=range(15),
)
def test_a_wrong_rule_says_which_and_why(document: Any, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        PERCENT.read_rules(document, USD)


def test_a_ruleset_that_is_no_number_is_refused() -> None:
    with pytest.raises(DocumentError, match="must be a decimal number"):
        PERCENT.read_rules({"discount_value": "a lot"})


def test_a_list_with_a_wrong_entry_is_not_called_too_short_as_well() -> None:
    with pytest.raises(RulesError) as caught:
        BUNDLE.read_rules({"bundle_items": [{"quantity": 0}], "bundle_price": 5}, USD)
    assert [one.path for one in caught.value.problems] == ["bundle_items[0].quantity"]
    with pytest.raises(RulesError, match=r"bundle_items: should have at least 1 item$"):
        BUNDLE.read_rules({"bundle_items": [], "bundle_price": 5}, USD)


def test_the_default_of_an_exact_number_is_a_number_in_the_schema() -> None:
    default = BUY_X_GET_Y.rules_schema()["properties"]["discount_value"]["default"]
    assert (type(default), default) == (int, 100)
