"""The WSGI shell: one responder object per cart or checkout request; everything else passes untouched.

A cart's response is held back while the app is called, so ``write()``, a late ``start_response()`` and any iterable
come to the same. What is no cart is handed to the server as the app gave it.
"""

import io
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from promo_middleware.answer import Answer
from promo_middleware.asking import Asking
from promo_middleware.before_handler import BeforeHandler
from promo_middleware.cart_response import CartResponse
from promo_middleware.checkout_response import CheckoutResponse
from promo_middleware.head import Head
from promo_middleware.headers import CLAIM, HIDDEN, Headers, length_of
from promo_middleware.inner import Reply, ask_wsgi, environ_of_get, headers_of
from promo_middleware.pipeline import MAX_BODY
from promo_middleware.promotions import Promotions
from promo_middleware.request import SyncRequestPromotions
from promo_middleware.rest import Rest, close
from promo_middleware.routes import Found, Role

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

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
_BEHIND_CLAIMS = CLAIM_VARIABLE[:-1] + chr(ord(CLAIM_VARIABLE[-1]) + 1)
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
        environ = _without_claims(environ)
        found = self.promotions.routes.find(environ["REQUEST_METHOD"], path_of(environ), head_of, environ)
        if found is None:
            return self.app(environ, start_response)
        if found.role is Role.CODES:
            answer = self.promotions.enter_codes(head_of(environ), _read(environ))
            start_response(f"{answer.status} {answer.reason}", _to_text(answer.headers))
            return [answer.body]
        self.promotions.start()
        if self.promotions.is_to_wait():
            self.promotions.wait()
        responder = CartResponder if found.role is Role.CART else CheckoutResponder
        return responder(self, environ, start_response, found).serve()


class CartResponder:
    """Hold the response of a cart back until it is whole, and send it re-priced; or as it is, if it is no cart."""

    def __init__(
        self,
        middleware: PromotionsMiddleware,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        found: Found,
    ) -> None:
        """Prepare one request."""
        promotions = middleware.promotions
        shopper = promotions.shopper_of(environ, head_of, environ)
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        self._app = middleware.app
        self._within = middleware.asking.within
        self._deadline = promotions.timing.entitlement_deadline
        path = path_of(environ)
        self._environ = _for_plain_answer(environ, SyncRequestPromotions(promotions, shopper, path))
        self._response = CartResponse(promotions, path, shopper, is_head=is_head, is_marked=found.is_marked)
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
        if self._is_passed:
            return self._pass(status, headers, exc_info)
        is_to_hold = self._response.begin(_code(status), came)
        if self._response.headers is not came:
            headers = _to_text(self._response.headers)
        if not is_to_hold:
            return self._pass(status, headers, exc_info)
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
        self,
        middleware: PromotionsMiddleware,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        found: Found,
    ) -> None:
        """Prepare one request."""
        promotions = middleware.promotions
        request = SyncRequestPromotions(promotions, promotions.shopper_of(environ, head_of, environ))
        self._before = promotions.before_handler
        self._found = found
        self._app = middleware.app
        self._environ = _for_plain_answer(environ, request)
        self._response = CheckoutResponse(promotions, path_of(environ), request)
        self._forward = start_response
        self._answer: Answer | None = None

    def serve(self) -> Iterable[bytes]:
        """Serve the request; whatever happens, a hold of its is reported."""
        result: Iterable[bytes] = ()
        try:
            if self._before is not None:
                self._hold_first(self._before)
            if self._answer is None:
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

    def _hold_first(self, before: BeforeHandler) -> None:
        """Hold what the cart route answers, or answer in the handler's place."""
        body = _read(self._environ) if before.needs_body else b""
        reference = before.reference_in(self._found, head_of(self._environ), body)
        answer = self._response.hold_first(self._ask(before.cart_path(self._found)), reference)
        if answer is not None:
            self._send(answer)

    def _ask(self, path: str) -> Reply | None:
        try:
            return ask_wsgi(self._app, environ_of_get(self._environ, path))
        except Exception:
            logger.exception("%s: the cart route failed", path)
            return None

    def _start_response(self, status: str, headers: Lines, exc_info: "OptExcInfo | None" = None, /) -> Write:
        if self._answer is None:
            error = sys.exception() if exc_info is None else exc_info[1]
            answer = self._response.in_place_of(_code(status), error)
            if answer is None:
                self._response.begin(_code(status), length_of(_to_bytes(headers)))
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
        answer = self._response.left_in(error) if isinstance(error, Exception) else None
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


def head_of(environ: "WSGIEnvironment") -> Head:
    """Return how a request begins."""
    scheme = environ.get("wsgi.url_scheme", "http")
    return Head(environ["REQUEST_METHOD"], path_of(environ), headers_of(environ), scheme)


def _read(environ: "WSGIEnvironment") -> bytes:
    """Read a request's body, as far as anything of ours may stand in it, and have it read again by the app."""
    most = MAX_BODY + 1
    stated = environ.get("CONTENT_LENGTH") or ""
    length = int(stated) if stated.isdigit() else most if environ.get("wsgi.input_terminated") else 0
    body: bytes = environ["wsgi.input"].read(length) if length <= most else b""
    environ["wsgi.input"] = io.BytesIO(body)
    return body if len(body) <= MAX_BODY else b""


def path_of(environ: "WSGIEnvironment") -> str:
    """Return the whole path as ASGI has it: text, whatever part of the shop it is mounted under."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return path if path.isascii() else path.encode("latin-1").decode(errors="replace")


def claims_in(environ: Iterable[str]) -> list[str]:
    """Return the names of inbound ``Promo-*`` headers: what the shopper sends is never a fact.

    >>> claims_in({"HTTP_PROMO_CUSTOMER": "vip", "HTTP_PROMOTER": "x", "HTTP_HOST": "shop"})
    ['HTTP_PROMO_CUSTOMER']
    """
    return [name for name in environ if CLAIM_VARIABLE <= name < _BEHIND_CLAIMS]


def _without_claims(environ: "WSGIEnvironment") -> "WSGIEnvironment":
    claims = claims_in(environ)
    return {name: value for name, value in environ.items() if name not in claims} if claims else environ


def _for_plain_answer(environ: "WSGIEnvironment", request: SyncRequestPromotions) -> "dict[str, Any]":
    """Ask the app for a whole, plain, fresh response, in parts that can be read, and give it the promotions."""
    kept = {name: value for name, value in environ.items() if name not in _NOT_FOR_CARTS}
    return kept | {KEY: request}
