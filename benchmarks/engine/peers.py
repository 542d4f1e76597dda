"""Peers in processes of their own: each reads one JSON request a line and answers with one line.

Errors: ``PeerError`` says what could not be installed, or which process did not answer.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cases import Case
from .engines import Priced
from .timing import Round, Sample, summary


class PeerError(Exception):
    """A peer could not be installed, or did not answer."""


class PeerProcess:
    """A peer's process; between two requests it waits and uses no CPU."""

    def __init__(self, name: str, command: Sequence[str | Path], folder: Path) -> None:
        """Start it in a folder; its first line gives its versions."""
        self._name = name
        self._process = subprocess.Popen(  # noqa: S603 - the commands stand in contest.py
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.versions: str = self._answer()["versions"]

    def ask(self, **request: Any) -> Any:
        """Send a request and wait for the answer.

        Raises:
            PeerError: the process has ended.
        """
        assert self._process.stdin is not None  # it is a pipe
        try:
            self._process.stdin.write(f"{json.dumps(request)}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise PeerError(f"{self._name} has ended; the reason stands above") from None
        return self._answer()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> Any:
        assert self._process.stdout is not None  # it is a pipe
        line = self._process.stdout.readline()
        if not line:
            raise PeerError(f"{self._name} has ended; the reason stands above")
        return json.loads(line)


class Peer:
    """One way in which a peer's process prices the workload."""

    def __init__(self, name: str, process: PeerProcess) -> None:
        """Take the name by which the process knows it."""
        self.name = name
        self._process = process

    def price(self, case: Case) -> Priced:
        """Have the cart priced once; the process keeps what it made of the case."""
        answer = self._process.ask(price=self.name, case=case.key, workload=case.workload)
        return Priced(frozenset(answer["applied"]), answer["off"])

    def time(self, case: Case, seconds: float) -> Round:
        """Have it timed by the peer's own clock."""
        answer = self._process.ask(time=self.name, case=case.key, seconds=seconds)
        return summary(Sample(answer["walls"], answer["cpu"]))
