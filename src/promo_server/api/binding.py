"""How a contract's route table becomes HTTP routes: who may, what is read, in a thread of its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from promo_contracts.routes import Route
from promo_server.api.access_log import HOLDER
from promo_server.api.http import ABSENT, read_body
from promo_server.services.companies import Holder, authenticate, authenticate_at_once
from promo_server.services.context import Context
from promo_server.services.refusal import Refusal

Endpoint = Callable[[Request], Awaitable[Response]]
Work = Callable[[Route, Request, Holder, Any], Response]
"""Does what a request asks for, and answers it."""
Check = Callable[[Request, Holder], None]
"""Refuses who is known, but not here."""
AtHand = Callable[[Route, Request, Holder], Response | None]
"""Answers out of memory, without a wait; None leaves it to ``Work``."""


@dataclass(frozen=True, slots=True)
class Special:
    """What is special about a route: so many bytes in a body, so many answered at once, what is answered at hand."""

    most_bytes: int | None = None
    at_once: int | None = None
    at_hand: AtHand | None = None


PLAIN = Special()


def endpoints_by_path(
    context: Context, routes: Sequence[Route], work: Work, check: Check, special: Mapping[str, Special]
) -> dict[str, Endpoint]:
    """Return an endpoint for each path, which answers every method that the path has; ``special`` by route name."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for route in routes:
        endpoint = _endpoint(context, route, work, check, special.get(route.name, PLAIN))
        paths.setdefault(route.path, {})[route.method] = endpoint
    return {path: _of_methods(by_method) for path, by_method in paths.items()}


def methods_of(routes: Sequence[Route], path: str) -> list[str]:
    """Return the methods of a path, so that a 405 names every one of them."""
    return [route.method for route in routes if route.path == path]


def _of_methods(by_method: Mapping[str, Endpoint]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await by_method["GET" if request.method == "HEAD" else request.method](request)

    return endpoint


def _endpoint(context: Context, route: Route, work: Work, check: Check, special: Special) -> Endpoint:
    limiter = None if special.at_once is None else CapacityLimiter(special.at_once)
    at_hand = special.at_hand

    async def endpoint(request: Request) -> Response:
        known = authenticate_at_once(context, _key_of(request))
        holder = None if known is None else _allowed(request, route, check, known)
        if route.request is None:
            found = at_hand(route, request, holder) if at_hand and holder else None
            return found if found is not None else await to_thread.run_sync(wait, request, holder, limiter=limiter)
        # Nobody without a key has a body read.
        whose = await to_thread.run_sync(wait_for_holder, request) if holder is None else holder
        body = await read_body(request, route, special.most_bytes)
        return await to_thread.run_sync(work, route, request, whose, body)

    def wait_for_holder(request: Request) -> Holder:
        return _allowed(request, route, check, authenticate(context, _key_of(request)))

    def wait(request: Request, holder: Holder | None) -> Response:
        return work(route, request, holder or wait_for_holder(request), ABSENT)

    return endpoint


def _key_of(request: Request) -> str:
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def _allowed(request: Request, route: Route, check: Check, holder: Holder) -> Holder:
    """Decide who may do what: the one place."""
    request.scope[HOLDER] = holder
    check(request, holder)
    if any("\0" in value for value in request.path_params.values()):
        raise Refusal("NOT_FOUND", "Nothing has such a name.")
    if route.scope is None or not holder.may(route.scope):
        raise Refusal("MISSING_SCOPE", f"This needs a key with the scope '{route.scope}'.")
    return holder
