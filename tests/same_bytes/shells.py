"""A shop whose cart route answers the cart, and the whole evaluation of it as its handler is told it."""

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import httpx
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from promo_engine import Evaluation
from promo_middleware import Promotions, PromotionsMiddleware
from promo_middleware.wsgi import KEY
from promo_middleware.wsgi import PromotionsMiddleware as WsgiMiddleware
from tests.scenarios.shells import Urls
from tests.scenarios.shop import AsgiTransport, WsgiTransport

Show = Callable[[], dict[str, Any]]
JSON = "application/json"


def answer(cart: dict[str, Any], evaluation: Evaluation) -> bytes:
    """Return a cart with its whole evaluation beside."""
    return json.dumps(cart | {"evaluation": evaluation.document()}).encode()


def asgi(cart: Show, promotions: Promotions) -> AbstractContextManager[httpx.BaseTransport]:
    """Serve the cart by ASGI."""

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        body = answer(cart(), await scope["state"]["promotions"].price(cart()))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", JSON.encode())]})
        await send({"type": "http.response.body", "body": body})

    return nullcontext(AsgiTransport(PromotionsMiddleware(app, promotions)))


def wsgi(cart: Show, promotions: Promotions) -> AbstractContextManager[httpx.BaseTransport]:
    """Serve the cart by WSGI."""

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("content-type", JSON)])
        return [answer(cart(), environ[KEY].price(cart()))]

    return nullcontext(WsgiTransport(WsgiMiddleware(app, promotions)))


class django(AbstractContextManager[httpx.BaseTransport]):  # noqa: N801 - named as the others
    """Serve the cart by Django's own middleware class."""

    def __init__(self, cart: Show, promotions: Promotions) -> None:
        """Prepare the settings."""

        def view(request: Any) -> HttpResponse:
            return HttpResponse(answer(cart(), request.promotions.price(cart())), content_type=JSON)

        middleware = ["promo_middleware.django.PromotionsMiddleware"]
        urls = Urls(path("cart", view))
        self._settings = override_settings(PROMOTIONS=promotions, MIDDLEWARE=middleware, ROOT_URLCONF=urls)

    def __enter__(self) -> httpx.BaseTransport:
        self._settings.enable()
        return WsgiTransport(WSGIHandler())

    def __exit__(self, *_: object) -> None:
        self._settings.disable()


SHELLS: dict[str, Callable[[Show, Promotions], AbstractContextManager[httpx.BaseTransport]]] = {
    "ASGI": asgi,
    "WSGI": wsgi,
    "Django": django,
}
