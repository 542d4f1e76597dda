"""What is Django's own: settings, streams, what the view does not see. The rest is in tests/scenarios."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory, override_settings
from django.urls import path

from promo_engine import Customer
from promo_engine.testing import a_cart as an_engine_cart
from promo_middleware import CheckoutInFlight, Promotions
from promo_middleware.django import PromotionsMiddleware
from tests.promo_middleware.conftest import a_cart
from tests.promo_middleware.offline import offline
from tests.scenarios.shells import Urls
from tests.scenarios.shop import AsgiTransport, WsgiTransport

CART = json.dumps(a_cart()).encode()
HALVES = [CART[:99], CART[99:]]
HANDLERS: dict[str, Callable[[], httpx.BaseTransport]] = {
    "wsgi": lambda: WsgiTransport(WSGIHandler()),
    "asgi": lambda: AsgiTransport(ASGIHandler()),
}


@contextmanager
def serving(view: Any, promotions: Any, handler: str = "wsgi", *outside: str) -> Iterator[httpx.Client]:
    middleware = [*outside, "promo_middleware.django.PromotionsMiddleware"]
    urls = Urls(path("cart", view), path("pay", view), path("other", view))
    with (
        override_settings(PROMOTIONS=promotions, MIDDLEWARE=middleware, ROOT_URLCONF=urls),
        httpx.Client(transport=HANDLERS[handler](), base_url="http://shop") as http,
    ):
        yield http


async def parts_of(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def streamed(handler: str, *parts: bytes, **options: Any) -> StreamingHttpResponse:
    content = parts_of(*parts) if handler == "asgi" else iter(parts)
    return StreamingHttpResponse(content, content_type="application/json", **options)


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_streamed_cart_is_priced_whole(promotions: Promotions, handler: str) -> None:
    with serving(lambda request: streamed(handler, *HALVES), promotions, handler) as http:
        response = http.get("/cart")
    assert (response.json()["total"], response.headers["cache-control"]) == (4792, "private, no-store")


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous iterators")  # Django's advice
def test_a_stream_that_blocks_is_read_in_a_thread_under_asgi(promotions: Promotions) -> None:
    with serving(lambda request: streamed("wsgi", *HALVES), promotions, "asgi") as http:
        assert http.get("/cart").json()["total"] == 4792


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_stream_above_the_bound_goes_on_unchanged(promotions: Promotions, handler: str) -> None:
    parts = [b" " * 600_000, b" " * 600_000, b"x"]
    with serving(lambda request: streamed(handler, *parts), promotions, handler) as http:
        response = http.get("/cart")
    assert response.content == b"".join(parts)
    assert "cache-control" not in response.headers


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_streamed_order_is_settled_at_its_end(promotions: Promotions, handler: str) -> None:
    def view(request: Any) -> StreamingHttpResponse:
        request.promotions.hold(reference="o1", cart=a_cart())
        return streamed(handler, b'{"total":', b"4792}", status=201)

    with serving(view, promotions, handler) as http:
        assert http.post("/pay").json() == {"total": 4792}
    assert promotions.outbox.entries()[0].step == "confirm"


async def breaks() -> AsyncIterator[bytes]:
    yield b"{"
    raise ZeroDivisionError


def test_a_streamed_order_that_breaks_off_is_in_doubt(promotions: Promotions) -> None:
    def view(request: Any) -> StreamingHttpResponse:
        request.promotions.hold(reference="o1", cart=a_cart())
        return StreamingHttpResponse(iter(lambda: 1 // 0, 0), content_type="application/json", status=201)

    with serving(view, promotions) as http:
        http.post("/pay")
    assert promotions.outbox.entries()[0].step == "doubt"


@pytest.mark.parametrize("is_read", [False, True])
async def test_an_asynchronous_stream_that_ends_early_is_in_doubt(promotions: Promotions, is_read: bool) -> None:
    async def view(request: Any) -> StreamingHttpResponse:
        await request.promotions.ahold(reference="o1", cart=a_cart())
        return StreamingHttpResponse(breaks(), content_type="application/json", status=201)

    with override_settings(PROMOTIONS=promotions):
        response: Any = await PromotionsMiddleware(view)(RequestFactory().post("/pay"))
    if is_read:
        with pytest.raises(ZeroDivisionError):
            assert [part async for part in response]
    response.close()
    assert promotions.outbox.entries()[0].step == "doubt"


@pytest.mark.parametrize("handler", HANDLERS)
def test_the_view_does_not_see_what_would_bypass_it_and_what_is_outside_does(
    promotions: Promotions, handler: str
) -> None:
    seen: list[set[str]] = []

    def view(request: Any) -> HttpResponse:
        seen.append({name.lower() for name in request.headers})
        return HttpResponse(CART, content_type="application/json")

    gzip = "django.middleware.gzip.GZipMiddleware"
    with serving(view, promotions, handler, gzip) as http:
        sent = {"Accept-Encoding": "gzip", "Range": "bytes=0-1", "Promo-Tier": "gold", "X-A": "b"}
        responses = [http.get(url, headers=sent) for url in ("/cart", "/other")]
    assert [{"accept-encoding", "range", "promo-tier", "x-a"} & one for one in seen] == [
        {"x-a"},
        {"accept-encoding", "range", "x-a"},
    ]
    assert responses[0].headers["content-encoding"] == "gzip"
    assert responses[0].json()["total"] == 4792


@pytest.mark.parametrize("handler", HANDLERS)
def test_djangos_own_middleware_states_no_length_for_a_head_of_a_cart(promotions: Promotions, handler: str) -> None:
    def view(request: Any) -> HttpResponse:
        response = HttpResponse(CART, content_type="application/json", headers={"X-Shop": "1"})
        response.set_cookie("a", "1")
        return response

    with serving(view, promotions, handler, "django.middleware.common.CommonMiddleware") as http:
        response = http.head("/cart")
    assert (response.status_code, response.headers["x-shop"], dict(response.cookies)) == (200, "1", {"a": "1"})
    assert "content-length" not in response.headers


def test_cookies_and_other_headers_stay(promotions: Promotions) -> None:
    def view(request: Any) -> HttpResponse:
        response = HttpResponse(CART, content_type="application/json", headers={"X-Shop": "1", "ETag": "x"})
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    with serving(view, promotions) as http:
        response = http.get("/cart")
    assert response.headers["x-shop"] == "1"
    assert response.headers["etag"] != "x"
    assert dict(response.cookies) == {"a": "1", "b": "2"}


async def test_an_asynchronous_view_asks_for_a_price(tmp_path: Any) -> None:
    async def view(request: Any) -> HttpResponse:
        cart = an_engine_cart(("MILK", 1000))
        evaluation, block = await request.promotions.aprice(cart), await request.promotions.ablock(cart)
        return HttpResponse(f"{evaluation.amount_due} {block['totals']['amount_due']}")

    with offline(tmp_path) as promotions, serving(view, promotions, "asgi") as http:
        assert http.get("/cart").text == "800 800"


@pytest.mark.parametrize("handler", HANDLERS)
def test_the_resolver_is_given_the_request(tmp_path: Any, handler: str) -> None:
    asked: list[Any] = []

    def customer(request: Any) -> Customer:
        asked.append(request.path)
        return Customer(id="7")

    def view(request: Any) -> HttpResponse:
        return HttpResponse(CART, content_type="application/json")

    with offline(tmp_path, customer=customer) as promotions, serving(view, promotions, handler) as http:
        assert http.get("/cart").json()["total"] == 4792
    assert asked == ["/cart"]


def refused(request: Any) -> CheckoutInFlight:
    request.promotions.refusal = refusal = CheckoutInFlight("busy")
    return refusal


def raises(request: Any) -> HttpResponse:
    raise refused(request)


def raises_from_it(request: Any) -> HttpResponse:
    raise ZeroDivisionError from refused(request)


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("view", [raises, raises_from_it])
def test_a_refusal_that_a_view_leaves_is_a_409(promotions: Promotions, handler: str, view: Any) -> None:
    with serving(view, promotions, handler) as http:
        response = http.post("/pay")
    assert (response.status_code, response.json()) == (409, {"error": "checkout_in_flight", "message": "busy"})


def answers_503(request: Any) -> HttpResponse:
    refused(request)
    return HttpResponse(b"stored, no mail", status=503)


def answers_500(request: Any) -> HttpResponse:
    refused(request)
    return HttpResponse(b"stored, no mail", status=500)


def fails_later(request: Any) -> HttpResponse:
    refused(request)
    raise ZeroDivisionError


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize(("view", "status"), [(answers_503, 503), (answers_500, 500), (fails_later, 500)])
def test_what_goes_wrong_after_a_refusal_that_was_met_is_the_shops_own(
    promotions: Promotions, handler: str, view: Any, status: int
) -> None:
    with serving(view, promotions, handler) as http:
        response = http.post("/pay")
    assert (response.status_code, b"checkout_in_flight" in response.content) == (status, False)


PROMOTIONS: Any = None


def test_the_setting_may_be_a_dotted_path(promotions: Promotions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.PROMOTIONS", promotions)
    with override_settings(PROMOTIONS=f"{__name__}.PROMOTIONS"):
        assert PromotionsMiddleware(lambda request: HttpResponse()).promotions is promotions


@pytest.mark.parametrize("made", [None, {"api": "x"}])
def test_a_setting_that_is_no_promotions_is_refused(made: Any) -> None:
    with override_settings(PROMOTIONS=made), pytest.raises(ImproperlyConfigured, match="PROMOTIONS must be"):
        PromotionsMiddleware(lambda request: HttpResponse())
