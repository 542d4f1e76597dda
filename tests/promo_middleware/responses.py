"""Responses as shops make them, carts among them: strategies, and what is to become of each."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.promo_middleware.conftest import a_cart
from tests.promo_middleware.wire import Pairs, over_http

CART = json.dumps(a_cart(), ensure_ascii=False).encode()
BODIES = [CART, CART, CART, b"", b"{", b"[]", b'{"total":1,"total":1}', json.dumps(a_cart() | {"total": 1}).encode()]
OF_THE_BODY = {b"content-length", b"etag", b"last-modified", b"cache-control"}
OPTIONAL: Pairs = [
    (b"ETag", b'"of the shop"'),
    (b"Last-Modified", b"Sun, 22 Nov 2026 12:00:00 GMT"),
    (b"Cache-Control", b"public, max-age=60"),
    (b"set-cookie", b"a=1"),
    (b"Set-Cookie", b"b=2; Path=/"),
    (b"X-Shop", b"l\xe4den"),
]
TYPES = [b"application/json", b"application/json", b"application/vnd.shop+json; charset=UTF-8", b"text/html"]


@dataclass(frozen=True)
class Response:
    """A response, in the parts in which the app sends it."""

    status: int
    headers: Pairs
    parts: list[bytes]

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    @property
    def is_cart(self) -> bool:
        """Whether it is to be re-priced: told by its whole, not as the middleware finds it out."""
        headers = {name.lower(): value for name, value in self.headers}
        is_json = b"json" in headers[b"content-type"] and b"content-encoding" not in headers
        return self.status in (200, 201, 202) and is_json and self.body == CART


@st.composite
def responses(draw: st.DrawFn) -> Response:
    """Draw a response: any status, headers and chunking."""
    status = draw(st.sampled_from([200, 200, 201, 202, 203, 206, 204, 304, 404, 500]))
    body = b"" if status in (204, 304) else draw(st.sampled_from(BODIES))
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=6)))
    parts = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    headers = [(b"Content-Type", draw(st.sampled_from(TYPES))), *draw(st.lists(st.sampled_from(OPTIONAL), max_size=6))]
    if draw(st.booleans()):
        headers.append((b"Content-Length", str(len(body)).encode()))
    if draw(st.integers(0, 9)) == 0:
        headers.append((b"Content-Encoding", b"gzip"))
    return Response(status, headers, parts)


def check_priced(response: Response, status: int, headers: Pairs, parts: list[bytes]) -> None:
    """Check that what was sent is valid HTTP, the cart in it priced, and all else as the shop had it."""
    received, pairs, body = over_http(status, headers, parts)
    assert received == response.status
    document: dict[str, Any] = json.loads(body)
    assert document.pop("promotions")["totals"]["amount_due"] == 4792
    assert document == json.loads(CART) | {"total": 4792}
    assert _others(headers) == _others(response.headers)
    said = dict(pairs)
    assert (said[b"content-length"], said[b"cache-control"]) == (str(len(body)).encode(), b"private, no-store")
    assert said[b"etag"] != b'"of the shop"'
    assert b"last-modified" not in said


def _others(headers: Pairs) -> Pairs:
    return [pair for pair in headers if pair[0].lower() not in OF_THE_BODY]
