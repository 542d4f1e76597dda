"""Servers in processes of their own, on loopback, and the client that asks them all."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

BIN = Path(sys.executable).parent
KEPT_OPEN = 2.0
"""Seconds for which an idle connection is used again: servers close it a little later."""


@contextmanager
def serving(command: Sequence[str], **options: object) -> Iterator[tuple[int, int]]:
    """Run a server that takes ``--port``, until this ends; give the port and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = subprocess.Popen([BIN / command[0], *command[1:], "--port", str(port)], **options)  # type: ignore[call-overload]  # noqa: S603 - ours
    try:
        _wait_for(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        try:
            process.wait(180)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("a server did not start")


class Client:
    """One connection that stays open."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        """Connect."""
        self._headers = dict(headers)
        self._connection = HTTPConnection("127.0.0.1", port, timeout=1_800)
        self._used = 0.0

    def get(self, path: str, status: int = 200, **headers: str) -> tuple[bytes, Mapping[str, str]]:
        """Ask, and read the answer to its end."""
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.ask("GET", path, status, given)

    def ask(
        self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[bytes, Mapping[str, str]]:
        """Send a request, and read the answer to its end."""
        if time.monotonic() - self._used > KEPT_OPEN:
            self._connect()
        self._connection.request(method, path, body, {**self._headers, **headers})
        response = self._connection.getresponse()
        content = response.read()
        self._used = time.monotonic()
        if response.status != status:
            raise RuntimeError(f"{method} {path}: {response.status}, not {status}: {content[:300]!r}")
        return content, {name.lower(): text for name, text in response.getheaders()}

    def _connect(self) -> None:
        self._connection.close()
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def memory_of(process: int) -> float:
    """Return how much memory a process holds, in MB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * 4_096 / 1e6
