"""nth_unit: the contract of all promotion types, and its worked numbers."""

from decimal import Decimal
from typing import Any

import fairtill_extras
import pytest
from fairtill_extras import NthUnit

from promo_engine import DocumentError, evaluate
from promo_engine.testing import PromotionTypeContract, a_cart, a_promotion, a_ruleset, types_with

TYPES = types_with(fairtill_extras)


class TestNthUnit(PromotionTypeContract):
    promotion_type = NthUnit()
    rules = (
        {"every": 2},
        {"every": 3, "discount_value": Decimal("33.33")},
        {"every": 2, "applicable_categories": ["x"], "max_discount_amount": 500},
    )


def priced(*lines: Any, **rules: Any) -> Any:
    promotion = a_promotion("nth_unit", rules, id="nth", types=TYPES)
    return evaluate(a_cart(*lines), a_ruleset(promotion, types=TYPES))


def test_of_seven_units_the_third_and_the_sixth_are_free() -> None:
    assert priced(("TEA", 1000, 7), every=3).items_discount == 2000


def test_units_of_other_goods_do_not_count() -> None:
    evaluation = priced(("TEA", 1000), ("MILK", 500), every=2)
    assert evaluation.reasons["nth"].params == {"required": 2, "current": 1, "missing": 1}


def test_every_first_unit_is_refused() -> None:
    with pytest.raises(DocumentError, match="every"):
        NthUnit().read_rules({"every": 1})
