"""Carts by a mark and by a test, and a resolver that fails, the same through every shell."""

from typing import Any

import pytest

from promo_engine import Customer
from promo_middleware import Head, Marked
from tests.promo_middleware.conftest import World, a_cart
from tests.scenarios.conftest import Open, deliver
from tests.scenarios.shop import Shop

MARKED = {"carts": [Marked("GET /carts/{cart}")]}


def test_a_marked_response_is_a_cart_and_the_mark_never_leaves(world: World, open_shop: Open) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")}, show_headers={"Promo-Cart": "1", "X-Shop": "2"})
    with open_shop(shop, **MARKED) as (http, _):
        response, head = http.get("/carts/c1"), http.head("/carts/c1")
    assert (response.json()["total"], response.headers["x-shop"]) == (4792, "2")
    assert "promo-cart" not in {*response.headers, *head.headers}


def test_a_response_without_a_mark_goes_out_as_it_is(world: World, open_shop: Open) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")})
    with open_shop(shop, **MARKED) as (http, _):
        response = http.get("/carts/c1")
    assert (response.content, "etag" in response.headers) == (shop.cart("c1"), False)


def test_a_mark_on_what_is_no_cart_does_not_leave_either(world: World, open_shop: Open) -> None:
    shop = Shop({"c1": a_cart() | {"total": 1}}, show_headers={"Promo-Cart": "1"})
    with open_shop(shop, **MARKED) as (http, _):
        unfit = http.get("/carts/c1")
        shop.show_status = 404
        missing = http.get("/carts/c1")
    assert (unfit.content, missing.status_code) == (shop.cart("c1"), 404)
    assert "promo-cart" not in {*unfit.headers, *missing.headers}


def test_a_request_is_a_cart_by_a_test_of_its_head(world: World, open_shop: Open) -> None:
    world.promote()

    def is_v2(head: Head) -> bool:
        return head.method == "GET" and head.header("Accept-Version") == "2" and head.cookie("a") == "1"

    with open_shop(Shop({"c1": a_cart("SPRING20")}), carts=[is_v2]) as (http, _):
        sent = {"Accept-Version": "2", "Cookie": "a=1"}
        totals = [http.get("/carts/c1", headers=headers).json()["total"] for headers in (sent, {})]
    assert totals == [4792, 5990]


def names_in(request: Any) -> set[str]:
    """Return the headers of a request as ASGI, WSGI and Django have it."""
    if not isinstance(request, dict):
        return {name.lower() for name in request.headers}
    if "headers" in request:
        return {name.decode() for name, _ in request["headers"]}
    return {name.removeprefix("HTTP_").replace("_", "-").lower() for name in request}


def test_nobody_who_tells_a_request_sees_what_nobody_outside_may_say(world: World, open_shop: Open) -> None:
    asked: list[set[str]] = []

    def is_cart(head: Head) -> bool:
        asked.append({name.decode() for name, _ in head.headers})
        return head.method == "GET"

    def who(request: Any) -> Customer:
        asked.append(names_in(request))
        return Customer(id="7")

    shop = Shop({"c1": a_cart()})
    with open_shop(shop, carts=[is_cart], customer=who, codes=["header:X-Codes"]) as (http, _):
        sent = {"Promo-Customer": "vip", "X-Other": "1"}
        http.get("/carts/c1", headers=sent)
        http.post("/carts/c1/checkout", headers=sent)
    seen = [*asked, *map(set, shop.asked)]
    assert [{"promo-customer", "x-other"} & names for names in seen] == [{"x-other"}] * len(seen)
    assert len(seen) == 4


def fails(request: Any) -> Customer:
    raise ZeroDivisionError("the session's store is away")


def test_a_resolver_that_fails_leaves_the_cart_as_it_is(
    world: World, open_shop: Open, caplog: pytest.LogCaptureFixture
) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")})
    with open_shop(shop, customer=fails) as (http, _):
        response = http.get("/carts/c1")
    assert (response.status_code, response.content) == (200, shop.cart("c1"))
    assert "customer= failed: nobody knows whose request this is" in caplog.text
    assert "the session's store is away" in caplog.text


def test_a_resolver_that_fails_charges_nobody(world: World, open_shop: Open) -> None:
    shop = Shop({"c1": a_cart()})
    with open_shop(shop, customer=fails) as (http, promotions):
        assert http.post("/carts/c1/checkout").status_code == 500
        assert (promotions.outbox.entries(), shop.orders) == ([], {})


def test_a_cart_route_holds_nothing(world: World, open_shop: Open) -> None:
    shop = Shop({"c1": a_cart()})
    with open_shop(shop, carts=["POST /carts/{cart}/checkout"], checkouts=[]) as (http, promotions):
        assert http.post("/carts/c1/checkout").status_code == 500
        assert (promotions.outbox.entries(), shop.orders) == ([], {})


def test_a_route_that_is_both_is_a_checkout_and_holds(world: World, open_shop: Open) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")})
    with open_shop(shop, carts=[Marked("POST /carts/{cart}/checkout")]) as (http, promotions):
        assert http.post("/carts/c1/checkout").json()["total"] == 4792
        deliver(promotions)
    assert world.redemption("c1").state == "confirmed"
