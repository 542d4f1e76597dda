"""Holds over HTTP: ``promo serve`` in a process of its own, and clients that keep their connections."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from promo_contracts import Scope
from promo_server.services.companies import create_key
from promo_server.services.context import Context

from . import shop
from .rounds import Call, one_round

HERE = Path(__file__).parent
PROMO = Path(sys.executable).parent / "promo"


class Served(NamedTuple):
    """What a server did; its CPU time is that of its process."""

    store: str
    callers: int
    holds_per_second: float
    cpu_us_per_hold: float
    cpu_us_per_health: float
    profile: dict[str, int]


def serve_holds(
    store: str, database: str, context: Context, callers: int, seconds: float, notes: Path | None
) -> Served:
    """Let clients hold for some seconds; first ask for ``/health``, which costs what HTTP alone costs."""
    key = create_key(context, company_id="shop", name="benchmark", scopes=[Scope.ADMIN])
    with _server(database, notes) as (port, process), _clients(port, key, callers) as (health, hold):
        one_round(hold, callers, seconds / 4)
        _, health_us = _measured(process, health, callers, seconds / 4)
        rate, hold_us = _measured(process, hold, callers, seconds)
    profile = json.loads(notes.read_text()) if notes is not None else {}
    return Served(store, callers, rate, hold_us, health_us, profile)


def _measured(process: int, call: Call, callers: int, seconds: float) -> tuple[float, float]:
    """Return how many calls a second, and the server's CPU time for each in microseconds."""
    used = _cpu_seconds(process)
    done = one_round(call, callers, seconds)
    return done.per_second, (_cpu_seconds(process) - used) / done.calls * 1e6


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _server(database: str, notes: Path | None) -> Iterator[tuple[int, int]]:
    """Run ``promo serve``; with a file for notes, sampled."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    promo = [PROMO] if notes is None else [sys.executable, HERE / "sampled.py", notes]
    command = [*promo, "serve", "--database", database, "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command)  # noqa: S603 - ours
    try:
        _wait_for(port, process)
        yield port, process.pid
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
    raise RuntimeError("promo serve did not start")


@contextmanager
def _clients(port: int, key: str, callers: int) -> Iterator[tuple[Call, Call]]:
    with ExitStack() as opened:
        connections = [HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(callers)]
        for one in connections:
            opened.callback(one.close)
            one.connect()
            one.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        run = uuid4().hex
        body = json.dumps({"attempt": "a", "cart": shop.cart(shop.HOT), "lease_seconds": 3_600})
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

        def ask(caller: int, method: str, path: str, content: str | None = None) -> None:
            connections[caller].request(method, path, content, headers)
            response = connections[caller].getresponse()
            answer = response.read()
            assert response.status == 200, answer

        def hold(caller: int, number: int) -> None:
            ask(caller, "PUT", f"/promotions/company/shop/redemptions/{run}-{caller}-{number}", body)

        yield lambda caller, _: ask(caller, "GET", "/health"), hold
