"""Rules: read from minor or major units, refused with their path."""

from decimal import Decimal
from typing import Any

import pytest

from promo_engine import Currency, DocumentError, write_rules
from promo_engine.testing import installed_types

USD = Currency.of("USD")
PERCENT = installed_types()["percentage_discount"]
FIXED = installed_types()["fixed_amount_discount"]


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
        ({"discount_value": 5, "min_quantity": 1.5}, "min_quantity: should be a valid integer"),
        ({"discount_value": 5, "applicable_items": [""]}, r"applicable_items\[0\]: "),
        ({"discount_value": 5, "excluded_item": []}, "did you mean 'excluded_items'"),
        ({"discount_value": 5, "applicable_categories": [{}]}, r"applicable_categories\[0\]: should be a valid string"),
        ([], "should be a valid dictionary"),
    ],
    ids=range(15),
)
def test_a_wrong_rule_says_which_and_why(document: Any, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        PERCENT.read_rules(document, USD)


def test_a_ruleset_that_is_no_number_is_refused() -> None:
    with pytest.raises(DocumentError, match="must be a decimal number"):
        PERCENT.read_rules({"discount_value": "a lot"})
