"""The wire: the only module that imports httpx. Two short send loops over the pure policy.

Errors: ``TransportError`` where no reply came; else what ``read_reply`` makes of the reply.
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack
from threading import Lock
from typing import Any, TypeAlias, TypeVar

import anyio
import anyio.from_thread
import httpx

from promo_sdk._body import invalid
from promo_sdk._request import Call, Reply, read_reply
from promo_sdk._retry import Attempts
from promo_sdk._settings import Settings
from promo_sdk.errors import ConnectionFailed, TimedOut, TransportError

T = TypeVar("T")
HTTPTransport: TypeAlias = httpx.BaseTransport
AsyncHTTPTransport: TypeAlias = httpx.AsyncBaseTransport
StubTransport: TypeAlias = httpx.MockTransport
Message: TypeAlias = MutableMapping[str, Any]
ASGIApp: TypeAlias = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]

logger = logging.getLogger("promo_sdk")

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Transport:
    """A connection pool and the sync send loop."""

    def __init__(self, http_transport: HTTPTransport | None, sleep: Callable[[float], object]) -> None:
        if http_transport is not None and not isinstance(http_transport, httpx.BaseTransport):
            raise TypeError("http_transport is async: use AsyncPromotionsClient")
        self._http = httpx.Client(transport=http_transport)
        self._sleep = sleep

    def send(self, call: Call[T], settings: Settings) -> T:
        """Send a call, repeat it as the policy says, and read the last reply."""
        attempts, request = _begin(call, settings, self._http)
        while True:
            request.extensions["timeout"] = _timeout(attempts, settings)
            outcome = self._try(call, request, settings)
            pause = _after(attempts, outcome)
            if pause is None:
                return _result(call, outcome, attempts)
            self._sleep(pause)

    def close(self) -> None:
        """Close the pool."""
        self._http.close()

    def _try(self, call: Call[Any], request: httpx.Request, settings: Settings) -> Reply | TransportError:
        try:
            return _reply(self._http.send(request), request, settings)
        except httpx.RequestError as error:
            return _failure(error, request, call)


class AsyncTransport:
    """A connection pool and the async send loop."""

    def __init__(
        self,
        http_transport: AsyncHTTPTransport | None,
        sleep: Callable[[float], Awaitable[object]] = anyio.sleep,
    ) -> None:
        if http_transport is not None and not isinstance(http_transport, httpx.AsyncBaseTransport):
            raise TypeError("http_transport is sync: use PromotionsClient")
        self._http = httpx.AsyncClient(transport=http_transport)
        self._sleep = sleep

    async def send(self, call: Call[T], settings: Settings) -> T:
        """Send a call, repeat it as the policy says, and read the last reply."""
        attempts, request = _begin(call, settings, self._http)
        while True:
            request.extensions["timeout"] = _timeout(attempts, settings)
            outcome = await self._try(call, request, settings)
            pause = _after(attempts, outcome)
            if pause is None:
                return _result(call, outcome, attempts)
            await self._sleep(pause)

    async def close(self) -> None:
        """Close the pool."""
        await self._http.aclose()

    async def _try(self, call: Call[Any], request: httpx.Request, settings: Settings) -> Reply | TransportError:
        try:
            return _reply(await self._http.send(request), request, settings)
        except httpx.RequestError as error:
            return _failure(error, request, call)


def _begin(
    call: Call[Any], settings: Settings, http: httpx.Client | httpx.AsyncClient
) -> tuple[Attempts, httpx.Request]:
    url, headers = settings.url(call), settings.headers(call, settings.new_id())
    try:
        request = http.build_request(call.route.method, url, headers=headers, content=call.body)
    except httpx.InvalidURL as error:
        raise invalid("url", str(error)) from None
    return Attempts(call, settings.retries, settings.clock), request


def _timeout(attempts: Attempts, settings: Settings) -> dict[str, float | None]:
    return httpx.Timeout(attempts.timeout(settings.timeout)).as_dict()


def _reply(response: httpx.Response, request: httpx.Request, settings: Settings) -> Reply:
    request_id = response.headers.get("x-request-id") or request.headers["x-request-id"]
    now = settings.clock.now()
    return Reply(response.status_code, response.headers, response.content, request_id, now)


def _failure(error: httpx.RequestError, request: httpx.Request, call: Call[Any]) -> TransportError:
    kind = TimedOut if isinstance(error, httpx.TimeoutException) else ConnectionFailed
    was_sent = not isinstance(error, _NEVER_SENT)
    what = f"{call.route.method} {call.route.path} at {request.url.host}"
    why = ": ".join(text for text in (type(error).__name__, str(error)) if text)
    request_id = request.headers["x-request-id"]
    failure = kind(f"{what}: no reply ({why}).", was_sent=was_sent, request_id=request_id)
    failure.__cause__ = error
    return failure


def _after(attempts: Attempts, outcome: Reply | TransportError) -> float | None:
    ended = outcome.status if isinstance(outcome, Reply) else type(outcome).__name__
    route = attempts.call.route
    logger.debug("%s %s -> %s (attempt %d)", route.method, route.path, ended, attempts.count)
    return attempts.pause(outcome)


def _result(call: Call[T], outcome: Reply | TransportError, attempts: Attempts) -> T:
    if isinstance(outcome, TransportError):
        outcome.was_sent = attempts.was_sent
        raise outcome
    return read_reply(call, outcome)


class BlockingASGITransport(httpx.BaseTransport):
    """Call an ASGI app from sync code: one thread with one event loop, from first use to close."""

    def __init__(self, app: ASGIApp) -> None:
        self._asgi = httpx.ASGITransport(app)
        self._stack = ExitStack()
        self._starting = Lock()
        self._portal: anyio.from_thread.BlockingPortal | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Run one request in the app's event loop."""
        with self._starting:
            if self._portal is None:
                self._portal = self._stack.enter_context(anyio.from_thread.start_blocking_portal())
            portal = self._portal
        return portal.call(self._answer, request)

    def close(self) -> None:
        """Stop the thread."""
        self._portal = None
        self._stack.close()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._asgi.handle_async_request(request)
        content = b"".join([part async for part in response.aiter_raw()])
        stream = httpx.ByteStream(content)
        return httpx.Response(response.status_code, headers=response.headers, stream=stream)


def asgi_transport(app: ASGIApp) -> AsyncHTTPTransport:
    """Return a transport that calls an ASGI app in the same event loop."""
    return httpx.ASGITransport(app)


def stub_transport(answer: Callable[[str, str, bytes], tuple[int, bytes]]) -> StubTransport:
    """Return a transport that answers (method, path, body) by a function: (status, JSON)."""

    def handle(request: httpx.Request) -> httpx.Response:
        status, content = answer(request.method, request.url.path, request.content)
        headers = {"Content-Type": "application/json"}
        return httpx.Response(status, content=content, headers=headers)

    return httpx.MockTransport(handle)
