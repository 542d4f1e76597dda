"""``promo promotions``: campaigns and promotions from a file."""

import tomllib
from collections import Counter as Tally
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from promo_server.cli.database import database_option, opened, operator_of
from promo_server.cli.printed import printable
from promo_server.cli.words import allowed_option, denied_option

if TYPE_CHECKING:
    from promo_server.services.promotion_files import Applied


@click.group()
def promotions() -> None:
    """Keep promotions in a file."""


@promotions.command(
    "apply",
    epilog="""\b
Example, as TOML:
  $ cat spring.toml
  [[campaigns]]
  name = "Spring"
\b
  [[campaigns.promotions]]
  promotion_name = "Spring Fresh"
  promotion_type = "percentage_discount"
  description = ""
  promotion_code = "SPRING20"
  discount_rules = {discount_value = 20}
  schedule = {start_date = 2027-03-01, end_date = 2027-03-31}
\b
  $ promo promotions apply shop spring.toml --dry-run

Ends with 1 when something in the file cannot be, with 2 when it cannot be read.""",
)
@click.argument("company_id", metavar="COMPANY")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Say what would be done, and what is wrong; store nothing.")
@allowed_option
@denied_option
@database_option
def apply(
    company_id: str,
    file: Path,
    dry_run: bool,
    allowed_words: frozenset[str],
    denied_words: frozenset[str],
    database: str,
) -> None:
    """Create or update the promotions of COMPANY from FILE, JSON or (*.toml) TOML.

    FILE has 'campaigns', each the body of the API's create campaign, with its 'promotions', each that of create
    promotion; amounts are decimals of major units. It is not the file that 'promo evaluate --rules' takes. A campaign
    is found by its name, a promotion by its promotion_name within the campaign. What is not there is created; of what
    is there, the fields that the file names are changed as by PATCH (null, in JSON, takes one away), as far as its
    status admits it. What the file does not name stays as it is, nothing is deleted, and a second run changes nothing.

    All of the file is stored, or nothing: then every problem is printed with its path in the file. Codes are judged
    with the lists of words that 'promo serve' is given.
    """
    from promo_server.services.promotion_files import apply_file
    from promo_server.services.refusal import InvalidFields
    from promo_server.services.words import CodeWords

    document = _read(file)
    with opened(database, CodeWords(allowed_words, denied_words)) as context:
        try:
            applied = apply_file(context, operator_of(company_id), document, is_dry=dry_run)
        except InvalidFields as wrong:
            problems = [f"  {one.field}: {one.message}" for one in wrong.problems]
            lines = "\n".join([f"{file}: nothing was stored; {_counted(len(problems))}", *problems])
            raise click.ClickException(lines) from None
    _print(applied, dry_run)


def _print(applied: Sequence["Applied"], dry_run: bool) -> None:
    for one in applied:
        name = one.campaign if one.promotion is None else f"{one.campaign} / {one.promotion}"
        click.echo(f"{one.outcome.value:11}{printable(name)}")
    tally = Tally(one.outcome.value for one in applied)
    counts = ", ".join(f"{tally[outcome]} {outcome}" for outcome in ("created", "changed", "unchanged"))
    click.echo(f"{counts}{'; a dry run: nothing was stored' if dry_run else ''}.")


def _counted(problems: int) -> str:
    return "1 problem:" if problems == 1 else f"{problems} problems:"


def _read(path: Path) -> object:
    """Read a file as the API reads a body: numbers as they stand."""
    from promo_contracts import read_json, write_json
    from promo_contracts.wire import WireError

    try:
        content = path.read_bytes()
        if path.suffix == ".toml":
            # Its days and moments are texts on the wire, and what JSON does not have is told in JSON's words.
            content = write_json(tomllib.loads(content.decode(), parse_float=Decimal))
        return read_json(content)
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}") from None
    except (WireError, tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        kind = "TOML" if path.suffix == ".toml" else "JSON"
        said = str(error) if isinstance(error, WireError) else f"not {kind} that can be sent: {error}"
        raise click.BadParameter(f"{path}: {said}") from None
