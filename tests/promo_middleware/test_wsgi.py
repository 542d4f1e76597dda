"""The bytes of a response over WSGI: whatever an app does that PEP 3333 allows."""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.util import FileWrapper

import pytest

from promo_middleware import Promotions
from promo_middleware.wsgi import PromotionsMiddleware
from tests.promo_middleware.conftest import a_cart
from tests.promo_middleware.wire import Served, environ_of, serve

JSON = ("Content-Type", "application/json")
CART = json.dumps(a_cart()).encode()
HALVES = [CART[:99], CART[99:]]


def ask(app: Any, promotions: Promotions, method: str = "GET", path: str = "/cart", **environ: Any) -> Served:
    parts = environ.pop("parts", None)
    return serve(PromotionsMiddleware(app, promotions), environ_of(method, path, **environ), parts=parts)


def app_of(result: Any, *headers: tuple[str, str], status: str = "200 OK") -> Callable[..., Any]:
    def app(environ: Any, start_response: Any) -> Any:
        start_response(status, [JSON, *headers])
        return result

    return app


def late(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [JSON])
    yield from HALVES


def written(environ: Any, start_response: Any) -> list[bytes]:
    write = start_response("200 OK", [JSON])
    write(HALVES[0])
    return [HALVES[1]]


def only_written(environ: Any, start_response: Any) -> tuple[()]:
    start_response("200 OK", [JSON])(CART)
    return ()


WAYS = {
    "a list": app_of(HALVES),
    "a tuple": app_of((CART,)),
    "a generator": app_of(part for part in HALVES),
    "a file": app_of(FileWrapper(io.BytesIO(CART), 7)),
    "begun late": late,
    "written in part": written,
    "written": only_written,
    "empty parts": app_of([b"", *HALVES, b""]),
}


@pytest.mark.parametrize("app", WAYS.values(), ids=WAYS)
def test_a_cart_is_priced_whole_however_it_comes(promotions: Promotions, app: Any) -> None:
    served = ask(app, promotions)
    assert (served.status, served.error, served.is_whole) == ("200 OK", None, True)
    assert json.loads(served.body)["total"] == 4792
    assert ("content-length", str(len(served.body))) in served.headers


def test_repeated_headers_survive_in_order(promotions: Promotions) -> None:
    cookies = [("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("X-Shop", "é"), ("Set-Cookie", "c=3")]
    served = ask(app_of([CART], *cookies, ("Content-Length", "9"), ("ETag", "x")), promotions)
    assert served.headers[:5] == [JSON, *cookies]
    assert [name.lower() for name, _ in served.headers[5:]] == ["cache-control", "content-length", "etag"]


UNTOUCHED = {
    "html": ([("Content-Type", "text/html")], "200 OK", CART),
    "an error": ([JSON], "404 Not Found", CART),
    "encoded": ([JSON, ("Content-Encoding", "gzip")], "200 OK", b"\x1f\x8b"),
    "no content": ([], "204 No Content", b""),
    "not modified": ([("ETag", "x")], "304 Not Modified", b""),
    "another charset": ([("Content-Type", "application/json; charset=utf-16")], "200 OK", CART),
    "broken": ([JSON], "200 OK", b"{"),
    "empty": ([JSON], "200 OK", b""),
    "no cart": ([JSON], "200 OK", b'{"total": 1}'),
    "another reason": ([JSON], "200 Fine", b"[]"),
}


@pytest.mark.parametrize(("headers", "status", "body"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_is_no_cart_goes_out_byte_for_byte(
    promotions: Promotions, headers: list[tuple[str, str]], status: str, body: bytes
) -> None:
    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response(status, headers)
        return iter([body[:1], body[1:]])

    served = ask(app, promotions)
    assert (served.status, served.headers, served.body, served.is_whole) == (status, headers, body, True)


def test_what_is_no_cart_is_given_to_the_server_as_the_app_gave_it(promotions: Promotions) -> None:
    file = FileWrapper(io.BytesIO(b"pixels"))

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "image/png")])
        return file

    started: list[Any] = []

    def start_response(*arguments: Any) -> Callable[[bytes], object]:
        started.append(arguments)
        return bytes

    assert PromotionsMiddleware(app, promotions)(environ_of(), start_response) is file
    assert started == [("200 OK", [("Content-Type", "image/png")])]


@pytest.mark.parametrize("is_written", [False, True])
def test_a_response_above_the_bound_streams_on_unchanged(promotions: Promotions, is_written: bool) -> None:
    megabyte = b" " * 600_000

    def app(environ: Any, start_response: Any) -> Iterator[bytes] | tuple[()]:
        write = start_response("200 OK", [JSON])
        if not is_written:
            return iter([megabyte, megabyte, b"x"])
        for part in (megabyte, megabyte, b"x"):
            write(part)
        return ()

    served = ask(app, promotions)
    assert (served.body, served.headers) == (megabyte * 2 + b"x", [JSON])
    assert [len(part) for part in served.parts] == [1_200_000, 1]


class Closing:
    """An iterable that notes how often it was closed."""

    def __init__(self, *parts: bytes | Exception) -> None:
        self.parts = parts
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("path", ["/cart", "/pay", "/other"])
@pytest.mark.parametrize("parts", [None, 0, 1])
@pytest.mark.parametrize("failure", [(), (ZeroDivisionError(),)], ids=["whole", "raises"])
def test_what_the_app_returned_is_closed_once(
    promotions: Promotions, path: str, parts: int | None, failure: tuple[Exception, ...]
) -> None:
    result = Closing(*HALVES, *failure)
    served = ask(app_of(result), promotions, "POST" if path == "/pay" else "GET", path, parts=parts)
    assert result.closed == 1
    assert isinstance(served.error, ZeroDivisionError) or not failure or parts is not None


def test_an_app_that_raises_midway_has_sent_nothing_of_a_cart(promotions: Promotions) -> None:
    served = ask(app_of(Closing(HALVES[0], ZeroDivisionError())), promotions)
    assert (served.status, served.body, type(served.error)) == (None, b"", ZeroDivisionError)


def failing(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [JSON])
    yield HALVES[0]
    try:
        raise ZeroDivisionError
    except ZeroDivisionError as error:
        start_response("500 Oops", [("Content-Type", "text/plain")], (type(error), error, None))
    yield b"sorry"


def test_an_app_that_begins_anew_after_an_error_replaces_what_was_held_back(promotions: Promotions) -> None:
    served = ask(failing, promotions)
    assert (served.status, served.headers, served.body) == ("500 Oops", [("Content-Type", "text/plain")], b"sorry")


def test_an_app_that_begins_twice_without_an_error_is_wrong(promotions: Promotions) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [JSON])
        start_response("200 OK", [JSON])
        return []

    assert "a second time" in str(ask(app, promotions).error)


def test_a_head_of_a_cart_says_nothing_of_a_body_that_was_not_priced(promotions: Promotions) -> None:
    served = ask(app_of([], ("Content-Length", "9"), ("ETag", "x"), ("Set-Cookie", "a=1")), promotions, "HEAD")
    assert served.headers == [JSON, ("Set-Cookie", "a=1"), ("cache-control", "private, no-store")]
    assert served.body == b""


def test_an_adjusted_route_hides_what_would_bypass_it_and_others_hide_claims_only(promotions: Promotions) -> None:
    hidden = {"HTTP_ACCEPT_ENCODING": "gzip", "HTTP_IF_NONE_MATCH": "x", "HTTP_IF_MODIFIED_SINCE": "x"}
    hidden |= {"HTTP_RANGE": "0-1", "wsgi.file_wrapper": "x"}
    seen: list[Any] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(set(environ) - set(environ_of()))
        return []

    for path in ("/cart", "/other"):
        ask(app, promotions, path=path, HTTP_PROMO_TIER="gold", HTTP_X="y", **hidden)
    assert seen == [{"HTTP_X", "fairtill.promotions"}, {"HTTP_X", *hidden}]


def test_a_path_is_the_whole_one_and_text(tmp_path: Any) -> None:
    from tests.promo_middleware.offline import offline

    with offline(tmp_path, carts=["GET /läden/{shop}/cart"]) as promotions:
        served = ask(
            app_of([CART]),
            promotions,
            path="/7/cart",
            SCRIPT_NAME="/läden".encode().decode("latin-1"),
        )
    assert json.loads(served.body)["total"] == 4792
