"""Mappings: reading a shop's cart, and writing prices back as they stood."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Cart, Currency, evaluate
from promo_engine.testing import NOON, a_ruleset, percent_off
from promo_middleware import CartMapping, ConfigurationError, MappingError
from promo_middleware.pipeline import read_shop_cart, read_shop_json, write_shop_json
from promo_middleware.till import Till

MAJOR = CartMapping(
    amounts="major",
    currency=Currency.of("EUR"),
    lines="basket.items",
    line_id="no",
    sku="article",
    unit_price="price.gross",
    quantity="count",
    line_total="sum",
    shipping="basket.shipping",
    discount_total="basket.saved",
    total="basket.total",
    order_total="paid",
)
SHOP = (
    b'{"basket":{"items":[{"no":7,"article":"TEA","price":{"gross":"10.00"},"count":2,"sum":20.00}],'
    b'"shipping":4.90,"saved":"0.00","total":24.90},"big":123456789012345678901234567890,"tiny":1e-7,"neg":-0}'
)


def reprice(body: bytes, mapping: CartMapping) -> bytes:
    document, till = read_shop_json(body), Till(mapping)
    cart: Cart = read_shop_cart(document, till).moved_to(NOON)
    till.write(document, evaluate(cart, a_ruleset(percent_off(10, currency=cart.currency))))
    document.pop(mapping.block)
    return write_shop_json(document)


def test_major_amounts_come_back_as_they_stood() -> None:
    assert reprice(SHOP, MAJOR) == (
        b'{"basket":{"items":[{"no":7,"article":"TEA","price":{"gross":"10.00"},"count":2,"sum":18.00}],'
        b'"shipping":4.90,"saved":"2.00","total":22.90},"big":123456789012345678901234567890,"tiny":1e-7,"neg":-0}'
    )


def test_minor_amounts_stay_integers() -> None:
    body = b'{"currency":"jpy","lines":[{"id":"a","sku":"TEA","unit_price":500,"quantity":3}],"total":1500}'
    assert reprice(body, CartMapping()).endswith(b'"total":1350}')


def cart(**fields: Any) -> dict[str, Any]:
    line = {"id": "a", "sku": "TEA", "unit_price": 500, "quantity": 3}
    return {"currency": "USD", "lines": [line], "total": 1500} | fields


def line(**fields: Any) -> dict[str, Any]:
    return cart(lines=[cart()["lines"][0] | fields])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "currency: is not there"),
        (cart(currency="XXX"), "currency: must be an ISO 4217 code"),
        (cart(currency=None), "currency: must be text, not nothing"),
        (cart(currency={"code": "USD"}), r"currency: must be text, not an object; perhaps currency\.code"),
        (cart(lines=None), "lines: must be a list, not nothing"),
        (cart(lines={1, 2}), "lines: must be a list, not a Python set"),
        (cart(lines=[{1, 2}]), r"lines\[0\].id: is not there: there is a Python set, not an object"),
        (cart(lines=[{}]), r"lines\[0\].id: is not there"),
        (line(unit_price="500"), r"lines\[0\].unit_price: must be an integer of minor units, not '500'"),
        (line(unit_price=True), r"lines\[0\].unit_price: must be an integer"),
        (line(unit_price=-5), r"lines\[0\].unit_price: must be a whole number from 0"),
        (line(quantity=0), r"lines\[0\].quantity: must be a whole number from 1"),
        (line(quantity=1.5), r"lines\[0\].quantity: must be a whole number"),
        (cart(total=1501), "total: lines and shipping come to 1500, the shop says 1501: off by 1"),
        (cart(total=None), "total: must be an integer of minor units, not None"),
    ],
)
def test_what_does_not_fit_says_which_path(document: Any, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        read_shop_cart(document, Till(CartMapping()))


@pytest.mark.parametrize("price", ["9.999", "abc", "NaN", "1e40", None, [], True])
def test_an_amount_that_is_none_is_named(price: Any) -> None:
    mapping = CartMapping(amounts="major")
    with pytest.raises(MappingError, match=r"lines\[0\].unit_price: must be an amount of USD"):
        read_shop_cart(line(unit_price=price), Till(mapping))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a":1,"a":2}', b"[1e9999999999999999999]", b"[" * 100_000])
def test_a_body_that_is_not_json_does_not_fit(body: bytes) -> None:
    with pytest.raises(MappingError, match=r"^the response is not JSON"):
        read_shop_json(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_any_json_is_read_as_it_stands_and_written_the_same(value: Any, indent: int | None, is_ascii: bool) -> None:
    separators = (",", ":") if indent is None else None
    body = json.dumps(value, indent=indent, separators=separators, ensure_ascii=is_ascii).encode()
    read = read_shop_json(body)
    assert read == json.loads(body, parse_float=Decimal)
    assert json.loads(write_shop_json(read), parse_float=str, parse_int=str) == json.loads(
        body, parse_float=str, parse_int=str
    )


@pytest.mark.parametrize("number", ["-0", "1e2", "50.00", "0.1", "9" * 18, "9" * 19, "9" * 40, "-1E-5"])
def test_a_number_comes_out_as_it_stood(number: str) -> None:
    body = f'{{"b":{number},"a":"1.50"}}'.encode()
    assert write_shop_json(read_shop_json(body)) == body


def test_an_order_says_what_was_charged_in_the_holds_currency() -> None:
    assert MAJOR.charged(read_shop_json(b'{"paid": 22.90}'), Currency.of("EUR")) == 2290
    assert MAJOR.charged(read_shop_json(b'{"paid": "22.90"}'), None) == 2290
    assert CartMapping(order_total="total").charged({"total": 5990}, None) == 5990
    assert CartMapping().charged({"total": 5990}, None) is None


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (b'{"total": 22.90}', "paid: is not there; there is total"),
        (b'{"payd": 2290}', "paid: is not there; did you mean 'payd'?"),
        (b'{"paid": 22.90}', "paid: must be an integer of minor units, not .*: the mapping's amounts='major' reads 59"),
    ],
)
def test_an_order_that_does_not_say_what_was_charged_says_why(order: bytes, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        CartMapping(order_total="paid").charged(read_shop_json(order), Currency.of("EUR"))


@pytest.mark.parametrize("code", ["EUR", "eur"])
def test_a_currency_that_is_taken_for_a_path_says_how_it_is_fixed(code: str) -> None:
    with pytest.raises(MappingError) as caught:
        CartMapping(currency=code).read(cart())
    said = f'{code}: is not there; there is currency, lines, total; a fixed currency is Currency.of("EUR")'
    assert str(caught.value) == said


def test_a_handlers_tuple_of_lines_is_a_list() -> None:
    document = cart(lines=tuple(cart()["lines"]), total="1500")
    assert CartMapping(total="lines[0].unit_price").read(document) == CartMapping().read(cart())
    assert CartMapping(total="lines[0].unit_price").stated_total(document, Currency.of("USD")) == 500


def test_a_guest_and_a_customer_come_from_the_shops_own_fields() -> None:
    mapping = CartMapping(customer_id="customer", guest_key="email")
    guest = mapping.read(cart(customer=None, email="a@b.c")).customer
    known = mapping.read(cart(customer=7, email="a@b.c")).customer
    assert guest is not None
    assert (guest.id, guest.guest_key) == (None, "a@b.c")
    assert known is not None
    assert (known.id, known.guest_key) == ("7", None)


def test_a_mapping_of_unknown_amounts_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="amounts must be 'minor' or 'major'"):
        CartMapping(amounts="cents")  # type: ignore[arg-type]


def test_codes_that_no_promotion_can_have_break_no_cart() -> None:
    typed = ["", "  ", "x" * 300, 7, "\ud800", "SPRING20", *[f"C{i}" for i in range(20)]]
    codes = CartMapping(codes="codes").read(cart(codes=typed)).codes
    assert codes[:3] == ("x" * 255, "7", "SPRING20")
    assert len(codes) == 10


def test_a_lowest_price_of_the_shop_is_the_floor_of_the_line() -> None:
    mapping = CartMapping(floor_price="map.price")
    lines = [line(map={"price": price})["lines"][0] | {"id": str(price)} for price in (450, None)]
    assert [one.floor_price for one in mapping.read(cart(lines=lines, total=3000)).lines] == [450, None]
    with pytest.raises(MappingError, match=r"lines\[0\]\.map\.price: must be an integer of minor units"):
        mapping.read(line(map={"price": "4.50"}))
