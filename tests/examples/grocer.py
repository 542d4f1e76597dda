"""The example shop in this process, in front of a real promotions API on loopback."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from examples.shop.app import create_app, create_promotions
from examples.shop.payments import Payments
from examples.shop.proof.campaigns import create_campaigns
from examples.shop.proof.dataset import Dataset, Json
from examples.shop.session import Sessions
from examples.shop.store import Store
from promo_middleware import Promotions, Timing
from promo_sdk import PromotionsClient
from promo_server.testing import embedded
from tests.promo_server.values import KEYS

TIMING = Timing(refresh=0.05, lookup_after=0.0, charge_timeout=0.0, entitlement_deadline=10.0, hold_timeout=10.0)
PRICES = {"MILK": 4990, "TEA": 1000}
SHIPPING = {"pickup": 0, "delivery": 495}
CARDS = {"7": "gold", "8": None}


@dataclass(frozen=True)
class Grocer:
    """A shop that is open, and everything behind it."""

    http: httpx.AsyncClient
    client: PromotionsClient
    store: Store
    payments: Payments
    middleware: Promotions
    promotions: Mapping[str, Json]

    async def sign_in(self, card: str) -> None:
        """Show a card; until then the shopper is a guest."""
        answer = await self.http.post("/session", json={"card": card})
        assert answer.status_code == 200

    async def fill(self, *codes: str, tea: int = 1, shipping: str = "pickup") -> str:
        """Fill a cart with milk and tea, and return its path: 59.90 with one tea."""
        lines = [{"product_id": "MILK", "quantity": 1}, {"product_id": "TEA", "quantity": tea}]
        new = {"lines": lines, "codes": list(codes), "shipping": shipping}
        answer = await self.http.post("/carts", json=new)
        assert answer.status_code == 201
        return f"/carts/{answer.json()['id']}"

    async def check_out(self, path: str) -> httpx.Response:
        """Look at a cart and check it out."""
        shown = (await self.http.get(path)).json()["total"]
        return await self.http.post(f"{path}/checkout", json={"total": shown})

    def deliver(self) -> None:
        """Deliver what the middleware still has to tell the API: outcomes, doubts, and how those end."""
        for _ in range(4):
            self.middleware.delivery.work()


def a_dataset(*promotions: Json) -> Dataset:
    """Return two products, two ways to get them, two cards and some promotions."""
    products = {
        one: {"product_id": one, "name": one.title(), "department": "food", "category": "drinks", "unit_price": price}
        for one, price in PRICES.items()
    }
    cards = {one: {"customer_id": one, "loyalty_tier": tier, "order_count": 12} for one, tier in CARDS.items()}
    shipping = [{"method": method, "from_units": 1, "price": price} for method, price in SHIPPING.items()]
    return Dataset(products, cards, shipping, [{"name": "Spring", "description": ""}], promotions, [])


def an_offer(code: str = "SPRING20", percentage: int = 20, **fields: Any) -> Json:
    """Return a percentage off everything, for a code."""
    return {
        "campaign": 0,
        "start_day": 0,
        "end_day": 30,
        "promotion_name": f"{code.title()} Offer",
        "promotion_type": "percentage_discount",
        "promotion_code": code,
        "description": "",
        "discount_rules": {"discount_value": percentage},
        "stackable": True,
    } | fields


@asynccontextmanager
async def open_shop(
    folder: Path, dataset: Dataset, prepare: Callable[[PromotionsClient], object] = id
) -> AsyncIterator[Grocer]:
    """Start the API, create the promotions and what else there is to prepare, stock the shop and open it."""
    with embedded(folder, code_keys=KEYS) as api, api.client() as client, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROMO_API_KEY", api.key)
        created = create_campaigns(client, dataset, datetime.now(UTC))
        prepare(client)
        store, payments = Store(folder / "shop.db"), Payments(folder / "payments.db")
        store.stock(dataset.products.values(), dataset.shipping, dataset.customers.values())
        sessions = Sessions(b"a key")
        middleware = create_promotions(
            api.url,
            company_id=api.company_id,
            payments=payments,
            sessions=sessions,
            directory=folder / "promotions",
            timing=TIMING,
        )
        app = create_app(store, payments, sessions, middleware)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as http:
                yield Grocer(http, client, store, payments, middleware, created)
        finally:
            middleware.close()
