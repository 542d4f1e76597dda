"""A shop of few lines, and a real promotions API on loopback behind it."""

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from promo_contracts.company.models import Redemption
from promo_engine import Customer
from promo_engine.testing import installed_types
from promo_middleware import CartMapping, Hold, Promotions, PromotionsMiddleware, Timing
from promo_sdk import PromotionsClient
from promo_server.testing import Embedded, embedded

collect_ignore = ["shop_to_check.py"]  # no test: imported by one, with a folder of its own

MAPPING = CartMapping(
    product_id="product",
    categories="categories",
    line_total="line_total",
    codes="codes",
    customer_id="customer",
    discount_total="discount",
    total="total",
    order_total="total",
)
TIMING = Timing(
    refresh=0.05,
    entitlement_lifetime=30,
    lookup_after=0.0,
    charge_timeout=0.0,
    entitlement_deadline=20.0,  # a busy machine is no API that is away: one that is stopped refuses at once
    hold_timeout=20.0,
)


def a_cart(*codes: str, customer: str | None = "7", milk: int = 4990) -> dict[str, Any]:
    """Build a shop's cart of 59.90."""
    prices = {"MILK": milk, "TEA": 1000}
    lines = [
        {
            "id": sku.lower(),
            "sku": sku,
            "product": sku,
            "categories": [],
            "unit_price": price,
            "quantity": 1,
            "line_total": price,
        }
        for sku, price in prices.items()
    ]
    total = sum(prices.values())
    return {
        "currency": "USD",
        "lines": lines,
        "codes": list(codes),
        "customer": customer,
        "discount": 0,
        "total": total,
        "note": "läßt sich sehen",
    }


Charge = Callable[[Hold], int]


@dataclass
class Shop:
    """A shop: carts by id, orders and charges as lists. ``handler`` is its checkout."""

    carts: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    charges: list[tuple[str, int]] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    charge: Charge = lambda hold: hold.amount_due
    after_charge: Callable[[], None] = lambda: None
    gate: asyncio.Event | None = None

    async def cart(self, request: Request) -> Response:
        return JSONResponse(self.carts[request.path_params["cart"]])

    async def checkout(self, request: Request) -> Response:
        cart = request.path_params["cart"]
        hold = await request.state.promotions.hold(reference=cart, cart=self.carts[cart])
        self.holds.append(hold)
        if self.gate is not None:
            await self.gate.wait()
        amount = self.charge(hold)
        self.charges.append((cart, amount))
        self.orders[cart] = amount
        self.after_charge()
        return JSONResponse({"order": cart, "total": amount}, 201)

    async def plain(self, request: Request) -> Response:
        return JSONResponse({"path": request.url.path, "headers": dict(request.headers)})

    async def without_hold(self, request: Request) -> Response:
        return JSONResponse({"order": "x", "total": 5990}, 201)

    def order_lookup(self, reference: str) -> int | None:
        return self.orders.get(reference)

    def app(self, promotions: Promotions) -> Starlette:
        return Starlette(
            routes=[
                Route("/carts/{cart}", self.cart),
                Route("/carts/{cart}/checkout", self.checkout, methods=["POST"]),
                Route("/old/checkout", self.without_hold, methods=["POST"]),
                Route("/plain", self.plain),
            ],
            middleware=[Middleware(PromotionsMiddleware, promotions=promotions)],
        )


@dataclass
class World:
    """The API, and shops that were opened before it."""

    api: Embedded
    client: PromotionsClient
    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    campaign: str = ""

    def promote(self, **fields: Any) -> str:
        """Create a promotion through the SDK: 20 % by the code SPRING20, unless said otherwise."""
        if not self.campaign:
            self.campaign = self.client.campaigns.create(name="Spring").id
        number = next(self.numbers)
        now = datetime.now(UTC)
        defaults: dict[str, Any] = {
            "promotion_name": f"Promotion {number}",
            "promotion_type": "percentage_discount",
            "description": "",
            "promotion_code": "SPRING20",
            "discount_rules": {"discount_value": 20},
            "schedule": {"start_date": now, "end_date": now + timedelta(days=30)},
            "stackable": True,
        }
        return self.client.promotions.create(self.campaign, **(defaults | fields)).promotion_id

    @asynccontextmanager
    async def open(self, shop: Shop, **settings: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Promotions]]:
        """Open a shop with the middleware in front, its rules loaded."""
        timing = replace(TIMING, **settings.pop("timing", {}))
        defaults: dict[str, Any] = {
            "company_id": self.api.company_id,
            "api_key": self.api.key,
            "carts": ["GET /carts/{cart}"],
            "checkouts": ["POST /carts/{cart}/checkout", "POST /old/checkout"],
            "mapping": MAPPING,
            "directory": self.folder / f"shop{next(self.numbers)}",
            "timing": timing,
            "types": installed_types(),
        }
        promotions = Promotions(self.api.url, **(defaults | settings))
        promotions.start()
        assert promotions.subscription.wait(60)
        transport = httpx.ASGITransport(shop.app(promotions), raise_app_exceptions=False)
        async with AsyncExitStack() as stack:
            stack.callback(promotions.close)
            http = httpx.AsyncClient(transport=transport, base_url="http://shop")
            yield await stack.enter_async_context(http), promotions

    def redemption(self, reference: str) -> Redemption:
        return self.client.redemptions.get(reference)


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what a background thread does; fail when it does not come."""
    happened = threading.Event()
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not come"
        await asyncio.to_thread(happened.wait, 0.01)


def is_delivered(promotions: Promotions) -> Callable[[], bool]:
    """Return whether nothing is left in a shop's outbox."""
    return lambda: not promotions.outbox.entries()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with embedded(tmp_path) as api, api.client() as client:
        yield World(api, client, tmp_path)


@pytest.fixture
def promotions(tmp_path: Path) -> Iterator[Promotions]:
    """Rules that are there, and no API."""
    from tests.promo_middleware.offline import offline

    with offline(tmp_path) as made:
        yield made


@pytest.fixture
def alice() -> Customer:
    return Customer(id="alice")
