"""What is told of carts and checkouts, the same through every shell."""

from dataclasses import replace

from promo_middleware import Event
from promo_middleware.observer import CartAdjusted, CheckoutSettled, EntitlementsMissed, HoldEnded
from tests.promo_middleware.conftest import TIMING, World, a_cart
from tests.scenarios.conftest import Open, deliver
from tests.scenarios.shop import Shop


def test_a_cart_and_its_checkout_are_told_of(world: World, open_shop: Open) -> None:
    world.promote()
    events: list[Event] = []
    with open_shop(Shop({"c1": a_cart("SPRING20")}), observers=[events.append]) as (http, promotions):
        http.get("/carts/c1")
        http.post("/carts/c1/checkout")
        deliver(promotions)
    assert sum(isinstance(one, CartAdjusted) for one in events) == 1
    assert [one.outcome for one in events if isinstance(one, HoldEnded)] == ["granted"]
    assert CheckoutSettled("confirm", "c1") in events


def test_uses_left_that_are_not_known_in_time_are_told_of(world: World, open_shop: Open) -> None:
    world.promote(usage_limits={"per_customer_limit": 1})
    events: list[Event] = []
    hasty = replace(TIMING, entitlement_deadline=0.000_001)
    with open_shop(Shop({"c1": a_cart("SPRING20")}), observers=[events.append], timing=hasty) as (http, _):
        assert http.get("/carts/c1").json()["total"] == 5990
    [missed] = [one for one in events if isinstance(one, EntitlementsMissed)]
    assert missed.why in ("late", "unanswered")
