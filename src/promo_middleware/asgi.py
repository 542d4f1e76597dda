"""The ASGI shell: one responder object per cart or checkout request; everything else passes untouched."""

import logging
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import anyio
from anyio import CapacityLimiter, to_thread

from promo_middleware.answer import Answer
from promo_middleware.before_handler import BeforeHandler
from promo_middleware.cart_response import CartResponse
from promo_middleware.checkout_response import CheckoutResponse
from promo_middleware.head import Head
from promo_middleware.headers import BEHIND_CLAIMS, CLAIM, HIDDEN
from promo_middleware.inner import Reply, ask_asgi, for_a_get, scope_of_get
from promo_middleware.pipeline import MAX_BODY
from promo_middleware.promotions import Promotions
from promo_middleware.request import RequestPromotions
from promo_middleware.routes import Found, Role

logger = logging.getLogger(__name__)

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
        self._routes = promotions.routes
        # Of our own, so that checkouts that wait for the API never keep the shop's own thread work waiting.
        self.threads = CapacityLimiter(THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass it on."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._live(scope, receive, send)
            return
        for name, _ in scope["headers"]:
            if CLAIM <= name < BEHIND_CLAIMS:
                scope = _without_claims(scope)
                break
        if kind == "http" and ((only := self._routes.only) is None or scope["path"] in only):
            found = self._routes.find(scope["method"], scope["path"], head_of, scope)
            if found is not None:
                await self._serve(found, scope, receive, send)
                return
        await self.app(scope, receive, send)

    async def _serve(self, found: Found, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request of ours."""
        if found.role is Role.CODES:
            body, _ = await _read(receive)
            await _answer(send, self.promotions.enter_codes(head_of(scope), body))
            return
        self.promotions.start()
        if self.promotions.is_to_wait():
            await to_thread.run_sync(self.promotions.wait)
        responder = CartResponder if found.role is Role.CART else CheckoutResponder
        await responder(self, scope, send, found).serve(receive)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a lifespan on; the background thread lives as long as the app does."""
        self.promotions.start()
        try:
            await self.app(scope, receive, send)
        finally:
            await to_thread.run_sync(self.promotions.close)


class CartResponder:
    """Hold the response of a cart back until it is whole, and send it re-priced; or as it is, if it is no cart."""

    def __init__(self, middleware: PromotionsMiddleware, scope: Scope, send: Send, found: Found) -> None:
        """Prepare one request."""
        promotions = middleware.promotions
        shopper = promotions.shopper_of(scope, head_of, scope)
        is_head = scope["method"] == "HEAD"
        self._app = middleware.app
        self._deadline = promotions.timing.entitlement_deadline
        self._threads = middleware.threads
        request = RequestPromotions(promotions, shopper, middleware.threads, scope["path"])
        self._scope = _for_plain_answer(scope, request)
        self._response = CartResponse(promotions, scope["path"], shopper, is_head=is_head, is_marked=found.is_marked)
        self._forward = send
        self._start: Message | None = None

    async def serve(self, receive: Receive) -> None:
        """Serve the request."""
        await self._app(self._scope, receive, self._send)
        if self._start is not None:
            await self._let_go()

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            start = self._begin(message)
            if start is not None:
                await self._forward(start)
        elif self._start is None or kind not in ("http.response.body", *ASIDE):
            await self._forward(message)
        elif kind != "http.response.body":
            await self._let_go()
            await self._forward(message)
        elif not self._response.add(message.get("body", b"")):
            await self._let_go(more_body=message.get("more_body", False))
        elif not message.get("more_body", False):
            await self._finish(self._start)

    def _begin(self, start: Message) -> Message | None:
        """Return how the response begins, None where it is held back."""
        headers = start.get("headers", ())
        is_to_hold = self._response.begin(start["status"], headers)
        if self._response.headers is not headers:
            start = {**start, "headers": self._response.headers}
        if is_to_hold and not start.get("trailers", False):
            self._start = start
            return None
        return start

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

    def __init__(self, middleware: PromotionsMiddleware, scope: Scope, send: Send, found: Found) -> None:
        """Prepare one request."""
        promotions = middleware.promotions
        request = RequestPromotions(promotions, promotions.shopper_of(scope, head_of, scope), middleware.threads)
        self._before = promotions.before_handler
        self._found = found
        self._threads = middleware.threads
        self._app = middleware.app
        self._scope = _for_plain_answer(scope, request)
        self._response = CheckoutResponse(promotions, scope["path"], request.blocking)
        self._forward = send

    async def serve(self, receive: Receive) -> None:
        """Serve the request; whatever happens, a hold of its is reported."""
        try:
            if self._before is not None:
                receive = await self._hold_first(self._before, receive)
            if not self._response.is_answered:
                await self._app(self._scope, receive, self._send)
        except Exception as error:
            if (answer := self._response.left_in(error)) is not None:
                await self._answer(answer)
            if not self._response.is_answered:
                raise
        finally:
            await self._settle()

    async def _hold_first(self, before: BeforeHandler, receive: Receive) -> Receive:
        """Hold what the cart route answers, or answer in the handler's place; return how to receive from here on."""
        body = b""
        if before.needs_body:
            body, receive = await _read(receive)
        reference = before.reference_in(self._found, head_of(self._scope), body)
        reply = await self._ask(before.cart_path(self._found))
        answer = await to_thread.run_sync(self._response.hold_first, reply, reference, limiter=self._threads)
        if answer is not None:
            await self._answer(answer)
        return receive

    async def _ask(self, path: str) -> Reply | None:
        try:
            return await ask_asgi(self._app, scope_of_get(self._scope, path, for_a_get(self._scope["headers"])))
        except Exception:
            logger.exception("%s: the cart route failed", path)
            return None

    async def _send(self, message: Message) -> None:
        if self._response.is_answered:
            return
        if message["type"] == "http.response.start":
            if (answer := self._response.in_place_of(message["status"], sys.exception())) is not None:
                await self._answer(answer)
                return
            self._response.begin(message["status"])
        elif message["type"] == "http.response.body" and self._response.add(
            message.get("body", b""), is_last=not message.get("more_body", False)
        ):
            await self._settle()
        await self._forward(message)

    async def _settle(self) -> None:
        """Report whatever happens to the request."""
        if not self._response.is_settled:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(self._response.settle)

    async def _answer(self, answer: Answer) -> None:
        await _answer(self._forward, answer)


def head_of(scope: Scope) -> Head:
    """Return how a request begins."""
    return Head(scope["method"], scope["path"], scope["headers"], scope.get("scheme", "http"))


async def _answer(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """Read a request's body, as far as anything of ours may stand in it; return it, and how to receive it again."""
    body, came = bytearray(), []
    while len(body) <= MAX_BODY:
        message = await receive()
        came.append(message)
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body", False):
            break

    async def again() -> Message:
        return came.pop(0) if came else await receive()

    return bytes(body) if len(body) <= MAX_BODY else b"", again


def _without_claims(scope: Scope) -> Scope:
    """Drop inbound ``Promo-*`` headers: what the shopper sends is never a fact."""
    return {**scope, "headers": [one for one in scope["headers"] if not one[0].startswith(CLAIM)]}


def _for_plain_answer(scope: Scope, request: RequestPromotions) -> Scope:
    """Ask the app for a whole, plain, fresh response, through ordinary sends, and give it the promotions."""
    headers = [(name, value) for name, value in scope["headers"] if name not in HIDDEN]
    extensions = {name: value for name, value in (scope.get("extensions") or {}).items() if name not in ASIDE}
    state = {**(scope.get("state") or {}), "promotions": request}
    return {**scope, "headers": headers, "extensions": extensions, "state": state}
