"""A shop of few lines that knows no framework, and the clients by which it is reached."""

import inspect
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from promo_middleware import Hold
from promo_sdk._transport import BlockingASGITransport
from tests.promo_middleware.wire import environ_of, serve


@dataclass
class Shop:
    """Carts by id, and what was charged for which. ``respond`` says what a checkout answers."""

    carts: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, int] = field(default_factory=dict)
    charge: Callable[[Hold], int] = lambda hold: hold.amount_due
    after_charge: Callable[[], None] = lambda: None
    status: int = 201
    ttl: Any = None
    is_held_before: bool = False
    show_status: int = 200
    show_headers: dict[str, str] = field(default_factory=dict)
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def cart(self, cart: str, headers: Mapping[str, str] | None = None) -> bytes:
        """Show a cart; whoever asks with headers is noted."""
        if headers is not None:
            self.asked.append({name.lower(): value for name, value in headers.items()})
        return json.dumps(self.carts[cart]).encode()

    def held(self, promotions: Any, cart: str) -> Any:
        """Return what was held before the handler, or hold it: a value, or something to await."""
        if self.is_held_before:
            return promotions.held
        return promotions.hold(reference=cart, cart=self.carts[cart], ttl=self.ttl)

    def sell(self, cart: str, hold: Hold) -> tuple[int, bytes]:
        """Charge what is held, and answer with the order."""
        amount = self.charge(hold)
        self.orders[cart] = amount
        self.after_charge()
        body = {"order": cart, "total": amount} if self.status < 300 else {}
        return self.status, json.dumps(body).encode()


async def awaited(held: Any) -> Hold:
    """Return a hold that may have to be awaited."""
    found: Hold = await held if inspect.isawaitable(held) else held
    return found


class AsgiTransport(BlockingASGITransport):
    """A server around an ASGI app: what the app raises, it has answered or will."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._asgi = httpx.ASGITransport(app, raise_app_exceptions=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Serve one request, and wait for it longer than its client would: a busy machine is no shop that is down."""
        request.extensions["timeout"] = httpx.Timeout(60).as_dict()
        return super().handle_request(request)


class WsgiTransport(httpx.BaseTransport):
    """A server around a WSGI app: what the app raises is a 500."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Serve one request."""
        headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
        body = request.read()
        more = {"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": request.headers.get("content-type", "")}
        environ = environ_of(request.method, request.url.path, **headers, **more) | {"wsgi.input": io.BytesIO(body)}
        served = serve(self._app, environ)
        if served.error is not None and served.status is None:
            return httpx.Response(500)
        assert served.status is not None
        return httpx.Response(int(served.status[:3]), headers=served.headers, stream=httpx.ByteStream(served.body))
