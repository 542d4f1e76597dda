"""What was measured, as tables for people and as JSON."""

import json
import platform
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from promo_engine import pricing

from .cases import Case
from .competition import Searched
from .contest import Contest, Entry
from .figures import Figure

COLUMNS = (
    f"{'median µs':>12}{'p99 µs':>12}{'CPU µs':>12}{'p99/med':>9}"
    f"{'x floor':>12}{'round by round':>36}{'CPU x':>12}{'applied':>9}{'off':>8}"
)


IS_COMPILED = not str(pricing.__file__).endswith(".py")


def heading() -> str:
    """Say what runs."""
    return f"Python {platform.python_version()}, the engine {'compiled' if IS_COMPILED else 'interpreted'}\n"


def contest_table(contest: Contest, cases: Sequence[Case]) -> Iterator[str]:
    """Yield the lines of the side by side: the best of each figure, and its ratio to the floor's best.

    "Round by round" is the ratio of the medians of one round: its median, lowest and highest say how firm a ratio is.
    """
    for case in cases:
        entries = contest.of(case)
        floor = entries[0]
        yield f"{case.key:26}{COLUMNS}"
        yield from (_row(one, floor) for one in entries)
        yield ""


def figure_table(title: str, figures: Sequence[Figure]) -> Iterator[str]:
    """Yield the lines of some figures."""
    yield title
    yield from (f"  {one.name:62}{one.value:14,.3f}" for one in figures)
    yield ""


def competition_table(searched: Sequence[Searched]) -> Iterator[str]:
    """Yield the lines of the search."""
    yield f"{'Twelve buy-x-get-y at L=50':30}{'applications':>13}{'ms':>9}{'x plain':>9}{'optimal':>9}"
    for one in searched:
        said = "yes" if one.is_optimal else "no"
        yield f"  {one.way:28}{one.applications:13,}{one.milliseconds:9.2f}{one.times_plain:9.1f}{said:>9}"
    yield ""


def document(
    contest: Contest, cases: Sequence[Case], figures: Sequence[Figure], searched: Sequence[Searched], **run: Any
) -> str:
    """Return everything as one line of JSON."""
    return json.dumps(
        {
            "python": platform.python_version(),
            "is_compiled": IS_COMPILED,
            "peers": contest.versions,
            **run,
            "side_by_side": [_entry(one, contest.of(case)[0]) for case in cases for one in contest.of(case)],
            "figures": {one.key: one.value for one in figures},
            "search": [one._asdict() for one in searched],
            "problems": contest.problems,
        }
    )


def _row(entry: Entry, floor: Entry) -> str:
    median, p99, cpu, _ = entry.best
    tail = f"{p99:12,.1f}{cpu:12,.1f}{p99 / median:9.2f}" if p99 else f"{'–':>12}{cpu:12,.1f}{'–':>9}"
    pairs = _pairs(entry, floor)
    spread = f"{statistics.median(pairs):,.2f} ({min(pairs):,.2f} – {max(pairs):,.2f})"
    ratios = f"{median / floor.best.median:12,.2f}{spread:>36}{cpu / floor.best.cpu:12,.2f}"
    return f"  {entry.engine:24}{median:12,.1f}{tail}{ratios}{len(entry.priced.applied):9}{entry.priced.off:8,}"


def _pairs(entry: Entry, floor: Entry) -> list[float]:
    """Return the ratio to the floor's median in each round."""
    return [one.median / two.median for one, two in zip(entry.rounds, floor.rounds, strict=False)]


def _entry(entry: Entry, floor: Entry) -> dict[str, Any]:
    median, p99, cpu, calls = entry.best
    return {
        "lines": entry.case.lines,
        "promotions": entry.case.promotions,
        "engine": entry.engine,
        "median_us": median,
        "p99_us": p99,
        "cpu_us": cpu,
        "calls": calls,
        "times_floor": median / floor.best.median,
        "times_floor_cpu": cpu / floor.best.cpu,
        "medians_us": [one.median for one in entry.rounds],
        "applied": sorted(entry.priced.applied),
        "off": entry.priced.off,
    }
