"""What a shop would rather have while the API is away, the same through every shell."""

from dataclasses import replace

import pytest

from tests.promo_middleware.conftest import TIMING, World, a_cart
from tests.scenarios.conftest import Open, deliver
from tests.scenarios.shop import Shop


def test_a_shop_may_rather_sell_nothing_than_sell_without_the_api(world: World, open_shop: Open) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")})
    with open_shop(shop, when_away="refuse") as (http, promotions):
        world.api.stop()
        shown, refused = http.get("/carts/c1").json(), http.post("/carts/c1/checkout")
        world.api.start()
        deliver(promotions)
        charged = http.post("/carts/c1/checkout")
        deliver(promotions)
    assert (shown["total"], refused.status_code, refused.json()["error"]) == (4792, 503, "promotions_away")
    assert (charged.json()["total"], world.redemption("c1").state) == (4792, "confirmed")


def test_a_shop_may_rather_sell_without_promotions_and_says_so_before_it_charges(world: World, open_shop: Open) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")})
    rarely = replace(TIMING, refresh=3_600)
    with open_shop(shop, when_away="no_promotions", timing=rarely) as (http, promotions):
        before = http.get("/carts/c1").json()["total"]
        world.api.stop()
        refused = http.post("/carts/c1/checkout")
        away, charged = http.get("/carts/c1").json(), http.post("/carts/c1/checkout").json()["total"]
        world.api.start()
        promotions.subscription.refresh()
        deliver(promotions)
        after = http.get("/carts/c1").json()["total"]
    assert (before, away["total"], charged, after) == (4792, 5990, 5990, 4792)
    assert (refused.status_code, refused.json()["error"]) == (409, "total_changed")
    assert away["promotions"]["codes"][0]["reason"] == "cannot_verify"
    assert (world.redemption("c1").state, world.redemption("c1").amount_due) == ("confirmed", 5990)


@pytest.mark.parametrize("when_away", ["refuse", "no_promotions"])
def test_while_the_api_is_there_nothing_is_different(world: World, open_shop: Open, when_away: str) -> None:
    world.promote()
    with open_shop(Shop({"c1": a_cart("SPRING20")}), when_away=when_away) as (http, promotions):
        assert http.post("/carts/c1/checkout").json()["total"] == 4792
        deliver(promotions)
    assert world.redemption("c1").state == "confirmed"
