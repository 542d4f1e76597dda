"""What the middleware adds to a request, in process, side by side with bare Starlette.

Each variant serves the same cart of 5 lines; rounds are interleaved, medians compared. Promises, as ratios:

- other traffic costs at most 1.10 times bare Starlette;
- a cart priced with 100 promotions adds at most 4 times what an EMPTY ``BaseHTTPMiddleware`` adds (the aim is less than
  one; the engine's own issue comes before).

Ends non-zero when a promise is missed.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from promo_engine import Cart, Customer, Entitlements
from promo_engine.testing import a_ruleset, percent_off
from promo_middleware import ApiAway, CartMapping, HoldOrder, Promotions, PromotionsMiddleware

ROUNDS, REQUESTS = 15, 400
LINES: list[dict[str, Any]] = [
    {"id": f"l{i}", "sku": f"S{i}", "categories": [f"C{i}"], "unit_price": 500 + 137 * i, "quantity": 1 + i % 3}
    for i in range(5)
]
CART = {"currency": "USD", "lines": LINES, "total": sum(line["unit_price"] * line["quantity"] for line in LINES)}
RULESET = a_ruleset(
    *[percent_off(5 + i, id=f"p{i}", rules={"applicable_categories": [f"C{i}"]}) for i in range(4)],
    *[percent_off(10, id=f"x{i}", rules={"applicable_categories": [f"X{i}"]}) for i in range(96)],
)


class Rules:
    """A port that has rules and nothing else."""

    def ruleset(self, revision: str | None) -> Mapping[str, Any] | None:
        return None if revision == RULESET.revision else RULESET.document()

    def entitlements(
        self, customer: Customer | None, promotions: Sequence[str], codes: Sequence[str], cart: Cart | None = None
    ) -> Entitlements:
        raise ApiAway

    def hold(self, order: HoldOrder) -> Mapping[str, Any]:
        raise ApiAway

    def confirm(self, reference: str, attempt: str, charged: int | None) -> None:
        raise ApiAway

    release = doubt = confirm

    def close(self) -> None: ...


class Empty(BaseHTTPMiddleware):
    """A middleware that does nothing, the usual way."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)


async def cart(_request: Request) -> Response:
    return JSONResponse(CART)


def shop(*middleware: Middleware) -> Starlette:
    routes = [Route("/cart", cart), Route("/other", cart)]
    return Starlette(routes=routes, middleware=list(middleware))


async def microseconds(app: Starlette, path: str) -> float:
    """Return the mean time of one request."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None: ...

    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"host", b"shop")], "query_string": b""}
    start = time.perf_counter()
    for _ in range(REQUESTS):
        await app(dict(scope), receive, send)
    return (time.perf_counter() - start) / REQUESTS * 1e6


async def measure(variants: dict[str, Callable[[], Awaitable[float]]]) -> dict[str, float]:
    """Return the median of each variant, the rounds interleaved."""
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(ROUNDS):
        for name, variant in variants.items():
            taken[name].append(await variant())
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def main() -> int:
    """Print the table; return how many promises were missed."""
    with tempfile.TemporaryDirectory() as folder:
        promotions = Promotions(
            Rules(),
            carts=["GET /cart"],
            mapping=CartMapping(categories="categories"),
            directory=Path(folder),
        )
        promotions.start()
        promotions.subscription.wait(5)
        bare, with_empty = shop(), shop(Middleware(Empty))
        ours = shop(Middleware(PromotionsMiddleware, promotions=promotions))
        medians = asyncio.run(
            measure(
                {
                    "bare Starlette": lambda: microseconds(bare, "/other"),
                    "other traffic": lambda: microseconds(ours, "/other"),
                    "cart, 100 promotions": lambda: microseconds(ours, "/cart"),
                    "empty BaseHTTPMiddleware": lambda: microseconds(with_empty, "/other"),
                }
            )
        )
        promotions.close()
    base = medians["bare Starlette"]
    print(f"{'variant':28}{'us/request':>12}{'added us':>10}{'ratio':>8}")
    for name, median in medians.items():
        print(f"{name:28}{median:12.1f}{median - base:10.1f}{median / base:8.2f}")
    added = medians["cart, 100 promotions"] - base
    empty = medians["empty BaseHTTPMiddleware"] - base
    promises = {
        f"other traffic at most 1.10 x bare: {medians['other traffic'] / base:.2f}": medians["other traffic"]
        <= 1.10 * base,
        f"a cart adds at most 4 x an empty BaseHTTPMiddleware: {added / empty:.2f}": added <= 4 * empty,
    }
    for promise, is_kept in promises.items():
        print("kept  " if is_kept else "MISSED", promise)
    return sum(not is_kept for is_kept in promises.values())


if __name__ == "__main__":
    sys.exit(main())
