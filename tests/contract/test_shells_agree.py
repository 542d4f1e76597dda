"""The same carts give the same bytes through every shell, and the totals of the engine in process."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promo_middleware import CartMapping, Promotions, TaxRule
from tests.promo_middleware.carts import GROSS, NET, Case, gross_carts, net_carts
from tests.promo_middleware.offline import offline
from tests.promo_middleware.test_local import SPRING, rules
from tests.promo_middleware.test_net_prices import DISCOUNTED, net_cart
from tests.promo_middleware.test_net_prices import NET as NET_WITH_CODES
from tests.scenarios.shells import SHELLS
from tests.scenarios.shop import Shop

MAPPING = CartMapping(
    line_total="line_total", shipping="shipping", discount_total="off", codes="codes", order_total="total"
)
ROUTES: dict[str, Any] = {"carts": ["GET /carts/{cart}"], "checkouts": ["POST /carts/{cart}/checkout"]}
RULE = TaxRule(per="rate", rounding="half_even")
EUROS = st.just("EUR")
BY_FILE = {
    "net": ({"mapping": NET, "prices": "net", "tax": RULE}, net_carts(st.just(RULE), EUROS)),
    "gross, with a voucher": ({"mapping": GROSS}, gross_carts(EUROS)),
}
"""Settings of a shop with fees, own discounts, parcels and tax, and its carts."""


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


@contextmanager
def opened(promotions: Promotions) -> Iterator[Shops]:
    """Open the shop behind each shell."""
    shop = Shop()
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(
                httpx.Client(transport=stack.enter_context(shell(shop, promotions)), base_url="http://shop")
            )
            for name, shell in SHELLS.items()
        }
        yield Shops(shop, clients, promotions)


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Shops]:
    with offline(tmp_path, mapping=MAPPING, **ROUTES) as promotions, opened(promotions) as shops:
        yield shops


@contextmanager
def by_file(folder: Path, *promotions: dict[str, Any], currency: str, **settings: Any) -> Iterator[Shops]:
    """Open the shop behind each shell, its promotions in a file."""
    path = rules(folder / "promotions.json", *promotions, currency=currency)
    made = Promotions(rules=path, directory=folder, **ROUTES, **settings)
    with opened(made) as shops:
        yield shops
    made.close()


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


@pytest.mark.parametrize(("settings_of_shop", "cases"), BY_FILE.values(), ids=BY_FILE)
def test_a_cart_with_tax_and_own_discounts_is_the_same_bytes_by_a_file_of_rules(
    tmp_path: Path, settings_of_shop: dict[str, Any], cases: st.SearchStrategy[Case]
) -> None:
    third = {"id": "a", "type": "percentage_discount", "rules": {"discount_value": 33}}
    with by_file(tmp_path, third, currency="EUR", **settings_of_shop) as shops:

        @settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
        @given(cases)
        def agree(case: Case) -> None:
            shops.shop.carts["c"] = case.document
            answers = [http.get("/carts/c") for http in shops.clients.values()]
            assert len({(one.status_code, one.content, one.headers["etag"]) for one in answers}) == 1
            shown = answers[0].json()
            assert shown["promotions"] == shops.promotions.block(case.document)
            assert shown["total"] == shown["promotions"]["totals"]["amount_due"] <= case.document["total"]

        agree()


def test_a_net_cart_is_charged_with_its_tax_through_every_shell_by_a_file_of_rules(tmp_path: Path) -> None:
    net: dict[str, Any] = {"mapping": NET_WITH_CODES, "prices": "net"}
    answers = []
    with by_file(tmp_path, SPRING, currency="USD", **net) as shops:
        for number, http in enumerate(shops.clients.values()):
            shops.shop.carts[f"c{number}"] = net_cart("SPRING20")
            first, again = (http.post(f"/carts/c{number}/checkout") for _ in range(2))
            answers.append((first.json()["total"], again.status_code, again.json()["error"]))
    assert set(answers) == {(DISCOUNTED, 409, "checkout_closed")}
    assert len(answers) == len(shops.shop.orders) == len(SHELLS)
