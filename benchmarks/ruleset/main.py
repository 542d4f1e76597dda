"""Measures, prints tables and JSON, and says which claim did not hold."""

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import asked, shop
from .figures import Figure, Pair, document, heading, line, row
from .processes import Client, memory_of, serving

HERE = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return how many claims did not hold."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="fairtill-bench-") as folder:
        database = options.database or str(Path(folder) / "promotions.db")
        key, campaign, promotion = shop.fill(database, options.promotions)
        pairs, figures = _measure(options, database, Path(folder), key, f"{campaign}/{promotion}")
    kind = "PostgreSQL" if "://" in database else "SQLite"
    run = {name: value for name, value in vars(options).items() if name != "database"}
    _say(document(pairs, figures, database=kind, **run))
    return sum(not one.is_met for one in pairs)


def _measure(
    options: argparse.Namespace, database: str, folder: Path, key: str, promotion: str
) -> tuple[list[Pair], list[Figure]]:
    figures: list[Figure] = []
    command = ["promo", "serve", "--database", database, "--log-level", "error"]
    with serving(command) as (port, process), asked.connect(port, key) as server:
        content = _first(server, port, options.promotions, figures)
        file = folder / "ruleset.json"
        file.write_bytes(content)
        environment = os.environ | {"FAIRTILL_FILE": str(file)}
        uvicorn = ["uvicorn", "bare:app", "--app-dir", str(HERE), "--no-access-log", "--log-level", "error"]
        with serving(uvicorn, env=environment) as (bare_port, _), asked.connect(bare_port) as bare:
            pairs = _pairs(server, bare, json.loads(content)["revision"], options)
        with asked.beside(port, "health_sending", "a ruleset that is sent", figures):
            for _ in range(options.rounds):
                server.get(asked.RULES, Accept_Encoding="identity")
        figures += asked.compressed(server, content)
        _say("\nBeside\n" + "\n".join(map(line, figures)))
        said = len(figures)
        with asked.beside(port, "health_changing", "changes, carts and polls", figures):
            figures += asked.changes(server, promotion, options.rounds)
        _say("\n".join(map(line, figures[said:])))
        said = len(figures)
        figures += asked.in_a_shop(port, key)
        figures.append(Figure("memory_mb", "promo serve holds", memory_of(process), "MB"))
        _say("\n".join(map(line, figures[said:])))
    return pairs, figures


def _first(server: Client, port: int, count: int, figures: list[Figure]) -> bytes:
    """Ask a server that has just started, which compiles all of it."""
    content = b""

    def fetch() -> None:
        nonlocal content
        content, _ = server.get(asked.RULES, Accept_Encoding="identity")

    with asked.beside(port, "health_compiling", "the first compilation", figures):
        first = asked.milliseconds(fetch)
    asked.check(content, count)
    figures.insert(0, Figure("first_ms", f"{count:,} promotions, the first poll of a new process", first, "ms"))
    figures.insert(0, Figure("document_mb", "the document", len(content) / 1e6, "MB"))
    return content


def _pairs(server: Client, bare: Client, revision: str, options: argparse.Namespace) -> list[Pair]:
    asked.beside_nothing(server, bare, revision, 1, options.calls)  # warms both up
    of_health = asked.beside_health(server, options.calls)
    pairs = [
        asked.beside_a_file(server, bare, options.rounds),
        asked.beside_nothing(server, bare, revision, options.rounds, options.calls),
    ]
    _say("\n".join([heading(), *map(row, pairs)]))
    _say(f"  (a GET of /health of promo serve takes {of_health:.3f} ms)")
    return pairs


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A large ruleset beside a file and an empty answer.")
    parser.add_argument("--promotions", type=int, default=100_000, help="how many promotions the company has")
    parser.add_argument("--rounds", type=int, default=7, help="how many rounds; their median counts")
    parser.add_argument("--calls", type=int, default=300, help="how many empty answers make a round")
    parser.add_argument("--database", help="the URL of an empty PostgreSQL database; else a new SQLite file")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, flush=True)
