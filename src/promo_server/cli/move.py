"""``promo database``: a whole database, moved."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from promo_server.cli.database import database_option
from promo_server.cli.printed import print_table

SECONDS = 2.0
"""Between two lines of how far a long table is."""


@click.group()
def database() -> None:
    """Look after the database as a whole."""


@database.command(
    "move",
    epilog="""\b
Example:
  $ promo database move --database promotions.db \\
      --to postgresql://fairtill@db.internal/fairtill
\b
Ends with 1 when something is in the way; then nothing is in the target.""",
)
@click.option(
    "--to",
    "target",
    required=True,
    metavar="PATH|URL",
    envvar="PROMO_MOVE_TO",
    show_envvar=True,
    help="An empty database: postgresql://user:password@host/name, or a SQLite file.",
)
@database_option
def move(target: str, database: str) -> None:
    """Move all companies, keys, promotions, redemptions and value stores to another database.

    From a SQLite file to PostgreSQL, when one machine is not enough any more, or back. The target must be empty; its
    tables are made where it has none. Keys, ids, codes and what is held stay as they are: shops notice nothing but that
    the server was away.

    Stop the servers before, and start them on the target afterwards: what they would store in the old database from
    then on is not moved. While it runs nobody can write to the old one (SQLite: BEGIN IMMEDIATE is held; PostgreSQL:
    the tables are locked IN SHARE MODE), and it is left as it was: keep it until you are sure.

    All is one transaction in the target, or nothing. Each table is counted and its rows are read back there: the
    checksums that are printed are of what both have. How far it is stands on stderr.
    """
    from promo_server.storage import Database, StorageError
    from promo_server.storage import move as move_all

    try:
        _check_names(database, target)
        with closing(Database(database)) as source, closing(Database(target)) as other:
            moved = move_all(source, other, _progress(time.monotonic))
    except StorageError as error:
        raise click.ClickException(str(error)) from None
    rows = [(one.table, f"{one.rows:,}", one.checksum[:16]) for one in moved]
    print_table([("TABLE", "ROWS", "CHECKSUM"), *rows], numbers=(1,))
    click.echo(f"Moved {sum(one.rows for one in moved):,} rows. Next: start the servers on the new database.")


def _check_names(source: str, target: str) -> None:
    """Refuse what could only end in waiting for itself, or in a new file that nobody wants."""
    from promo_server.storage import MoveError, file_of, shown

    file, other = file_of(source), file_of(target)
    if file is not None and not file.is_file():
        raise MoveError(f"There is nothing to move: {shown(source)} does not exist.")
    if _resolved(file, source) == _resolved(other, target):
        raise MoveError(f"Both are {shown(source)}; name another one with --to.")


def _resolved(file: Path | None, name: str) -> Path | str:
    return name if file is None else file.resolve()


def _progress(clock: Callable[[], float]) -> Callable[[str, int, int], None]:
    """Return what says on stderr how far a table is: when it is done, and now and then before."""
    last = clock()

    def report(table: str, done: int, total: int) -> None:
        nonlocal last
        if (done == total and total) or clock() - last >= SECONDS:
            click.echo(f"{table}: {done:,} of {total:,} rows", err=True)
            last = clock()

    return report
