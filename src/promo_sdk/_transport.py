"""The wire: the only module that imports httpx. Two short send loops over the pure policy.

Errors: ``TransportError`` where no whole reply came; else what ``read_reply`` makes of the reply.
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack, aclosing, closing
from dataclasses import dataclass, field
from functools import cache
from ssl import SSLContext
from threading import Lock
from typing import Any, TypeAlias, TypeVar

import anyio
import anyio.from_thread
import httpx

from promo_sdk._body import invalid
from promo_sdk._request import MAX_REPLY_BYTES, Call, Reply, read_reply
from promo_sdk._retry import Attempts, Clock
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
        self._http = httpx.Client(transport=http_transport, verify=_trusted())
        self._sleep = sleep

    def send(self, call: Call[T], settings: Settings) -> T:
        """Send a call, repeat it as the policy says, and read the last reply."""
        attempts, request = _begin(call, settings, self._http)
        while True:
            outcome = self._try(call, _attempt(request, attempts, settings))
            pause = _after(attempts, outcome)
            if pause is None:
                return _result(call, outcome, attempts)
            self._sleep(pause)

    def close(self) -> None:
        """Close the pool."""
        self._http.close()

    def _try(self, call: Call[Any], attempt: "_Attempt") -> Reply | TransportError:
        try:
            with closing(self._http.send(attempt.request, stream=True)) as response:
                for part in response.iter_bytes():
                    if not attempt.take(part):
                        break
                return attempt.reply(response)
        except httpx.RequestError as error:
            return _failure(error, attempt.request, call)


class AsyncTransport:
    """A connection pool and the async send loop."""

    def __init__(
        self,
        http_transport: AsyncHTTPTransport | None,
        sleep: Callable[[float], Awaitable[object]] = anyio.sleep,
    ) -> None:
        if http_transport is not None and not isinstance(http_transport, httpx.AsyncBaseTransport):
            raise TypeError("http_transport is sync: use PromotionsClient")
        self._http = httpx.AsyncClient(transport=http_transport, verify=_trusted())
        self._sleep = sleep

    async def send(self, call: Call[T], settings: Settings) -> T:
        """Send a call, repeat it as the policy says, and read the last reply."""
        attempts, request = _begin(call, settings, self._http)
        while True:
            outcome = await self._try(call, _attempt(request, attempts, settings))
            pause = _after(attempts, outcome)
            if pause is None:
                return _result(call, outcome, attempts)
            await self._sleep(pause)

    async def close(self) -> None:
        """Close the pool."""
        await self._http.aclose()

    async def _try(self, call: Call[Any], attempt: "_Attempt") -> Reply | TransportError:
        try:
            async with aclosing(await self._http.send(attempt.request, stream=True)) as response:
                async for part in response.aiter_bytes():
                    if not attempt.take(part):
                        break
                return attempt.reply(response)
        except httpx.RequestError as error:
            return _failure(error, attempt.request, call)


@cache
def _trusted() -> SSLContext:
    """Return whom this process trusts: reading it takes 25 ms, so all clients share it."""
    return httpx.create_ssl_context()


@dataclass(slots=True)
class _Attempt:
    """One sending of a request, and what is here of its reply.

    httpx limits each read alone, so a reply that drips would go on for ever. This limits the whole,
    looking at the clock with each part of the body; a head that drips is found out when it is whole.
    """

    request: httpx.Request
    seconds: float
    clock: Clock
    _body: bytearray = field(default_factory=bytearray)
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        """Start counting."""
        self.request.extensions["timeout"] = httpx.Timeout(self.seconds).as_dict()
        self._ends = self.clock.monotonic() + self.seconds

    def take(self, part: bytes) -> bool:
        """Keep a part of the body, and return whether to read on: not once it is too large.

        Raises:
            httpx.ReadTimeout: the part came too late.
        """
        if self.clock.monotonic() > self._ends:
            raise httpx.ReadTimeout(f"not whole after {self.seconds:g} s")
        self._body += part
        return len(self._body) <= MAX_REPLY_BYTES

    def reply(self, response: httpx.Response) -> Reply:
        """Return what has come in."""
        request_id = response.headers.get("x-request-id") or self.request.headers["x-request-id"]
        return Reply(response.status_code, response.headers, bytes(self._body), request_id, self.clock.now())


def _begin(
    call: Call[Any], settings: Settings, http: httpx.Client | httpx.AsyncClient
) -> tuple[Attempts, httpx.Request]:
    url, headers = settings.url(call), settings.headers(call, settings.new_id())
    try:
        request = http.build_request(call.route.method, url, headers=headers, content=call.body)
    except httpx.InvalidURL as error:
        raise invalid("url", str(error)) from None
    return Attempts(call, settings.retries, settings.clock), request


def _attempt(request: httpx.Request, attempts: Attempts, settings: Settings) -> _Attempt:
    return _Attempt(request, attempts.timeout(settings.timeout), settings.clock)


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
        """Run one request in the app's event loop; one that takes too long is left to it.

        Raises:
            httpx.ReadTimeout: there is no answer within the request's time.
        """
        with self._starting:
            if self._portal is None:
                self._portal = self._stack.enter_context(anyio.from_thread.start_blocking_portal())
            portal = self._portal
        answer = portal.start_task_soon(self._answer, request)
        try:
            return answer.result(request.extensions.get("timeout", {}).get("read"))
        except TimeoutError:
            if answer.done():  # the app's own
                raise
            raise httpx.ReadTimeout("no answer in time", request=request) from None

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
