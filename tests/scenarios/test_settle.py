"""How a checkout ends, the same through every shell."""

from datetime import timedelta

import pytest

from promo_middleware import Hold
from promo_sdk import Conflict, NotFound
from tests.promo_middleware.conftest import World, a_cart
from tests.promo_middleware.test_net_prices import DISCOUNTED, NET, net_cart
from tests.scenarios.conftest import Open, deliver
from tests.scenarios.shop import Shop


def undiscounted(hold: Hold) -> int:
    return hold.undiscounted


def fail() -> None:
    raise RuntimeError("after charging")


@pytest.mark.parametrize(
    ("shop", "state"),
    [
        (Shop(), "confirmed"),
        (Shop(status=402), "released"),
        (Shop(charge=undiscounted), "released"),
        (Shop(charge=lambda hold: 5000), "in_doubt"),
        (Shop(status=503), "in_doubt"),
        (Shop(status=303), "in_doubt"),
        (Shop(after_charge=fail), "in_doubt"),
    ],
    ids=["charged", "declined", "undiscounted", "another amount", "unavailable", "redirected", "failed"],
)
def test_what_became_of_a_checkout_is_reported(world: World, open_shop: Open, shop: Shop, state: str) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop.carts["c1"] = a_cart("SPRING20")
    with open_shop(shop) as (http, promotions):
        response = http.post("/carts/c1/checkout")
        deliver(promotions)
    assert response.status_code == (500 if shop.after_charge is fail else shop.status)
    assert world.redemption("c1").state == state


def test_a_total_that_rose_takes_nothing_and_answers_409_with_the_block(world: World, open_shop: Open) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop({"c1": a_cart("SPRING20"), "c2": a_cart("SPRING20", customer="8")})
    with open_shop(shop) as (http, _):
        assert http.get("/carts/c2").json()["total"] == 4792
        http.post("/carts/c1/checkout")
        refused = http.post("/carts/c2/checkout")
    assert (refused.status_code, refused.json()["error"]) == (409, "total_changed")
    assert refused.json()["promotions"]["totals"]["amount_due"] == 5990
    assert shop.orders == {"c1": 4792}
    with pytest.raises(NotFound):
        world.redemption("c2")


def test_a_second_click_is_refused(world: World, open_shop: Open) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")})
    with open_shop(shop) as (http, _):
        http.post("/carts/c1/checkout")
        again = http.post("/carts/c1/checkout")
    assert (again.status_code, again.json()["error"]) == (409, "checkout_closed")


@pytest.mark.parametrize("status", [201, 303])
def test_a_shop_that_settles_later_finds_the_hold_standing_and_confirms_it(
    world: World, open_shop: Open, status: int
) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop({"c1": a_cart("SPRING20")}, status=status, ttl=timedelta(days=14))
    with open_shop(shop, settle="later") as (http, promotions):
        http.post("/carts/c1/checkout")
        deliver(promotions)
        standing = world.redemption("c1")
        again = http.post("/carts/c1/checkout")
    world.client.redemptions.confirm("c1", charged=4792)
    assert (standing.state, standing.expires_at - standing.held_at) == ("held", timedelta(days=14))
    assert (again.status_code, world.redemption("c1").state) == (status, "confirmed")


@pytest.mark.parametrize(
    ("shop", "state"),
    [
        (Shop(status=402), "released"),
        (Shop(charge=undiscounted), "released"),
        (Shop(charge=lambda hold: 5000), "in_doubt"),
        (Shop(after_charge=fail), "in_doubt"),
    ],
    ids=["declined", "undiscounted", "another amount", "failed"],
)
def test_what_a_shop_that_settles_later_knows_now_is_reported_now(
    world: World, open_shop: Open, shop: Shop, state: str
) -> None:
    world.promote()
    shop.carts["c1"] = a_cart("SPRING20")
    with open_shop(shop, settle="later") as (http, promotions):
        http.post("/carts/c1/checkout")
        deliver(promotions)
    assert world.redemption("c1").state == state


@pytest.mark.parametrize("is_away", [False, True], ids=["at the API", "while it is away"])
def test_a_net_hold_that_is_settled_later_keeps_its_tax(world: World, open_shop: Open, is_away: bool) -> None:
    world.promote()
    holds: list[Hold] = []

    def charge(hold: Hold) -> int:
        holds.append(hold)
        return hold.amount_due

    shop = Shop({"c1": net_cart("SPRING20")}, status=303, charge=charge)
    with open_shop(shop, settle="later", mapping=NET, prices="net") as (http, promotions):
        if is_away:
            world.api.stop()
        http.post("/carts/c1/checkout")
        if is_away:
            world.api.start()
        deliver(promotions)
        http.post("/carts/c1/checkout")
        deliver(promotions)
    assert {(hold.amount_due, hold.tax) for hold in holds} == {(DISCOUNTED, 706)}
    assert len(holds) == (1 if is_away else 2)
    with pytest.raises(Conflict, match="confirmed at its own amount only"):
        world.client.redemptions.confirm("c1", charged=shop.orders["c1"] - holds[0].tax)
    world.client.redemptions.confirm("c1", charged=shop.orders["c1"])
    assert (world.redemption("c1").state, world.redemption("c1").charged) == ("confirmed", 4792)


def test_a_hold_made_without_the_api_waits_in_doubt_for_the_shop_to_settle_it(world: World, open_shop: Open) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")}, status=303)
    with open_shop(shop, settle="later") as (http, promotions):
        world.api.stop()
        first, again = (http.post("/carts/c1/checkout") for _ in range(2))
        world.api.start()
        deliver(promotions)
        waiting = world.redemption("c1").state
    world.client.redemptions.confirm("c1", charged=4792)
    assert (first.status_code, again.json()["error"]) == (303, "checkout_closed")
    assert (waiting, world.redemption("c1").state) == ("in_doubt", "confirmed")
