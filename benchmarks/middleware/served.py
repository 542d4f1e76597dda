"""Carts over HTTP: uvicorn in a process of its own, 32 connections that ask again as soon as they are answered."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

CONNECTIONS = 32
REQUEST = b"GET /cart HTTP/1.1\r\nhost: shop\r\n\r\n"
ROOT = Path(__file__).parents[2]


def measure(rounds: int, seconds: float) -> tuple[list[float], list[float]]:
    """Return the requests a second of the bare shop and of ours, round by round; each warms up for one.

    Rounds are short: a machine that others share has slow seconds, and both shops must meet the same ones.
    """
    with ExitStack() as stack:
        ports = [stack.enter_context(_serving(variant)) for variant in ("bare", "promoted")]
        for port in ports:
            _rate(port, seconds)
        rates = [[_rate(port, seconds) for port in ports] for _ in range(rounds)]
    return [one for one, _ in rates], [two for _, two in rates]


def _rate(port: int, seconds: float) -> float:
    return asyncio.run(_load(port, seconds))


async def _load(port: int, seconds: float) -> float:
    """Return the answers a second, over all connections; wait on for the first one."""
    loop = asyncio.get_running_loop()
    clients = [await loop.create_connection(_Client, "127.0.0.1", port) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    await asyncio.sleep(seconds)
    while not (answered := sum(client.answered for _, client in clients)):  # a machine under load has slow seconds
        assert not any(transport.is_closing() for transport, _ in clients), "the shop hung up"
        await asyncio.sleep(0.01)
    taken = time.perf_counter() - start
    for transport, client in clients:
        assert client.is_whole, "an answer was not 200"
        transport.abort()
    return answered / taken


class _Client(asyncio.Protocol):
    """Asks, and asks again when the whole answer is there."""

    def __init__(self) -> None:
        self.answered = 0
        self.is_whole = True
        self._left = b""
        self._write: Callable[[bytes], None]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._write = transport.write
        self._write(REQUEST)

    def data_received(self, data: bytes) -> None:
        self._left += data
        head, end, body = self._left.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0]):
            return
        self.is_whole = self.is_whole and head.startswith(b"HTTP/1.1 200")
        self._left = b""
        self.answered += 1
        self._write(REQUEST)


@contextmanager
def _serving(variant: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.middleware.serve", variant, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ)  # noqa: S603 - ours
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(180)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("a shop did not start")
