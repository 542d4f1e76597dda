"""A cart is shown with its discounts, the same through every shell."""

import pytest

from promo_middleware import Timing
from tests.promo_middleware.conftest import World, a_cart
from tests.scenarios.conftest import Open
from tests.scenarios.shop import Shop


def test_a_cart_is_shown_with_its_discounts_and_nobody_keeps_it(world: World, open_shop: Open) -> None:
    world.promote()
    with open_shop(Shop({"c1": a_cart("SPRING20")})) as (http, _):
        response = http.get("/carts/c1", headers={"If-None-Match": "*", "Accept-Encoding": "gzip"})
    shown = response.json()
    assert (response.status_code, shown["total"], shown["discount"]) == (200, 4792, 1198)
    assert shown["promotions"]["codes"][0]["applied"]
    assert response.headers["cache-control"] == "private, no-store"
    assert int(response.headers["content-length"]) == len(response.content)


def test_uses_left_are_asked_for(world: World, open_shop: Open) -> None:
    world.promote(usage_limits={"per_customer_limit": 1})
    with open_shop(Shop({"c1": a_cart("SPRING20")})) as (http, _):
        assert http.get("/carts/c1").json()["total"] == 4792


def test_a_head_of_a_cart_states_no_length_and_no_tag(world: World, open_shop: Open) -> None:
    with open_shop(Shop({"c1": a_cart()})) as (http, _):
        response = http.head("/carts/c1")
    assert (response.status_code, response.headers["cache-control"]) == (200, "private, no-store")
    assert not {"content-length", "etag"} & set(response.headers)


def test_a_cart_that_does_not_fit_goes_out_as_it_was(
    world: World, open_shop: Open, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop({"c1": a_cart() | {"total": 1}})
    with open_shop(shop) as (http, _):
        response = http.get("/carts/c1")
    assert response.content == shop.cart("c1")
    assert "etag" not in response.headers
    assert "/carts/c1: the response goes out unchanged: total: lines and shipping come to 5990" in caplog.text


def test_the_first_request_of_all_waits_a_moment_for_the_first_rules(world: World, open_shop: Open) -> None:
    world.promote()
    patient = Timing(entitlement_deadline=20)
    with open_shop(Shop({"c1": a_cart("SPRING20")}), is_cold=True, timing=patient) as (http, _):
        assert http.get("/carts/c1").json()["total"] == 4792
