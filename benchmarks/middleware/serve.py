"""Serve the shop, or count memory.

``python -m benchmarks.middleware.serve bare|promoted PORT`` serves the shop until a signal comes;
``python -m benchmarks.middleware.serve memory COUNT`` sends the cart route so many requests, and prints the resident
memory in KiB after a tenth of them and at the end.
"""

import asyncio
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import uvicorn

from .in_process import SCOPE
from .shops import PromotedShop, shop


def serve(variant: str, port: int) -> None:
    """Serve until a signal comes."""
    with nullcontext(shop()) if variant == "bare" else PromotedShop(100) as app:
        uvicorn.run(app, port=port, log_level="error", access_log=False)


async def ask(app: Any, count: int) -> None:
    """Send the cart route so many requests."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None: ...

    for _ in range(count):
        await app(SCOPE | {"path": "/cart"}, receive, send)


def memory(count: int) -> None:
    """Print what is resident after a tenth of so many requests, and after all of them."""
    with PromotedShop(100) as app:
        for some in (count // 10, count - count // 10):
            asyncio.run(ask(app, some))
            print(_resident())


def _resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    if sys.argv[1] == "memory":
        memory(int(sys.argv[2]))
    else:
        serve(sys.argv[1], int(sys.argv[2]))
