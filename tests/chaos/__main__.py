"""``python3 dev.py chaos [ACT…] [ARGS]``: real processes that compete, are killed, and misunderstand each other.

limits     many processes at one limit, of each kind, on each database: exactly what there is, and all sums agree
storm      servers, clients and PostgreSQL killed at random behind a network that misbehaves; every answer is judged
kills      a process killed at every statement of each request: all or nothing
checkouts  shops whose API dies, hangs or lies and whose workers die at any point: what was charged is what is confirmed

Ends non-zero, and says what, when anything is not exact.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.chaos.checkouts import Trade, trade
from tests.chaos.kills import ALL, kill_at_each
from tests.chaos.kinds import KINDS
from tests.chaos.limits import Many, reach
from tests.chaos.servers import a_postgres
from tests.chaos.storm import Size, rage
from tests.databases import KINDS as STORES
from tests.databases import Databases


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the acts that are asked for, and sum up."""
    options = _options(arguments)
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    _say(f"seed {seed}; the same again by --seed {seed}")
    began, summary = time.monotonic(), list[tuple[str, int, int, float]]()
    with tempfile.TemporaryDirectory(prefix="fairtill-chaos-") as folder:
        for act in options.acts or ACTS:
            act_began, wrong, rows = time.monotonic(), 0, 0
            _say(f"\n{act}")
            for row in ACTS[act](options, Path(folder), seed):
                _say(str(row))
                _say("".join(f"    {mistake}\n" for mistake in row.wrong[3:20]), end="")
                rows, wrong = rows + 1, wrong + bool(row.wrong)
            summary.append((act, rows, wrong, time.monotonic() - act_began))
    _say(f"\nseed {seed}, {time.monotonic() - began:.0f} s")
    for act, rows, wrong, seconds in summary:
        _say(f"{act:10}{rows:4} cases, {wrong} not exact {seconds:7.0f} s")
    return 1 if any(wrong or not rows for _, rows, wrong, _ in summary) else 0


def _limits(options: argparse.Namespace, folder: Path, seed: int) -> Iterator[Any]:
    many = Many(options.processes, options.threads, options.attempts)
    databases = _databases(folder / "limits")
    try:
        for store in options.databases:
            for kind in options.kinds:
                for limit in options.limits:
                    home = folder / f"{store}-{kind}-{limit}"
                    home.mkdir()
                    with databases.fresh(store, home) as database:
                        yield _Labelled(store, reach(database, kind, limit, many, seed))
                    for file in home.iterdir():
                        file.unlink()
    finally:
        databases.close()


def _storm(options: argparse.Namespace, folder: Path, seed: int) -> Iterator[Any]:
    size = Size(clients=options.clients, threads=options.client_threads, seconds=options.seconds)
    for store in options.databases:
        home = folder / f"storm-{store}"
        home.mkdir()
        if store == "sqlite":
            yield rage(store, str(home / "p.db"), home, replace(size, servers=1), seed)
        else:
            with a_postgres() as postgres:
                yield rage(store, postgres.url, home, size, seed, postgres)


def _kills(options: argparse.Namespace, folder: Path, _seed: int) -> Iterator[Any]:
    databases = _databases(folder / "kills")
    try:
        for store in options.databases:
            home = folder / f"kills-{store}"
            home.mkdir()
            with databases.fresh(store, home) as database:
                yield from (_Labelled(store, kill_at_each(database, case)) for case in ALL)
    finally:
        databases.close()


def _checkouts(options: argparse.Namespace, folder: Path, seed: int) -> Iterator[Any]:
    databases = _databases(folder / "checkouts")
    try:
        for store in options.databases:
            for has_lookup in (True, False):
                home = folder / f"checkouts-{store}-{has_lookup}"
                home.mkdir()
                plan = Trade(options.checkouts, options.clerks, has_lookup)
                with databases.fresh(store, home) as database:
                    yield trade(store, database, home, plan, seed)
    finally:
        databases.close()


class _Labelled:
    """A row with the database that it is of."""

    def __init__(self, store: str, row: Any) -> None:
        self.wrong: list[str] = row.wrong
        self._text = f"{store:11}{row}"

    def __str__(self) -> str:
        return self._text


ACTS: dict[str, Callable[[argparse.Namespace, Path, int], Iterator[Any]]] = {
    "limits": _limits,
    "kills": _kills,
    "storm": _storm,
    "checkouts": _checkouts,
}


def _databases(folder: Path) -> Databases:
    shared = folder / folder.parent.name
    shared.mkdir(parents=True)
    return Databases(shared)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "dev.py chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("acts", nargs="*", metavar="ACT", help=f"{', '.join(ACTS)}; all without any")
    parser.add_argument("--seed", type=int, help="of what chance decides; printed, and random without it")
    parser.add_argument("--databases", nargs="+", choices=STORES, default=list(STORES))
    limits = parser.add_argument_group("limits")
    limits.add_argument("--processes", type=int, default=8)
    limits.add_argument("--threads", type=int, default=8, help="of each process")
    limits.add_argument("--attempts", type=int, default=500, help="of each thread")
    limits.add_argument("--limits", type=int, nargs="+", default=[1, 100, 1_000])
    limits.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    storm = parser.add_argument_group("storm")
    storm.add_argument("--seconds", type=float, default=60.0, help="how long it rages over each database")
    storm.add_argument("--clients", type=int, default=6, help="client processes")
    storm.add_argument("--client-threads", type=int, default=4, help="of each")
    checkouts = parser.add_argument_group("checkouts")
    checkouts.add_argument("--checkouts", type=int, default=5_000, help="with orders looked up, and so many without")
    checkouts.add_argument("--clerks", type=int, default=4, help="processes of the shop")
    options = parser.parse_args(arguments)
    unknown = set(options.acts) - set(ACTS)
    if unknown:
        parser.error(f"there is no act {', '.join(sorted(unknown))}; there are {', '.join(ACTS)}")
    return options


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # what was started must not outlive this
    sys.exit(main())
