"""The demo's stage: the promotions API and the shop, each on fresh files of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from examples.shop.payments import Payments
from examples.shop.proof.dataset import Json
from examples.shop.proof.servers import PROMO, Server, free_port, promo, python, running
from promo_sdk import PromotionsClient

COMPANY = "grocer"
TIME_ZONE = "America/New_York"
PATIENCE = "20"
"""Seconds that a checkout waits for the API here: a busy machine must not look like an API that is away."""


@dataclass(frozen=True)
class Api:
    """The promotions API that runs, and the keys that the merchant and the shop have to it."""

    server: Server
    merchant_key: str
    shop_key: str

    def client(self) -> PromotionsClient:
        """Return the merchant's client."""
        return PromotionsClient(self.server.url, company_id=COMPANY, api_key=self.merchant_key, timeout=60)


@dataclass(frozen=True)
class RunningShop:
    """The shop that runs, and the directory of its files."""

    server: Server
    directory: Path

    def orders(self) -> list[Json]:
        """Return the orders that the shop has."""
        orders: list[Json] = httpx.get(f"{self.server.url}/orders", timeout=30).raise_for_status().json()
        return orders

    def charges(self) -> list[tuple[str, int]]:
        """Return the charges that the payment provider has."""
        return Payments(self.directory / "payments.db").charges()


@contextmanager
def promotions_api(directory: Path) -> Iterator[Api]:
    """Make a company and its keys by the command line, and serve the API until the block ends."""
    database = directory / "promotions.db"
    keys = directory / "codes.keys"
    keys.write_text(promo("company", "new-code-key", "demo"))
    promo("company", "create", COMPANY, "--time-zone", TIME_ZONE, "--database", database)
    merchant_key = promo("key", "create", COMPANY, "--name", "merchant", "--database", database)
    scopes = ("--scope", "evaluate", "--scope", "redeem")
    shop_key = promo("key", "create", COMPANY, "--name", "shop", *scopes, "--database", database)
    port = free_port()
    command: list[str | Path] = [PROMO, "serve", "--log-level", "warning", "--database", database]
    command += ["--code-keys", keys, "--port", str(port)]
    with running(command, port=port, log=directory / "api.log", ready="/health") as server:
        yield Api(server, merchant_key, shop_key)


@contextmanager
def grocer_shop(directory: Path, api: Api) -> Iterator[RunningShop]:
    """Serve the shop until the block ends."""
    port = free_port()
    where = ("--api", api.server.url, "--company", COMPANY, "--directory", directory, "--port", str(port))
    command = python("examples.shop", *where, "--hold-timeout", PATIENCE)
    env = {"PROMO_API_KEY": api.shop_key}
    with running(command, port=port, log=directory.with_suffix(".log"), ready="/orders", env=env) as server:
        yield RunningShop(server, directory)


@contextmanager
def bare_shop(shop: RunningShop) -> Iterator[Server]:
    """Serve the same carts without the middleware until the block ends."""
    port = free_port()
    command = python("examples.shop.proof.overhead", shop.directory, str(port))
    with running(command, port=port, log=shop.directory / "bare.log", ready="/orders") as server:
        yield server
