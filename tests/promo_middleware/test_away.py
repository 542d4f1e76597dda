"""The API killed while the shop runs: carts and holds go on with what needs no count."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from promo_middleware import ApiAway, Clock, HoldOrder, Step
from tests.promo_middleware.conftest import TIMING, Shop, World, a_cart, is_delivered, until

CARTS = 50


def shop_of(count: int, *codes: str) -> Shop:
    return Shop(carts={f"c{i}": a_cart(*codes, customer=str(i), milk=1000 + 37 * i) for i in range(count)})


async def test_fifty_carts_before_and_after_the_api_was_killed(world: World) -> None:
    """Must show 3: the same discounts without the API, limited ones drop out, the journal is delivered once."""
    priority = {"display_settings": {"priority_level": 9}}  # first, so that FEW5 does not change what it takes
    world.promote(promotion_code="FREE10", discount_rules={"discount_value": 10}, auto_apply=True, **priority)
    limited = world.promote(
        promotion_code="FEW5", discount_rules={"discount_value": 5}, usage_limits={"total_usage_limit": 500}
    )
    shop = shop_of(CARTS, "FEW5")
    passed = 0.0
    clock = Clock(seconds=lambda: time.time() + passed, ticks=lambda: time.perf_counter() + passed)
    async with world.open(shop, clock=clock) as (http, promotions):
        before = [(await http.get(f"/carts/c{i}")).json() for i in range(CARTS)]
        world.api.stop()
        passed = TIMING.entitlement_lifetime
        after = [(await http.get(f"/carts/c{i}")).json() for i in range(CARTS)]
        orders = [await http.post(f"/carts/c{i}/checkout") for i in range(CARTS)]
        journal = promotions.outbox.entries()
        world.api.start()
        await until(is_delivered(promotions), seconds=30)
    for shown, again, order in zip(before, after, orders, strict=True):
        first = {one["code"]: one["discount"] for one in shown["promotions"]["applied"]}
        second = {one["code"]: one["discount"] for one in again["promotions"]["applied"]}
        assert set(first) == {None, "FEW5"}
        assert second == {None: first[None]}
        assert again["promotions"]["codes"][0]["reason"] == "cannot_verify"
        assert order.status_code == 201
        assert order.json()["total"] == again["total"]
    assert len(journal) == CARTS
    redemptions = list(world.client.redemptions.iterate(per_page=100))
    assert {one.state for one in redemptions} == {"confirmed"}
    assert {one.reference: one.charged for one in redemptions} == shop.orders
    assert world.client.promotions.get(world.campaign, limited).performance_metrics.total_uses == 0


async def test_cached_uses_that_the_hold_cannot_verify_are_told_before_anything_is_charged(world: World) -> None:
    world.promote(usage_limits={"total_usage_limit": 500})
    shop = shop_of(1, "SPRING20")
    async with world.open(shop) as (http, promotions):
        shown = (await http.get("/carts/c0")).json()
        world.api.stop()
        still = (await http.get("/carts/c0")).json()
        refused = await http.post("/carts/c0/checkout")
        now = (await http.get("/carts/c0")).json()
        charged = await http.post("/carts/c0/checkout")
        world.api.start()
        await until(is_delivered(promotions))
    assert shown["total"] == still["total"] == 1600
    assert (refused.status_code, refused.json()["error"]) == (409, "total_changed")
    assert refused.json()["promotions"]["codes"][0]["reason"] == "cannot_verify"
    assert now["total"] == charged.json()["total"] == 2000
    assert shop.charges == [("c0", 2000)]


async def test_what_may_have_been_charged_is_not_charged_again_while_the_api_is_away(world: World) -> None:
    world.promote()

    def fail() -> None:
        raise RuntimeError("the shop fails after the charge")

    shop = shop_of(1, "SPRING20")
    shop.after_charge = fail
    async with world.open(shop) as (http, promotions):
        assert (await http.post("/carts/c0/checkout")).status_code == 500
        await until(is_delivered(promotions))
        world.api.stop()
        again = await http.post("/carts/c0/checkout")
        world.api.start()
        await until(is_delivered(promotions))
    assert (again.status_code, again.json()["error"]) == (409, "checkout_closed")
    assert shop.charges == [("c0", 1600)]
    assert world.redemption("c0").state == "in_doubt"


@pytest.mark.parametrize("is_away", [False, True], ids=["held", "granted while the API was away"])
async def test_what_the_shop_settles_later_is_not_granted_again_while_the_api_is_away(
    world: World, is_away: bool
) -> None:
    world.promote()
    shop = shop_of(1, "SPRING20")
    async with world.open(shop, settle="later") as (http, promotions):
        if is_away:
            world.api.stop()
        assert (await http.post("/carts/c0/checkout")).status_code == 201
        if is_away:
            world.api.start()
        await until(is_delivered(promotions), seconds=40)
        world.api.stop()
        again = await http.post("/carts/c0/checkout")
        world.api.start()
        await until(is_delivered(promotions), seconds=40)
    assert (again.status_code, again.json()["error"]) == (409, "checkout_closed")
    assert shop.charges == [("c0", 1600)]
    world.client.redemptions.confirm("c0", charged=1600)


async def test_a_hold_that_stands_and_could_not_be_reported_is_not_granted_again_either(world: World) -> None:
    world.promote()
    shop = shop_of(1, "SPRING20")
    shop.after_charge = world.api.stop
    async with world.open(shop, settle="later") as (http, promotions):
        assert (await http.post("/carts/c0/checkout")).status_code == 201
        shop.after_charge = lambda: None
        again = await http.post("/carts/c0/checkout")
        world.api.start()
        await until(is_delivered(promotions), seconds=40)
    assert (again.status_code, again.json()["error"]) == (409, "checkout_closed")
    assert (shop.charges, world.redemption("c0").state) == ([("c0", 1600)], "held")


async def test_while_the_api_is_away_a_checkout_that_failed_is_free_again_once_no_order_can_come(world: World) -> None:
    world.promote()

    def fail(hold: Any) -> int:
        raise RuntimeError("the shop fails before the charge")

    shop = shop_of(1, "SPRING20")
    shop.charge = fail
    settings: dict[str, Any] = {"order_lookup": shop.order_lookup, "timing": {"lease": 1}}
    async with world.open(shop, **settings) as (http, promotions):
        world.api.stop()
        assert (await http.post("/carts/c0/checkout")).status_code == 500
        await until(lambda: [one.step for one in promotions.outbox.entries()] == [Step.RELEASE])
        shop.charge = lambda hold: hold.amount_due
        assert (await http.post("/carts/c0/checkout")).json()["total"] == 1600
        world.api.start()
        await until(is_delivered(promotions), seconds=40)
    assert world.redemption("c0").state == "confirmed"


async def test_a_grant_that_is_stored_in_doubt_and_looked_up_before_that_is_known_is_settled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.promote()

    def fail() -> None:
        raise RuntimeError("the shop fails after the charge")

    shop = shop_of(1, "SPRING20")
    shop.after_charge = fail
    settings: dict[str, Any] = {"order_lookup": shop.order_lookup, "timing": {"lease": 1}}
    async with world.open(shop, **settings) as (http, promotions):
        port = promotions.delivery._port
        deliver = port.hold

        def hold(order: HoldOrder) -> Mapping[str, Any]:
            stored = deliver(order)
            if (order.granted or {}).get("outcome") == "in_doubt":
                raise ApiAway("the reply was lost")
            return stored

        world.api.stop()
        assert (await http.post("/carts/c0/checkout")).status_code == 500
        monkeypatch.setattr(port, "hold", hold)
        world.api.start()
        await until(is_delivered(promotions), seconds=40)
    assert (world.redemption("c0").state, world.redemption("c0").charged) == ("confirmed", 1600)


async def test_a_shop_that_starts_without_the_api_uses_the_last_good_rules_on_disk(world: World, tmp_path: Any) -> None:
    world.promote()
    shop = shop_of(1, "SPRING20")
    async with world.open(shop, directory=tmp_path / "kept"):
        pass
    world.api.stop()
    async with world.open(shop, directory=tmp_path / "kept") as (http, _):
        assert (await http.get("/carts/c0")).json()["total"] == 1600
    assert (tmp_path / "kept" / "ruleset.json").stat().st_mode & 0o077 == 0


async def test_a_shop_without_any_rules_shows_and_charges_its_own_prices(world: World) -> None:
    world.promote()
    world.api.stop()
    shop = shop_of(1, "SPRING20")
    async with world.open(shop) as (http, _):
        shown = (await http.get("/carts/c0")).json()
        assert (await http.post("/carts/c0/checkout")).json()["total"] == 2000
    assert (shown["total"], shown["promotions"]["codes"][0]["reason"]) == (2000, "cannot_verify")


async def test_nobody_is_asked_for_codes_before_there_are_rules_to_which_they_could_belong(world: World) -> None:
    world.api.stop()
    async with world.open(shop_of(1, "SPRING20")) as (_, promotions):
        cart = promotions.cart_of(a_cart("SPRING20"))
        assert promotions.pricing.missing(promotions.pricing.consider(cart)) is None


async def test_a_code_that_an_api_without_promotions_does_not_know_is_none(world: World) -> None:
    async with world.open(shop_of(1, "SPRING20")) as (http, _):
        shown = (await http.get("/carts/c0")).json()
    assert shown["promotions"]["codes"][0]["reason"] == "not_found"


async def test_a_spoilt_ruleset_on_disk_is_not_used(
    world: World, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.api.stop()
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "ruleset.json").write_text('{"promotions": []}')
    async with world.open(shop_of(1), directory=tmp_path / "kept") as (http, _):
        assert (await http.get("/carts/c0")).status_code == 200
    assert "ruleset.json cannot be used" in caplog.text


async def test_changed_rules_reach_the_shop_by_themselves(world: World) -> None:
    shop = shop_of(1)
    async with world.open(shop) as (http, promotions):
        assert (await http.get("/carts/c0")).json()["total"] == 2000
        revision = promotions.pricing.ruleset.revision
        world.promote(auto_apply=True)
        await until(lambda: promotions.pricing.ruleset.revision != revision)
        assert (await http.get("/carts/c0")).json()["total"] == 1600
