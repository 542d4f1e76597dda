"""``promo company`` and ``promo key``."""

from datetime import date
from typing import Any

import click

from promo_contracts import Scope
from promo_engine import Combination, Rounding
from promo_server.cli.codes import new_code_key, rotate_codes
from promo_server.cli.database import database_option, opened


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
@click.option("--points", metavar="CODE", help="The private currency in which promotions credit points to customers.")
@database_option
def create_company(company_id: str, name: str | None, database: str, **settings: Any) -> None:
    """Create the company COMPANY_ID."""
    from promo_server.services import companies

    with opened(database) as context:
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

    with opened(database) as context, context.database.read() as connection:
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
        "points": found.points or "not kept",
    }
    for name, value in settings.items():
        click.echo(f"{name:20}{value}")


company.add_command(new_code_key)
company.add_command(rotate_codes)


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
    with opened(database) as context:
        made = companies.create_key(context, company_id=company_id, name=name, scopes=wanted, expires=expires)
    click.echo(made)


@key.command("list")
@click.argument("company_id")
@database_option
def list_keys(company_id: str, database: str) -> None:
    """List the keys of COMPANY_ID, without their secrets."""
    from promo_server.services import companies

    with opened(database) as context:
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

    with opened(database) as context:
        companies.revoke_key(context, company_id=company_id, key_id=key_id)
    click.echo(f"Revoked key {key_id}.")
