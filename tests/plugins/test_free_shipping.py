"""free_shipping: which entries cost less, and what a wrong rule is told."""

from typing import Any

import pytest

from promo_engine import Cart, DocumentError, Evaluation, Shipping, evaluate
from promo_engine.testing import NOON, USD, a_cart, a_line, a_promotion, a_ruleset, amount_off, installed_types


def priced(cart: Cart, **rules: Any) -> Evaluation:
    return evaluate(cart, a_ruleset(a_promotion("free_shipping", rules)))


def test_a_cart_of_gift_cards_is_shipped_free_too() -> None:
    card = a_line("CARD", 5000, discountable=False)
    assert priced(a_cart(card, shipping=590)).shipping_discount == 590


def test_a_gift_card_does_not_count_toward_the_minimum() -> None:
    card = a_line("CARD", 5000, discountable=False)
    assert priced(a_cart(card, shipping=590), min_purchase_amount=1).reasons["promo_1"].code == "minimum_purchase"


def test_the_minimum_is_reached_by_equality_and_before_other_promotions() -> None:
    ruleset = a_ruleset(
        a_promotion("free_shipping", {"min_purchase_amount": 3500}), amount_off(1000, id="ten", name="ten")
    )
    assert evaluate(a_cart(("TEA", 3500), shipping=590), ruleset).shipping_discount == 590
    assert evaluate(a_cart(("TEA", 3499), shipping=590), ruleset).shipping_discount == 0


def test_a_selector_asks_for_goods() -> None:
    assert priced(a_cart(("TEA", 100), shipping=590), applicable_items=["TEA"]).shipping_discount == 590
    without = priced(a_cart(("MILK", 100), shipping=590), applicable_items=["TEA"])
    assert (without.shipping_discount, without.reasons) == (0, {})


def test_what_ships_free_already_is_nothing_to_discount() -> None:
    assert priced(a_cart(("TEA", 100), shipping=0)).reasons["promo_1"].code == "nothing_to_discount"
    assert priced(a_cart(("TEA", 100))).reasons["promo_1"].code == "nothing_to_discount"


def test_before_a_method_is_chosen_no_method_is_wrong() -> None:
    assert priced(a_cart(("TEA", 100)), shipping_methods=["express"]).reasons["promo_1"].code == "nothing_to_discount"


def test_several_entries_are_shared_in_proportion() -> None:
    parcels = [Shipping(id=str(i), method="post", price=price) for i, price in enumerate((333, 333, 334))]
    cart = Cart(currency=USD, lines=[a_line("TEA", 100)], shipping=parcels, at=NOON)
    assert priced(cart, discount_value=10).applied[0].shipping == {"0": 33, "1": 33, "2": 34}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"discount_value": 0}, "discount_value: Discount percentage must be at least"),
        ({"discount_amount": 0}, "discount_amount: should be greater than 0"),
        ({"target_price": -1}, "target_price: "),
        ({"discount_value": 5, "target_price": 1}, "target_price: cannot stand beside discount_value"),
        ({"per": "line"}, "per: should be 'cart' or 'shipment'"),
        ({"shipping_method": ["x"]}, "did you mean 'shipping_methods'"),
    ],
    ids=range(6),
)
def test_a_wrong_rule_names_its_field(rules: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        installed_types()["free_shipping"].read_rules(rules, USD)
