"""Django's requests and responses: what the shell reads of them, and makes of them."""

from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from copy import copy
from io import BytesIO
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.utils.datastructures import MultiValueDict

from promo_middleware.answer import Answer
from promo_middleware.head import Head
from promo_middleware.headers import Headers
from promo_middleware.inner import Reply, environ_of_get, headers_of
from promo_middleware.pipeline import MAX_BODY
from promo_middleware.wsgi import HIDDEN_VARIABLES


def get_request(request: HttpRequest, path: str) -> HttpRequest:
    """Return a request for another path, as the same client would send it: with its session and user, as they are."""
    asked = copy(request)
    for name in ("GET", "headers", "encoded_content_type", "accepted_types", "accepted_types_by_precedence"):
        asked.__dict__.pop(name, None)
    asked.META = asked.environ = environ_of_get(request.META, path)
    mounted_at = request.path.removesuffix(request.path_info)
    asked.method, asked.path, asked.path_info = "GET", path, path.removeprefix(mounted_at)
    asked.GET, asked._post, asked._files = QueryDict(), QueryDict(), MultiValueDict()
    asked.content_type, asked.content_params = "", {}
    asked._body, asked._stream, asked.resolver_match = b"", BytesIO(), None
    return asked


def head_of(request: HttpRequest) -> Head:
    """Return how a request begins."""
    return Head(request.method or "", request.path, headers_of(request.META), request.scheme or "http")


def body_of(request: HttpRequest) -> bytes:
    """Read the request's body, as far as anything of ours may stand in it; the view finds it read."""
    stated = request.META.get("CONTENT_LENGTH") or "0"
    return request.body if stated.isdigit() and int(stated) <= MAX_BODY else b""


def reply_of(response: HttpResponse, body: bytes) -> Reply:
    """Return what a view answered, its cookies too."""
    cookies = [(b"set-cookie", one.OutputString().encode("latin-1")) for one in response.cookies.values()]
    return Reply(response.status_code, [*headers_in(response), *cookies], body if len(body) <= MAX_BODY else None)


def bare_of(response: HttpResponse, nothing: Any) -> HttpResponse:
    """Return the response of a HEAD as one whose length nobody knows: Django's own middleware would state it."""
    if response.streaming:
        return response
    bare = StreamingHttpResponse(nothing, status=response.status_code, reason=response.reason_phrase)
    put(bare, headers_in(response))
    bare.cookies = response.cookies
    return bare


async def no_parts() -> AsyncIterator[bytes]:
    """Yield nothing."""
    parts: tuple[bytes, ...] = ()
    for part in parts:
        yield part


async def again(held: bytes, parts: AsyncIterator[bytes] | None = None) -> AsyncIterator[bytes]:
    """Yield what was read already, then the rest."""
    yield held
    if parts is not None:
        async for part in parts:
            yield part


def rewritten(response: HttpResponse, headers: Headers, body: bytes) -> HttpResponse:
    """Return a response with another body, streamed as it was."""
    if not response.streaming:
        response.content = body
    else:
        response.streaming_content = again(body) if response.is_async else [body]
    put(response, headers)
    return response


def response_of(answer: Answer) -> HttpResponse:
    """Return an answer of ours as Django sends it; its cookies stand apart from its other headers."""
    response = HttpResponse(answer.body, status=answer.status)
    put(response, [(name, value) for name, value in answer.headers if name.lower() != b"set-cookie"])
    for name, value in answer.headers:
        if name.lower() == b"set-cookie":
            response.cookies.load(value.decode("latin-1"))
    return response


def headers_in(response: HttpResponse) -> Headers:
    """Return a response's headers, without its cookies."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]


def put(response: HttpResponse, headers: Headers) -> None:
    """Give a response these headers and no others; its cookies stand elsewhere."""
    for name, _ in list(response.items()):
        del response[name]
    for name, value in headers:
        response[name.decode("latin-1")] = value.decode("latin-1")


@contextmanager
def plain(request: HttpRequest) -> Iterator[None]:
    """Hide from the view what would make its response something else than a whole, plain, fresh one."""
    hidden = {name: request.META[name] for name in HIDDEN_VARIABLES if name in request.META}
    drop(request, hidden)
    try:
        yield
    finally:
        request.META.update(hidden)
        _forget_headers(request)


def drop(request: HttpRequest, names: Collection[str]) -> None:
    """Take headers away from a request."""
    if names:
        for name in names:
            del request.META[name]
        _forget_headers(request)


def _forget_headers(request: HttpRequest) -> None:
    """Have Django read the headers anew: it keeps what was asked for once."""
    request.__dict__.pop("headers", None)
