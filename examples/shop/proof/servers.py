"""Starting servers on free loopback ports, and stopping exactly those."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[3]
PROMO = Path(sys.executable).with_name("promo")
START_SECONDS = 180
STOP_SECONDS = 60


class ServerError(Exception):
    """A server did not start, or a command failed; with what it wrote."""


@dataclass(frozen=True)
class Server:
    """A server that runs, and the file of what it writes."""

    url: str
    log: Path


def promo(*arguments: str | Path) -> str:
    """Run the ``promo`` command beside this Python and return what it prints."""
    done = subprocess.run([PROMO, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ServerError(f"promo {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout.strip()


def python(module: str, *arguments: str | Path) -> list[str | Path]:
    """Return the command that runs a module with this Python."""
    return [sys.executable, "-m", module, *arguments]


@contextmanager
def running(
    command: Sequence[str | Path], *, port: int, log: Path, ready: str, env: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server until the block ends; it is up when it answers ``GET`` on the path ``ready``."""
    server = Server(f"http://127.0.0.1:{port}", log)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})}
        )
        try:
            _wait_until_up(process, server, ready)
            yield server
        finally:
            _stop(process)


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_up(process: subprocess.Popen[bytes], server: Server, ready: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=START_SECONDS) as http:  # one: to make it takes longer than to ask
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServerError(f"{server.url} ended with {process.returncode}:\n{server.log.read_text()}")
            try:
                if http.get(server.url + ready).status_code < 500:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
    raise ServerError(f"{server.url} was not up after {START_SECONDS} s:\n{server.log.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
