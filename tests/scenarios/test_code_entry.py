"""A shop without codes of its own: they are entered beside it, shown, and charged, the same through every shell."""

from datetime import timedelta

from promo_middleware import CodeEntry
from tests.promo_middleware.conftest import World, a_cart
from tests.scenarios.conftest import Open, deliver
from tests.scenarios.shop import Shop

CODES = {"code_entry": CodeEntry(secret="only this shop knows it", lifetime=timedelta(days=1))}


def test_a_code_that_was_entered_is_shown_held_and_charged(world: World, open_shop: Open) -> None:
    world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop({"c1": a_cart()})
    with open_shop(shop, **CODES) as (http, promotions):
        before = http.get("/carts/c1").json()["total"]
        entered = http.post("/promotions/codes", json={"code": "Spring20"})
        listed = http.get("/promotions/codes").json()
        shown = http.get("/carts/c1").json()
        charged = http.post("/carts/c1/checkout").json()["total"]
        deliver(promotions)
    assert (before, entered.status_code, listed) == (5990, 200, {"codes": ["Spring20"]})
    assert (shown["total"], charged, world.redemption("c1").state) == (4792, 4792, "confirmed")
    assert [one["code"] for one in shown["promotions"]["codes"]] == ["Spring20"]


def test_why_a_code_is_no_good_is_said_by_the_cart_alone(world: World, open_shop: Open) -> None:
    with open_shop(Shop({"c1": a_cart()}), **CODES) as (http, _):
        entered = http.post("/promotions/codes", json={"code": "NOSUCH"})
        [said] = http.get("/carts/c1").json()["promotions"]["codes"]
        removed = http.post("/promotions/codes/remove", json={"code": "nosuch"})
        after = http.get("/carts/c1").json()["promotions"]["codes"]
    assert (entered.json(), removed.json(), after) == ({"codes": ["NOSUCH"]}, {"codes": []}, [])
    assert (said["code"], said["applied"], bool(said["reason"])) == ("NOSUCH", False, True)


def test_a_page_of_another_site_enters_nothing(world: World, open_shop: Open) -> None:
    with open_shop(Shop(), **CODES) as (http, _):
        refused = http.post("/promotions/codes", json={"code": "A"}, headers={"Origin": "https://evil.example"})
    assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)


def test_the_carts_own_codes_come_first_and_no_more_than_a_cart_can_hold(world: World, open_shop: Open) -> None:
    world.promote()
    with open_shop(Shop({"c1": a_cart("SPRING20", *"ABCDEFGH")}), **CODES) as (http, _):
        for code in ("spring20", "I", "J"):
            http.post("/promotions/codes", json={"code": code})
        shown = http.get("/carts/c1").json()
    assert shown["total"] == 4792
    assert {one["code"] for one in shown["promotions"]["codes"]} == {"SPRING20", *"ABCDEFGHI"}


def test_a_shop_without_code_entry_has_no_such_path(world: World, open_shop: Open) -> None:
    with open_shop(Shop()) as (http, _):
        assert http.post("/promotions/codes", json={"code": "A"}).status_code in (404, 405)
