"""The ASGI shell around further frameworks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import falcon.asgi
import fastapi
import httpx
import litestar
import pytest
import quart
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from promo_middleware import CheckoutClosed, Promotions, PromotionsMiddleware
from tests.promo_middleware.conftest import a_cart
from tests.promo_middleware.offline import offline
from tests.scenarios.shop import AsgiTransport

CART = a_cart()


def litestar_app(promotions: Promotions) -> Any:
    @litestar.get("/cart", sync_to_thread=False)
    def show() -> dict[str, Any]:
        return CART

    @litestar.post("/pay")
    async def pay(request: litestar.Request[Any, Any, Any]) -> dict[str, Any]:
        hold = await request.scope["state"]["promotions"].hold(reference="o1", cart=CART)
        return {"total": hold.amount_due}

    return PromotionsMiddleware(litestar.Litestar([show, pay], logging_config=None), promotions)  # type: ignore[arg-type]


def quart_app(promotions: Promotions) -> Any:
    app = quart.Quart("shop")

    @app.get("/cart")
    async def show() -> dict[str, Any]:
        return CART

    @app.post("/pay")
    async def pay() -> tuple[dict[str, Any], int]:
        hold = await quart.request.scope["state"]["promotions"].hold(reference="o1", cart=CART)
        return {"total": hold.amount_due}, 201

    app.asgi_app = PromotionsMiddleware(app.asgi_app, promotions)  # type: ignore[assignment, arg-type]
    return app


def fastapi_app(promotions: Promotions) -> Any:
    app = fastapi.FastAPI()
    app.add_middleware(PromotionsMiddleware, promotions=promotions)

    @app.get("/cart")
    def show() -> dict[str, Any]:
        return CART

    @app.post("/pay", status_code=201)
    def pay(request: fastapi.Request) -> dict[str, Any]:
        hold = request.state.promotions.blocking.hold(reference="o1", cart=CART)
        return {"total": hold.amount_due}

    return app


class Cart:
    """Falcon's resource."""

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        resp.media = CART


class Pay:
    """Falcon's resource."""

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        hold = await req.scope["state"]["promotions"].hold(reference="o1", cart=CART)
        resp.media, resp.status = {"total": hold.amount_due}, falcon.HTTP_201


def falcon_app(promotions: Promotions) -> Any:
    app = falcon.asgi.App()
    app.add_route("/cart", Cart())
    app.add_route("/pay", Pay())
    return PromotionsMiddleware(app, promotions)  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [fastapi_app, litestar_app, quart_app, falcon_app])
def test_it_shows_and_settles(tmp_path: Path, make: Callable[[Promotions], Any]) -> None:
    with offline(tmp_path) as promotions:
        with httpx.Client(transport=AsgiTransport(make(promotions)), base_url="http://shop") as http:
            shown, paid = http.get("/cart").json(), http.post("/pay")
        [entry] = promotions.outbox.entries()
    assert (shown["total"], paid.status_code, json.loads(paid.content)["total"]) == (4792, 201, 4792)
    assert entry.step == "confirm"


@pytest.mark.parametrize("make", [fastapi_app, litestar_app, quart_app, falcon_app])
def test_a_refusal_that_a_handler_leaves_is_a_409(tmp_path: Path, make: Callable[[Promotions], Any]) -> None:
    with (
        offline(tmp_path) as promotions,
        httpx.Client(transport=AsgiTransport(make(promotions)), base_url="http://shop") as http,
    ):
        http.post("/pay")
        again = http.post("/pay")
    assert (again.status_code, json.loads(again.content)["error"]) == (409, "checkout_closed")


def within_starlette(promotions: Promotions, route: Route) -> Any:
    return Starlette(routes=[route], middleware=[Middleware(PromotionsMiddleware, promotions=promotions)])


def around_starlette(promotions: Promotions, route: Route) -> Any:
    return PromotionsMiddleware(Starlette(routes=[route]), promotions)


@pytest.mark.parametrize("place", [within_starlette, around_starlette])
@pytest.mark.parametrize("is_met", [True, False], ids=["met", "left"])
def test_starlette_answers_500_to_what_goes_wrong_after_a_refusal_that_was_met(
    tmp_path: Path, place: Callable[[Promotions, Route], Any], *, is_met: bool
) -> None:
    async def pay(request: Request) -> Response:
        try:
            await request.state.promotions.hold(reference="o1", cart=CART)
        except CheckoutClosed:
            if not is_met:
                raise
        raise ZeroDivisionError

    with offline(tmp_path) as promotions:
        app = place(promotions, Route("/pay", pay, methods=["POST"]))
        with httpx.Client(transport=AsgiTransport(app), base_url="http://shop") as http:
            statuses = [http.post("/pay").status_code for _ in range(2)]
    assert statuses == [500, 500 if is_met else 409]
