"""Value stores in a shop: the cart shows what the hold takes, and says when it cannot know."""

from typing import Any

import pytest

from promo_middleware.promotions import Promotions
from promo_sdk import PromotionsError
from tests.promo_middleware.conftest import Shop, World, a_cart, until

HALF = {"rule": "currentLineItem.lineTotal.subtotal * 0.5", "explanation": "half off"}


@pytest.fixture
def stocked(world: World) -> World:
    """The customer alice has 5.00 off and 20.00 on account, a code pays 10.00, another one takes off the half."""
    values = world.client.lightrail
    values.customers.create("alice")
    values.value_stores.create("sign-up", currency="USD", customerId="alice", value=500, discount=True)
    values.value_stores.create("account", currency="USD", customerId="alice", value=2_000)
    values.value_stores.create("gift", currency="USD", code="GIFT", access="publicCode", value=1_000)
    values.value_stores.create("half", currency="USD", code="HALF", access="publicCode", valueRule=HALF, discount=True)
    return world


async def knows_of_values(promotions: Promotions) -> None:
    await until(lambda: promotions.pricing.ruleset.has_value_stores)


def totals(answer: Any) -> tuple[int, int, int]:
    block = answer["promotions"]["totals"]
    return block["items_discount"], block["credits"], answer["total"]


async def test_a_cart_shows_what_the_hold_takes_and_what_is_charged(stocked: World) -> None:
    shop = Shop(carts={"alice": a_cart("gift", customer="alice")})
    async with stocked.open(shop) as (http, promotions):
        await knows_of_values(promotions)
        shown = (await http.get("/carts/alice")).json()
        bought = (await http.post("/carts/alice/checkout")).json()
        again = (await http.get("/carts/alice")).json()
    assert totals(shown) == (500, 3_000, 2_490)
    assert (bought["total"], shop.charges) == (2_490, [("alice", 2_490)])
    assert {one["id"]: one["amount"] for one in shop.holds[0].credits} == {"account": 2_000, "gift": 1_000}
    assert totals(again) == (0, 0, 5_990)
    left = [stocked.client.lightrail.value_stores.get(one).value for one in ("sign-up", "account", "gift")]
    assert left == [0, 0, 0]


async def test_what_a_rule_gives_is_asked_for_anew_when_the_cart_changes(stocked: World) -> None:
    shop = Shop(carts={"guest": a_cart("HALF", customer=None)})
    async with stocked.open(shop) as (http, promotions):
        await knows_of_values(promotions)
        assert totals((await http.get("/carts/guest")).json()) == (2_995, 0, 2_995)
        shop.carts["guest"] = a_cart("HALF", customer=None, milk=2_000)
        assert totals((await http.get("/carts/guest")).json()) == (1_500, 0, 1_500)
        assert (await http.post("/carts/guest/checkout")).json()["total"] == 1_500


async def test_another_code_brings_its_own_value_store(stocked: World) -> None:
    shop = Shop(carts={"guest": a_cart("gift", customer=None)})
    async with stocked.open(shop) as (http, promotions):
        await knows_of_values(promotions)
        assert totals((await http.get("/carts/guest")).json()) == (0, 1_000, 4_990)
        shop.carts["guest"] = a_cart("half", customer=None)
        assert totals((await http.get("/carts/guest")).json()) == (2_995, 0, 2_995)
        shop.carts["guest"] = a_cart(customer=None)
        assert totals((await http.get("/carts/guest")).json()) == (0, 0, 5_990)


async def test_while_the_api_says_nothing_value_stores_drop_out_and_say_so(
    stocked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Shop(carts={"alice": a_cart("gift", customer="alice")})
    async with stocked.open(shop) as (http, promotions):
        await knows_of_values(promotions)

        def away(*_: object, **__: object) -> None:
            raise PromotionsError("it does not answer")

        monkeypatch.setattr("promo_middleware.api.read_entitlements", away)
        shown = (await http.get("/carts/alice")).json()
    assert totals(shown) == (0, 0, 5_990)
    assert shown["promotions"]["codes"][0]["reason"] == "cannot_verify"
