"""The ASGI shell: one responder object per cart or checkout request; everything else passes untouched."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any, TypeAlias

import anyio
from anyio import CapacityLimiter, to_thread

from promo_engine import Customer
from promo_middleware.checkout import Hold
from promo_middleware.errors import CheckoutRefused, MappingError
from promo_middleware.pipeline import MAX_BODY, read_shop_cart, read_shop_json, write_shop_json
from promo_middleware.promotions import Promotions
from promo_middleware.request import RequestPromotions
from promo_middleware.routes import Role

logger = logging.getLogger(__name__)

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

# What would make a cart's response something else than a whole, plain, fresh one.
HIDDEN = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}
WHOLE = {200, 201, 202}
"""The statuses of a response that may be a cart."""
THREADS = 40
"""How many checkouts of a process may wait for the API at once."""


class PromotionsMiddleware:
    """Re-price carts and settle checkouts around an ASGI app: ``PromotionsMiddleware(app, promotions)``.

    Handlers of checkout routes find ``request.state.promotions`` (a ``RequestPromotions``).
    """

    def __init__(self, app: App, promotions: Promotions) -> None:
        """Wrap the app."""
        self.app = app
        self.promotions = promotions
        # Of our own, so that checkouts that wait for the API never keep the shop's own thread work waiting.
        self.threads = CapacityLimiter(THREADS)
        self._has_waited = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass it on."""
        if scope["type"] != "http":
            await self._pass_on(scope, receive, send)
            return
        role = self.promotions.routes.role(scope["method"], scope["path"])
        if role is None:
            await self.app(_without_claims(scope), receive, send)
            return
        self.promotions.start()
        if not (self._has_waited or self.promotions.subscription.is_ready):
            self._has_waited = True
            await to_thread.run_sync(self.promotions.subscription.wait, self.promotions.timing.entitlement_deadline)
        responder = CartResponder if role is Role.CART else CheckoutResponder
        await responder(self, scope, send).serve(receive)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a lifespan or websocket on; the background thread lives as long as the app does."""
        if scope["type"] != "lifespan":
            await self.app(_without_claims(scope), receive, send)
            return
        self.promotions.start()
        try:
            await self.app(scope, receive, send)
        finally:
            await to_thread.run_sync(self.promotions.close)


class CartResponder:
    """Hold the response of a cart back until it is whole, and send it re-priced; or as it is, if it is no cart."""

    def __init__(self, middleware: PromotionsMiddleware, scope: Scope, send: Send) -> None:
        """Prepare one request."""
        self._app = middleware.app
        self._promotions = middleware.promotions
        self._threads = middleware.threads
        self._customer = _customer(middleware.promotions, scope)
        self._scope = _for_plain_answer(scope)
        self._forward = send
        self._start: Message | None = None
        self._body = bytearray()

    async def serve(self, receive: Receive) -> None:
        """Serve the request."""
        self._scope = _with_state(self._scope, RequestPromotions(self._promotions, self._customer, self._threads))
        await self._app(self._scope, receive, self._send)
        await self._let_go()

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_plain_json(message):
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._let_go()
            await self._forward(message)
            return
        self._body += message.get("body", b"")
        if len(self._body) > MAX_BODY:
            logger.warning("%s: a response above %d bytes goes out unchanged", self._scope["path"], MAX_BODY)
            await self._let_go(more_body=message.get("more_body", False))
        elif not message.get("more_body", False):
            await self._finish(self._start, bytes(self._body))

    async def _finish(self, start: Message, body: bytes) -> None:
        self._start = None
        try:
            adjusted = await self._reprice(body)
        except MappingError as error:
            logger.error("%s: the response goes out unchanged: %s", self._scope["path"], error)  # noqa: TRY400
        except Exception:
            logger.exception("%s: the response goes out unchanged", self._scope["path"])
        else:
            start = {**start, "headers": _headers_of(adjusted, start["headers"])}
            body = adjusted
        await self._forward(start)
        await self._forward({"type": "http.response.body", "body": body})

    async def _reprice(self, body: bytes) -> bytes:
        """Read, price, write. The only input or output is the question for uses left, and it has a deadline."""
        mapping, pricing = self._promotions.mapping, self._promotions.pricing
        document = read_shop_json(body)
        cart = read_shop_cart(document, mapping)
        if self._customer is not None:
            cart = cart.of_customer(self._customer)
        considered = pricing.consider(cart)
        missing = pricing.missing(considered)
        if missing is not None:
            with anyio.move_on_after(self._promotions.timing.entitlement_deadline):
                ask = partial(pricing.ask, cart.customer, missing)
                await to_thread.run_sync(ask, abandon_on_cancel=True, limiter=self._threads)
        mapping.write(document, pricing.evaluate(considered))
        return write_shop_json(document)

    async def _let_go(self, *, more_body: bool = True) -> None:
        """Send what is held back as it is."""
        if self._start is None:
            return
        start, self._start = self._start, None
        await self._forward(start)
        if self._body:
            body = bytes(self._body)
            await self._forward({"type": "http.response.body", "body": body, "more_body": more_body})


class CheckoutResponder:
    """Let a checkout's response pass as it is, read what it charged, and report how it ended."""

    def __init__(self, middleware: PromotionsMiddleware, scope: Scope, send: Send) -> None:
        """Prepare one request."""
        self._app = middleware.app
        self._promotions = middleware.promotions
        self._request = RequestPromotions(
            middleware.promotions, _customer(middleware.promotions, scope), middleware.threads
        )
        self._scope = _with_state(_for_plain_answer(scope), self._request)
        self._forward = send
        self._status: int | None = None
        self._body = bytearray()
        self._is_settled = False
        self._is_answered = False

    async def serve(self, receive: Receive) -> None:
        """Serve the request; whatever happens, a hold of its is reported."""
        try:
            await self._app(self._scope, receive, self._send)
        except BaseException:
            if (refusal := self._unanswered_refusal()) is not None:
                await self._answer_refusal(refusal)
            if not self._is_answered:
                raise
        finally:
            if not self._is_settled:
                await self._settle(None)

    async def _send(self, message: Message) -> None:
        if self._is_answered:
            return
        if message["type"] == "http.response.start":
            if message["status"] >= 500 and (refusal := self._unanswered_refusal()) is not None:
                await self._answer_refusal(refusal)
                return
            self._status = message["status"]
        elif message["type"] == "http.response.body":
            if len(self._body) <= MAX_BODY:
                self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._settle(self._status)
        await self._forward(message)

    def _unanswered_refusal(self) -> CheckoutRefused | None:
        """Return the refusal that the handler left to us: nothing is held, and no response has begun."""
        is_open = self._request.held is None and self._status is None and not self._is_answered
        return self._request.refusal if is_open else None

    async def _settle(self, status: int | None) -> None:
        """Report once, into the outbox, whatever happens to the request; a report that fails stops no response.

        The checkout stays open in the outbox then: its lease runs out, and it is in doubt.
        """
        self._is_settled = True
        try:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(self._report, status)
        except Exception:
            logger.exception("%s: how the checkout ended could not be written down", self._scope["path"])

    def _report(self, status: int | None) -> None:
        hold = self._request.held
        checkouts = self._promotions.checkouts
        is_success = status is not None and status < 400
        stated = self._charged(hold) if is_success else None
        if hold is not None:
            checkouts.settle(hold, status, stated)
        elif self._request.refusal is None and status is not None and 200 <= status < 300:
            checkouts.without_hold(self._scope["path"], stated)

    def _charged(self, hold: Hold | None) -> int | None:
        return self._promotions.charged(bytes(self._body), None if hold is None else hold.money)

    async def _answer_refusal(self, refusal: CheckoutRefused) -> None:
        self._is_answered = self._is_settled = True
        content = {"error": refusal.error, "message": str(refusal)}
        if refusal.block is not None:
            content[self._promotions.mapping.block] = refusal.block  # type: ignore[assignment]
        body = write_shop_json(content)
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._forward({"type": "http.response.start", "status": 409, "headers": headers})
        await self._forward({"type": "http.response.body", "body": body})


def _customer(promotions: Promotions, scope: Scope) -> Customer | None:
    return None if promotions.customer is None else promotions.customer(scope)


def _without_claims(scope: Scope) -> Scope:
    """Drop inbound ``Promo-*`` headers: what the shopper sends is never a fact."""
    if not any(name.startswith(b"promo-") for name, _ in scope["headers"]):
        return scope
    kept = [(name, value) for name, value in scope["headers"] if not name.startswith(b"promo-")]
    return {**scope, "headers": kept}


def _for_plain_answer(scope: Scope) -> Scope:
    """Ask the app for a whole, plain, fresh response, through ordinary sends."""
    headers = [
        (name, value) for name, value in scope["headers"] if name not in HIDDEN and not name.startswith(b"promo-")
    ]
    extensions = {
        name: value for name, value in (scope.get("extensions") or {}).items() if name != "http.response.pathsend"
    }
    return {**scope, "headers": headers, "extensions": extensions}


def _with_state(scope: Scope, request: RequestPromotions) -> Scope:
    return {**scope, "state": {**(scope.get("state") or {}), "promotions": request}}


def _is_plain_json(start: Message) -> bool:
    headers = {name.lower(): value for name, value in start.get("headers", ())}
    media_type = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    is_json = media_type == b"application/json" or media_type.endswith(b"+json")
    return start["status"] in WHOLE and is_json and b"content-encoding" not in headers


def _headers_of(body: bytes, headers: Any) -> list[tuple[bytes, bytes]]:
    """Keep all headers in order, repeated ones too, but for those that speak of the body."""
    replaced = {b"content-length", b"etag", b"cache-control", b"last-modified"}
    kept = [(name, value) for name, value in headers if name.lower() not in replaced]
    etag = hashlib.sha256(body).hexdigest()[:32]
    return [
        *kept,
        (b"content-length", str(len(body)).encode()),
        (b"etag", f'"{etag}"'.encode()),
        (b"cache-control", b"private, no-store"),
    ]
