"""Measures, prints tables and JSON, and says what went wrong."""

import argparse
import time
from collections.abc import Sequence

from .boundary import measure_boundary
from .cases import CASES
from .competition import measure_competition
from .contest import hold
from .large import measure_large
from .tables import competition_table, contest_table, document, figure_table, heading


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 when anything went wrong."""
    options = _options(arguments)
    rounds, seconds = options.rounds, options.seconds
    started = time.monotonic()
    _say(heading())
    contest = hold(CASES, rounds, seconds, with_peers=not options.without_peers)
    _say("\n".join(contest_table(contest, CASES)))
    large = measure_large(options.large, rounds, seconds)
    _say("\n".join(figure_table("Many promotions", large)))
    boundary = measure_boundary(rounds, seconds)
    _say("\n".join(figure_table("The plugin boundary", boundary)))
    searched = measure_competition(rounds, seconds)
    _say("\n".join(competition_table(searched)))
    if options.without_peers:
        _say("WITHOUT PEERS: django-oscar, Medusa and Vendure did not run, as asked.")
    for problem in contest.problems:
        _say(f"FAILED: {problem}")
    run = vars(options) | {"took_seconds": round(time.monotonic() - started)}
    _say(document(contest, CASES, [*large, *boundary], searched, **run))
    return int(bool(contest.problems))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The engine beside its floor and its peers.")
    parser.add_argument("--without-peers", action="store_true", help="leave out django-oscar, Medusa and Vendure")
    parser.add_argument("--rounds", type=int, default=5, help="how many rounds; the best of them counts")
    parser.add_argument("--seconds", type=float, default=0.15, help="how long each engine prices a case in a round")
    parser.add_argument("--large", type=int, default=100_000, help="how many promotions the large ruleset has")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, flush=True)
