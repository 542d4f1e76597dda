"""All ways to a price: in this process, by the API over HTTP, and through a shop behind each shell."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx

from promo_engine import (
    Cart,
    Currency,
    Document,
    Ruleset,
    block_of,
    canonical_json,
    consider,
    evaluate,
    read_cart,
    read_ruleset,
    write_cart,
)
from promo_engine.testing import installed_types
from promo_middleware import CanonicalCart, Clock, Promotions, Timing
from promo_middleware.api import ApiPort
from promo_sdk import PromotionsClient
from promo_server.testing import embedded
from tests.promo_middleware.conftest import World
from tests.receipts.carts import draw_cart
from tests.same_bytes.offers import CODES, OFFERS
from tests.same_bytes.shells import SHELLS

BUYER: dict[str, Any] = {"id": "7", "segments": ["vip"]}
"""Who has bought before: some of their uses are gone."""
PATIENT = 60.0
"""Seconds: on a busy machine nothing is to be late."""


@dataclass
class Ways:
    """All ways, for one cart after the other."""

    client: PromotionsClient
    port: ApiPort
    ruleset: Ruleset
    today: datetime
    shops: Mapping[str, httpx.Client] = field(default_factory=dict)
    cart: Document = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def price(self, seed: int) -> Document:
        """Return the evaluation of one seed's cart, which stands in ``cart`` then, in this process."""
        drawn = Cart(**draw_cart(Random(seed), Currency.of("USD"), CODES))
        self.at = self.today + timedelta(minutes=seed % 1_000)
        self.cart = write_cart(drawn.moved_to(self.at)) | {"total": drawn.total}
        if self.cart.get("customer"):
            self.cart["customer"].pop("guest", None)  # the digest of a key that no shop's JSON has
        cart = self._read()
        considered = consider(cart, self.ruleset)
        known = self.port.entitlements(cart.customer, considered.needed, considered.unlisted)
        return evaluate(cart, self.ruleset, known).document()

    def difference(self, evaluation: Document) -> str | None:
        """Price that cart by all other ways; return where it differs from this evaluation."""
        expected, bodies = canonical_json(evaluation), {}
        if canonical_json(self.client.evaluations.evaluate(write_cart(self._read()))) != expected:
            return "by the API"
        for name, shop in self.shops.items():
            bodies[name] = body = shop.get("/cart").content
            shown = json.loads(body)
            if canonical_json(shown["evaluation"]) != expected:
                return f"in a handler behind {name}"
            is_block = canonical_json(shown["promotions"]) == canonical_json(block_of(evaluation))
            if not is_block or shown["total"] != evaluation["totals"]["amount_due"]:
                return f"in what the cart route shows behind {name}"
        return None if len(set(bodies.values())) == 1 else f"between {', '.join(bodies)}"

    def _read(self) -> Cart:
        return read_cart({name: value for name, value in self.cart.items() if name != "total"})


@contextmanager
def open_ways(folder: Path) -> Iterator[Ways]:
    """Start the API with its offers, have somebody buy, and open the shops."""
    today = datetime.now(UTC).replace(hour=3, minute=0, second=0, microsecond=0)
    with ExitStack() as stack:
        api = stack.enter_context(embedded(folder, clock=lambda: today))
        client = stack.enter_context(api.client())
        world = World(api, client, folder)
        for offer in OFFERS:
            world.promote(**offer, schedule={"start_date": today.date(), "end_date": today.date() + timedelta(days=9)})
        _buy(client)
        reply = client.ruleset()
        assert reply is not None
        port = ApiPort(api.client, entitlements_timeout=PATIENT, hold_timeout=PATIENT)
        stack.callback(port.close)
        ways = Ways(client, port, read_ruleset(reply.document, installed_types()), today)
        promotions = Promotions(
            api.client,
            carts=["GET /cart"],
            mapping=CanonicalCart(),
            directory=folder / "shop",
            timing=Timing(entitlement_deadline=PATIENT, entitlement_lifetime=3_600, refresh=3_600),
            clock=Clock(now=lambda: ways.at),
        )
        stack.callback(promotions.close)
        promotions.subscription.refresh()
        ways.shops = {
            name: stack.enter_context(
                httpx.Client(
                    transport=stack.enter_context(shell(lambda: ways.cart, promotions)), base_url="http://shop"
                )
            )
            for name, shell in SHELLS.items()
        }
        yield ways


def _buy(client: PromotionsClient) -> None:
    """Use up some of what is limited."""
    lines = [{"id": "l1", "sku": "E", "unit_price": 20_000}]
    for number in range(2):
        cart = {"currency": "USD", "lines": lines, "customer": BUYER, "codes": ["CODE1", "CODE3"]}
        client.redemptions.hold(f"o{number}", cart=cart, attempt="a1")
        client.redemptions.confirm(f"o{number}", attempt="a1")
