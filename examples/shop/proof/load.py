"""The shoppers: each fills a cart, looks at it, and checks out; several at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
import httpx

from examples.shop.proof.dataset import Json

CLIENTS = 8
TRIES = 5


class ShopError(Exception):
    """The shop answered what no shopper should see."""


@dataclass(frozen=True)
class Visit:
    """One basket's way through the shop: the cart as it was last shown, the order, and how often the total changed."""

    basket: Json
    cart: Json
    order: Json
    changes: int
    cookies: httpx.Cookies


async def shop_all(url: str, baskets: Sequence[Json], on_order: Callable[[], object]) -> list[Visit]:
    """Send every basket through the shop, by ``CLIENTS`` shoppers at once."""
    waiting = iter(baskets)
    visits: list[Visit] = []
    async with anyio.create_task_group() as shoppers:
        for _ in range(CLIENTS):
            shoppers.start_soon(_shopper, url, waiting, visits, on_order)
    return visits


async def shop_in_turn(url: str, baskets: Sequence[Json]) -> list[Visit]:
    """Send baskets through the shop, one after the other."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        return [await visit(http, basket) for basket in baskets]


async def _shopper(url: str, waiting: Iterator[Json], visits: list[Visit], on_order: Callable[[], object]) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        for basket in waiting:
            visits.append(await visit(http, basket))
            on_order()


async def visit(http: httpx.AsyncClient, basket: Json) -> Visit:
    """Buy one basket; where the total has changed by the time of the checkout, look again and accept the new one."""
    await _sign_in(http, basket["customer_id"])
    new = {name: basket[name] for name in ("lines", "codes", "shipping")}
    created = _expect(await http.post("/carts", json=new), 201)
    path = f"/carts/{created['id']}"
    for changes in range(TRIES):
        cart = _expect(await http.get(path), 200)
        if "promotions" not in cart:
            raise ShopError(f"GET {path}: the cart is not priced")
        answer = await http.post(f"{path}/checkout", json={"total": cart["total"]})
        if answer.status_code != 409 or answer.json().get("error") != "total_changed":
            return Visit(basket, cart, _expect(answer, 201), changes, httpx.Cookies(http.cookies))
    raise ShopError(f"basket {basket['id']}: the total changed {TRIES} times")


async def _sign_in(http: httpx.AsyncClient, card: str | None) -> None:
    http.cookies.clear()
    if card is not None:
        _expect(await http.post("/session", json={"card": card}), 200)


def _expect(answer: httpx.Response, status: int) -> Any:
    if answer.status_code != status:
        request = answer.request
        raise ShopError(f"{request.method} {request.url.path}: {answer.status_code} {answer.text[:500]}")
    return answer.json()
