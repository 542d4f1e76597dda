"""What a handler is told of its hold."""

from decimal import Decimal
from typing import Any

import pytest

from promo_engine import Currency, evaluate
from promo_engine.testing import a_cart, a_ruleset, percent_off
from promo_middleware.hold import Hold

EUR = Currency.of("EUR")


def test_a_hold_in_a_private_currency_knows_its_decimals() -> None:
    points = Currency("POINTS", 0)
    cart = a_cart(("MUG", 500), currency=points)
    hold = Hold("order-1", "1", evaluate(cart, a_ruleset(percent_off(10, currency=points))).document())
    assert (hold.amount_due, hold.currency, hold.money) == (450, "POINTS", points)


def a_hold() -> Hold:
    cart = a_cart(("MUG", 500), currency=EUR)
    return Hold("order-1", "1", evaluate(cart, a_ruleset(percent_off(10, currency=EUR))).document())


@pytest.mark.parametrize("amount", ["500", Decimal(500), 500.0, True, None], ids=repr)
def test_what_was_charged_is_refused_at_once_where_it_is_no_integer(amount: Any) -> None:
    hold = a_hold()
    with pytest.raises(TypeError) as refused:
        hold.charged(amount)
    must = "charged must be an integer of minor units of EUR, as hold.amount_due"
    assert (str(refused.value), hold.charged_amount) == (f"{must}, not {amount!r}", None)


def test_what_was_charged_is_refused_at_once_where_it_is_negative() -> None:
    with pytest.raises(ValueError, match="charged must not be negative, not -500"):
        a_hold().charged(-500)


def test_nothing_may_have_been_charged() -> None:
    hold = a_hold()
    hold.charged(0)
    assert hold.charged_amount == 0


def test_a_shop_of_major_units_is_told_what_to_charge_in_them() -> None:
    for code, due in (("EUR", "450.00"), ("JPY", "45000"), ("KWD", "45.000")):
        currency = Currency.of(code)
        cart = a_cart(("MUG", 50_000), currency=currency)
        hold = Hold("order-1", "1", evaluate(cart, a_ruleset(percent_off(10, currency=currency))).document())
        assert (str(hold.amount_due_major), hold.amount_due) == (due, 45_000)
        assert isinstance(hold.amount_due_major, Decimal)
