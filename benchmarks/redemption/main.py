"""Measures, prints tables and JSON, and says what missed its aim and what went wrong."""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from promo_server.services.context import Context
from promo_server.services.rulesets import Rulesets

from . import bare, shop
from .limits import Reached, reach
from .rounds import Pair, pair
from .served import Served, serve_holds
from .servers import a_database, a_server
from .tables import document, heading, limit_row, pair_heading, pair_row, served_rows


class Store(NamedTuple):
    """A database with a shop on it."""

    name: str
    database: str
    context: Context


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return how many limits were not exact."""
    options = _options(arguments)
    _say(heading())
    with ExitStack() as opened:
        server = opened.enter_context(a_server(options.postgres))
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="fairtill-bench-")))
        databases = {"PostgreSQL": opened.enter_context(a_database(server)), "SQLite": str(folder / "promotions.db")}
        stores = [Store(name, url, opened.enter_context(shop.a_shop(url))) for name, url in databases.items()]
        floor = opened.enter_context(a_database(server))
        _say(pair_heading())
        pairs = list(_said(_pairs(options, floor, folder / "bare.db", *stores)))
        limits = [_reach(options, store) for store in stores]
        _say("\nA limit that is reached midway\n" + "\n".join(limit_row(one) for one in limits))
        _say("\nOver HTTP, promo serve" + (": what its CPU time goes to" if options.profile else ""))
        served = [_serve(options, store, folder) for store in stores] if options.http else []
    missed = [
        f"MISSED: {one.name}, {one.callers} callers: {one.ratio:.2f}, aim {one.aim}" for one in pairs if not one.is_met
    ]
    _say("\n".join(["", *missed]))
    _say(
        document(pairs, limits, served, **{name: value for name, value in vars(options).items() if name != "postgres"})
    )
    return sum(not one.is_exact for one in limits)


def _pairs(options: argparse.Namespace, floor: str, bare_file: Path, postgres: Store, sqlite: Store) -> Iterator[Pair]:
    bare.set_up_postgres(floor)
    bare.set_up_sqlite(bare_file)
    measure = partial(pair, rounds=options.rounds, seconds=options.seconds)
    on_postgres = partial(shop.holds, postgres.context, Rulesets(postgres.context))
    on_sqlite = partial(shop.holds, sqlite.context, Rulesets(sqlite.context))
    for n in options.callers:
        with bare.on_postgres(floor, bare.HOT_CTE, n) as call:
            yield measure("postgres_hot", "PostgreSQL, hot limit : one CTE", 0.8, n, call, on_postgres(shop.HOT))
        with bare.on_postgres(floor, bare.INSERT, n) as call:
            yield measure("postgres_free", "PostgreSQL, no limit : insert", 0.8, n, call, on_postgres(shop.UNLIMITED))
        with bare.on_sqlite(bare_file, n) as call:
            yield measure("sqlite_hot", "SQLite, hot limit : one transaction", 0.6, n, call, on_sqlite(shop.HOT))


def _said(pairs: Iterator[Pair]) -> Iterator[Pair]:
    for one in pairs:
        _say(pair_row(one))
        yield one


def _reach(options: argparse.Namespace, store: Store) -> Reached:
    attempts = 2 * options.limit
    return reach(store.name, store.database, store.context, options.limit, max(options.callers), attempts=attempts)


def _serve(options: argparse.Namespace, store: Store, folder: Path) -> Served:
    notes = folder / "notes.json" if options.profile else None
    served = serve_holds(store.name, store.database, store.context, max(options.callers), 4 * options.seconds, notes)
    _say("\n".join(served_rows(served)))
    return served


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A hold beside the bare statements of its database.")
    parser.add_argument("--rounds", type=int, default=5, help="how many pairs of rounds; their median ratio counts")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each side of a round goes on")
    parser.add_argument("--callers", type=int, nargs="+", default=[1, 32], help="how many call at the same time")
    parser.add_argument("--limit", type=int, default=500, help="the limit that is reached midway")
    parser.add_argument("--profile", action="store_true", help="say what the threads of promo serve are at; slows it")
    parser.add_argument("--without-http", dest="http", action="store_false", help="leave promo serve out")
    postgres = os.environ.get("TEST_POSTGRES_URL")
    parser.add_argument(
        "--postgres", default=postgres, help="a server's URL; else TEST_POSTGRES_URL, or one of a wheel"
    )
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, flush=True)
