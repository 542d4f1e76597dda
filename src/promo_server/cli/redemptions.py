"""``promo redemptions``: what the shops could not settle themselves."""

import logging
from typing import TYPE_CHECKING, Any

import click

from promo_server.cli.database import database_option, log_to_stderr, opened, operator_of
from promo_server.cli.printed import print_table, printable

if TYPE_CHECKING:
    from promo_contracts.company.rejected_grants import RejectedGrant
    from promo_engine import Currency
    from promo_server.services.pending import Unsettled

logger = logging.getLogger(__name__)


@click.group()
def redemptions() -> None:
    """Look at redemptions that wait for somebody, and settle them."""


@redemptions.command(
    "in-doubt",
    epilog="""\b
States:
  in_doubt  Nobody knows whether the order was charged: the checkout crashed,
            timed out, or charged another amount. It counts as used meanwhile.
  late      It was confirmed after its hold had expired, with no use left.""",
)
@click.argument("company_id", metavar="COMPANY")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list; amounts are then in minor units.")
@database_option
def in_doubt(company_id: str, as_json: bool, database: str) -> None:
    """List the redemptions of COMPANY that somebody must settle, the oldest doubt first.

    HELD is the amount due that was granted, CHARGED what the shop said that it charged. Look up each order in the shop,
    then run: promo redemptions settle COMPANY REFERENCE --confirm (or --release).
    """
    from promo_contracts import write_json
    from promo_server.services.pending import list_unsettled

    with opened(database) as context:
        found = list_unsettled(context, company_id)
    if as_json:
        click.echo(write_json([_document(one) for one in found]).decode())
    elif not found:
        click.echo("Nothing is in doubt or late.")
    else:
        heading = ("REFERENCE", "STATE", "HELD", "CHARGED", "CURRENCY", "SINCE")
        print_table([heading, *map(_row, found)], numbers=(2, 3))


@redemptions.command("settle")
@click.argument("company_id", metavar="COMPANY")
@click.argument("reference")
@click.option("--confirm", "event", flag_value="confirm", help="The order was charged at the amount held.")
@click.option("--release", "event", flag_value="release", help="It was not: the uses are free again.")
@click.option("--reason", metavar="TEXT", help="Why, for the log on stderr.")
@database_option
def settle(company_id: str, reference: str, event: str | None, reason: str | None, database: str) -> None:
    """Say how the checkout REFERENCE of COMPANY ended, when the shop cannot.

    What is in doubt, late or expired can be confirmed or released; a late or expired one takes its uses again, and
    stays late while none is left. Settled the same way twice is settled once. What is still held is left to its
    checkout.
    """
    from promo_server.redemption import Event
    from promo_server.services.pending import settle_by_hand

    if event is None:
        raise click.UsageError("Say how it ended: --confirm if the order was charged, --release if it was not.")
    log_to_stderr("info")
    with opened(database) as context:
        before, settled = settle_by_hand(context, operator_of(company_id), reference, Event(event))
    was = "was so already" if before == settled.state else f"was {before.value}"
    logger.info(
        "the operator settled %r of %s: it %s and is %s; reason: %r", reference, company_id, was, settled.state, reason
    )
    click.echo(f"The redemption {printable(reference)} is {settled.state}; it {was}.")


@redemptions.command("rejected")
@click.argument("company_id", metavar="COMPANY")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@database_option
def rejected(company_id: str, as_json: bool, database: str) -> None:
    """List the grants of COMPANY that were rejected, the oldest first; amounts are in minor units.

    A shop grants promotions by itself while the API is away, and delivers these grants later. What the API must not
    store is kept here: nothing of it counts. DUE is what the shop granted, CHARGED what it said that it charged.
    """
    from promo_contracts import write_json
    from promo_server.services.rejected_grants import every_rejected_grant

    with opened(database) as context:
        found = every_rejected_grant(context, company_id)
    if as_json:
        click.echo(write_json([one.model_dump() for one in found]).decode())
    elif not found:
        click.echo("No grants were rejected.")
    else:
        heading = ("REFERENCE", "ATTEMPT", "OUTCOME", "DUE", "CHARGED", "CURRENCY", "REJECTED", "WHY")
        print_table([heading, *map(_rejected_row, found)], numbers=(3, 4))


def _rejected_row(one: "RejectedGrant") -> tuple[str, ...]:
    due, charged = ("unsaid" if amount is None else str(amount) for amount in (one.amount_due, one.charged))
    when = f"{one.created_at:%Y-%m-%d %H:%M:%S} UTC"
    return one.reference, one.attempt, one.outcome, due, charged, one.currency or "unsaid", when, one.why


def _row(one: "Unsettled") -> tuple[str, ...]:
    charged = "unsaid" if one.charged is None else _major(one.currency, one.charged)
    since = f"{one.since:%Y-%m-%d %H:%M:%S} UTC"
    return one.reference, one.state.value, _major(one.currency, one.held), charged, one.currency.code, since


def _major(currency: "Currency", amount: int) -> str:
    return format(currency.major(amount), "f")


def _document(one: "Unsettled") -> dict[str, Any]:
    return {
        "reference": one.reference,
        "state": one.state.value,
        "amount_due": one.held,
        "charged": one.charged,
        "currency": one.currency.code,
        "since": one.since.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
