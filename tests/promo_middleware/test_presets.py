"""Presets: carts of the canonical form and of django-oscar-api, read and written as they stand."""

from copy import deepcopy
from typing import Any

import pytest

from promo_engine import Currency, evaluate, write_cart
from promo_engine.testing import NOON, a_cart, a_ruleset, percent_off
from promo_middleware import CanonicalCart, MappingError, ShopMapping, django_oscar_api
from promo_middleware.pipeline import read_shop_cart, read_shop_json, write_shop_json
from promo_middleware.till import Till

EUR = Currency.of("EUR")


def repriced(mapping: ShopMapping, document: Any, percent: int = 10) -> dict[str, Any]:
    till = Till(mapping)
    changed: dict[str, Any] = deepcopy(document)
    cart = read_shop_cart(changed, till).moved_to(NOON)
    till.write(changed, evaluate(cart, a_ruleset(percent_off(percent, currency=cart.currency))))
    return changed


def canonical(**fields: Any) -> dict[str, Any]:
    return write_cart(a_cart(("TEA", 500, 3), shipping=490)) | {"total": 1990} | fields


def test_a_canonical_cart_needs_no_mapping() -> None:
    after = repriced(CanonicalCart(), canonical(note="mine"))
    assert (after["total"], after["note"]) == (1840, "mine")
    assert after["promotions"]["totals"]["amount_due"] == 1840
    assert after["lines"] == canonical()["lines"]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "must be an object, a cart document"),
        (canonical(total="19.90"), "total: must be an integer of minor units, not '19.90'"),
        (canonical(total=1991), "total: .* come to 1990, the shop says 1991: off by 1"),
        (canonical(lines=[{"id": "a"}]), r"lines\[0\]"),
    ],
)
def test_a_canonical_cart_that_is_none_says_why(document: Any, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        read_shop_cart(document, Till(CanonicalCart()))


def test_a_canonical_order_states_its_charge() -> None:
    assert CanonicalCart().charged({"total": 1840}, None) == 1840
    assert CanonicalCart(order_total=None).charged({"total": 1840}, None) is None
    assert not CanonicalCart(order_total=None).states_charge


@pytest.mark.parametrize(("total", "said"), [(None, "None"), ("18.40", "'18.40'"), ({"card": "4111"}, "dict")])
def test_a_canonical_order_that_states_no_charge_says_why(total: Any, said: str) -> None:
    with pytest.raises(MappingError, match=f"total: must be an integer of minor units, not {said}$"):
        CanonicalCart().charged({"total": total}, None)


def oscar_line(number: int, quantity: int, before: str, after: str, net: str) -> dict[str, Any]:
    """One line as django-oscar-api's BasketLineSerializer writes it."""
    url = f"http://shop.test/api/baskets/1/lines/{number}/"
    return {
        "url": url,
        "product": f"http://shop.test/api/products/{number}/",
        "quantity": quantity,
        "attributes": [],
        "price_currency": "EUR",
        "price_excl_tax": net,
        "price_incl_tax": after,
        "price_incl_tax_excl_discounts": before,
        "price_excl_tax_excl_discounts": "0.00",
        "is_tax_known": True,
        "warning": None,
        "basket": "http://shop.test/api/baskets/1/",
        "stockrecord": f"http://shop.test/api/products/{number}/stockrecords/1/",
        "date_created": "2026-11-22T12:00:00Z",
    }


OSCAR: dict[str, Any] = {
    "id": 1,
    "owner": None,
    "status": "Open",
    "lines": [oscar_line(1, 3, "35.70", "30.70", "25.80"), oscar_line(2, 1, "10.70", "10.70", "10.00")],
    "url": "http://shop.test/api/baskets/1/",
    "total_excl_tax": "35.80",
    "total_excl_tax_excl_discounts": "40.00",
    "total_incl_tax": "41.40",
    "total_incl_tax_excl_discounts": "46.40",
    "total_tax": "5.60",
    "currency": "EUR",
    "voucher_discounts": [],
    "offer_discounts": [{"description": "", "name": "5 off", "amount": "5.00"}],
    "is_tax_known": True,
}


def test_an_oscar_basket_keeps_oscars_own_offers_below_ours() -> None:
    after = repriced(django_oscar_api(), OSCAR)
    assert [line["price_incl_tax"] for line in after["lines"]] == ["27.63", "9.63"]
    assert [line["price_excl_tax"] for line in after["lines"]] == ["23.22", "9.00"]
    assert (after["total_incl_tax"], after["total_excl_tax"], after["total_tax"]) == ("37.26", "32.22", "5.04")
    untouched = ("total_incl_tax_excl_discounts", "offer_discounts", "url", "owner")
    assert {name: after[name] for name in untouched} == {name: OSCAR[name] for name in untouched}


def test_an_oscar_basket_of_bytes_keeps_its_order_and_strings() -> None:
    body = write_shop_json(OSCAR)
    document = read_shop_json(body)
    till = Till(django_oscar_api())
    cart = read_shop_cart(document, till).moved_to(NOON)
    till.write(document, evaluate(cart, a_ruleset()))
    del document["promotions"]
    assert write_shop_json(document) == body


def test_an_oscar_basket_with_a_link_for_its_lines_says_what_is_missing() -> None:
    with pytest.raises(MappingError, match="lines: must be a list, not a string"):
        Till(django_oscar_api()).read(OSCAR | {"lines": "http://shop.test/api/baskets/1/lines/"})


def test_a_preset_is_changed_where_a_shop_differs() -> None:
    mapping = django_oscar_api().changed(sku="partner_sku", block="offers")
    lines = [line | {"partner_sku": "TEA"} for line in OSCAR["lines"]]
    cart = Till(mapping).read(OSCAR | {"lines": lines})
    assert {line.sku for line in cart.lines if line.discountable} == {"TEA"}
    assert "offers" in repriced(mapping, OSCAR | {"lines": lines})
