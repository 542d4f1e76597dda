"""What was measured, and what is claimed of it, as a table for people and as JSON."""

import json
import platform
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple


class Pair(NamedTuple):
    """A floor and what is beside it, in milliseconds, round by round; ``most`` is the ratio that is claimed."""

    key: str
    name: str
    most: float | None
    floor: Sequence[float]
    ours: Sequence[float]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(one / two for one, two in zip(self.ours, self.floor, strict=True))

    @property
    def is_met(self) -> bool:
        """Whether the claim holds, if there is one."""
        return self.most is None or self.ratio <= self.most


class Figure(NamedTuple):
    """One number, with what it is of."""

    key: str
    name: str
    value: float
    unit: str


def heading() -> str:
    """Return what stands over the pairs."""
    columns = f"{'floor ms':>11}{'ours ms':>11}{'ratio':>8}{'round by round':>18}{'at most':>9}"
    return f"{'Median of the rounds':54}{columns}"


def row(pair: Pair) -> str:
    """Return a pair as a row."""
    ratios = [one / two for one, two in zip(pair.ours, pair.floor, strict=True)]
    spread = f"{min(ratios):.2f} – {max(ratios):.2f}"
    figures = f"{statistics.median(pair.floor):11,.3f}{statistics.median(pair.ours):11,.3f}{pair.ratio:8.2f}"
    most = "" if pair.most is None else f"{pair.most:9.1f}"
    return f"  {pair.name:52}{figures}{spread:>18}{most}{'' if pair.is_met else '  MISSED'}"


def line(figure: Figure) -> str:
    """Return a figure as a line."""
    return f"  {figure.name:76}{figure.value:12,.1f} {figure.unit}"


def document(pairs: Sequence[Pair], figures: Sequence[Figure], **run: Any) -> str:
    """Return everything as one line of JSON."""
    measured = [one._asdict() | {"ratio": one.ratio, "is_met": one.is_met} for one in pairs]
    said = {"python": platform.python_version(), **run, "pairs": measured}
    return json.dumps(said | {"figures": {one.key: one.value for one in figures}})
