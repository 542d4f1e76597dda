"""Measures, prints each figure with what is asked of it, then JSON; ends non-zero when one misses."""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from . import in_process, served
from .in_process import Times, median, ratio

NAMES = {
    "bare": "bare Starlette",
    "other": "other traffic",
    "empty": "an empty BaseHTTPMiddleware",
    "buffering": "buffer + parse + write, and nothing else",
    "engine": "the engine alone on that cart",
    "cart": "a cart, 100 promotions",
    "cart, 1,000": "a cart, 1,000 promotions",
}


class Figure(NamedTuple):
    """A number, and what is asked of it: at most, or at least."""

    key: str
    name: str
    value: float
    asked: float
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether it is as good as asked."""
        return self.value >= self.asked if self.is_least else self.value <= self.asked

    def __str__(self) -> str:
        bound = "at least" if self.is_least else "at most"
        return f"{'kept  ' if self.is_met else 'MISSED'}  {self.name:76}{self.value:9.3f}  {bound} {self.asked:.3f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return how many figures missed."""
    options = _options(arguments)
    times = in_process.measure(options.rounds, options.requests)
    _print_times(times)
    figures = [*_of_requests(times)]
    if not options.in_process:
        figures += [_of_served(options.seconds), _of_memory(options.memory)]
    for figure in figures:
        print(figure)
    measured = {one.key: {"value": one.value, "asked": one.asked, "is_met": one.is_met} for one in figures}
    print(json.dumps({"python": platform.python_version(), **vars(options), "figures": measured}))
    return sum(not one.is_met for one in figures)


def _of_requests(times: Times) -> Iterator[Figure]:
    added = median(times, "cart", "bare")
    room = median(times, "engine") + 2 * median(times, "buffering", "bare")
    empty = median(times, "empty", "bare")
    yield Figure("other", "other traffic, of bare Starlette", ratio(times, "other", "bare"), 1.05)
    yield Figure("cart", "us that a cart adds; engine + 2 x (buffer + parse + write)", added, room)
    yield Figure("empty", "us that a cart adds; an empty BaseHTTPMiddleware", added, empty)
    more = median(times, "cart, 1,000", "bare") / added
    yield Figure("many", "what a cart adds with 1,000 promotions, of that with 100", more, 1.1)


def _of_served(seconds: float) -> Figure:
    bare, ours = served.measure(20, seconds)
    print(f"{'uvicorn, 32 connections: bare':46}{statistics.median(bare):12,.0f} requests/s")
    print(f"{'uvicorn, 32 connections: a cart':46}{statistics.median(ours):12,.0f} requests/s\n")
    rate = statistics.median(one / two for one, two in zip(ours, bare, strict=True))
    return Figure("served", "carts over uvicorn at 32 connections, of bare Starlette", rate, 0.45, is_least=True)


def _of_memory(requests: int) -> Figure:
    command = [sys.executable, "-m", "benchmarks.middleware.serve", "memory", str(requests)]
    done = subprocess.run(command, cwd=served.ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - ours
    early, late = map(int, done.stdout.split())
    name = f"resident memory after {requests:,} requests ({late:,} KiB), of that after a tenth"
    return Figure("memory", name, late / early, 1.02)


def _print_times(times: Times) -> None:
    print(f"{'median of the rounds':46}{'us/request':>12}{'added us':>10}{'ratio':>8}")
    for name, label in NAMES.items():
        added = (
            ""
            if name in ("bare", "engine")
            else f"{median(times, name, 'bare'):10.1f}{ratio(times, name, 'bare'):8.2f}"
        )
        print(f"{label:46}{median(times, name):12.1f}{added}")
    print()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What the middleware adds to a request.")
    parser.add_argument("--rounds", type=int, default=15, help="how many rounds; their median counts")
    parser.add_argument("--requests", type=int, default=400, help="of each variant in a round")
    parser.add_argument("--seconds", type=float, default=0.5, help="how long a round over uvicorn takes")
    parser.add_argument("--memory", type=int, default=100_000, help="requests after which memory is compared")
    parser.add_argument("--in-process", action="store_true", help="leave out uvicorn and memory")
    return parser.parse_args(arguments)
