"""Asking an app in this process, past any server: a GET, and the whole of what it answers."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio

from promo_middleware.headers import CLAIM, HIDDEN, Headers
from promo_middleware.pipeline import MAX_BODY

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_NOT_FOR_A_GET = HIDDEN | {
    *(b"connection", b"expect", b"if-match", b"if-unmodified-since", b"keep-alive", b"te", b"trailer"),
    *(b"transfer-encoding", b"upgrade", b"x-http-method", b"x-http-method-override", b"x-method-override"),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an app answers. ``body`` is None where it is too much to be a cart."""

    status: int
    headers: Headers
    body: bytes | None


def for_a_get(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Return what of a request's headers goes for a GET of another path, too: who asks, and from where.

    >>> for_a_get([(b"cookie", b"session=7"), (b"content-length", b"2"), (b"promo-tier", b"gold")])
    [(b'cookie', b'session=7')]
    """
    return [
        (name, value)
        for name, value in headers
        if name not in _NOT_FOR_A_GET and not name.startswith((b"content-", CLAIM))
    ]


def scope_of_get(scope: Mapping[str, Any], path: str, headers: Headers, query: bytes = b"") -> dict[str, Any]:
    """Return the ASGI scope of a GET of a path, as the client of this one would send it."""
    asked = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query,
        "headers": list(headers),
        "extensions": {},
    }
    return {**scope, **asked, "state": dict(scope.get("state") or {})}


def environ_of_get(environ: Mapping[str, Any], path: str, query: str = "") -> dict[str, Any]:
    """Return the WSGI environ of a GET of a path, as the client of this one would send it; ``path`` is text."""
    kept = {name: value for name, value in environ.items() if not name.startswith("HTTP_")}
    kept |= dict(_variables(for_a_get(headers_of(environ))))
    for name in ("CONTENT_LENGTH", "CONTENT_TYPE", "wsgi.input_terminated", "wsgi.file_wrapper"):
        kept.pop(name, None)
    raw = path.encode().decode("latin-1")  # a character for each byte, as PEP 3333 has it
    mounted = environ.get("SCRIPT_NAME", "")
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": raw.removeprefix(mounted), "QUERY_STRING": query}
    return kept | asked | {"wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"}


def headers_of(environ: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Return the headers of a WSGI environ, their names in lower case."""
    named = [(name[5:], value) for name, value in environ.items() if name.startswith("HTTP_")]
    named += [(name, environ[name]) for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)]
    return [(name.lower().replace("_", "-").encode("latin-1"), value.encode("latin-1")) for name, value in named]


def _variables(headers: Headers) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        yield "HTTP_" + name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1")


class _Body:
    """The parts of a body, as long as they are no more than a cart may have."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._left = MAX_BODY

    def add(self, part: bytes) -> bool:
        self._left -= len(part)
        if self._left >= 0:
            self._parts.append(part)
        return self._left >= 0

    @property
    def whole(self) -> bytes | None:
        return b"".join(self._parts) if self._left >= 0 else None


async def ask_asgi(app: Any, scope: Mapping[str, Any]) -> Reply:
    """Ask an ASGI app; what it raises before it answers comes through.

    Raises:
        RuntimeError: it returns without an answer.
    """
    requests = [{"type": "http.request", "body": b"", "more_body": False}]
    status, headers, body = 0, [], _Body()

    async def receive() -> dict[str, Any]:
        if not requests:
            await anyio.sleep_forever()  # who asks again waits for the client to be gone
        return requests.pop()

    async def send(message: Any) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            body.add(message.get("body", b""))

    try:
        await app(dict(scope), receive, send)
    except Exception:
        if status < 500:  # from then on it is the server's own: frameworks answer, and raise for the log
            raise
    return Reply(_said(status), headers, body.whole)


def ask_wsgi(app: "WSGIApplication", environ: Mapping[str, Any]) -> Reply:
    """Ask a WSGI app; what it raises comes through.

    Raises:
        RuntimeError: it returns without an answer.
    """
    said: list[tuple[str, Sequence[tuple[str, str]]]] = []
    body = _Body()

    def start_response(status: str, headers: Any, _info: Any = None, /) -> Any:
        said.append((status, headers))
        return body.add

    found = app(dict(environ), start_response)
    try:
        for part in found:
            if not body.add(part):
                break
    finally:
        if hasattr(found, "close"):
            found.close()
    status, headers = said[-1] if said else ("0", ())
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return Reply(_said(int(status.split()[0])), pairs, body.whole)


def _said(status: int) -> int:
    if not status:
        raise RuntimeError("the app ended without an answer")
    return status
