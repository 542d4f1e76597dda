"""What a response is on the wire, with h11 as judge; and a WSGI server that keeps to PEP 3333."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import h11

Pairs = list[tuple[bytes, bytes]]


def over_http(status: int, headers: Pairs, parts: Iterable[bytes]) -> tuple[int, Pairs, bytes]:
    """Send a response as a server and read it as a client; what is no valid HTTP raises."""
    server, client = h11.Connection(h11.SERVER), h11.Connection(h11.CLIENT)
    request = h11.Request(method="GET", target="/cart", headers=[("host", "shop")])
    server.receive_data(_sent(client, request, h11.EndOfMessage()))
    assert [type(event) for event in _events(server)] == [h11.Request, h11.EndOfMessage]
    head = h11.Response(status_code=status, headers=headers)
    client.receive_data(_sent(server, head, *map(h11.Data, parts), h11.EndOfMessage()))
    first, *rest = _events(client)
    assert isinstance(first, h11.Response)
    body = b"".join(bytes(event.data) for event in rest if isinstance(event, h11.Data))
    return first.status_code, list(first.headers), body


def _sent(connection: h11.Connection, *events: Any) -> bytes:
    return b"".join(connection.send(event) or b"" for event in events)


def _events(connection: h11.Connection) -> Iterator[Any]:
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        assert event is not h11.NEED_DATA
        yield event
    yield event


@dataclass
class Served:
    """What a WSGI server sent, and how it ended."""

    status: str | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)
    is_whole: bool = False
    error: BaseException | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    @property
    def pairs(self) -> Pairs:
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers]


def environ_of(method: str = "GET", path: str = "/cart", **more: Any) -> dict[str, Any]:
    """Build an environ as a server does."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "shop",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    } | more


def serve(app: Any, environ: dict[str, Any], *, parts: int | None = None) -> Served:
    """Serve one request as PEP 3333 has it; ``parts``: the client is gone after so many."""
    served = Served()

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[[bytes], None]:
        if exc_info is not None and served.parts:
            raise exc_info[1]
        assert served.status is None or exc_info is not None, "start_response() a second time"
        served.status, served.headers = status, headers
        return send

    def send(part: bytes) -> None:
        assert served.status is not None, "a body before start_response()"
        if part:
            served.parts.append(part)

    result: Any = ()
    try:
        result = app(environ, start_response)
        for number, part in enumerate(result):
            if number == parts:
                return served
            send(part)
        assert served.status is not None, "start_response() was never called"
        served.is_whole = True
    except Exception as error:  # noqa: BLE001 a server meets whatever an app raises
        served.error = error
    finally:
        if hasattr(result, "close"):
            result.close()
    return served
