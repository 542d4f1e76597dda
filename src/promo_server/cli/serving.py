"""``promo serve`` and ``promo migrate``."""

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from promo_server.cli.codes import code_keys_option
from promo_server.cli.database import context_of, database_option, log_to_stderr
from promo_server.cli.words import allowed_option, denied_option

if TYPE_CHECKING:
    from promo_server.code_keys import CodeKeys


@click.command()
@database_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on; 0 for any.")
@allowed_option
@denied_option
@code_keys_option
@click.option(
    "--keep-revisions",
    metavar="DAYS",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    envvar="PROMO_KEEP_REVISIONS",
    help="How long the rules are kept that others took the place of: for late grants, and returns priced anew.",
)
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True
)
def serve(
    database: str,
    host: str,
    port: int,
    allowed_words: frozenset[str],
    denied_words: frozenset[str],
    code_keys: "CodeKeys",
    keep_revisions: int,
    log_level: str,
) -> None:
    """Serve the promotions API."""
    import uvicorn

    from promo_server.app import create_app
    from promo_server.services.words import CodeWords

    log_to_stderr(log_level)
    context = context_of(database, CodeWords(allowed_words, denied_words), code_keys)
    app = create_app(context, keep_revisions=timedelta(days=keep_revisions))
    # Redemption references stand in paths, codes in queries: no access log of the web server's own.
    uvicorn.run(app, host=host, port=port, access_log=False, log_level=log_level)


@click.command()
@click.option("--to", default="head", show_default=True, metavar="REVISION", help="As 0001; base for no tables.")
@click.option("--yes", is_flag=True, help="Do not ask before going back to older tables.")
@database_option
def migrate(database: str, to: str, yes: bool) -> None:
    """Bring the tables to those of this program, or to REVISION.

    Going back loses what the older tables have no place for.
    """
    from promo_server.storage import Database, StorageError

    try:
        with closing(Database(database)) as opened:
            if opened.goes_back(to) and not yes:
                click.confirm("Going back loses what the older tables have no place for. Go back?", abort=True)
            done = opened.migrate(to)
    except StorageError as error:
        raise click.ClickException(str(error)) from None
    was = f"was at {done.before}" if done.before != done.after else "was there already"
    click.echo(f"The database is at revision {done.after}; it {was}.")
