"""The demo shop behind one shell, a real API behind it, and what shoppers meet at its counter."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from examples.shop.app import create_app, create_promotions
from examples.shop.payments import Payments
from examples.shop.proof.campaigns import create_campaigns
from examples.shop.session import Sessions
from examples.shop.store import Store
from promo_middleware import Promotions
from promo_sdk import PromotionsClient
from promo_server.testing import embedded
from tests.examples.grocer import TIMING, a_dataset, an_offer
from tests.scenarios.shop import AsgiTransport
from tests.tampering.flask_grocer import EnvironSessions, create_wsgi

MALLORY, VICTIM = "8", "7"
"""The card of who tampers, and a gold one of somebody else's."""
OFFERS = [
    an_offer(),
    an_offer("GOLD30", 30, eligibility_criteria={"loyalty_tier_requirements": ["gold"]}),
    an_offer("MINE50", 50, usage_limits={"per_customer_limit": 1}),
    an_offer("LAST90", 90, usage_limits={"total_usage_limit": 1}),
]
FULL, SPRING = 5990, 4792
SHELLS = ("asgi", "wsgi")


@dataclass(frozen=True)
class Market:
    """The shop, its till, and the API."""

    transport: httpx.BaseTransport
    payments: Payments
    middleware: Promotions
    client: PromotionsClient
    sessions: Sessions

    def browser(self, card: str | None = None) -> httpx.Client:
        """Return a browser with cookies of its own, signed in with a card."""
        browser = httpx.Client(transport=_Shared(self.transport), base_url="http://shop.test")
        if card is not None:
            assert browser.post("/session", json={"card": card}).status_code == 200
        return browser

    def charged(self, since: int = 0) -> list[int]:
        """Return what was charged, from a number of charges on."""
        return [amount for _, amount in self.payments.charges()[since:]]


class _Shared(httpx.BaseTransport):
    """A transport that outlives its clients."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._transport.handle_request(request)


@contextmanager
def open_market(folder: Path, shell: str) -> Iterator[Market]:
    """Start the API, create the offers, stock the shop, and open it behind a shell."""
    dataset = a_dataset(*OFFERS)
    with ExitStack() as stack:
        api = stack.enter_context(embedded(folder))
        client = stack.enter_context(api.client())
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("PROMO_API_KEY", api.key)
        create_campaigns(client, dataset, datetime.now(UTC))
        store, payments = Store(folder / "shop.db"), Payments(folder / "payments.db")
        store.stock(dataset.products.values(), dataset.shipping, dataset.customers.values())
        sessions = Sessions(b"a key") if shell == "asgi" else EnvironSessions(b"a key")
        middleware = create_promotions(
            api.url,
            company_id=api.company_id,
            payments=payments,
            sessions=sessions,
            directory=folder / "promotions",
            timing=TIMING,
        )
        stack.callback(middleware.close)
        middleware.start()
        assert middleware.subscription.wait(60)
        transport = stack.enter_context(_transport(shell, store, payments, sessions, middleware))
        yield Market(transport, payments, middleware, client, sessions)


def _transport(shell: str, *parts: Any) -> httpx.BaseTransport:
    if shell == "asgi":
        return AsgiTransport(create_app(*parts))
    return httpx.WSGITransport(create_wsgi(*parts), raise_app_exceptions=False)


def a_cart(*codes: str, **more: Any) -> Mapping[str, Any]:
    """Return what a browser sends for milk and tea: 59.90."""
    lines = [{"product_id": "MILK", "quantity": 1}, {"product_id": "TEA", "quantity": 1}]
    return {"lines": lines, "codes": list(codes)} | more
