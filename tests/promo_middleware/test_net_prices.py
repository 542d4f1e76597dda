"""Net prices from show to charge: what is shown is what is held, charged and looked up, tax included."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promo_engine import Cart, Customer
from promo_engine.testing import a_cart as an_engine_cart
from promo_middleware import CartMapping, MappingError, Promotions, Step, Taxes, TotalChanged
from promo_middleware.pipeline import Repricing
from promo_middleware.shopper import Shopper
from tests.promo_middleware.carts import Case, net_carts
from tests.promo_middleware.conftest import Shop, World, is_delivered, until
from tests.promo_middleware.test_local import SPRING, rules

NET = CartMapping(
    codes="codes", customer_id="customer", line_total="line_total", tax_rate="vat", tax_total="tax", order_total="total"
)


def net_cart(*codes: str, customer: str | None = "7") -> dict[str, Any]:
    """59.90 net at three rates: 10.18 tax."""
    lines = [("MILK", 3990, "19"), ("TEA", 1000, "7"), ("BOOK", 1000, "5.5")]
    return {
        "currency": "USD",
        "lines": [
            {"id": sku.lower(), "sku": sku, "unit_price": price, "quantity": 1, "line_total": price, "vat": vat}
            for sku, price, vat in lines
        ],
        "codes": list(codes),
        "customer": customer,
        "tax": 758 + 70 + 55,
        "total": 5990 + 883,
    }


DISCOUNTED = 4792 + 606 + 56 + 44
"""At 20 % off: 31.92, 8.00 and 8.00 net, and 6.06 (606.48), 0.56 and 0.44 tax."""


async def test_what_is_shown_is_what_is_held_charged_and_confirmed(world: World) -> None:
    world.promote(usage_limits={"total_usage_limit": 5})
    shop = Shop(carts={"c1": net_cart("SPRING20")})
    async with world.open(shop, mapping=NET, prices="net") as (http, promotions):
        shown = (await http.get("/carts/c1")).json()
        ordered = await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert (shown["total"], shown["tax"], shown["promotions"]["totals"]["tax"]) == (DISCOUNTED, 706, 706)
    assert ordered.json()["total"] == DISCOUNTED
    redemption = world.redemption("c1")
    assert (redemption.state, redemption.amount_due, redemption.charged) == ("confirmed", 4792, 4792)


async def test_charging_the_tax_of_the_undiscounted_cart_is_found_out(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.promote()
    shop = Shop(carts={"c1": net_cart("SPRING20")}, charge=lambda hold: 5990 + 883)
    async with world.open(shop, mapping=NET, prices="net") as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert f"held {DISCOUNTED}, charged 6873: the discounts were not charged; released" in caplog.text
    assert world.redemption("c1").state == "released"


async def test_while_the_api_is_away_a_taxed_grant_is_journalled_and_delivered(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": net_cart("SPRING20")})
    async with world.open(shop, mapping=NET, prices="net") as (http, promotions):
        world.api.stop()
        ordered = await http.post("/carts/c1/checkout")
        world.api.start()
        await until(is_delivered(promotions))
    assert ordered.json()["total"] == DISCOUNTED
    assert (world.redemption("c1").state, world.redemption("c1").charged) == ("confirmed", 4792)


async def test_a_doubt_is_settled_by_the_amount_with_tax(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": net_cart("SPRING20")}, after_charge=lambda: 1 // 0)  # type: ignore[arg-type]
    settings: dict[str, Any] = {"mapping": NET, "prices": "net", "order_lookup": shop.order_lookup}
    async with world.open(shop, **settings) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(is_delivered(promotions))
    assert shop.orders == {"c1": DISCOUNTED}
    assert (world.redemption("c1").state, world.redemption("c1").charged) == ("confirmed", 4792)


async def test_a_price_risen_since_it_was_shown_is_told_with_its_tax_and_takes_nothing(world: World) -> None:
    promotion = world.promote(usage_limits={"total_usage_limit": 1})
    shop = Shop(carts={"c1": net_cart("SPRING20"), "c2": net_cart("SPRING20", customer="8")})
    async with world.open(shop, mapping=NET, prices="net") as (http, promotions):
        assert (await http.get("/carts/c2")).json()["total"] == DISCOUNTED
        await http.post("/carts/c1/checkout")
        refused = await http.post("/carts/c2/checkout")
        await until(is_delivered(promotions))
    totals = refused.json()["promotions"]["totals"]
    assert (refused.status_code, totals["tax"], totals["amount_due"]) == (409, 883, 6873)
    assert world.client.promotions.get(world.campaign, promotion).performance_metrics.total_uses == 1


def shop_of(folder: Path, **settings: Any) -> Promotions:
    return Promotions(
        rules=rules(folder / "promotions.json", SPRING), directory=folder, **({"mapping": NET} | settings)
    )


def test_a_handler_that_showed_less_is_refused_by_a_cent_and_one_that_showed_as_much_is_not(tmp_path: Path) -> None:
    promotions = shop_of(tmp_path, prices="net")
    cart = promotions.cart_of(net_cart("SPRING20"))
    dues = promotions.dues(net_cart("SPRING20"), cart)
    with pytest.raises(TotalChanged, match=f"{DISCOUNTED}, above the {DISCOUNTED - 1}"):
        promotions.checkouts.hold(cart, reference="c1", attempt="1", shown=DISCOUNTED - 1, dues=dues)
    assert [one.step for one in promotions.outbox.entries()] == [Step.RELEASE]
    hold = promotions.checkouts.hold(cart, reference="c2", attempt="1", shown=DISCOUNTED, dues=dues)
    assert (hold.amount_due, hold.tax, hold.undiscounted) == (DISCOUNTED, 706, 6873)
    promotions.close()


def test_a_template_asks_for_a_block_with_tax(tmp_path: Path) -> None:
    promotions = shop_of(tmp_path, prices="net")
    assert promotions.block(net_cart("SPRING20"))["totals"]["amount_due"] == DISCOUNTED
    assert promotions.price(promotions.cart_of(net_cart("SPRING20"))).amount_due == 4792
    promotions.close()


def flat(cart: Cart, evaluation: Mapping[str, Any]) -> Taxes:
    """A shop's own function: a tenth of each line, cut off."""
    assert cart.at.year > 2000
    return Taxes({line["id"]: line["after"] // 10 for line in evaluation["lines"]})


def test_a_function_says_what_tax_is(tmp_path: Path) -> None:
    promotions = shop_of(tmp_path, prices="net", tax=flat, mapping=CartMapping(codes="codes"))
    totals = promotions.block(net_cart("SPRING20") | {"total": 5990 + 599})["totals"]
    assert (totals["tax"], totals["amount_due"]) == (319 + 80 + 80, 4792 + 479)
    promotions.close()


def test_a_function_is_told_when_a_cart_is_shown_and_whose_it_is(tmp_path: Path) -> None:
    seen: list[Cart] = []

    def asked(cart: Cart, evaluation: Mapping[str, Any]) -> Taxes:
        seen.append(cart)
        return Taxes({"milk": 883})

    promotions = shop_of(tmp_path, prices="net", tax=asked, mapping=CartMapping(codes="codes"))
    body = json.dumps(net_cart("SPRING20")).encode()
    Repricing(promotions.mapping, promotions.pricing, body, Shopper(Customer(id="alice"))).write()
    assert {cart.at.year > 2000 and cart.customer == Customer(id="alice") for cart in seen} == {True}
    promotions.close()


def test_a_cart_without_rates_is_held_by_no_guess(tmp_path: Path) -> None:
    promotions = shop_of(tmp_path, prices="net")
    cart = an_engine_cart(("TEA", 1000))
    with pytest.raises(MappingError, match="a Cart has no tax rates"):
        promotions.dues(cart, cart)
    with pytest.raises(ValueError, match="a hold needs what is due on top"):
        promotions.checkouts.hold(cart, reference="c1", attempt="1", shown=None)
    promotions.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("net")


@settings(deadline=None, max_examples=40)  # each opens a shop of its own, with files
@given(case=net_carts(), percent=st.integers(1, 100))
def test_any_net_cart_is_held_at_what_is_shown(folder: Path, case: Case, percent: int) -> None:
    offer = {"id": "a", "type": "percentage_discount", "rules": {"discount_value": percent}}
    file = rules(folder / "promotions.json", offer, currency=case.document["currency"])
    promotions = Promotions(rules=file, directory=folder, mapping=case.mapping, prices="net", tax=case.rule)
    promotions.subscription.refresh()
    cart = promotions.cart_of(case.document)
    shown = promotions.mapping.priced(promotions.pricing.price(cart), promotions.dues(case.document, cart))
    dues = promotions.dues(case.document, cart)
    hold = promotions.checkouts.hold(cart, reference="c1", attempt="1", shown=None, dues=dues)
    promotions.outbox.remove("c1", "1")
    promotions.close()
    assert hold.amount_due == shown["totals"]["amount_due"] <= case.document["total"]
    assert hold.undiscounted == case.document["total"]
