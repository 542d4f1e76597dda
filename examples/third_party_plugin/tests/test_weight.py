"""weight: a heavy cart is told what it weighs."""

import fairtill_extras
import pytest
from fairtill_extras import MaximumWeight

from promo_engine import Eligibility, evaluate
from promo_engine.testing import a_cart, a_line, a_ruleset, percent_off, types_with

TYPES = types_with(fairtill_extras)
LIGHT = Eligibility(conditions={"weight": MaximumWeight(at_most=1000)})
RULESET = a_ruleset(percent_off(10, id="light", eligibility=LIGHT), types=TYPES)


@pytest.mark.parametrize(("quantity", "discount"), [(4, 400), (5, 0)])
def test_up_to_a_kilogram_it_applies(quantity: int, discount: int) -> None:
    tea = a_line("TEA", 1000, quantity, attributes={"grams": "250"})
    assert evaluate(a_cart(tea), RULESET).items_discount == discount


def test_the_reason_says_what_the_cart_weighs() -> None:
    reason = evaluate(a_cart(a_line("BOOK", 5000, attributes={"grams": "1500"})), RULESET).reasons["light"]
    assert (reason.code, reason.params) == ("condition", {"condition": "weight", "grams": 1500, "at_most": 1000})
