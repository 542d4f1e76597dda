"""Requests without a server or a socket: each variant in turns, round by round, in microseconds a request."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

from starlette.middleware import Middleware

from promo_engine import UNKNOWN, evaluate

from .shops import CART, MAPPING, Buffering, Empty, PromotedShop, rules, shop

SCOPE = {"type": "http", "method": "GET", "headers": [(b"host", b"shop")], "query_string": b""}
Variant = Callable[[], Awaitable[float]]
Times = Mapping[str, list[float]]


def measure(rounds: int, requests: int) -> Times:
    """Return the mean time of a request of each variant in each round; the first round warms up."""
    with ExitStack() as stack:
        small, large = (stack.enter_context(PromotedShop(count)) for count in (100, 1_000))
        bare, empty, buffering = shop(), shop(Middleware(Empty)), Buffering(shop())
        variants: dict[str, Variant] = {
            "bare": lambda: _request(bare, "/other", requests),
            "other": lambda: _request(small, "/other", requests),
            "empty": lambda: _request(empty, "/other", requests),
            "buffering": lambda: _request(buffering, "/cart", requests),
            "engine": lambda: _engine(requests),
            "cart": lambda: _request(small, "/cart", requests),
            "cart, 1,000": lambda: _request(large, "/cart", requests),
        }
        return asyncio.run(_interleaved(variants, rounds))


def median(times: Times, name: str, less: str | None = None) -> float:
    """Return the median of a variant's rounds, or of what it takes more than another one in the same round."""
    if less is None:
        return statistics.median(times[name])
    return statistics.median(one - two for one, two in zip(times[name], times[less], strict=True))


def ratio(times: Times, name: str, floor: str) -> float:
    """Return the median of the rounds' ratios."""
    return statistics.median(one / two for one, two in zip(times[name], times[floor], strict=True))


async def _interleaved(variants: Mapping[str, Variant], rounds: int) -> Times:
    taken: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        for name, variant in variants.items():
            seconds = await variant()
            if number:
                taken[name].append(seconds)
    return taken


async def _request(app: Any, path: str, requests: int) -> float:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None: ...

    scope = SCOPE | {"path": path}
    start = time.perf_counter()
    for _ in range(requests):
        await app(dict(scope), receive, send)
    return (time.perf_counter() - start) / requests * 1e6


_RULESET = rules(100)
_CART = MAPPING.read(CART).moved_to(datetime.now(UTC))


async def _engine(requests: int) -> float:
    start = time.perf_counter()
    for _ in range(requests):
        evaluate(_CART, _RULESET, UNKNOWN).document()
    return (time.perf_counter() - start) / requests * 1e6
