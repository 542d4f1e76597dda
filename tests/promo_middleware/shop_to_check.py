"""A small shop for ``promo check``, as one that was not written here: its Promotions are to be found."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import falcon.asgi
import flask
import litestar
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from promo_middleware import CartMapping, Promotions, PromotionsMiddleware
from promo_middleware.wsgi import PromotionsMiddleware as WsgiMiddleware

FOLDER = Path(os.environ["SHOP_FOLDER"])
CART: dict[str, Any] = {
    "currency": "EUR",
    "lines": [{"id": "a", "sku": "TEA", "unit_price": "5.00", "quantity": 3}],
    "post": "4.90",
    "wrap": "2.50",
    "voucher": "-5.00",
    "total": "17.40",
}


NO_CARTS = {
    "lost": Response("{}", 404),
    "moved": Response(status_code=307, headers={"location": "/basket"}),
    "page": Response("<p>", media_type="text/html"),
    "packed": Response("{}", media_type="application/json", headers={"content-encoding": "br"}),
    "long": Response(b"[" + b"1," * 600_000 + b"1]", media_type="application/json"),
}


async def cart(request: Request) -> Response:
    if (answer := NO_CARTS.get(request.path_params.get("cart", ""))) is not None:
        return answer
    wrong = {"total": "17.41"} if request.path_params.get("cart") == "wrong" else {}
    return JSONResponse(CART | wrong | {"who": request.headers.get("cookie")})


promotions = Promotions(
    rules=FOLDER / "promotions.json",
    carts=["GET /shop/carts/{cart}", "GET /basket"],
    checkouts=["POST /shop/carts/{cart}/checkout"],
    mapping=CartMapping(
        amounts="major", shipping="post", other=["wrap"], own_discounts=["voucher"], order_total="total"
    ),
    directory=FOLDER,
)
shop = Mount(
    "/shop",
    routes=[Route("/carts/{cart}", cart), Route("/carts/{cart:int}/checkout", cart, methods=["POST"])],
)
app = Starlette(
    routes=[shop, Route("/about", cart)], middleware=[Middleware(PromotionsMiddleware, promotions=promotions)]
)
bare = Starlette(routes=[Route("/about", cart)])


life: list[str] = []


@asynccontextmanager
async def lives(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    life.append("started")
    yield {"cart": CART}
    life.append("ended")


async def cart_of_state(request: Request) -> Response:
    life.append("asked")
    return JSONResponse(request.state.cart)


class Dies:
    """A lifespan that does not begin."""

    def __init__(self, app: Starlette) -> None: ...

    async def __aenter__(self) -> None:
        raise OSError("no database")

    async def __aexit__(self, *_: object) -> None: ...


living = Starlette(routes=[Route("/basket", cart_of_state)], lifespan=lives)
stillborn = Starlette(lifespan=Dies)


class Outer:
    """Somebody else's middleware around it."""

    def __init__(self) -> None:
        self.app = PromotionsMiddleware(bare, promotions)


def wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    import json

    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(CART | {"who": environ.get("HTTP_COOKIE")}).encode()]


flask_app = flask.Flask("shop")
flask_app.wsgi_app = WsgiMiddleware(flask_app.wsgi_app, promotions)  # type: ignore[method-assign]


@flask_app.get("/shop/carts/<cart>")
def flask_cart(cart: str) -> dict[str, Any]:
    return CART | {"who": {"grün": cart}[cart]}


@flask_app.post("/shop/carts/<int:cart>/checkout")
def flask_checkout(cart: int) -> dict[str, Any]:
    return CART


@litestar.get("/shop/carts/7")
async def litestar_cart() -> dict[str, Any]:
    return CART


class FalconCart:
    async def on_get(self, request: Any, response: Any, cart: str) -> None:
        response.media = CART


class SyncFalconCart:
    def on_get(self, request: Any, response: Any, cart: str) -> None:
        response.media = CART


falcon_app, sync_falcon_app = falcon.asgi.App(), falcon.App()
falcon_app.add_route("/shop/carts/{cart}", FalconCart())
sync_falcon_app.add_route("/shop/carts/{cart}", SyncFalconCart())
wrapped = SimpleNamespace(
    starlette=PromotionsMiddleware(Starlette(routes=[shop]), promotions),
    litestar=PromotionsMiddleware(litestar.Litestar([litestar_cart], logging_config=None), promotions),  # type: ignore[arg-type]
    falcon=PromotionsMiddleware(falcon_app, promotions),  # type: ignore[arg-type]
    falcon_wsgi=WsgiMiddleware(sync_falcon_app, promotions),
)
"""Apps as they are when the middleware stands around them already."""
outer = Outer()
number = 7
