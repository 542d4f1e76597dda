"""Which cart a checkout is about, and where its reference stands: what cannot work is refused when it is set up."""

from pathlib import Path
from typing import Any

import pytest

from promo_middleware import CanonicalCart, CartMapping, ConfigurationError, Promotions
from promo_middleware.before_handler import BeforeHandler
from promo_middleware.head import Head
from promo_middleware.places import Place
from promo_middleware.routes import Found, Role, Routes
from tests.promo_middleware.offline import offline

BY_CART = Routes(["GET /carts/{cart}", "POST /carts"], ["POST /carts/{cart}/pay"])


@pytest.mark.parametrize(
    ("reference", "routes", "cart", "said"),
    [
        (None, BY_CART, None, "holds='before_handler' needs checkout_reference in the mapping"),
        ("cart", BY_CART, None, "a place in a request is 'path:cart'"),
        ("query:cart", BY_CART, None, "a place in a request is 'path:cart'"),
        ("body:a[", BY_CART, None, "'a[' is no path"),
        ("header:Promo-Checkout", BY_CART, None, "never comes: Promo-* headers are dropped; name it 'header:X-…'"),
        ("path:order", BY_CART, None, "not every checkout route has {order} in its path"),
        ("path:cart", Routes(["GET /cart", "GET /carts/{cart}"], ["POST /{cart}/pay"]), None, "needs one cart route"),
        ("header:X-Id", Routes(["GET /carts/{cart}"], ["POST /pay"]), None, "needs one cart route to ask"),
        (
            "header:X-Id",
            Routes(["GET /cart/{id}"], ["POST /x", lambda head: False]),
            None,
            "(GET /cart/{id} needs {id}, which POST /x has not; GET /cart/{id} needs {id}, which <lambda>() has not)",
        ),
        ("header:X-Id", Routes(["POST /cart"], ["POST /x"]), None, "(no GET in carts)"),
        ("path:cart", BY_CART, "POST /carts", "checkout_cart must be a GET"),
        ("path:cart", BY_CART, "GET /carts/{basket}", "not every checkout route has {basket} in its path"),
    ],
)
def test_what_cannot_be_found_out_is_refused(
    reference: str | None, routes: Routes, cart: str | None, said: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        BeforeHandler.of(reference, routes, cart)
    assert said in str(refused.value)


def test_the_cart_may_be_named_where_it_does_not_follow() -> None:
    routes = Routes(["GET /cart", "GET /carts/{cart}"], ["POST /{cart}/pay"])
    before = BeforeHandler.of("path:cart", routes, "GET /carts/{cart}")
    assert before.cart_path(Found(Role.CHECKOUT, {"cart": "c7"})) == "/carts/c7"


def test_a_setting_that_is_neither_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match="holds must be 'handler' or 'before_handler', not 'before'"),
        offline(tmp_path, holds="before"),
    ):
        pass


@pytest.mark.parametrize("mapping", [CartMapping(order_total="total"), CanonicalCart()])
def test_a_mapping_without_a_reference_is_refused(tmp_path: Path, mapping: Any) -> None:
    with pytest.raises(ConfigurationError, match="needs checkout_reference in the mapping"):
        Promotions(
            "http://127.0.0.1:9",
            company_id="a",
            api_key="b",
            directory=tmp_path,
            mapping=mapping,
            carts=["GET /cart"],
            checkouts=["POST /pay"],
            holds="before_handler",
        )


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([(b"x-id", b"7")], "7"),
        ([(b"x-id", b"7"), (b"x-id", b"7")], "7"),
        ([(b"x-id", b"7"), (b"x-id", b"8")], None),
        ([(b"x-id", b"")], None),
        ([], None),
    ],
)
def test_a_header_that_is_said_twice_and_differently_is_none(headers: Any, found: str | None) -> None:
    assert Place.of("header:X-Id").read({}, Head("POST", "/pay", headers), b"") == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"id": 7}', "7"),
        (b'{"id": "7", "id": "8"}', None),
        (b'{"id": true}', None),
        (b'{"id": 1.5}', None),
        (b'{"id": ""}', None),
        (b"", None),
    ],
)
def test_a_body_names_a_text_or_a_whole_number(body: bytes, found: str | None) -> None:
    assert Place.of("body:id").read({}, Head("POST", "/pay"), body) == found


def test_a_form_that_names_it_twice_names_none() -> None:
    form = Head("POST", "/pay", [(b"content-type", b"application/x-www-form-urlencoded; charset=utf-8")])
    place = Place.of("body:id")
    assert [place.read({}, form, body) for body in (b"id=7", b"id=7&id=8", b"\xff", b"x=1")] == ["7", None, None, None]
