"""Prices in currencies of every exponent: the engine counts minor units, whatever they are worth."""

import pytest

from promo_engine import Currency, canonical_json, evaluate, read_cart, read_ruleset, write_cart
from promo_engine.testing import a_cart, a_promotion, a_ruleset, amount_off, installed_types, percent_off

CURRENCIES = [*map(Currency.of, ("JPY", "USD", "KWD", "CLF", "UYW")), Currency("POINTS", 0), Currency("GRAM", 8)]


@pytest.mark.parametrize("currency", CURRENCIES, ids=lambda one: f"{one.code}-{one.exponent}")
def test_a_discount_is_rounded_to_the_minor_unit_of_the_currency(currency: Currency) -> None:
    """12.5 % of 99.9 units is 12.4875 of them, rounded half up to what there is."""
    cart = a_cart(("TEA", 999 * currency.unit // 10), currency=currency)
    ruleset = a_ruleset(percent_off("12.5", currency=currency))
    expected = {0: 12, 2: 1249, 3: 12488, 4: 124875, 8: 1_248_750_000}
    assert evaluate(cart, ruleset).items_discount == expected[currency.exponent]


@pytest.mark.parametrize("currency", CURRENCIES, ids=lambda one: f"{one.code}-{one.exponent}")
def test_cart_and_ruleset_carry_the_exponent_through_their_documents(currency: Currency) -> None:
    cart = a_cart(("TEA", 500), currency=currency)
    ruleset = a_ruleset(amount_off(120, currency=currency))
    here = evaluate(cart, ruleset)
    there = evaluate(read_cart(write_cart(cart)), read_ruleset(ruleset.document(), installed_types()))
    assert (there.items_discount, there.document()["totals"]["exponent"]) == (120, currency.exponent)
    assert canonical_json(there.document()) == canonical_json(here.document())


@pytest.mark.parametrize(("code", "spent", "points"), [("JPY", 250, 250), ("USD", 250, 3), ("KWD", 2500, 3)])
def test_points_are_for_major_units(code: str, spent: int, points: int) -> None:
    currency = Currency.of(code)
    earned = a_promotion("loyalty_bonus", {"points_per_unit_spent": 1}, currency=currency)
    assert evaluate(a_cart(("TEA", spent), customer="7", currency=currency), a_ruleset(earned)).points == points


def test_what_is_missing_is_said_in_the_decimals_of_the_currency() -> None:
    for code, said in (("JPY", "1 more for promo_1."), ("KWD", "0.001 more for promo_1."), ("CLF", "0.0001 more")):
        currency = Currency.of(code)
        promotion = percent_off(10, rules={"min_purchase_amount": 501}, currency=currency)
        (found,) = evaluate(a_cart(("TEA", 500), currency=currency), a_ruleset(promotion)).opportunities
        assert found.message.startswith(said)
