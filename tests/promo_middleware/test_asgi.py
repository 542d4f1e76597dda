"""Show, hold, settle over ASGI, with a real API."""

import asyncio
import logging
import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from anyio import CapacityLimiter

from promo_middleware import (
    ApiAway,
    CheckoutRefused,
    ConfigurationError,
    Hold,
    MappingError,
    Promotions,
    RequestPromotions,
    Timing,
)
from promo_sdk import NotFound
from tests.promo_middleware.conftest import Shop, World, a_cart, is_delivered, until


async def test_a_cart_is_shown_with_its_discounts_and_the_rest_as_it_stood(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with world.open(shop) as (http, _):
        shown = (await http.get("/carts/c1")).json()
    assert (shown["total"], shown["discount"]) == (4792, 1198)
    assert [line["line_total"] for line in shown["lines"]] == [3992, 800]
    assert shown["promotions"]["applied"][0]["lines"] == {"milk": 998, "tea": 200}
    assert list(shown) == [*a_cart(), "promotions"]
    assert shown["note"] == "läßt sich sehen"


async def test_what_is_shown_is_held_charged_and_confirmed(world: World) -> None:
    promotion = world.promote(usage_limits={"total_usage_limit": 5, "per_customer_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with world.open(shop) as (http, promotions):
        shown = (await http.get("/carts/c1")).json()["total"]
        response = await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert response.json() == {"order": "c1", "total": 4792}
    assert (shown, shop.charges) == (4792, [("c1", 4792)])
    redemption = world.redemption("c1")
    assert (redemption.state, redemption.amount_due, redemption.charged) == ("confirmed", 4792, 4792)
    assert world.client.promotions.get(world.campaign, promotion).performance_metrics.total_uses == 1


async def test_a_shop_that_charges_the_undiscounted_total_has_its_redemption_released(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20")}, charge=lambda hold: 5990)
    async with world.open(shop) as (http, promotions):
        response = await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert response.content == b'{"order":"c1","total":5990}'
    assert world.redemption("c1").state == "released"
    assert "checkout c1: held 4792, charged 5990" in caplog.text


async def test_any_other_amount_is_in_doubt_and_both_are_named(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")}, charge=lambda hold: 5000)
    async with world.open(shop) as (http, _):
        await http.post("/carts/c1/checkout")
        await until(lambda: world.redemption("c1").state == "in_doubt")
    assert world.redemption("c1").charged == 5000
    assert "held 4792, charged 5000: in doubt" in caplog.text


async def test_a_checkout_without_hold_is_logged_with_its_amount(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.open(Shop()) as (http, _):
        response = await http.post("/old/checkout")
    assert response.json() == {"order": "x", "total": 5990}
    assert "checkout_without_hold: /old/checkout charged 5990" in caplog.text


async def test_twenty_clicks_are_one_order_one_charge_one_redemption(world: World) -> None:
    world.promote(usage_limits={"total_usage_limit": 30})
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with world.open(shop) as (http, promotions):
        clicks = [http.post("/carts/c1/checkout") for _ in range(20)]
        statuses = sorted(response.status_code for response in await asyncio.gather(*clicks))
        await until(is_delivered(promotions))
        late = await http.post("/carts/c1/checkout")
    assert statuses == [201] + [409] * 19
    assert shop.charges == [("c1", 4792)]
    assert (late.status_code, late.json()["error"]) == (409, "checkout_closed")
    assert [one.reference for one in world.client.redemptions.iterate()] == ["c1"]


async def test_twenty_clicks_while_the_api_is_away_are_one_too(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with world.open(shop) as (http, promotions):
        world.api.stop()
        clicks = [http.post("/carts/c1/checkout") for _ in range(20)]
        statuses = sorted(response.status_code for response in await asyncio.gather(*clicks))
        world.api.start()
        await until(is_delivered(promotions))
    assert statuses == [201] + [409] * 19
    assert shop.charges == [("c1", 4792)]
    assert world.redemption("c1").state == "confirmed"


def boom() -> None:
    raise RuntimeError("after charging")


async def test_a_handler_that_raises_after_charging_is_in_doubt_and_counts_as_used(world: World) -> None:
    promotion = world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20")}, after_charge=boom)
    async with world.open(shop) as (http, _):
        assert (await http.post("/carts/c1/checkout")).status_code == 500
        await until(lambda: world.redemption("c1").state == "in_doubt")
    usage = world.client.promotions.get(world.campaign, promotion).usage_limits.current_usage
    assert (usage.total_used, usage.remaining_uses) == (0, 0)


async def test_a_doubt_is_settled_by_the_shops_order_lookup(world: World) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20")}, after_charge=boom)
    async with world.open(shop, order_lookup=shop.order_lookup) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert (world.redemption("c1").state, world.redemption("c1").charged) == ("confirmed", 4792)


async def test_a_doubt_without_an_order_is_released_after_the_charge_timeout(world: World) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})

    def before_charging(hold: Hold) -> int:
        raise RuntimeError("before charging")

    shop = Shop(carts={"c1": a_cart("SPRING20")}, charge=before_charging)
    settings: dict[str, Any] = {"timing": {"lease": 1}, "order_lookup": shop.order_lookup}
    async with world.open(shop, **settings) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert world.redemption("c1").state == "released"


async def test_a_total_that_rose_takes_nothing_and_answers_409_with_the_block(world: World) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20"), "c2": a_cart("SPRING20", customer="8")})
    async with world.open(shop) as (http, promotions):
        assert (await http.get("/carts/c2")).json()["total"] == 4792
        await http.post("/carts/c1/checkout")
        refused = await http.post("/carts/c2/checkout")
        shown_again = (await http.get("/carts/c2")).json()
        await until(is_delivered(promotions))
    assert (refused.status_code, refused.json()["error"]) == (409, "total_changed")
    assert refused.json()["promotions"]["totals"]["amount_due"] == 5990
    assert refused.json()["promotions"]["codes"][0]["reason"] == "limit_total"
    assert [cart for cart, _ in shop.charges] == ["c1"]
    assert shown_again["total"] == 5990
    with pytest.raises(NotFound):
        world.redemption("c2")


async def test_a_handler_may_meet_a_refusal_itself(world: World) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20"), "c2": a_cart("SPRING20", customer="8")})
    async with world.open(shop) as (http, promotions):
        await http.post("/carts/c1/checkout")
        request = RequestPromotions(promotions, None, CapacityLimiter(1))
        with pytest.raises(CheckoutRefused) as refused:
            await request.hold(reference="c2", cart=shop.carts["c2"], shown=4792)
        held = await request.hold(reference="c2", cart=shop.carts["c2"], shown=5990)
    assert refused.value.error == "total_changed"
    assert (held.amount_due, request.refusal) == (5990, None)


async def test_a_checkout_that_was_confirmed_is_not_charged_again_while_the_api_is_away(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with world.open(shop) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
        world.api.stop()
        again = await http.post("/carts/c1/checkout")
    assert (again.status_code, again.json()["error"]) == (409, "checkout_closed")
    assert shop.charges == [("c1", 4792)]


def lose_replies(promotions: Promotions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the API hold, and lose its reply on the way."""
    port: Any = promotions.checkouts._port
    hold = port.hold

    def loses_the_reply(order: Any) -> Any:
        hold(order)
        raise ApiAway("the reply was lost")

    monkeypatch.setattr(port, "hold", loses_the_reply)


async def test_a_hold_whose_reply_was_lost_is_released_when_the_shop_does_not_grant_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with world.open(shop) as (http, promotions):
        await http.get("/carts/c1")
        lose_replies(promotions, monkeypatch)
        refused = await http.post("/carts/c1/checkout")
        monkeypatch.undo()
        await until(is_delivered(promotions))
        charged = await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert (refused.status_code, refused.json()["error"]) == (409, "total_changed")
    assert (charged.json()["total"], world.redemption("c1").state) == (4792, "confirmed")


async def test_a_hold_that_cannot_be_written_down_is_released(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20")})

    def fails(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    async with world.open(shop) as (http, promotions):
        monkeypatch.setattr(promotions.outbox, "granted", fails)
        assert (await http.post("/carts/c1/checkout")).status_code == 500
        monkeypatch.undo()
        await until(is_delivered(promotions))
        assert (await http.post("/carts/c1/checkout")).json()["total"] == 4792


async def test_a_second_hold_that_is_refused_leaves_the_first_one_to_be_settled(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with world.open(shop) as (_, promotions):
        request = RequestPromotions(promotions, None, CapacityLimiter(1))
        held = await request.hold(reference="c1", cart=shop.carts["c1"])
        with pytest.raises(CheckoutRefused):
            await request.hold(reference="c1", cart=a_cart("SPRING20", milk=9990), shown=1)
        promotions.checkouts.settle(held, 201, 4792)
        await until(is_delivered(promotions))
    assert world.redemption("c1").state == "confirmed"


@pytest.mark.parametrize("reference", ["", "..", "a\nb", "x" * 256])
async def test_a_reference_that_cannot_be_one_is_refused_before_anything_is_taken(world: World, reference: str) -> None:
    async with world.open(Shop()) as (_, promotions):
        request = RequestPromotions(promotions, None, CapacityLimiter(1))
        with pytest.raises(ValueError, match="a checkout reference has 1 to 255 printable characters"):
            await request.hold(reference=reference, cart=a_cart())
        assert promotions.outbox.entries() == []


async def test_a_reference_that_is_a_number_is_refused_with_what_would_do(world: World) -> None:
    async with world.open(Shop()) as (_, promotions):
        request = RequestPromotions(promotions, None, CapacityLimiter(1))
        with pytest.raises(TypeError, match=r"a checkout reference is text: give str\(7\)"):
            await request.hold(reference=7, cart=a_cart())  # type: ignore[arg-type]


async def test_a_cart_that_is_shown_unchanged_is_not_held_for_less(world: World) -> None:
    world.promote()
    unmapped = a_cart("SPRING20") | {"fee": 50, "total": 6040}
    async with world.open(Shop(carts={"c1": unmapped})) as (http, promotions):
        assert (await http.get("/carts/c1")).json()["total"] == 6040
        request = RequestPromotions(promotions, None, CapacityLimiter(1))
        with pytest.raises(MappingError, match="total: lines and shipping come to 5990, the shop says 6040: off by 50"):
            await request.hold(reference="c1", cart=unmapped)
        assert promotions.outbox.entries() == []


async def test_a_declined_payment_releases_and_the_same_checkout_may_be_tried_again(world: World) -> None:
    from starlette.exceptions import HTTPException

    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20")})

    def declined(hold: Hold) -> int:
        raise HTTPException(402)

    shop.charge = declined
    async with world.open(shop) as (http, promotions):
        assert (await http.post("/carts/c1/checkout")).status_code == 402
        shop.charge = lambda hold: hold.amount_due
        assert (await http.post("/carts/c1/checkout")).json()["total"] == 4792
        await until(is_delivered(promotions))
    assert world.redemption("c1").state == "confirmed"


async def test_other_traffic_is_untouched_but_for_claims(world: World) -> None:
    async with world.open(Shop()) as (http, _):
        headers = {"Promo-Customer": "vip", "Accept-Encoding": "gzip", "If-None-Match": "x"}
        seen = (await http.get("/plain", headers=headers)).json()["headers"]
    assert "promo-customer" not in seen
    assert (seen["accept-encoding"], seen["if-none-match"]) == ("gzip", "x")


async def test_a_cart_whose_parts_do_not_make_its_total_goes_out_unchanged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.promote()
    cart = a_cart("SPRING20") | {"total": 6000}
    async with world.open(Shop(carts={"c1": cart})) as (http, _):
        shown = (await http.get("/carts/c1")).json()
    assert shown == cart
    assert "lines and shipping come to 5990, the shop says 6000: off by 10" in caplog.text


async def test_an_adjusted_response_is_private_and_has_its_own_etag(world: World) -> None:
    world.promote()
    async with world.open(Shop(carts={"c1": a_cart("SPRING20"), "c2": a_cart()})) as (http, _):
        one, other = await http.get("/carts/c1"), await http.get("/carts/c2")
    assert one.headers["cache-control"] == "private, no-store"
    assert one.headers["etag"] != other.headers["etag"]
    assert int(one.headers["content-length"]) == len(one.content)


async def test_codes_and_secrets_are_not_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.promote()
    async with world.open(Shop(carts={"c1": a_cart("SPRING20")})) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert "SPRING20" not in caplog.text
    assert world.api.key not in caplog.text


async def test_a_handler_that_tries_again_after_a_lost_reply_is_charged_what_it_holds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": a_cart("SPRING20")})
    async with world.open(shop) as (http, promotions):
        await http.get("/carts/c1")
        request = RequestPromotions(promotions, None, CapacityLimiter(1))
        lose_replies(promotions, monkeypatch)
        with pytest.raises(CheckoutRefused):
            await request.hold(reference="c1", cart=shop.carts["c1"])
        monkeypatch.undo()
        held = await request.hold(reference="c1", cart=shop.carts["c1"], shown=5990)
        promotions.checkouts.settle(held, 201, held.amount_due)
        await until(is_delivered(promotions))
    assert (held.amount_due, world.redemption("c1").state, world.redemption("c1").charged) == (4792, "confirmed", 4792)


@pytest.mark.parametrize(
    ("cart", "total"),
    [
        (a_cart() | {"lines": [], "total": 0}, 0),
        (a_cart(milk=0), 800),
        (a_cart() | {"currency": "JPY"}, 5990),
        (a_cart(customer=None), 4792),
    ],
    ids=["empty", "a free line", "another currency", "an unknown guest"],
)
async def test_an_odd_cart_is_charged_what_it_shows(world: World, cart: dict[str, Any], total: int) -> None:
    world.promote(auto_apply=True)
    shop = Shop(carts={"c1": cart})
    async with world.open(shop) as (http, promotions):
        shown = (await http.get("/carts/c1")).json()["total"]
        await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert (shown, shop.charges, world.redemption("c1").state) == (total, [("c1", total)], "confirmed")


async def test_a_hold_stands_as_long_as_the_shop_says(world: World) -> None:
    world.promote()
    async with world.open(Shop({"c1": a_cart("SPRING20")}), timing={"ttl": 14 * 24 * 3_600}) as (http, _):
        await http.post("/carts/c1/checkout")
    held = world.redemption("c1")
    assert held.expires_at - held.held_at == timedelta(days=14)


@pytest.mark.parametrize("lease", [-1, 3_601, 60.0, True])
def test_a_lease_that_the_api_would_refuse_is_refused_at_once(lease: Any) -> None:
    with pytest.raises(ConfigurationError, match="lease must be from 0 to 3600 seconds"):
        Timing(lease=lease)


@pytest.mark.parametrize("ttl", [0, 30 * 24 * 3_600 + 1, 3_600.0, True])
def test_a_time_to_live_that_the_api_would_refuse_is_refused_at_once(ttl: Any) -> None:
    with pytest.raises(ConfigurationError, match="ttl must be from 1 second to 30 days"):
        Timing(ttl=ttl)
