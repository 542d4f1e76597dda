"""The access log: one JSON line for each request, with nothing in it that is somebody's.

Method, route template, status, milliseconds, company, key name and request id. Never a path, a query, a header or a
body: references, codes and e-mails stand there.
"""

import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

logger = logging.getLogger("promo_server.access")

HOLDER, REQUEST_ID = "promo.holder", "promo.request_id"
"""Where a request's scope has who asks, once that is known, and the id of the request."""

_GIVEN_ID = re.compile("[A-Za-z0-9._-]{1,64}")


def new_request_id() -> str:
    """Make a request id: 32 random hexadecimal digits."""
    return secrets.token_hex(16)


class AccessLog:
    """An ASGI middleware: names each request, answers its name, and logs it when it is answered."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        new_id: Callable[[], str] = new_request_id,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Wrap an app."""
        self._app = app
        self._new_id = new_id
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and log what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = self._clock(), 500
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = scope[REQUEST_ID] = given if _GIVEN_ID.fullmatch(given) else self._new_id()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            if logger.isEnabledFor(logging.INFO):
                logger.info("%s", json.dumps(_line(scope, status, self._clock() - started)))


def _line(scope: Scope, status: int, seconds: float) -> dict[str, Any]:
    holder, route = scope.get(HOLDER), scope.get("route")
    return {
        "method": scope["method"],
        "route": route and route.path.replace(":path}", "}"),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "company": holder and holder.company_id,
        "key": holder and holder.name,
        "request_id": scope[REQUEST_ID],
    }
