"""What the middleware adds to the time of a cart: the same GET with and without it, in turns."""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import uvicorn
from starlette.applications import Starlette

from examples.shop.app import Shop
from examples.shop.payments import Payments
from examples.shop.proof.load import Visit
from examples.shop.session import Sessions
from examples.shop.store import Store


@dataclass(frozen=True)
class Overhead:
    """Medians in milliseconds: without the middleware, a shopper's first look, and the next looks."""

    carts: int
    bare: float
    first: float
    again: float


def measure(bare_url: str, shop_url: str, visits: Iterable[Visit]) -> Overhead:
    """Get every cart from both shops; the first look at a cart with limited promotions asks the API for uses left."""
    times: dict[str, list[float]] = {"bare": [], "first": [], "again": []}
    with httpx.Client(timeout=60) as http:
        for visit in visits:
            http.cookies = visit.cookies
            for name, url in (("first", shop_url), ("bare", bare_url), ("again", shop_url)):
                started = time.perf_counter()
                http.get(f"{url}/carts/{visit.cart['id']}").raise_for_status()
                times[name].append(1_000 * (time.perf_counter() - started))
    medians = {name: median(values) for name, values in times.items()}
    return Overhead(len(times["bare"]), **medians)


def main() -> None:
    """Serve the shop in a directory on a port, without the middleware: carts only, a checkout would find no hold."""
    directory, port = Path(sys.argv[1]), int(sys.argv[2])
    shop = Shop(Store(directory / "shop.db"), Payments(directory / "payments.db"), Sessions(b""))
    uvicorn.run(Starlette(routes=shop.routes()), port=port, access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
