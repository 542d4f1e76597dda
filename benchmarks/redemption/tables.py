"""What was measured, as tables for people and as JSON."""

import json
import platform
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from promo_engine import pricing

from .limits import Reached
from .rounds import Pair, Round
from .served import Served

IS_COMPILED = not str(pricing.__file__).endswith(".py")


def heading() -> str:
    """Say what runs."""
    return f"Python {platform.python_version()}, the engine {'compiled' if IS_COMPILED else 'interpreted'}\n"


def pair_heading() -> str:
    """Return the heading of the pairs."""
    columns = f"{'callers':>9}{'floor/s':>10}{'CPU µs':>8}{'ours/s':>10}{'CPU µs':>8}"
    return f"{'A hold beside the bare statements':44}{columns}{'ratio':>8}{'round by round':>18}{'aim':>7}"


def pair_row(pair: Pair) -> str:
    """Return a pair: medians of its rounds, and the median, lowest and highest of their ratios."""
    floor, ours = _medians(pair.floor), _medians(pair.ours)
    spread = f"{min(pair.ratios):.2f} – {max(pair.ratios):.2f}"
    figures = f"{pair.callers:9}{floor[0]:10,.0f}{floor[1]:8,.0f}{ours[0]:10,.0f}{ours[1]:8,.0f}"
    return f"  {pair.name:42}{figures}{pair.ratio:8.2f}{spread:>18}{pair.aim:7.1f}{'' if pair.is_met else '  missed'}"


def limit_row(reached: Reached) -> str:
    """Return how a limit was met."""
    said = "exact" if reached.is_exact else "NOT EXACT"
    told = f"{reached.granted} granted, {reached.told} told limit_total, {reached.counted} counted"
    return f"  {reached.store}: a limit of {reached.limit}, {reached.attempts} attempts by two servers: {told}: {said}"


def served_rows(served: Served) -> Iterator[str]:
    """Yield what a server did, and what its CPU time went to."""
    cpu = f"{served.cpu_us_per_hold:,.0f} µs of CPU each (a GET of /health: {served.cpu_us_per_health:,.0f} µs)"
    yield f"  {served.store}, {served.callers} callers: {served.holds_per_second:,.0f} holds/s, {cpu}"
    total = sum(served.profile.values())
    for layer, samples in sorted(served.profile.items(), key=lambda one: -one[1]):
        yield f"    {samples / total:6.1%}  {layer}"


def document(pairs: Sequence[Pair], limits: Sequence[Reached], served: Sequence[Served], **run: Any) -> str:
    """Return everything as one line of JSON."""
    return json.dumps(
        {
            "python": platform.python_version(),
            "is_compiled": IS_COMPILED,
            **run,
            "pairs": [_pair(one) for one in pairs],
            "limits": [one._asdict() | {"is_exact": one.is_exact} for one in limits],
            "served": [one._asdict() for one in served],
        }
    )


def _pair(pair: Pair) -> dict[str, Any]:
    rounds = {
        who: [one._asdict() for one in measured] for who, measured in (("floor", pair.floor), ("ours", pair.ours))
    }
    named = {"key": pair.key, "callers": pair.callers, "aim": pair.aim, "ratio": pair.ratio, "is_met": pair.is_met}
    return named | {"ratios": pair.ratios} | rounds


def _medians(rounds: Sequence[Round]) -> tuple[float, float]:
    return statistics.median(one.per_second for one in rounds), statistics.median(one.cpu_us for one in rounds)
