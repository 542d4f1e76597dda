"""The ASGI shell: one responder object per cart or checkout request; everything else passes untouched."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import anyio
from anyio import CapacityLimiter, to_thread

from promo_middleware.cart_response import CartResponse
from promo_middleware.checkout_response import Answer, CheckoutResponse
from promo_middleware.headers import CLAIM, HIDDEN
from promo_middleware.promotions import Promotions
from promo_middleware.request import RequestPromotions
from promo_middleware.routes import Role

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

THREADS = 40
"""How many checkouts of a process may wait for the API at once."""
ASIDE = {"http.response.pathsend", "http.response.zerocopysend", "http.response.trailers"}
"""Extensions by which a body, or what is said of it, would pass by the messages that are read here."""


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
        if self.promotions.is_to_wait():
            await to_thread.run_sync(self.promotions.wait)
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
        promotions = middleware.promotions
        customer = promotions.customer_of(scope)
        is_head = scope["method"] == "HEAD"
        self._app = middleware.app
        self._deadline = promotions.timing.entitlement_deadline
        self._threads = middleware.threads
        self._scope = _for_plain_answer(scope, RequestPromotions(promotions, customer, middleware.threads))
        self._response = CartResponse(promotions, scope["path"], customer, is_head=is_head)
        self._forward = send
        self._start: Message | None = None

    async def serve(self, receive: Receive) -> None:
        """Serve the request."""
        await self._app(self._scope, receive, self._send)
        await self._let_go()

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            await self._begin(message)
        elif self._start is None or kind not in ("http.response.body", *ASIDE):
            await self._forward(message)
        elif kind != "http.response.body":
            await self._let_go()
            await self._forward(message)
        elif not self._response.add(message.get("body", b"")):
            await self._let_go(more_body=message.get("more_body", False))
        elif not message.get("more_body", False):
            await self._finish(self._start)

    async def _begin(self, start: Message) -> None:
        headers = start.get("headers", ())
        if not start.get("trailers", False) and self._response.begin(start["status"], headers):
            self._start = start
        elif self._response.headers is headers or start.get("trailers", False):
            await self._forward(start)
        else:
            await self._forward({**start, "headers": self._response.headers})

    async def _finish(self, start: Message) -> None:
        self._start = None
        question = self._response.question()
        if question is not None:
            with anyio.move_on_after(self._deadline):
                await to_thread.run_sync(question, abandon_on_cancel=True, limiter=self._threads)
        headers, body = self._response.finish()
        await self._forward({**start, "headers": headers})
        await self._forward({"type": "http.response.body", "body": body})

    async def _let_go(self, *, more_body: bool = True) -> None:
        """Send what is held back as it is."""
        if self._start is None:
            return
        start, self._start = self._start, None
        await self._forward(start)
        if body := self._response.held:
            await self._forward({"type": "http.response.body", "body": body, "more_body": more_body})


class CheckoutResponder:
    """Let a checkout's response pass as it is, read what it charged, and report how it ended."""

    def __init__(self, middleware: PromotionsMiddleware, scope: Scope, send: Send) -> None:
        """Prepare one request."""
        promotions = middleware.promotions
        request = RequestPromotions(promotions, promotions.customer_of(scope), middleware.threads)
        self._app = middleware.app
        self._scope = _for_plain_answer(scope, request)
        self._response = CheckoutResponse(promotions, scope["path"], request.blocking)
        self._forward = send

    async def serve(self, receive: Receive) -> None:
        """Serve the request; whatever happens, a hold of its is reported."""
        try:
            await self._app(self._scope, receive, self._send)
        except Exception:
            if (answer := self._response.fail()) is not None:
                await self._answer(answer)
            if not self._response.is_answered:
                raise
        finally:
            await self._settle()

    async def _send(self, message: Message) -> None:
        if self._response.is_answered:
            return
        if message["type"] == "http.response.start":
            if (answer := self._response.begin(message["status"])) is not None:
                await self._answer(answer)
                return
        elif message["type"] == "http.response.body":
            is_last = not message.get("more_body", False)
            self._response.add(message.get("body", b""), is_last=is_last)
            if is_last:
                await self._settle()
        await self._forward(message)

    async def _settle(self) -> None:
        """Report whatever happens to the request."""
        if not self._response.is_settled:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(self._response.settle)

    async def _answer(self, answer: Answer) -> None:
        await self._forward({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await self._forward({"type": "http.response.body", "body": answer.body})


def _without_claims(scope: Scope) -> Scope:
    """Drop inbound ``Promo-*`` headers: what the shopper sends is never a fact."""
    if not any(name.startswith(CLAIM) for name, _ in scope["headers"]):
        return scope
    kept = [(name, value) for name, value in scope["headers"] if not name.startswith(CLAIM)]
    return {**scope, "headers": kept}


def _for_plain_answer(scope: Scope, request: RequestPromotions) -> Scope:
    """Ask the app for a whole, plain, fresh response, through ordinary sends, and give it the promotions."""
    headers = [(name, value) for name, value in scope["headers"] if name not in HIDDEN and not name.startswith(CLAIM)]
    extensions = {name: value for name, value in (scope.get("extensions") or {}).items() if name not in ASIDE}
    state = {**(scope.get("state") or {}), "promotions": request}
    return {**scope, "headers": headers, "extensions": extensions, "state": state}
