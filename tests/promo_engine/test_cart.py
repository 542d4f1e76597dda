"""Carts: checked when made, read strictly, written canonically."""

import pickle
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Cart, Customer, DocumentError, Line, canonical_json, code_form, read_cart, write_cart
from promo_engine.testing import NOON, USD, a_cart, a_line

CART = {"currency": "USD", "lines": [{"id": "l1", "unit_price": 100}]}


def with_line(**fields: Any) -> dict[str, Any]:
    return {"currency": "USD", "lines": [{"id": "l1", "unit_price": 100} | fields]}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "must be an object, not a list"),
        ({"currency": "USD"}, "lines: is required"),
        (CART | {"currency": "usd"}, "currency: must be an ISO 4217 code"),
        (CART | {"currency": 5}, "currency: must be a string"),
        (CART | {"exponent": 9}, "exponent: must be a whole number from 0 to 8"),
        (CART | {"linse": []}, "linse: is not a known field; did you mean 'lines'?"),
        (CART | {"lines": {}}, "lines: must be a list, not an object"),
        (with_line(unit_price=1.5), r"lines\[0\].unit_price: must be a whole number from 0 to .*, not a float"),
        (with_line(unit_price=-1), r"lines\[0\].unit_price: must be a whole number"),
        (with_line(unit_price=True), r"lines\[0\].unit_price: must be a whole number"),
        (with_line(quantity=0), r"lines\[0\].quantity: must be a whole number from 1 to 1000000, not 0"),
        (with_line(quantity=1_000_001), r"lines\[0\].quantity"),
        (with_line(quantitty=2), "did you mean 'quantity'"),
        (with_line(id=""), r"lines\[0\].id: must have 1 to 255 characters"),
        (with_line(sku="x" * 256), r"lines\[0\].sku: must have 0 to 255 characters"),
        (with_line(sku="\ud800"), "lone surrogates"),
        (with_line(categories="dairy"), r"lines\[0\].categories: must be a list of strings"),
        (with_line(categories=[1]), r"lines\[0\].categories\[0\]: must be a string"),
        (with_line(attributes=[]), r"lines\[0\].attributes: must be an object of strings"),
        (with_line(discountable=1), r"lines\[0\].discountable: must be true or false"),
        (with_line(floor_price=-1), r"lines\[0\].floor_price: must be a whole number from 0 to"),
        (with_line(floor_price=9.5), r"lines\[0\].floor_price: must be a whole number from 0 to .*, not a float"),
        (with_line(unit_price=Decimal("12.50")), "not a number with decimals; minor units: 12.50 is 1250"),
        (with_line(floor_price=Decimal("12.00")), "not a number with decimals; minor units: 12.50 is 1250"),
        (with_line(unit_price="12.50"), "not a string; minor units: 12.50 is 1250"),
        (with_line(unit_price="a lot"), "not a string$"),
        (CART | {"shipping": [{"id": "s", "price": Decimal("5.9")}]}, "minor units: 12.50 is 1250"),
        (CART | {"codes": ["  "]}, r"codes\[0\]: must not be blank"),
        (CART | {"codes": [str(i) for i in range(11)]}, "codes: must have at most 10 entries, not 11"),
        (CART | {"customer": {"id": 5}}, "customer.id: must be a string"),
        (CART | {"customer": {"guest_key": "a@b.c"}}, "customer.guest_key: is not a known field"),
        (CART | {"customer": {"id": "1", "guest": "2"}}, "is for a guest"),
        (CART | {"at": "2026-11-22"}, "at: must be an ISO 8601 instant"),
        (CART | {"at": "0001-01-01T00:00:00+14:00"}, "at: must be an ISO 8601 instant"),
        (CART | {"currency": "x" * 17, "exponent": 2}, "currency: needs a code of 1 to 16 characters"),
        (CART | {"currency": "\ud800", "exponent": 2}, "currency: needs a code"),
        (CART | {"at": 5}, "at: must be an ISO 8601 instant"),
        (CART | {"shipping": [{"id": "s"}]}, r"shipping\[0\].price: is required"),
        (CART | {"destination": {"county": "DE"}}, "did you mean 'country'"),
    ],
)
def test_a_wrong_cart_says_where_and_what(document: Any, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read_cart(document)


def test_a_line_id_is_used_once() -> None:
    with pytest.raises(DocumentError, match=r"lines\[1\].id: is used twice: 'a'"):
        a_cart(Line(id="a", unit_price=1), Line(id="a", unit_price=1))


def test_a_cart_has_at_most_1000_lines_and_a_million_units() -> None:
    a_cart(*[Line(id=str(i), unit_price=1) for i in range(1000)])
    with pytest.raises(DocumentError, match="at most 1000 entries, not 1001"):
        a_cart(*[Line(id=str(i), unit_price=1) for i in range(1001)])
    with pytest.raises(DocumentError, match="at most 1000000 units"):
        a_cart(a_line("A", 1, 999_999), a_line("B", 1, 2))


def test_a_cart_of_something_else_than_lines_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"lines\[0\]: must be a Line, not an object"):
        Cart(currency=USD, lines=[{"id": "a"}])  # type: ignore[list-item]


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(DocumentError, match="aware"):
        a_cart(at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_document_comes_back_as_the_same_cart() -> None:
    line = a_line("MILK", 129, 3, categories=["dairy"], tags=["eco"], attributes={"size": "l"})
    cart = a_cart(line, shipping=500, customer=Customer(id="7", segments=["vip"]), codes=["SPRING20"])
    assert read_cart(write_cart(cart)) == cart


def test_the_order_of_input_does_not_change_the_document() -> None:
    milk, tea = a_line("MILK", 129, tags=["b", "a"]), a_line("TEA", 300, tags=["a", "b"])
    assert canonical_json(write_cart(a_cart(milk, tea))) == canonical_json(write_cart(a_cart(tea, milk)))


def test_a_guest_key_never_enters_a_document_or_a_repr() -> None:
    cart = a_cart(customer=Customer(guest_key="alice@example.com"))
    assert b"alice" not in canonical_json(write_cart(cart))
    assert "alice" not in repr(cart)


@pytest.mark.parametrize("code", ["SPRING20", " spring20", "Ｓpring20\u00a0"])  # noqa: RUF001
def test_codes_of_one_form_are_one_code(code: str) -> None:
    for typed in (["SPRING20", code], [code, "SPRING20"]):
        (kept,) = a_cart(codes=typed).codes
        assert kept == min("SPRING20", code)


@given(st.text(max_size=30))
def test_the_form_of_a_form_is_itself(code: str) -> None:
    assert code_form(code_form(code)) == code_form(code)


def test_a_moved_cart_is_the_same_but_for_its_moment() -> None:
    cart = a_cart(("MILK", 129))
    assert cart.moved_to(NOON.replace(hour=13)).moved_to(NOON) == cart


def test_a_cart_can_be_copied_and_pickled() -> None:
    cart = a_cart(("MILK", 129, 3), ("TEA", 450), shipping=490, customer="c1", codes=["SPRING20"])
    for other in (copy(cart), deepcopy(cart), pickle.loads(pickle.dumps(cart))):
        assert other == cart
        assert write_cart(other) == write_cart(cart)


@pytest.mark.parametrize(
    "value", [USD, a_line("MILK", 129), a_cart(("MILK", 129)), Customer(id="c1")], ids=lambda one: type(one).__name__
)
def test_no_field_of_a_value_can_be_set(value: object) -> None:
    for name in ("id", "code", "unheard_of"):
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(value, name, "x")
