"""A small shop for ``promo check``, as one that was not written here: its Promotions are to be found."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import flask
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


async def cart(request: Request) -> Response:
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


living = Starlette(routes=[Route("/cart", cart_of_state)], lifespan=lives)
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


outer = Outer()
number = 7
