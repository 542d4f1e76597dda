"""The WSGI shell around further frameworks."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bottle
import falcon
import httpx
import pytest

from promo_middleware import Promotions
from promo_middleware.wsgi import KEY, PromotionsMiddleware
from tests.promo_middleware.conftest import a_cart
from tests.promo_middleware.offline import offline
from tests.scenarios.shop import WsgiTransport

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what Pyramid stands on imports what is about to go
    from pyramid.config import Configurator

CART = a_cart()


def bottle_app(promotions: Promotions) -> Any:
    app = bottle.Bottle()

    @app.get("/cart")  # type: ignore[untyped-decorator]
    def show() -> dict[str, Any]:
        return CART

    @app.post("/pay")  # type: ignore[untyped-decorator]
    def pay() -> dict[str, Any]:
        hold = bottle.request.environ[KEY].hold(reference="o1", cart=CART)
        bottle.response.status = 201
        return {"total": hold.amount_due}

    return PromotionsMiddleware(app, promotions)


class Cart:
    """Falcon's resource."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = CART


class Pay:
    """Falcon's resource."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        hold = req.env[KEY].hold(reference="o1", cart=CART)
        resp.media, resp.status = {"total": hold.amount_due}, falcon.HTTP_201


def falcon_app(promotions: Promotions) -> Any:
    app = falcon.App()
    app.add_route("/cart", Cart())
    app.add_route("/pay", Pay())
    return PromotionsMiddleware(app, promotions)


def pyramid_app(promotions: Promotions) -> Any:
    def show(request: Any) -> dict[str, Any]:
        return CART

    def pay(request: Any) -> dict[str, Any]:
        hold = request.environ[KEY].hold(reference="o1", cart=CART)
        request.response.status = 201
        return {"total": hold.amount_due}

    with Configurator() as config:
        for name, view in (("cart", show), ("pay", pay)):
            config.add_route(name, f"/{name}")
            config.add_view(view, route_name=name, renderer="json")
        return PromotionsMiddleware(config.make_wsgi_app(), promotions)


@pytest.mark.parametrize("make", [bottle_app, falcon_app, pyramid_app])
def test_it_shows_and_settles(tmp_path: Path, make: Callable[[Promotions], Any]) -> None:
    with offline(tmp_path) as promotions:
        with httpx.Client(transport=WsgiTransport(make(promotions)), base_url="http://shop") as http:
            shown, paid = http.get("/cart").json(), http.post("/pay")
        [entry] = promotions.outbox.entries()
    assert (shown["total"], paid.status_code, json.loads(paid.content)["total"]) == (4792, 201, 4792)
    assert entry.step == "confirm"


@pytest.mark.parametrize("make", [bottle_app, falcon_app, pyramid_app])
def test_a_refusal_that_a_handler_leaves_is_a_409(tmp_path: Path, make: Callable[[Promotions], Any]) -> None:
    with (
        offline(tmp_path) as promotions,
        httpx.Client(transport=WsgiTransport(make(promotions)), base_url="http://shop") as http,
    ):
        http.post("/pay")
        again = http.post("/pay")
    assert (again.status_code, json.loads(again.content)["error"]) == (409, "checkout_closed")
