"""The middleware's subcommand of ``promo``: ``check``."""

import importlib
import sys
from pathlib import Path
from typing import Any

import click

from promo_engine import Cart, Currency, Customer, Destination
from promo_middleware.checking import Sample, find_promotions, get, look_at, roles, routes_of, why_no_cart
from promo_middleware.errors import ConfigurationError, MappingError
from promo_middleware.inner import Reply
from promo_middleware.lifespan import StartError
from promo_middleware.promotions import Promotions
from promo_middleware.routes import name_of


@click.command(
    epilog="""\b
Examples:
  $ promo check shop:app
  $ promo check shop:app --sample cart.json
  $ promo check shop:app --get /carts/7 --header 'Cookie: session=...'
  $ DJANGO_SETTINGS_MODULE=mysite.settings promo check mysite.wsgi:application

Ends with 1 when a route matches nothing, PATH is no cart or the cart does not fit the mapping, with 2 when an argument
is wrong."""
)
@click.argument("app", metavar="MODULE:APP")
@click.option(
    "--sample", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A cart's JSON, in a file."
)
@click.option("--get", "path", metavar="PATH", help="Ask the app itself, in this process, for a cart.")
@click.option("--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="Sent with --get.")
@click.option("--promotions", "named", metavar="MODULE:NAME", help="The Promotions, where the app does not show it.")
def check(app: str, sample: Path | None, path: str | None, headers: tuple[str, ...], named: str | None) -> None:
    """Check how promotions are set up in the shop MODULE:APP, an ASGI or WSGI app.

    Prints which routes are carts and checkouts; with --sample or --get, also what the mapping makes of a cart, and
    whether its parts come to the shop's own total. What goes wrong is said with its path.
    """
    sys.path.insert(0, "")
    shop = _load(app)
    promotions = _load(named) if named else find_promotions(shop)
    if not isinstance(promotions, Promotions):
        raise click.UsageError(f"{named or app} shows no Promotions: name them by --promotions MODULE:NAME")
    is_well = _print_routes(promotions, shop)
    if sample is not None:
        is_well &= _print_cart(promotions, sample.read_bytes())
    if path is not None:
        if not callable(shop):
            raise click.UsageError(f"--get asks an app: {app} is none, but {type(shop).__name__}")
        sent = dict(_header(one) for one in headers)
        try:
            reply = get(shop, promotions, path, sent)
        except StartError as error:
            raise click.ClickException(f"{app} does not start: {error}") from None
        is_well &= _print_reply(promotions, path, sent, reply)
    sys.exit(not is_well)


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    if not module or not attribute:
        raise click.BadParameter(f"{name!r} must be a module and a name in it, as shop:app")
    try:
        found = importlib.import_module(module)
    except ConfigurationError as error:
        raise click.ClickException(f"{module}: {error}") from None
    except ModuleNotFoundError as error:
        raise click.BadParameter(f"{name!r}: there is no module {error.name!r}") from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise click.BadParameter(f"{name!r}: there is no {part!r} in {module}")
        found = getattr(found, part)
    return found


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise click.BadParameter(f"{text!r} must be a name and a value, as 'Cookie: session=1'", param_hint="--header")
    return name.strip(), value.strip()


def _print_routes(promotions: Promotions, shop: object) -> bool:
    """Print what each route is; return whether each pattern matches one."""
    listed, unmet = roles(promotions.routes, routes_of(shop))
    if not listed:
        listed = [(*pattern.split(" ", 1), role.value) for pattern, role in promotions.routes.patterns]  # type: ignore[misc]
        unmet = []
        click.echo("The app does not list its routes, so these are the configured ones:")
    _print_table([("METHOD", "PATH", "IS A"), *listed])
    for test, found in promotions.routes.tests:
        click.echo(f"{name_of(test)}() says of each other request whether it is a {found.role.value}.")
    for pattern in unmet:
        click.echo(f"{pattern!r} is configured, but the app has no such route.")
    return not unmet


def _print_reply(promotions: Promotions, path: str, headers: dict[str, str], reply: Reply) -> bool:
    """Print what the app replied; return whether it is a cart that fits."""
    if problems := list(why_no_cart(promotions.routes, path, headers, reply)):
        click.echo("\n" + "\n".join(f"GET {path} {one}" for one in problems))
        return False
    click.echo(f"\nGET {path} answers {reply.status}.")
    return _print_cart(promotions, reply.body or b"")


def _print_cart(promotions: Promotions, body: bytes) -> bool:
    """Print what the mapping makes of a cart; return whether it fits."""
    try:
        found = look_at(promotions, body)
    except MappingError as error:
        click.echo(f"\nThe cart does not fit, so it would go out unchanged:\n  {error}")
        return False
    currency = found.cart.currency
    lines = [
        (one.id, one.sku, str(one.quantity), _money(one.unit_price, currency), _money(one.total, currency))
        for one in found.cart.lines
    ]
    click.echo("\nWhat promotions see:")
    _print_table([("LINE", "SKU", "UNITS", "UNIT PRICE", "TOTAL"), *lines])
    click.echo()
    _print_table(_said(found.cart, has_resolver=promotions.customer is not None))
    click.echo(f"\nThe cart fits, to the minor unit of {currency.code}:")
    _print_table(_sums(found))
    return True


def _said(cart: Cart, *, has_resolver: bool) -> list[tuple[str, str]]:
    """Return what a cart says beside its amounts: codes and customer, and what else it says."""
    customer = cart.customer or Customer()
    of_cart = customer.id or (f"guest {customer.guest_key}" if customer.guest_key else "nobody")
    to = cart.destination or Destination()
    said = [
        ("shipping methods", ", ".join(one.method for one in cart.shipping if one.method)),
        ("payment method", cart.payment_method),
        ("channel", cart.channel),
        ("destination", " ".join(part for part in (to.country, to.region) if part)),
    ]
    return [
        ("codes", ", ".join(cart.codes) or "none"),
        ("customer", "as customer= says" if has_resolver else of_cart),
        *(one for one in said if one[1]),
    ]


def _sums(found: Sample) -> list[tuple[str, str]]:
    parts, currency = found.parts, found.cart.currency
    sums = [
        ("lines", found.lines),
        ("shipping", found.shipping),
        ("other amounts", found.other),
        ("the shop's own discounts", -found.own_discounts),
        ("tax", parts.tax or 0),
    ]
    shown = [(name, _money(amount, currency)) for name, amount in sums if amount or name in ("lines", "shipping")]
    return [*shown, ("come to", _money(parts.total, currency)), ("the shop says", _money(parts.stated, currency))]


def _money(amount: int, currency: Currency) -> str:
    return f"{currency.major(amount):f}"


def _print_table(rows: list[Any]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
