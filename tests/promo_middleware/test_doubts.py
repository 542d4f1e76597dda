"""Doubts, from the shop to whoever settles them and back, with a real API."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from promo_cli import main
from promo_middleware import Promotions, Step
from promo_server.cli.database import operator_of
from promo_server.redemption import Event
from promo_server.services.context import create_context
from promo_server.services.pending import settle_by_hand
from tests.promo_middleware.conftest import Shop, World, a_cart, until


def boom() -> None:
    raise RuntimeError("after charging")


def unknown(reference: str) -> int | None:
    raise OSError("the shop's database is down")


def stands_at(promotions: Promotions, step: Step) -> Callable[[], bool]:
    return lambda: [one.step for one in promotions.outbox.entries()] == [step]


def settle_by_operator(world: World, event: Event) -> None:
    context = create_context(world.api.database)
    settle_by_hand(context, operator_of("shop"), "c1", event)
    context.database.close()


@pytest.mark.parametrize(("event", "status"), [(Event.RELEASE, 201), (Event.CONFIRM, 409)])
async def test_what_an_operator_settles_reaches_the_shop(world: World, event: Event, status: int) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")}, after_charge=boom)
    async with world.open(shop, order_lookup=unknown) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(stands_at(promotions, Step.IN_DOUBT))
        shop.after_charge = lambda: None
        closed = await http.post("/carts/c1/checkout")
        settle_by_operator(world, event)
        again = await http.post("/carts/c1/checkout")
        if status == 201:
            await until(lambda: not promotions.outbox.entries())
    assert (closed.status_code, closed.json()["error"], again.status_code) == (409, "checkout_closed", status)
    assert world.redemption("c1").state == "confirmed"


async def test_an_attempt_that_an_operator_released_is_not_looked_up_for_the_next_one(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")}, after_charge=boom)
    async with world.open(shop) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(lambda: world.redemption("c1").state == "in_doubt" and not promotions.outbox.entries())
        settle_by_operator(world, Event.RELEASE)
        shop.after_charge = lambda: None
        assert (await http.post("/carts/c1/checkout")).status_code == 201
        await until(lambda: not promotions.outbox.entries())
        promotions.outbox.recall(0.0)
        assert promotions.outbox.entries() == []
    assert world.redemption("c1").state == "confirmed"


async def test_another_amount_that_the_shop_looks_up_is_listed_beside_the_held_one(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")}, after_charge=boom)
    async with world.open(shop, order_lookup=lambda reference: 5000) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(lambda: world.redemption("c1").charged == 5000)
        await until(stands_at(promotions, Step.IN_DOUBT))
    listed = CliRunner().invoke(main, ["redemptions", "in-doubt", "shop", "--database", str(world.api.database)])
    assert listed.output.splitlines()[1].split()[:5] == ["c1", "in_doubt", "47.92", "50.00", "USD"]


async def test_a_process_that_starts_looks_up_what_an_earlier_one_left_for_later(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")}, after_charge=boom)
    directory = world.folder / "the same"
    later = {"timing": {"lookup_after": 3_600.0}, "directory": directory}
    async with world.open(shop, order_lookup=shop.order_lookup, **later) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(stands_at(promotions, Step.IN_DOUBT))
    async with world.open(shop, order_lookup=shop.order_lookup, **later):
        await until(lambda: world.redemption("c1").state == "confirmed")


async def test_a_doubt_that_was_told_is_looked_up_once_the_shop_is_given_an_order_lookup(world: World) -> None:
    world.promote()
    shop = Shop(carts={"c1": a_cart("SPRING20")}, after_charge=boom)
    directory = world.folder / "the same"
    async with world.open(shop, directory=directory) as (http, promotions):
        await http.post("/carts/c1/checkout")
        await until(lambda: world.redemption("c1").state == "in_doubt" and not promotions.outbox.entries())
    async with world.open(shop, directory=directory, order_lookup=shop.order_lookup):
        await until(lambda: world.redemption("c1").state == "confirmed")
