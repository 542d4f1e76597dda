"""The WSGI shell: one responder object per cart or checkout request; everything else passes untouched.

A cart's response is held back while the app is called, so ``write()``, a late ``start_response()`` and any iterable
come to the same. What is no cart is handed to the server as the app gave it.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from promo_middleware.asking import Asking
from promo_middleware.cart_response import CartResponse
from promo_middleware.checkout_response import Answer, CheckoutResponse
from promo_middleware.headers import CLAIM, HIDDEN, Headers, length_of
from promo_middleware.promotions import Promotions
from promo_middleware.request import SyncRequestPromotions
from promo_middleware.rest import Rest, close
from promo_middleware.routes import Role

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Write = Callable[[bytes], object]
Lines = list[tuple[str, str]]
"""Headers as WSGI has them."""

THREADS = 40
"""How many carts of a process may wait for uses left at once."""
KEY = "fairtill.promotions"
"""Where handlers find their ``SyncRequestPromotions`` in the environ; with a dot, as what is no text must have."""


def variable(header: bytes) -> str:
    """Return the name of a header in an environ.

    >>> variable(b"if-none-match")
    'HTTP_IF_NONE_MATCH'
    """
    return "HTTP_" + header.decode().upper().replace("-", "_")


CLAIM_VARIABLE = variable(CLAIM)
HIDDEN_VARIABLES = frozenset(map(variable, HIDDEN))
_NOT_FOR_CARTS = HIDDEN_VARIABLES | {"wsgi.file_wrapper"}


class PromotionsMiddleware:
    """Re-price carts and settle checkouts around a WSGI app: ``app.wsgi_app = PromotionsMiddleware(app.wsgi_app, …)``.

    Handlers of checkout routes find ``environ["fairtill.promotions"]`` (a ``SyncRequestPromotions``).
    """

    def __init__(self, app: "WSGIApplication", promotions: Promotions) -> None:
        """Wrap the app."""
        self.app = app
        self.promotions = promotions
        self.asking = Asking(THREADS)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve one request, or pass it on."""
        role = self.promotions.routes.role(environ["REQUEST_METHOD"], _path(environ))
        if role is None:
            return self.app(_without_claims(environ), start_response)
        self.promotions.start()
        if self.promotions.is_to_wait():
            self.promotions.wait()
        responder = CartResponder if role is Role.CART else CheckoutResponder
        return responder(self, environ, start_response).serve()


class CartResponder:
    """Hold the response of a cart back until it is whole, and send it re-priced; or as it is, if it is no cart."""

    def __init__(
        self, middleware: PromotionsMiddleware, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> None:
        """Prepare one request."""
        promotions = middleware.promotions
        customer = promotions.customer_of(environ)
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        self._app = middleware.app
        self._within = middleware.asking.within
        self._deadline = promotions.timing.entitlement_deadline
        self._environ = _for_plain_answer(environ, SyncRequestPromotions(promotions, customer))
        self._response = CartResponse(promotions, _path(environ), customer, is_head=is_head)
        self._forward = start_response
        self._start: tuple[str, Lines] | None = None
        self._write: Write = _drop
        self._is_passed = False

    def serve(self) -> Iterable[bytes]:
        """Serve the request."""
        result = self._app(self._environ, self._start_response)
        if self._is_passed:
            return result
        try:
            return Rest(self._collect(iter(result)), result)
        except BaseException:
            close(result)
            raise

    def _start_response(self, status: str, headers: Lines, exc_info: "OptExcInfo | None" = None, /) -> Write:
        if self._start is not None and exc_info is None:
            raise AssertionError("start_response() was called a second time, without exc_info")
        self._start = None
        came = _to_bytes(headers)
        if self._is_passed or not self._response.begin(_code(status), came):
            is_head = not self._is_passed and self._response.headers is not came
            return self._pass(status, _to_text(self._response.headers) if is_head else headers, exc_info)
        self._start = status, headers
        return self._take

    def _take(self, part: bytes) -> object:
        """Take what the app writes itself; to the server with it when it is too much to be held back."""
        if self._is_passed:
            return self._write(part)
        if self._start is not None and not self._response.add(part):
            return self._let_go(*self._start)(self._response.held)
        return None

    def _collect(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        """Return the body to send: priced, or what was taken of it and the rest."""
        for part in parts:
            if self._start is None:  # no cart; or not begun at all, which the server is to judge
                return chain([part], parts)
            if not self._response.add(part):
                self._let_go(*self._start)
                return chain([self._response.held], parts)
        return iter(()) if self._start is None else iter([self._finish(self._start[0])])

    def _finish(self, status: str) -> bytes:
        question = self._response.question()
        if question is not None:
            self._within(self._deadline, question)
        headers, body = self._response.finish()
        self._let_go(status, _to_text(headers))
        return body

    def _let_go(self, status: str, headers: Lines) -> Write:
        self._start = None
        return self._pass(status, headers, None)

    def _pass(self, status: str, headers: Lines, exc_info: "OptExcInfo | None") -> Write:
        self._is_passed = True
        self._write = _begin(self._forward, status, headers, exc_info)
        return self._write


class CheckoutResponder:
    """Let a checkout's response pass as it is, read what it charged, and report how it ended."""

    def __init__(
        self, middleware: PromotionsMiddleware, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> None:
        """Prepare one request."""
        promotions = middleware.promotions
        request = SyncRequestPromotions(promotions, promotions.customer_of(environ))
        self._app = middleware.app
        self._environ = _for_plain_answer(environ, request)
        self._response = CheckoutResponse(promotions, _path(environ), request)
        self._forward = start_response
        self._answer: Answer | None = None

    def serve(self) -> Iterable[bytes]:
        """Serve the request; whatever happens, a hold of its is reported."""
        result: Iterable[bytes] = ()
        try:
            result = self._app(self._environ, self._start_response)
        except BaseException as error:
            if not self._is_answered_after(error):
                self._response.settle()
                raise
        if self._answer is None and isinstance(result, list | tuple):
            for _ in self._response.through(result):
                pass
            return result
        return Rest(self._pass(result), result, self._response.settle)

    def _start_response(self, status: str, headers: Lines, exc_info: "OptExcInfo | None" = None, /) -> Write:
        if self._answer is None:
            answer = self._response.begin(_code(status), length_of(_to_bytes(headers)))
            if answer is None:
                write = _begin(self._forward, status, headers, exc_info)
                return lambda part: write(self._response.passing(part))
            self._send(answer)
        return _drop

    def _pass(self, result: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what the app yields, or our answer in its place."""
        try:
            yield from self._response.through(result)
        except Exception as error:
            if not self._is_answered_after(error):
                raise
        if self._answer is not None:
            yield self._answer.body

    def _is_answered_after(self, error: BaseException) -> bool:
        """Answer a refusal that came out of the app as an exception; say whether nothing else is to be sent."""
        answer = self._response.fail() if isinstance(error, Exception) else None
        if answer is not None:
            self._send(answer)
        return self._answer is not None and isinstance(error, Exception)

    def _send(self, answer: Answer) -> None:
        self._answer = answer
        self._forward(f"{answer.status} {answer.reason}", _to_text(answer.headers))


def _drop(part: bytes) -> None:
    """Take what the app writes after our answer."""


def _begin(forward: "StartResponse", status: str, headers: Lines, exc_info: "OptExcInfo | None") -> Write:
    """Call the server with as many arguments as the app had: not each server takes an ``exc_info`` of None."""
    return forward(status, headers) if exc_info is None else forward(status, headers, exc_info)


def _code(status: str) -> int:
    return int(status[:3])


def _to_bytes(headers: Lines) -> Headers:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _to_text(headers: Headers) -> Lines:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _path(environ: "WSGIEnvironment") -> str:
    """Return the whole path as ASGI has it: text, whatever part of the shop it is mounted under."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return path if path.isascii() else path.encode("latin-1").decode(errors="replace")


def _without_claims(environ: "WSGIEnvironment") -> "WSGIEnvironment":
    """Drop inbound ``Promo-*`` headers: what the shopper sends is never a fact."""
    if not any(name.startswith(CLAIM_VARIABLE) for name in environ):
        return environ
    return {name: value for name, value in environ.items() if not name.startswith(CLAIM_VARIABLE)}


def _for_plain_answer(environ: "WSGIEnvironment", request: SyncRequestPromotions) -> "dict[str, Any]":
    """Ask the app for a whole, plain, fresh response, in parts that can be read, and give it the promotions."""
    kept = {
        name: value
        for name, value in environ.items()
        if name not in _NOT_FOR_CARTS and not name.startswith(CLAIM_VARIABLE)
    }
    return kept | {KEY: request}
