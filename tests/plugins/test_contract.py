"""Every built-in type passes the suite that anyone's type inherits."""

from decimal import Decimal
from typing import Any, ClassVar

import pytest

from promo_engine import Off, PromotionType, Rules, View
from promo_engine.testing import PromotionTypeContract, a_cart, a_promotion, installed_types
from promo_engine.testing.laws import check_same_bytes
from tests.laws.strategies import OF_TYPE

TYPES = installed_types()


class TestBundleDeal(PromotionTypeContract):
    promotion_type = TYPES["bundle_deal"]
    rules = OF_TYPE["bundle_deal"]


class TestBuyXGetY(PromotionTypeContract):
    promotion_type = TYPES["buy_x_get_y"]
    rules = OF_TYPE["buy_x_get_y"]


class TestFixedAmountDiscount(PromotionTypeContract):
    promotion_type = TYPES["fixed_amount_discount"]
    rules = OF_TYPE["fixed_amount_discount"]


class TestFreeShipping(PromotionTypeContract):
    promotion_type = TYPES["free_shipping"]
    rules = OF_TYPE["free_shipping"]


class TestLoyaltyBonus(PromotionTypeContract):
    promotion_type = TYPES["loyalty_bonus"]
    rules = OF_TYPE["loyalty_bonus"]


class TestPercentageDiscount(PromotionTypeContract):
    promotion_type = TYPES["percentage_discount"]
    rules = ({"discount_value": Decimal(10)}, {"discount_value": Decimal("33.33"), "applicable_items": ["A"]})


class Greedy(PromotionType[Rules]):
    """Takes four units where there are three."""

    name, title, version, rules_model = "greedy", "Greedy", "1.0", Rules

    def propose(self, view: View[Rules]) -> Any:
        many = [one for one in view.goods if one.quantity == 3]
        yield Off([one._replace(quantity=4) for one in many], 100)


def suite(of: PromotionType[Rules]) -> PromotionTypeContract:
    class Suite(PromotionTypeContract):
        promotion_type = of
        rules: ClassVar[Any] = ({},)

    return Suite()


def test_a_type_that_the_guard_must_refuse_does_not_pass() -> None:
    with pytest.raises(AssertionError, match="the log says how"):
        suite(Greedy()).test_9_the_guard_refuses_nothing()


def test_a_type_that_remembers_breaks_law_7() -> None:
    class Counting(Greedy):
        calls = 0

        def propose(self, view: View[Rules]) -> Any:
            Counting.calls += 1
            yield Off(view.goods, Counting.calls)

    types: dict[str, Any] = {"greedy": Counting()}
    with pytest.raises(AssertionError):
        check_same_bytes(a_cart(("TEA", 100)), [a_promotion("greedy", {}, types=types)], types)


def test_without_hypothesis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "hypothesis", None)
    with pytest.raises(ImportError, match=r"fairtill\[testing\]"):
        suite(Greedy()).test_1_conservation()
