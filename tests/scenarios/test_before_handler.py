"""A handler that cannot give its cart finds it held, the same through every shell."""

import json
from typing import Any

import pytest

from promo_sdk import NotFound
from tests.promo_middleware.conftest import MAPPING, World, a_cart
from tests.scenarios.conftest import Open, deliver
from tests.scenarios.shop import Shop

BY_PATH: dict[str, Any] = {"holds": "before_handler", "mapping": MAPPING.changed(checkout_reference="path:cart")}


def held_before(**fields: Any) -> Shop:
    return Shop({"c1": a_cart("SPRING20")}, is_held_before=True, **fields)


def by(place: str) -> dict[str, Any]:
    return BY_PATH | {"mapping": MAPPING.changed(checkout_reference=place)}


def test_what_the_cart_route_shows_this_shopper_is_held_charged_and_confirmed(world: World, open_shop: Open) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = held_before()
    sent = {"Cookie": "session=7", "Authorization": "Bearer x", "Promo-Tier": "gold", "X-HTTP-Method-Override": "PUT"}
    with open_shop(shop, **BY_PATH) as (http, promotions):
        shown = http.get("/carts/c1").json()["total"]
        paid = http.post("/carts/c1/checkout", json={"pay": "card"}, headers=sent)
        deliver(promotions)
    assert (shown, paid.status_code, paid.json()["total"]) == (4792, 201, 4792)
    assert world.redemption("c1").state == "confirmed"
    asked = shop.asked[-1]
    assert (asked["cookie"], asked["authorization"]) == ("session=7", "Bearer x")
    assert not {"promo-tier", "x-http-method-override", "content-type"} & {
        name for name, value in asked.items() if value
    }


def test_a_total_that_rose_is_told_before_the_handler_runs(world: World, open_shop: Open) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = held_before()
    shop.carts["c2"] = a_cart("SPRING20", customer="8")
    with open_shop(shop, **BY_PATH) as (http, _):
        assert http.get("/carts/c2").json()["total"] == 4792
        http.post("/carts/c1/checkout")
        refused = http.post("/carts/c2/checkout")
    assert (refused.status_code, refused.json()["error"]) == (409, "total_changed")
    assert refused.json()["promotions"]["totals"]["amount_due"] == 5990
    assert shop.orders == {"c1": 4792}


def test_a_second_click_is_refused_before_the_handler_runs(world: World, open_shop: Open) -> None:
    world.promote()
    sold: list[int] = []
    shop = held_before(after_charge=lambda: sold.append(1))
    with open_shop(shop, **BY_PATH) as (http, _):
        http.post("/carts/c1/checkout")
        again = http.post("/carts/c1/checkout")
    assert (again.status_code, again.json()["error"], sold) == (409, "checkout_closed", [1])


@pytest.mark.parametrize(
    ("place", "sent"),
    [
        ("cookie:checkout", {"headers": {"Cookie": "a=1; checkout=k7"}}),
        ("header:X-Checkout", {"headers": {"X-Checkout": "k7"}}),
        ("body:checkout.id", {"json": {"checkout": {"id": "k7"}}}),
        ("body:checkout", {"data": {"checkout": "k7", "pay": "card"}}),
    ],
)
def test_the_reference_stands_where_the_mapping_says(
    world: World, open_shop: Open, place: str, sent: dict[str, Any]
) -> None:
    with open_shop(held_before(), **by(place)) as (http, promotions):
        assert http.post("/carts/c1/checkout", **sent).status_code == 201
        deliver(promotions)
    assert world.redemption("k7").state == "confirmed"


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({}, "nothing"),
        ({"content": b"{"}, "nothing"),
        ({"json": {"id": "x" * 256}}, "no reference"),
        ({"json": {"id": ["a"]}}, "nothing"),
    ],
)
def test_a_request_that_does_not_say_which_checkout_it_is_never_reaches_the_handler(
    open_shop: Open, caplog: pytest.LogCaptureFixture, sent: dict[str, Any], found: str
) -> None:
    shop = held_before()
    with open_shop(shop, **by("body:id")) as (http, promotions):
        refused = http.post("/carts/c1/checkout", **sent)
        assert promotions.outbox.entries() == []
    assert (refused.status_code, refused.json()["error"], shop.orders) == (400, "reference_unknown", {})
    assert f"/carts/c1/checkout: the request does not say which checkout it is: {found} at body:id" in caplog.text


def test_a_cart_that_the_shop_does_not_show_is_answered_as_the_shop_does(open_shop: Open) -> None:
    shop = held_before(show_status=403)
    with open_shop(shop, **BY_PATH) as (http, _):
        refused = http.post("/carts/c1/checkout")
    assert (refused.status_code, refused.json(), shop.orders) == (403, shop.carts["c1"], {})


@pytest.mark.parametrize(
    ("cart", "status", "said"),
    [
        (a_cart() | {"total": 1}, 200, "total: lines and shipping come to 5990, the shop says 1"),
        (a_cart(), 500, "the cart route answers 500"),
        ([a_cart()], 200, "the cart route answers no JSON object"),
        (None, 200, "the cart route"),
    ],
    ids=["does not add up", "answers 500", "answers a list", "raises"],
)
def test_a_cart_that_cannot_be_read_is_not_charged(
    world: World, open_shop: Open, caplog: pytest.LogCaptureFixture, cart: Any, status: int, said: str
) -> None:
    shop = held_before(show_status=status)
    shop.carts = {} if cart is None else {"c1": cart}
    with open_shop(shop, **BY_PATH) as (http, _):
        refused = http.post("/carts/c1/checkout")
    assert (refused.status_code, refused.json()["error"], shop.orders) == (409, "cart_unknown", {})
    assert f"/carts/c1/checkout: its cart cannot be held: {said}" in caplog.text
    with pytest.raises(NotFound):
        world.redemption("c1")


def test_the_handler_finds_its_body_unread(world: World, open_shop: Open) -> None:
    """Held before, and the body was read for it: the same bytes are there for the handler."""
    shop = held_before()
    with open_shop(shop, **by("body:id")) as (http, _):
        response = http.post("/carts/c1/checkout", content=json.dumps({"id": "k7", "pad": "x" * 100_000}).encode())
    assert (response.status_code, shop.orders) == (201, {"c1": 5990})
