"""How shops really sell, from the first look to the money, the same through every shell; payments are stubs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from promo_middleware import CartMapping, Clock, Hold
from promo_sdk import NotFound
from promo_server.testing import embedded
from tests.promo_middleware.conftest import MAPPING, World, a_cart
from tests.promo_middleware.test_net_prices import DISCOUNTED, NET, net_cart
from tests.scenarios.conftest import Open, deliver
from tests.scenarios.payments import Intents
from tests.scenarios.shop import Shop

LATER: dict[str, Any] = {"settle": "later"}
ONCE = {"total_usage_limit": 1}
YEN = CartMapping(amounts="major", codes="codes", order_total="total")


class Watch:
    """A clock that goes, and is put forward by hand."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def world(tmp_path: Path, watch: Watch) -> Iterator[World]:
    with embedded(tmp_path, clock=watch) as api, api.client() as client:
        yield World(api, client, tmp_path)


def test_an_intent_before_the_order_is_captured_at_the_amount_that_is_held(world: World, open_shop: Open) -> None:
    world.promote(usage_limits=ONCE)
    intents = Intents()
    shop = Shop({"c1": a_cart("SPRING20")}, charge=intents.create, status=200)
    with open_shop(shop, **LATER) as (http, promotions):
        shown = http.get("/carts/c1").json()["total"]
        http.post("/carts/c1/checkout")
        deliver(promotions)
        before = world.redemption("c1").state
    order = intents.capture("c1")
    world.client.redemptions.confirm("c1", charged=order)
    assert (before, shown, order) == ("held", 4792, 4792)
    assert (world.redemption("c1").state, world.redemption("c1").charged) == ("confirmed", 4792)


def test_an_intent_that_is_given_up_frees_its_use_for_somebody_else(world: World, open_shop: Open) -> None:
    world.promote(usage_limits=ONCE)
    shop = Shop({name: a_cart("SPRING20", customer=name) for name in ("c1", "c2")}, charge=Intents().create, status=200)
    with open_shop(shop, **LATER) as (http, promotions):
        http.post("/carts/c1/checkout")
        deliver(promotions)
        assert http.get("/carts/c2").json()["total"] == 5990
        world.client.redemptions.release("c1")
        promotions.pricing.forget(MAPPING.read(shop.carts["c2"]))
        assert http.get("/carts/c2").json()["total"] == 4792


def test_a_shopper_who_is_sent_away_to_pay_comes_back_to_the_same_price(world: World, open_shop: Open) -> None:
    world.promote(usage_limits=ONCE)
    intents = Intents()
    shop = Shop({"c1": a_cart("SPRING20")}, charge=intents.create, status=303)
    with open_shop(shop, **LATER) as (http, promotions):
        assert http.post("/carts/c1/checkout").status_code == 303
        deliver(promotions)
        paid = intents.capture("c1")
        world.client.redemptions.confirm("c1", charged=paid)
        again = http.post("/carts/c1/checkout")
    assert (paid, again.status_code, again.json()["error"]) == (4792, 409, "checkout_closed")


@pytest.mark.parametrize(("days", "state"), [(10, "confirmed"), (20, "confirmed")], ids=["in time", "too late"])
def test_a_bank_transfer_is_confirmed_days_later_at_what_was_held(
    world: World, open_shop: Open, watch: Watch, days: int, state: str
) -> None:
    world.promote(usage_limits=ONCE, schedule={"start_date": watch(), "end_date": watch() + timedelta(days=2)})
    shop = Shop({"c1": a_cart("SPRING20")}, status=202, ttl=timedelta(days=14))
    with open_shop(shop, clock=Clock(now=watch), **LATER) as (http, promotions):
        http.post("/carts/c1/checkout")
        deliver(promotions)
    watch.ahead = timedelta(days=days)
    world.client.redemptions.confirm("c1", charged=shop.orders["c1"])
    redemption = world.redemption("c1")
    assert (redemption.state, redemption.charged) == (state, 4792)


def test_a_cart_that_is_changed_between_two_steps_is_priced_again_and_uses_one_use(
    world: World, open_shop: Open
) -> None:
    promotion = world.promote(usage_limits={"total_usage_limit": 5})
    intents = Intents()
    shop = Shop({"c1": a_cart("SPRING20")}, charge=intents.create, status=200)
    with open_shop(shop, **LATER) as (http, promotions):
        http.post("/carts/c1/checkout")
        deliver(promotions)
        shop.carts["c1"] = a_cart("SPRING20", milk=9_990)
        http.post("/carts/c1/checkout")
        deliver(promotions)
    world.client.redemptions.confirm("c1", charged=intents.capture("c1"))
    assert (world.redemption("c1").charged, intents.captured) == (8792, {"c1": 8792})
    usage = world.client.promotions.get(world.campaign, promotion).usage_limits.current_usage
    assert usage is not None
    assert usage.total_used == 1


def test_a_task_that_a_queue_runs_again_charges_once_and_its_order_settles_the_doubt(
    world: World, open_shop: Open
) -> None:
    world.promote(usage_limits=ONCE)
    charges: list[int] = []

    def charge(hold: Hold) -> int:
        charges.append(hold.amount_due)
        return hold.amount_due

    def crash() -> None:
        raise RuntimeError("the worker is out of memory")

    shop = Shop({"c1": a_cart("SPRING20")}, charge=charge, after_charge=crash)
    with open_shop(shop, order_lookup=shop.orders.get) as (http, promotions):
        tries = [http.post("/carts/c1/checkout") for _ in range(3)]
        deliver(promotions)
    assert [one.status_code for one in tries] == [500, 409, 409]
    assert (charges, world.redemption("c1").state) == ([4792], "confirmed")


def test_a_click_while_another_worker_of_this_host_runs_the_first_one_charges_nothing(
    world: World, open_shop: Open
) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")})
    with open_shop(shop) as (http, promotions):
        promotions.outbox.open("c1", "the first click", now=datetime.now(UTC).timestamp(), lease=60)
        second = http.post("/carts/c1/checkout")
    assert (second.status_code, second.json()["error"], shop.orders) == (409, "checkout_in_flight", {})
    with pytest.raises(NotFound):
        world.redemption("c1")


def test_a_click_while_another_host_runs_the_first_one_charges_nothing(world: World, open_shop: Open) -> None:
    world.promote()
    shop = Shop({"c1": a_cart("SPRING20")})
    cart = {"currency": "USD", "lines": [{"id": "tea", "sku": "TEA", "unit_price": 1000}], "codes": ["SPRING20"]}
    world.client.redemptions.hold("c1", cart=cart, attempt="the first click", lease_seconds=60)
    with open_shop(shop) as (http, _):
        second = http.post("/carts/c1/checkout")
    assert (second.status_code, second.json()["error"], shop.orders) == (409, "checkout_in_flight", {})


def test_a_price_that_rose_since_the_page_was_shown_is_told_and_may_be_accepted(world: World, open_shop: Open) -> None:
    world.promote(usage_limits=ONCE)
    shop = Shop({name: a_cart("SPRING20", customer=name) for name in ("fast", "slow")})
    with open_shop(shop) as (http, promotions):
        shown = [http.get(f"/carts/{name}").json()["total"] for name in ("fast", "slow")]
        answers = [http.post(f"/carts/{name}/checkout") for name in ("fast", "slow", "slow")]
        deliver(promotions)
    assert (shown, [one.status_code for one in answers]) == ([4792, 4792], [201, 409, 201])
    assert answers[1].json()["promotions"]["totals"]["amount_due"] == 5990
    assert (shop.orders, world.redemption("slow").amount_due) == ({"fast": 4792, "slow": 5990}, 5990)


def test_a_shop_that_renders_html_shows_a_block_and_says_itself_what_it_charged(world: World, open_shop: Open) -> None:
    world.promote()

    def charge(hold: Hold) -> int:
        hold.charged(hold.amount_due)
        return hold.amount_due

    shop = Shop({"c1": a_cart("SPRING20")}, charge=charge, status=303)  # to the page that says thank you
    html = MAPPING.changed(order_total=None)
    with open_shop(shop, mapping=html, carts=[], handler_says_charge=True) as (http, promotions):
        block = promotions.block(shop.carts["c1"])
        page = f"<b>{block['totals']['amount_due'] / 100:.2f}</b> {block['applied'][0]['name']}"
        plain = http.get("/carts/c1").json()["total"]
        http.post("/carts/c1/checkout")
        deliver(promotions)
    assert (page, plain) == ("<b>47.92</b> Promotion 1", 5990)
    assert (shop.orders, world.redemption("c1").state) == ({"c1": 4792}, "confirmed")


def test_net_prices_at_three_rates_are_shown_charged_and_stored_with_their_tax(world: World, open_shop: Open) -> None:
    world.promote(usage_limits=ONCE)
    shop = Shop({"c1": net_cart("SPRING20")})
    with open_shop(shop, mapping=NET, prices="net") as (http, promotions):
        shown = http.get("/carts/c1").json()
        order = http.post("/carts/c1/checkout").json()
        deliver(promotions)
    assert (shown["total"], shown["tax"], order["total"], shop.orders) == (
        DISCOUNTED,
        706,
        DISCOUNTED,
        {"c1": DISCOUNTED},
    )
    assert (world.redemption("c1").state, world.redemption("c1").charged) == ("confirmed", 4792)


def test_yen_have_no_decimals_from_the_cart_to_the_charge(world: World, open_shop: Open) -> None:
    rules = {"discount_value": 5, "amounts": {"JPY": 500}}
    world.promote(promotion_type="fixed_amount_discount", discount_rules=rules)
    lines = [{"id": "1", "sku": "TEA", "unit_price": 1_980, "quantity": 3}]
    shop = Shop({"c1": {"currency": "JPY", "lines": lines, "codes": ["SPRING20"], "total": 5_940}})
    with open_shop(shop, mapping=YEN) as (http, promotions):
        shown = http.get("/carts/c1").json()["total"]
        order = http.post("/carts/c1/checkout").json()["total"]
        deliver(promotions)
    redemption = world.redemption("c1")
    assert (shown, order, redemption.amount_due, redemption.state) == (5_440, 5_440, 5_440, "confirmed")


def test_an_order_that_comes_back_in_parts_gives_back_what_was_charged_and_its_use(
    world: World, open_shop: Open
) -> None:
    world.promote(usage_limits={"total_usage_limit": 1, "restored_on_return": True})
    shop = Shop({name: a_cart("SPRING20", customer=name) for name in ("c1", "c2")})
    with open_shop(shop) as (http, promotions):
        http.post("/carts/c1/checkout")
        deliver(promotions)
        parts = [world.client.returns.create("c1", lines={line: 1}).amount for line in ("tea", "milk")]
        second = http.post("/carts/c2/checkout").json()["total"]
    assert (parts, sum(parts), second) == ([800, 3992], shop.orders["c1"], 4792)


def test_an_order_that_is_cancelled_before_it_is_paid_was_never_sold(world: World, open_shop: Open) -> None:
    world.promote(usage_limits=ONCE)
    shop = Shop({name: a_cart("SPRING20", customer=name) for name in ("c1", "c2")}, status=202)
    with open_shop(shop, **LATER) as (http, promotions):
        http.post("/carts/c1/checkout")
        deliver(promotions)
        world.client.redemptions.release("c1")
        http.post("/carts/c2/checkout")
    assert (world.redemption("c1").state, shop.orders["c2"]) == ("released", 4792)
