"""The same shop through every shell, on the real frameworks."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import django
import flask
import httpx
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from promo_middleware import Promotions, PromotionsMiddleware
from promo_middleware.wsgi import PromotionsMiddleware as WsgiMiddleware
from tests.scenarios.shop import AsgiTransport, Shop, WsgiTransport, awaited

JSON = "application/json"
if not settings.configured:
    settings.configure(ALLOWED_HOSTS=["*"], SECRET_KEY="x", LOGGING_CONFIG=None, MIDDLEWARE=[])
    django.setup()

Shell = Callable[[Shop, Promotions], AbstractContextManager[httpx.BaseTransport]]


@contextmanager
def starlette(shop: Shop, promotions: Promotions) -> Iterator[httpx.BaseTransport]:
    """Serve the shop by the ASGI shell."""

    async def show(request: Request) -> Response:
        body = shop.cart(request.path_params["cart"], request.headers)
        return Response(body, shop.show_status, shop.show_headers, media_type=JSON)

    async def check_out(request: Request) -> Response:
        cart = request.path_params["cart"]
        hold = await awaited(shop.held(request.state.promotions, cart))
        status, body = shop.sell(cart, hold)
        return Response(body, status, media_type=JSON)

    yield AsgiTransport(
        Starlette(
            routes=[Route("/carts/{cart}", show), Route("/carts/{cart}/checkout", check_out, methods=["POST"])],
            middleware=[Middleware(PromotionsMiddleware, promotions=promotions)],
        )
    )


@contextmanager
def flask_(shop: Shop, promotions: Promotions) -> Iterator[httpx.BaseTransport]:
    """Serve the shop by the WSGI shell."""
    app = flask.Flask("shop")

    @app.get("/carts/<cart>")
    def show(cart: str) -> flask.Response:
        body = shop.cart(cart, dict(flask.request.headers))
        return flask.Response(body, shop.show_status, shop.show_headers, content_type=JSON)

    @app.post("/carts/<cart>/checkout")
    def check_out(cart: str) -> flask.Response:
        hold = shop.held(flask.request.environ["fairtill.promotions"], cart)
        status, body = shop.sell(cart, hold)
        return flask.Response(body, status, content_type=JSON)

    app.wsgi_app = WsgiMiddleware(app.wsgi_app, promotions)  # type: ignore[method-assign]
    yield WsgiTransport(app)


class Urls:
    """What Django calls a URL configuration."""

    def __init__(self, *patterns: Any) -> None:
        self.urlpatterns = list(patterns)


def _django(promotions: Promotions, show: Any, check_out: Any) -> Any:
    urls = Urls(path("carts/<cart>", show), path("carts/<cart>/checkout", check_out))
    middleware = ["promo_middleware.django.PromotionsMiddleware"]
    return override_settings(PROMOTIONS=promotions, MIDDLEWARE=middleware, ROOT_URLCONF=urls)


def _sync_views(shop: Shop) -> tuple[Any, Any]:
    def show(request: Any, cart: str) -> HttpResponse:
        body = shop.cart(cart, request.headers)
        return HttpResponse(body, content_type=JSON, status=shop.show_status, headers=shop.show_headers)

    def check_out(request: Any, cart: str) -> HttpResponse:
        hold = shop.held(request.promotions, cart)
        status, body = shop.sell(cart, hold)
        return HttpResponse(body, status=status, content_type=JSON)

    return show, check_out


@contextmanager
def django_wsgi(shop: Shop, promotions: Promotions) -> Iterator[httpx.BaseTransport]:
    """Serve the shop by Django's own middleware class, as WSGI."""
    with _django(promotions, *_sync_views(shop)):
        yield WsgiTransport(WSGIHandler())


@contextmanager
def django_in_threads(shop: Shop, promotions: Promotions) -> Iterator[httpx.BaseTransport]:
    """Serve the shop by synchronous views under ASGI."""
    with _django(promotions, *_sync_views(shop)):
        yield AsgiTransport(ASGIHandler())


@contextmanager
def django_asgi(shop: Shop, promotions: Promotions) -> Iterator[httpx.BaseTransport]:
    """Serve the shop by asynchronous views."""

    async def show(request: Any, cart: str) -> HttpResponse:
        body = shop.cart(cart, request.headers)
        return HttpResponse(body, content_type=JSON, status=shop.show_status, headers=shop.show_headers)

    async def check_out(request: Any, cart: str) -> HttpResponse:
        if shop.is_held_before:
            hold = request.promotions.held
        else:
            hold = await request.promotions.ahold(reference=cart, cart=shop.carts[cart], ttl=shop.ttl)
        status, body = shop.sell(cart, hold)
        return HttpResponse(body, status=status, content_type=JSON)

    with _django(promotions, show, check_out):
        yield AsgiTransport(ASGIHandler())


SHELLS: dict[str, Shell] = {
    "starlette": starlette,
    "flask": flask_,
    "django, wsgi": django_wsgi,
    "django, asgi": django_asgi,
    "django, threads": django_in_threads,
}
