"""What clients asked and what they were told: a line before each request and a line after, in a file for each process.

A line is in the file, and outlives its process, before the request is sent.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from promo_server.redemption import Event


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a reference: a hold, or a report; ``cart`` is the number of a cart, times are seconds."""

    event: Event
    attempt: str
    cart: int = 0
    lease: int = 0
    ttl: int = 0
    shown: int | None = None
    charged: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told: a state with an amount due and discounts by code, or the code of a refusal."""

    state: str | None = None
    attempt: str | None = None
    due: int | None = None
    discounts: Mapping[str, int] | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A request, when it was made, and its answer if one says what happened; moments are epoch seconds."""

    reference: str
    asked: Asked
    began: float
    answer: Answer | None = None
    ended: float = float("inf")


class Recorder:
    """Writes a history; safe under threads, and under SIGKILL."""

    def __init__(self, path: Path) -> None:
        """Append to a file."""
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def begin(self, number: str, reference: str, asked: Asked, now: float) -> None:
        """Note what is going to be asked."""
        self._write({"number": number, "reference": reference, "asked": asdict(asked), "at": now})

    def end(self, number: str, answer: Answer | None, now: float, note: str = "") -> None:
        """Note what came back; None, with a note why, where nobody knows what happened."""
        told = None if answer is None else asdict(answer)
        self._write({"number": number, "answer": told, "at": now, "note": note})

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, line: Mapping[str, Any]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")


def read_histories(paths: Iterable[Path]) -> dict[str, list[Operation]]:
    """Return the operations on each reference, in the order in which they were begun."""
    found: dict[str, list[Operation]] = {}
    for path in paths:
        for one in _operations(path):
            found.setdefault(one.reference, []).append(one)
    return {reference: sorted(all_of, key=lambda one: one.began) for reference, all_of in found.items()}


def _operations(path: Path) -> Iterator[Operation]:
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    ends = {line["number"]: line for line in lines if "answer" in line}
    for line in lines:
        if "asked" not in line:
            continue
        asked = Asked(**line["asked"] | {"event": Event(line["asked"]["event"])})
        end = ends.get(line["number"])
        answer = None if end is None or end["answer"] is None else Answer(**end["answer"])
        ended = float("inf") if end is None else end["at"]
        yield Operation(line["reference"], asked, line["at"], answer, ended)
