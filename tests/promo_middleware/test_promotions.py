"""The settings of a shop: what cannot work is refused when it is made."""

from pathlib import Path
from typing import Any

import pytest

from promo_engine import Customer
from promo_engine.testing import a_cart
from promo_middleware import CartMapping, ConfigurationError, Promotions
from tests.promo_middleware.conftest import Shop, World
from tests.promo_middleware.conftest import a_cart as a_shop_cart

KNOWN = {"company_id": "shop", "api_key": "promo_a_b"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "company_id is required"),
        ({"company_id": "shop", "api_key": ""}, "key"),
        (KNOWN | {"checkouts": ["POST /pay"]}, "a checkout route must say what it charged"),
        (KNOWN | {"settle": "soon"}, "settle must be 'response' or 'later', not 'soon'"),
        (KNOWN | {"when_away": "sell"}, "when_away must be one of last_rules, refuse, no_promotions, not 'sell'"),
        (KNOWN | {"carts": ["/cart"]}, "a route is a method and a path"),
        (KNOWN | {"prices": "net"}, "net prices need tax_rate in the mapping"),
        (KNOWN | {"prices": "both"}, "prices must be 'gross' or 'net', not 'both'"),
        (KNOWN | {"rules": "promotions.json"}, "give either api, a promotions API, or rules"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], said: str
) -> None:
    monkeypatch.delenv("PROMO_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match=said):
        Promotions("http://127.0.0.1:9", directory=tmp_path, **settings)


def test_a_lookup_that_must_be_awaited_is_refused(tmp_path: Path) -> None:
    async def lookup(reference: str) -> int | None:
        return None

    with pytest.raises(ConfigurationError, match="order_lookup must be a plain function"):
        Promotions("http://127.0.0.1:9", directory=tmp_path, order_lookup=lookup, **KNOWN)  # type: ignore[arg-type]


def test_a_resolver_that_must_be_awaited_is_refused(tmp_path: Path) -> None:
    async def customer(request: object) -> Customer | None:
        return None

    with pytest.raises(ConfigurationError, match="customer must be a plain function"):
        Promotions("http://127.0.0.1:9", directory=tmp_path, customer=customer, **KNOWN)  # type: ignore[arg-type]


def test_a_url_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="api must be like https://"):
        Promotions("127.0.0.1:9", directory=tmp_path, **KNOWN)  # type: ignore[arg-type]


async def test_a_template_asks_for_a_price(world: World) -> None:
    world.promote(auto_apply=True, usage_limits={"per_customer_limit": 1})
    async with world.open(Shop()) as (_, promotions):
        assert promotions.price(a_cart(("MILK", 1000)), Customer(id="7")).amount_due == 800
        assert promotions.price(a_cart(("MILK", 1000))).amount_due == 1000


async def test_a_resolver_knows_the_customer_better_than_the_cart(world: World) -> None:
    world.promote(auto_apply=True, usage_limits={"per_customer_limit": 1})
    shop = Shop(carts={"c1": a_shop_cart(customer=None)})
    async with world.open(shop, customer=lambda scope: Customer(id="session")) as (http, _):
        assert (await http.get("/carts/c1")).json()["total"] == 4792


def test_a_shop_that_settles_later_need_not_say_what_it_charged(tmp_path: Path) -> None:
    settings: dict[str, Any] = KNOWN | {"checkouts": ["POST /pay"], "settle": "later"}
    Promotions("http://127.0.0.1:9", directory=tmp_path, **settings).close()


def test_a_handler_may_say_what_it_charged(tmp_path: Path) -> None:
    settings: dict[str, Any] = KNOWN | {"checkouts": ["POST /pay"], "mapping": CartMapping()}
    Promotions("http://127.0.0.1:9", directory=tmp_path, handler_says_charge=True, **settings).close()
