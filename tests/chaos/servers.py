"""What can be killed and comes back: ``promo serve`` in a process of its own, and a PostgreSQL of our own."""

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.chaos.proxy import HOST
from tests.databases import PATIENCE, patiently, postgres_programs, wheel

PROMO = Path(sys.executable).parent / "promo"
NO_DATABASE = "Error: The database does not answer; nothing was stored."


class Server:
    """A ``promo serve`` on a port that it keeps."""

    def __init__(self, database: str, log: Path) -> None:
        """Start it."""
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port: int = probe.getsockname()[1]
        options = ["--database", database, "--port", str(self.port), "--log-level", "error"]
        self._command: list[str | Path] = [PROMO, "serve", *options]
        self._log = log
        self.start()

    def start(self) -> None:
        """Start it, and do not wait."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stderr=log)

    def kill(self) -> None:
        """End it as SIGKILL does."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> bool:
        """Ask it to end; tell whether it did so well: by the signal that it was sent, when it had tidied up."""
        self._process.terminate()
        return self._process.wait(PATIENCE) in (0, -signal.SIGTERM)

    def answers(self) -> bool:
        """Tell whether it can be connected to; it may still be starting.

        One that found no database is started again, as whoever runs it would. No other end is lawful.
        """
        if self._process.poll() is not None:
            said = self._log.read_text()
            if not said.rstrip().endswith(NO_DATABASE):
                raise RuntimeError(f"promo serve has ended: {said}")
            self.start()
            return False
        try:
            socket.create_connection((HOST, self.port)).close()
        except OSError:
            return False
        return True


def wait_for(servers: Sequence[Server], count: int) -> None:
    """Wait until so many of some servers answer."""
    until = time.monotonic() + PATIENCE
    while sum(server.answers() for server in servers) < count:
        if time.monotonic() > until:
            raise RuntimeError("promo serve did not start in time")
        time.sleep(0.02)


class Postgres:
    """A PostgreSQL with its settings as they are shipped: each COMMIT is synced."""

    def __init__(self, folder: Path) -> None:
        """Start it with data in a folder."""
        self._server: Any = wheel().get_server(folder, cleanup_mode="delete", start=False)
        patiently(self._server.start)
        self._folder = folder
        self.url = str(self._server.get_uri())

    def kill(self) -> None:
        """End all of its processes at once, with nothing written down but what was committed."""
        command: list[str | Path] = [postgres_programs() / "pg_ctl", "-D", self._folder]
        command += ["-m", "immediate", "-w", "stop"]
        subprocess.run(command, user=self._server.system_user, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self) -> None:
        """Start it again; it recovers from its log."""
        patiently(self._server.ensure_postgres_running)
        assert self.url == self._server.get_uri()

    def close(self) -> None:
        """End it for good, and delete its data."""
        self._server.cleanup()


@contextmanager
def a_postgres() -> Iterator[Postgres]:
    """Start a PostgreSQL of our own, and delete it afterwards."""
    # As root it opens up every folder above its data.
    with tempfile.TemporaryDirectory(prefix="fairtill-chaos-") as folder:
        postgres = Postgres(Path(folder, "data"))
        try:
            yield postgres
        finally:
            postgres.close()
