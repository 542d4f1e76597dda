"""How a contract's route table becomes HTTP routes: who may, what is read, in a thread of its own."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from promo_contracts.routes import Route
from promo_server.api.access_log import HOLDER
from promo_server.api.http import ABSENT, read_body
from promo_server.services.companies import Holder, authenticate
from promo_server.services.context import Context
from promo_server.services.refusal import Refusal

Endpoint = Callable[[Request], Awaitable[Response]]
Work = Callable[[Route, Request, Holder, Any], Response]
"""Does what a request asks for, and answers it."""
Check = Callable[[Request, Holder], None]
"""Refuses who is known, but not here."""
NO_BOUNDS: Mapping[str, int] = {}


def endpoints_by_path(
    context: Context,
    routes: Sequence[Route],
    work: Work,
    check: Check,
    most: Mapping[str, int],
    at_once: Mapping[str, int] = NO_BOUNDS,
) -> dict[str, Endpoint]:
    """Return an endpoint for each path, which answers every method that the path has.

    By the names of routes, a body has ``most`` bytes, and so many that read nothing are answered ``at_once``.
    """
    paths: dict[str, dict[str, Endpoint]] = {}
    for route in routes:
        endpoint = _endpoint(context, route, work, check, most.get(route.name), at_once.get(route.name))
        paths.setdefault(route.path, {})[route.method] = endpoint
    return {path: _of_methods(by_method) for path, by_method in paths.items()}


def methods_of(routes: Sequence[Route], path: str) -> list[str]:
    """Return the methods of a path, so that a 405 names every one of them."""
    return [route.method for route in routes if route.path == path]


def _of_methods(by_method: Mapping[str, Endpoint]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await by_method["GET" if request.method == "HEAD" else request.method](request)

    return endpoint


def _endpoint(
    context: Context, route: Route, work: Work, check: Check, most: int | None, at_once: int | None
) -> Endpoint:
    limiter = None if at_once is None else CapacityLimiter(at_once)

    async def endpoint(request: Request) -> Response:
        if route.request is None:
            authorised = partial(_authorised, context, request, route, check)
            return await to_thread.run_sync(lambda: work(route, request, authorised(), ABSENT), limiter=limiter)
        # Nobody without a key has a body read.
        holder = await to_thread.run_sync(_authorised, context, request, route, check)
        body = await read_body(request, route, most)
        return await to_thread.run_sync(work, route, request, holder, body)

    return endpoint


def _authorised(context: Context, request: Request, route: Route, check: Check) -> Holder:
    """Decide who may do what: the one place."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    holder = authenticate(context, key.strip() if kind.lower() == "bearer" else "")
    request.scope[HOLDER] = holder
    check(request, holder)
    if any("\0" in value for value in request.path_params.values()):
        raise Refusal("NOT_FOUND", "Nothing has such a name.")
    if route.scope is None or not holder.may(route.scope):
        raise Refusal("MISSING_SCOPE", f"This needs a key with the scope '{route.scope}'.")
    return holder
