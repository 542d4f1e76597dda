"""The shop that is measured, bare and behind each middleware; all of them answer the same cart of 5 lines."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from promo_engine import Cart, Customer, Entitlements, Ruleset
from promo_engine.testing import a_ruleset, percent_off
from promo_middleware import ApiAway, CartMapping, HoldOrder, Promotions, PromotionsMiddleware

LINES: list[dict[str, Any]] = [
    {"id": f"l{i}", "sku": f"S{i}", "categories": [f"C{i}"], "unit_price": 500 + 137 * i, "quantity": 1 + i % 3}
    for i in range(5)
]
CART = {"currency": "USD", "lines": LINES, "total": sum(line["unit_price"] * line["quantity"] for line in LINES)}
MAPPING = CartMapping(categories="categories")


def rules(count: int) -> Ruleset:
    """Return so many promotions: four apply to the cart, the others to goods that are not in it."""
    return a_ruleset(
        *[percent_off(5 + i, id=f"p{i}", rules={"applicable_categories": [f"C{i}"]}) for i in range(4)],
        *[percent_off(10, id=f"x{i}", rules={"applicable_categories": [f"X{i}"]}) for i in range(count - 4)],
    )


class Rules:
    """A port that has rules and nothing else."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset

    def ruleset(self, revision: str | None) -> Mapping[str, Any] | None:
        return None if revision == self._ruleset.revision else self._ruleset.document()

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


class Buffering:
    """The least that re-pricing needs: hold the response back, parse its JSON, write it, correct its length."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        start: Any = None
        parts: list[bytes] = []

        async def held(message: Any) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            parts.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            body = json.dumps(json.loads(b"".join(parts)), separators=(",", ":")).encode()
            headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", b"%d" % len(body))]})
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, held)


async def cart(_request: Request) -> Response:
    return JSONResponse(CART)


def shop(*middleware: Middleware) -> Starlette:
    routes = [Route("/cart", cart), Route("/other", cart)]
    return Starlette(routes=routes, middleware=list(middleware))


class PromotedShop(AbstractContextManager["Starlette"]):
    """The shop behind our middleware, with so many promotions."""

    def __init__(self, count: int) -> None:
        self._folder = TemporaryDirectory(prefix="fairtill-bench-")
        self.promotions = Promotions(
            Rules(rules(count)), carts=["GET /cart"], mapping=MAPPING, directory=Path(self._folder.name)
        )

    def __enter__(self) -> Starlette:
        self.promotions.start()
        self.promotions.subscription.wait(30)
        return shop(Middleware(PromotionsMiddleware, promotions=self.promotions))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.promotions.close()
        self._folder.cleanup()
