"""A shopper of the shop, over HTTP as a browser would: fill a basket, look at it, check out."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from examples.shop.proof.servers import Server, free_port, python, running

Json = dict[str, Any]
BASKET = {"TEA": 3, "MUG": 2}


class Shopper:
    """A guest, with a basket of their own."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/api", timeout=60)

    def __enter__(self) -> "Shopper":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def fill(self) -> None:
        products = {one["upc"]: one["url"] for one in self._http.get("/products/").raise_for_status().json()}
        for sku, quantity in BASKET.items():
            added = {"url": products[sku], "quantity": quantity}
            self._http.post("/basket/add-product/", json=added).raise_for_status()

    def basket(self) -> Json:
        basket: Json = self._http.get("/basket/").raise_for_status().json()
        if isinstance(basket["lines"], str):  # the stock shop's, which has a link to them
            basket["lines"] = self._http.get(basket["lines"]).raise_for_status().json()
        return basket

    def check_out(self, basket: Json) -> httpx.Response:
        """Buy, for no more than the basket says."""
        order = {"basket": basket["url"], "guest_email": "guest@shop.example", "total": basket["total_incl_tax"]}
        return self._http.post("/checkout/", json=order)


@dataclass(frozen=True)
class OpenShop:
    """A shop that runs, and its files."""

    server: Server
    directory: Path

    def orders(self) -> list[Json]:
        """Return what Oscar itself has stored: each order's total, its lines, and its discounts by name."""
        with sqlite3.connect(self.directory / "shop.db") as database:
            return [
                {
                    "number": number,
                    "total": total,
                    "lines": database.execute(_LINES, (order,)).fetchall(),
                    "discounts": dict(database.execute(_DISCOUNTS, (order,)).fetchall()),
                }
                for order, number, total in database.execute(_ORDERS)
            ]


_ORDERS = "SELECT id, number, printf('%.2f', total_incl_tax) FROM order_order ORDER BY id"
_LINES = """
SELECT partner_sku, printf('%.2f', line_price_before_discounts_incl_tax), printf('%.2f', line_price_incl_tax)
FROM order_line WHERE order_id = ? ORDER BY id
"""
_DISCOUNTS = "SELECT offer_name, printf('%.2f', amount) FROM order_orderdiscount WHERE order_id = ? ORDER BY id"


@contextmanager
def open_shop(settings: str, directory: Path, env: Mapping[str, str]) -> Iterator[OpenShop]:
    """Serve the shop with these settings until the block ends."""
    port = free_port()
    where = {**env, "OSCAR_SHOP": str(directory), "DJANGO_SETTINGS_MODULE": f"examples.oscar_shop.{settings}"}
    command = python("uvicorn", "--factory", "django.core.asgi:get_asgi_application", "--port", str(port))
    command += ["--log-level", "warning"]
    with running(command, port=port, log=directory / "log", ready="/api/", env=where) as server:
        yield OpenShop(server, directory)
