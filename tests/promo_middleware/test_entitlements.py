"""Codes that must be looked up: what a cart shows of them is charged, or the shopper is told before."""

from typing import Any

import pytest

from promo_engine import NO_CODES, Customer, Entitlements, KnownCode, UsesLeft
from promo_engine.testing import a_cart as an_engine_cart
from promo_middleware import entitlements
from promo_middleware.entitlements import EntitlementCache
from promo_middleware.promotions import Promotions
from promo_middleware.request import SyncRequestPromotions
from promo_sdk import PromotionsError
from tests.promo_middleware.conftest import Shop, World, a_cart, until

ALICE, BOB = Customer(id="alice"), Customer(id="bob")


def sell(world: World, code: str, *, max_uses: int | None = 1, **fields: Any) -> str:
    """Create a promotion of 20 % with one more code."""
    promotion = world.promote(**fields)
    world.client.codes.create(world.campaign, promotion, promotion_code=code, max_uses=max_uses)
    return promotion


async def knows_of_codes(promotions: Promotions) -> None:
    await until(lambda: promotions.pricing.ruleset.has_unlisted_codes)


def reason(answer: Any) -> str | None:
    said: str | None = answer["promotions"]["codes"][0].get("reason")
    return said


async def test_a_cart_shows_what_the_checkout_charges_and_who_comes_later_is_told(world: World) -> None:
    sell(world, "Q7XK20")
    shop = Shop(carts={name: a_cart("q7xk20", customer=name) for name in ("alice", "bob")})
    async with world.open(shop) as (http, promotions):
        await knows_of_codes(promotions)
        shown = (await http.get("/carts/alice")).json()
        bought = (await http.post("/carts/alice/checkout")).json()
        late = (await http.get("/carts/bob")).json()
        again = (await http.get("/carts/alice")).json()
    assert (shown["total"], reason(shown), bought["total"]) == (4792, None, 4792)
    assert (late["total"], reason(late)) == (again["total"], reason(again)) == (5990, "limit_code")


async def test_who_was_shown_a_code_that_another_one_used_meanwhile_is_told_before_the_charge(world: World) -> None:
    sell(world, "Q7XK20")
    shop = Shop(carts={name: a_cart("Q7XK20", customer=name) for name in ("alice", "bob")})
    async with world.open(shop) as (http, promotions):
        await knows_of_codes(promotions)
        assert (await http.get("/carts/bob")).json()["total"] == 4792
        assert (await http.post("/carts/alice/checkout")).json()["total"] == 4792
        refused = await http.post("/carts/bob/checkout")
        assert (refused.status_code, refused.json()["error"]) == (409, "total_changed")
        assert reason(refused.json()) == "limit_code"
        assert (await http.get("/carts/bob")).json()["total"] == 5990
    assert shop.charges == [("alice", 4792)]


async def test_a_code_and_the_uses_left_of_its_promotion_are_asked_for_together(world: World) -> None:
    promotion = sell(world, "Q7XK20", usage_limits={"total_usage_limit": 5})
    async with world.open(Shop()) as (_, promotions):
        await knows_of_codes(promotions)
        typed = an_engine_cart(("MILK", 1000), codes=["Q7XK20", "NOBODYS7"], customer="alice")
        cart = promotions.pricing.stamped(typed)
        missing = promotions.pricing.missing(promotions.pricing.consider(cart))
        assert missing is not None
        assert (missing.promotions, missing.codes) == ([], ["nobodys7", "q7xk20"])
        promotions.pricing.ask(cart.customer, missing)
        considered = promotions.pricing.consider(cart)
        assert (considered.needed, promotions.pricing.missing(considered)) == ((promotion,), None)
        assert promotions.pricing.evaluate(considered).amount_due == 800


async def test_where_no_code_needs_a_look_up_nobody_is_asked(world: World) -> None:
    world.promote()
    async with world.open(Shop()) as (_, promotions):
        cart = promotions.pricing.stamped(an_engine_cart(("MILK", 1000), codes=["NOBODYS7"]))
        considered = promotions.pricing.consider(cart)
        assert promotions.pricing.missing(considered) is None


async def test_while_the_api_is_away_a_looked_up_code_is_shown_as_long_as_it_is_known_and_granted_to_nobody(
    world: World,
) -> None:
    sell(world, "Q7XK20", max_uses=None)
    shop = Shop(carts={"alice": a_cart("Q7XK20", customer="alice"), "bob": a_cart("Q7XK20", customer="bob")})
    async with world.open(shop) as (http, promotions):
        await knows_of_codes(promotions)
        assert (await http.get("/carts/alice")).json()["total"] == 4792
        world.api.stop()
        still, unknown = [(await http.get(f"/carts/{name}")).json() for name in ("alice", "bob")]
        refused = await http.post("/carts/alice/checkout")
        charged = await http.post("/carts/bob/checkout")
    assert (still["total"], unknown["total"], reason(unknown)) == (4792, 5990, "cannot_verify")
    assert (refused.status_code, reason(refused.json())) == (409, "cannot_verify")
    assert charged.json()["total"] == 5990


async def test_a_code_that_was_deleted_is_told_before_the_charge(world: World) -> None:
    promotion = sell(world, "Q7XK20")
    shop = Shop(carts={"alice": a_cart("Q7XK20", customer="alice")})
    async with world.open(shop) as (http, promotions):
        await knows_of_codes(promotions)
        assert (await http.get("/carts/alice")).json()["total"] == 4792
        (code,) = world.client.codes.iterate(world.campaign, promotion)
        world.client.codes.delete(world.campaign, promotion, code.code_id)
        refused = await http.post("/carts/alice/checkout")
    assert (refused.status_code, reason(refused.json())) == (409, "not_found")
    with pytest.raises(PromotionsError, match="does not exist"):
        world.client.codes.get(world.campaign, promotion, code.code_id)


def test_codes_are_kept_by_shopper_for_a_while_and_forgotten_with_them() -> None:
    now = [0.0]
    cache = EntitlementCache(30, lambda: now[0])
    known = {"a7": KnownCode("p", 1), "b8": None}
    cache.put(ALICE, Entitlements({"p": UsesLeft()}, known))
    assert cache.get(ALICE, ["p"], ["a7", "b8", "c9"]) == Entitlements({"p": UsesLeft()}, known)
    assert cache.get(BOB, ["p"], ["a7"]) == Entitlements({}, NO_CODES)
    cache.forget(ALICE, ["a7"])
    assert cache.get(ALICE, ["p"], ["a7", "b8"]) == Entitlements({}, {"b8": None})
    now[0] = 30
    assert cache.get(ALICE, ["p"], ["b8"]).codes == {}


def test_who_tries_codes_out_pushes_out_the_oldest_and_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entitlements, "MAX_CODES", 3)
    cache = EntitlementCache(30, lambda: 0.0)
    for form in ("a7", "b8", "a7", "c9", "d0"):
        cache.put(ALICE, Entitlements({}, {form: None}))
    assert list(cache.get(ALICE, [], ["a7", "b8", "c9", "d0"]).codes) == ["a7", "c9", "d0"]


async def test_a_guest_whose_digest_a_cart_claims_is_shown_what_the_hold_grants(world: World) -> None:
    world.promote(usage_limits={"per_customer_limit": 1})
    cart = an_engine_cart(("MILK", 5990), customer=Customer(guest="0123abcd"), codes=["SPRING20"])
    async with world.open(Shop()) as (_, promotions):
        shown = promotions.price(cart)
        held = SyncRequestPromotions(promotions, None).hold(cart=cart, reference="c1")
    assert shown.amount_due == held.amount_due == 5990
    assert shown.document()["codes"][0]["reason"] == held.evaluation["codes"][0]["reason"] == "customer_required"
