"""For tests of shops and plugins: builders of carts, promotions and rulesets, and the contract of promotion types."""

from promo_engine.testing.builders import (
    NOON,
    USD,
    a_cart,
    a_line,
    a_promotion,
    a_ruleset,
    amount_off,
    installed_types,
    percent_off,
    some_goods,
    types_with,
    uses_left,
)
from promo_engine.testing.contract import PromotionTypeContract

__all__ = [
    "NOON",
    "USD",
    "PromotionTypeContract",
    "a_cart",
    "a_line",
    "a_promotion",
    "a_ruleset",
    "amount_off",
    "installed_types",
    "percent_off",
    "some_goods",
    "types_with",
    "uses_left",
]
