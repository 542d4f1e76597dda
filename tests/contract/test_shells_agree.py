"""The same carts give the same bytes through every shell, and the totals of the engine in process."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promo_middleware import CartMapping, Promotions
from tests.promo_middleware.offline import offline
from tests.scenarios.shells import SHELLS
from tests.scenarios.shop import Shop

MAPPING = CartMapping(
    line_total="line_total", shipping="shipping", discount_total="off", codes="codes", order_total="total"
)
ROUTES = {"carts": ["GET /carts/{cart}"], "checkouts": ["POST /carts/{cart}/checkout"]}


@st.composite
def carts(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a shop's cart, now and then one that does not fit."""
    prices = draw(st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 9)), max_size=8))
    lines = [
        {"id": n, "sku": f"S{n}", "unit_price": price, "quantity": quantity, "line_total": price * quantity}
        for n, (price, quantity) in enumerate(prices)
    ]
    shipping = draw(st.integers(0, 999))
    wrong = draw(st.sampled_from([0, 0, 0, 1]))
    return {
        "currency": draw(st.sampled_from(["USD", "JPY", "eur"])),
        "lines": lines,
        "shipping": shipping,
        "codes": draw(st.lists(st.text(max_size=5), max_size=2)),
        "off": 0,
        "total": sum(price * quantity for price, quantity in prices) + shipping + wrong,
        "note": draw(st.sampled_from(["läßt", "", None, 1e400, 50.00, 2**70])),
    }


@dataclass
class Shops:
    """The same shop behind each shell."""

    shop: Shop
    clients: dict[str, httpx.Client]
    promotions: Promotions


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Shops]:
    shop = Shop()
    with ExitStack() as stack:
        promotions = stack.enter_context(offline(tmp_path, mapping=MAPPING, **ROUTES))
        clients = {
            name: stack.enter_context(
                httpx.Client(transport=stack.enter_context(shell(shop, promotions)), base_url="http://shop")
            )
            for name, shell in SHELLS.items()
        }
        yield Shops(shop, clients, promotions)


def test_a_cart_is_the_same_bytes_through_every_shell(shops: Shops) -> None:
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(carts())
    def agree(cart: dict[str, Any]) -> None:
        shops.shop.carts["c"] = cart
        answers = {name: http.get("/carts/c") for name, http in shops.clients.items()}
        first, *others = answers.values()
        for answer in others:
            assert (answer.status_code, answer.content) == (first.status_code, first.content)
            assert answer.headers.get("etag") == first.headers.get("etag")
            assert answer.headers.get("cache-control") == first.headers.get("cache-control")
        if "etag" in first.headers:
            evaluation = shops.promotions.pricing.price(MAPPING.read(cart))
            assert first.json()["promotions"]["totals"] == evaluation.block()["totals"]

    agree()


def test_a_checkout_is_the_same_bytes_and_the_same_outcome_through_every_shell(shops: Shops) -> None:
    cart = {"currency": "USD", "lines": [], "shipping": 1000, "codes": [], "off": 0, "total": 1000}
    answers = []
    for number, http in enumerate(shops.clients.values()):
        shops.shop.carts[f"c{number}"] = cart
        answer = http.post(f"/carts/c{number}/checkout")
        answers.append((answer.status_code, answer.content.replace(f"c{number}".encode(), b"c")))
    assert len(set(answers)) == 1
    assert {entry.step for entry in shops.promotions.outbox.entries()} == {"confirm"}
