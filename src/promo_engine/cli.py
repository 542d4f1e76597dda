"""The engine's subcommands of ``promo``: ``evaluate`` and ``plugins``."""

import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from promo_engine.cart import Cart, read_cart
from promo_engine.documents import MAX_BYTES, DocumentError, canonical_json, read_instant, read_json
from promo_engine.entitlements import UNKNOWN, read_entitlements
from promo_engine.evaluation import Evaluation
from promo_engine.explanation import explain
from promo_engine.plugins import discover
from promo_engine.pricing import evaluate as price
from promo_engine.printed import Table, closing_lines, tables_of
from promo_engine.reason import Reason
from promo_engine.registry import PluginError, PromotionTypes, Registered
from promo_engine.rules_file import read_rules_file

MOST_RULES = 256 * MAX_BYTES
WIDTH = 120

T = TypeVar("T")

file = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)


@click.command(
    epilog="""\b
Example: 10.00 and 49.90, and 20 percent off for who has the code.
  $ cat cart.json
  {"currency": "USD", "codes": ["SPRING20"],
   "lines": [{"id": "a", "sku": "TEA", "unit_price": 1000},
             {"id": "b", "sku": "MILK", "unit_price": 4990}]}
  $ cat rules.json
  {"currency": "USD",
   "promotions": [{"id": "spring", "code": "SPRING20",
                   "type": "percentage_discount",
                   "rules": {"discount_value": 20}}]}
  $ promo evaluate cart.json --rules rules.json

Ends with 1 when a document is not lawful, with 2 when a file cannot be read or an option is wrong."""
)
@click.argument("cart", type=file)
@click.option("--rules", type=file, required=True, help="The promotions: a ruleset document, or written by hand.")
@click.option("--entitlements", type=file, help="Uses left; without them, promotions with limits do not apply.")
@click.option("--at", metavar="INSTANT", help="The moment, as 2026-11-22T09:00:00Z; the cart's own or now without it.")
@click.option("--why", is_flag=True, help="Give the reasons of all promotions that did not apply, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the canonical evaluation document, nothing beside it.")
def evaluate(cart: Path, rules: Path, entitlements: Path | None, at: str | None, why: bool, as_json: bool) -> None:
    """Price the cart document CART; - reads it from stdin.

    Amounts in files are whole numbers of minor units: 4990 is 49.90 USD. A promotion in the rules needs an id, a type
    ('promo plugins' lists them) and its rules; 'code', 'stackable', 'priority', 'eligibility' and the rest as in a
    ruleset document.
    """
    if cart == rules == Path("-"):
        raise click.UsageError("Only one file can be read from stdin.")
    types = _discovered()
    ruleset = _read(rules, lambda document: read_rules_file(document, types), MOST_RULES)
    read = _read(cart, lambda document: _stamped(document, at))
    known = UNKNOWN if entitlements is None else _read(entitlements, read_entitlements)
    evaluation = price(read, ruleset, known)
    reasons = {one.promotion_id: one.reason for one in explain(read, ruleset, known)} if why else {}
    if as_json:
        click.echo(canonical_json(evaluation.document() | _written(reasons)), nl=False)
    else:
        _draw(evaluation, reasons)


@click.command()
def plugins() -> None:
    """List the installed promotion types and conditions with their distributions and versions."""
    types = _discovered()
    _list("TYPE", types.registered())
    if types.conditions:
        click.echo()
        _list("CONDITION", types.conditions.registered())


def _list(heading: str, registered: Iterable[Registered[Any]]) -> None:
    rows = [(heading, "VERSION", "TITLE", "DISTRIBUTION")]
    rows += [(one.supplied.name, one.supplied.version, one.supplied.title, one.origin) for one in registered]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, version, title, origin in rows:
        click.echo(f"{name:{widths[0]}}  {version:{widths[1]}}  {title:{widths[2]}}  {origin}")


def _discovered() -> PromotionTypes:
    try:
        return discover()
    except PluginError as error:
        raise click.ClickException(str(error)) from None


def _read(path: Path, read: Callable[[object], T], most: int = MAX_BYTES) -> T:
    """Read a document from a file; what is wrong is said in one line that names file and field."""
    name = "stdin" if path == Path("-") else path
    try:
        with click.open_file(str(path), "rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise click.BadParameter(f"{name}: {error.strerror}") from None
    try:
        return read(read_json(content, most))
    except DocumentError as error:
        raise click.ClickException(f"{name}: {error}") from None


def _stamped(document: Any, at: str | None) -> Cart:
    """Read a cart; the moment is the one given, else its own, else now."""
    cart = read_cart(document)
    if at is not None:
        try:
            return cart.moved_to(read_instant(at, "--at"))
        except DocumentError as error:
            raise click.BadParameter(error.problem, param_hint="--at") from None
    return cart if "at" in document else cart.moved_to(datetime.now(UTC))


def _written(reasons: Mapping[str, Reason]) -> dict[str, Any]:
    written = {name: {"reason": reason.code, "params": dict(reason.params)} for name, reason in reasons.items()}
    return {"reasons": written} if written else {}


def _draw(evaluation: Evaluation, reasons: Mapping[str, Reason]) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else WIDTH)
    for table in tables_of(evaluation, reasons):
        console.print(_drawn(table))
    for line in closing_lines(evaluation):
        console.print(line)


def _drawn(table: Table) -> object:
    from rich import box
    from rich.table import Table as Drawn

    drawn = Drawn(title=table.title, title_justify="left", box=box.SIMPLE, pad_edge=False)
    for name in table.columns:
        drawn.add_column(name, justify="right" if name in table.numbers else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*row) if row else drawn.add_section()
    return drawn
