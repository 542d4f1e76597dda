"""For tests of shops and plugins: builders of carts, promotions and rulesets, and the laws of pricing as checks."""

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
    uses_left,
)

__all__ = [
    "NOON",
    "USD",
    "a_cart",
    "a_line",
    "a_promotion",
    "a_ruleset",
    "amount_off",
    "installed_types",
    "percent_off",
    "some_goods",
    "uses_left",
]
