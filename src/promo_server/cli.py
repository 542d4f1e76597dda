"""The server's subcommands of ``promo``: ``serve``, ``migrate``, ``company`` and ``key``.

Database and web framework are imported when a command runs: ``promo --help`` reads this module.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promo_contracts import Scope
from promo_engine import Combination, DocumentError, PluginError, Rounding

if TYPE_CHECKING:
    from promo_server.services.context import Context
    from promo_server.services.words import CodeWords

database_option = click.option(
    "--database",
    metavar="PATH|URL",
    envvar="PROMO_DATABASE",
    default="promotions.db",
    show_default=True,
    help="A SQLite file, made when it is not there, or postgresql://user:password@host/name.",
)


words_file = click.Path(path_type=Path, exists=True, dir_okay=False)


def _read_words(_context: click.Context, _option: click.Parameter, path: Path | None) -> frozenset[str]:
    from promo_server.services.words import read_words

    try:
        return frozenset() if path is None else read_words(path.read_text())
    except ValueError as error:
        raise click.BadParameter(f"{path}: {error}.") from None


def _read_currencies(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, int]:
    currencies = {}
    for one in given:
        code, _, exponent = one.rpartition("=")
        if not code or not (exponent.isascii() and exponent.isdigit()):
            raise click.BadParameter(f"{one!r} is not CODE=EXPONENT, as POINTS=0.")
        currencies[code] = int(exponent)
    return currencies


def _read_expires(_context: click.Context, _option: click.Parameter, given: str | None) -> date | None:
    from pydantic import TypeAdapter, ValidationError

    from promo_contracts.fields import DayOrInstant

    try:
        read: date | None = None if given is None else TypeAdapter(DayOrInstant).validate_python(given)
    except ValidationError as error:
        raise click.BadParameter(f"it {error.errors()[0]['ctx']['error']}.") from None
    return read


@click.command()
@database_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, help="The port to listen on; 0 for any.")
@click.option("--allowed-words", callback=_read_words, type=words_file, help="A file: words no code is refused for.")
@click.option("--denied-words", callback=_read_words, type=words_file, help="A file: words no code may contain.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True
)
def serve(
    database: str,
    host: str,
    port: int,
    allowed_words: frozenset[str],
    denied_words: frozenset[str],
    log_level: str,
) -> None:
    """Serve the promotions API."""
    import logging

    import uvicorn

    from promo_server.app import create_app
    from promo_server.services.words import CodeWords

    # Other libraries' finer levels would log rows and headers: codes, carts, keys.
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in ("promo_server", "promo_engine"):
        logging.getLogger(name).setLevel(log_level.upper())
    app = create_app(_context(database, CodeWords(allowed_words, denied_words)))
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


@click.group()
def company() -> None:
    """Manage companies."""


@company.command("create")
@click.argument("company_id")
@click.option("--name", help="A name for people; the id without it.")
@click.option("--currency", default="USD", show_default=True, help="Its ISO 4217 currency.")
@click.option("--time-zone", default="UTC", show_default=True, help="Its IANA time zone.")
@click.option(
    "--rounding",
    type=click.Choice([one.value for one in Rounding]),
    default=Rounding.HALF_UP.value,
    show_default=True,
    help="How a discount becomes a whole number of minor units.",
)
@click.option(
    "--combination",
    type=click.Choice([one.value for one in Combination]),
    default=Combination.BEST_FOR_CUSTOMER.value,
    show_default=True,
    help="Which of the promotions that may apply do.",
)
@click.option(
    "--private-currency",
    "private",
    multiple=True,
    callback=_read_currencies,
    metavar="CODE=EXPONENT",
    help="A currency of its own and how many decimals it has, as POINTS=0; repeat for several.",
)
@database_option
def create_company(company_id: str, name: str | None, database: str, **settings: Any) -> None:
    """Create the company COMPANY_ID."""
    from promo_server.services import companies

    with _opened(database) as context:
        companies.create_company(
            context,
            company_id=company_id,
            name=name or company_id,
            **settings,
        )
    click.echo(f"Created company {company_id}. Next: promo key create {company_id}")


@company.command("show")
@click.argument("company_id")
@database_option
def show_company(company_id: str, database: str) -> None:
    """Show the settings of COMPANY_ID."""
    from promo_server.services.context import load_company

    with _opened(database) as context, context.database.read() as connection:
        found = load_company(connection, company_id)
    private = [f"{one.code}={one.exponent}" for one in found.private.values()]
    settings = {
        "company": found.id,
        "name": found.name,
        "currency": found.currency.code,
        "time zone": found.zone.key,
        "rounding": found.rounding.value,
        "combination": found.combination.value,
        "private currencies": ", ".join(private) or "none",
    }
    for name, value in settings.items():
        click.echo(f"{name:20}{value}")


@click.group()
def key() -> None:
    """Manage API keys."""


@key.command("create")
@click.argument("company_id")
@click.option("--name", default="admin", show_default=True, help="Who uses it; shown as created_by.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    default=[Scope.ADMIN.value],
    show_default=True,
    help="What it may do; repeat for several.",
)
@click.option(
    "--expires",
    callback=_read_expires,
    metavar="DAY",
    help="Its last day on the company's calendar, as 2027-03-31, or the moment it ends, as 2027-03-31T12:00:00Z.",
)
@database_option
def create_key(company_id: str, name: str, scopes: tuple[str, ...], expires: date | None, database: str) -> None:
    """Create a key for COMPANY_ID and print it, this once."""
    from promo_server.services import companies

    wanted = [Scope(scope) for scope in scopes]
    with _opened(database) as context:
        made = companies.create_key(context, company_id=company_id, name=name, scopes=wanted, expires=expires)
    click.echo(made)


@key.command("list")
@click.argument("company_id")
@database_option
def list_keys(company_id: str, database: str) -> None:
    """List the keys of COMPANY_ID, without their secrets."""
    from promo_server.services import companies

    with _opened(database) as context:
        found = companies.list_keys(context, company_id)
    for one in found:
        ends = f"{one.expires_at:%Y-%m-%d %H:%M} UTC" if one.expires_at else "never"
        scopes = ",".join(one.scopes)
        click.echo(
            f"{one.id}  {one.state:8}  created {one.created_at:%Y-%m-%d}  expires {ends:20}  {scopes}  {one.name}"
        )


@key.command("revoke")
@click.argument("company_id")
@click.argument("key_id")
@database_option
def revoke_key(company_id: str, key_id: str, database: str) -> None:
    """End the key KEY_ID of COMPANY_ID, now and for good; `promo key list` shows the ids."""
    from promo_server.services import companies

    with _opened(database) as context:
        companies.revoke_key(context, company_id=company_id, key_id=key_id)
    click.echo(f"Revoked key {key_id}.")


@contextmanager
def _opened(database: str) -> "Iterator[Context]":
    """Open the database for one command; what cannot be is said in a sentence."""
    from promo_server.services.refusal import Refusal
    from promo_server.storage import StorageError

    context = _context(database)
    try:
        yield context
    except (Refusal, DocumentError, StorageError) as error:
        raise click.ClickException(str(error)) from None
    finally:
        context.database.close()


def _context(database: str, code_words: "CodeWords | None" = None) -> "Context":
    from promo_server.services.context import NO_WORDS, create_context
    from promo_server.storage import StorageError

    try:
        return create_context(database, code_words=code_words or NO_WORDS)
    except (PluginError, StorageError) as error:
        raise click.ClickException(str(error)) from None
