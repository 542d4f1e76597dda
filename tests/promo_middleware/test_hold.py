"""What a handler is told of its hold."""

from promo_engine import Currency, evaluate
from promo_engine.testing import a_cart, a_ruleset, percent_off
from promo_middleware.hold import Hold


def test_a_hold_in_a_private_currency_knows_its_decimals() -> None:
    points = Currency("POINTS", 0)
    cart = a_cart(("MUG", 500), currency=points)
    hold = Hold("order-1", "1", evaluate(cart, a_ruleset(percent_off(10, currency=points))).document())
    assert (hold.amount_due, hold.currency, hold.money) == (450, "POINTS", points)
