"""What waits for somebody: redemptions that an operator is to settle, rejected grants, holds that nobody swept."""

from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from promo_contracts.company.models import Redemption, SettleRequest
from promo_engine import Currency
from promo_server.redemption import Event, State, transition
from promo_server.services.companies import Holder
from promo_server.services.context import Context, load_company
from promo_server.services.grants import redemption_of
from promo_server.services.redemptions import settle
from promo_server.services.refusal import Refusal
from promo_server.storage import instant, moment
from promo_server.storage.tables import redemptions, rejected_grants

SWEPT_WITHIN = timedelta(minutes=1)
"""A server that works sweeps every second; what waits longer has none."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A redemption that somebody is to settle; amounts are minor units of ``currency``, what is not known is None."""

    reference: str
    state: State
    held: int
    charged: int | None
    currency: Currency
    since: datetime


def list_unsettled(context: Context, company_id: str) -> list[Unsettled]:
    """Return what is in doubt or late, the longest first; a lease that lapsed unreported is in doubt, swept or not.

    Raises:
        Refusal: ``NOT_FOUND``: there is no such company.
    """
    now = context.clock()
    since = func.coalesce(redemptions.c.settled_at, redemptions.c.lease_until, redemptions.c.held_at)
    query = select(redemptions, since.label("since")).where(redemptions.c.company_id == company_id, _is_unsettled(now))
    with context.database.read() as connection:
        company = load_company(connection, company_id)
        rows = connection.execute(query.order_by("since", redemptions.c.reference)).all()
    return [
        Unsettled(
            row.reference,
            State.LATE if row.state == State.LATE else State.IN_DOUBT,
            row.amount_due,
            row.charged,
            company.currency_of(row.currency),
            instant(row.since),
        )
        for row in rows
    ]


def settle_by_hand(context: Context, holder: Holder, reference: str, event: Event) -> tuple[State, Redemption]:
    """Confirm or release a redemption for a shop that did not; return the state that it was in, and what it is now.

    A hold whose checkout may still be running is left to it.

    Raises:
        Refusal: ``NOT_FOUND``, ``REDEMPTION_NOT_FOUND``, ``CHECKOUT_IN_FLIGHT``: the hold is the checkout's still;
            ``REDEMPTION_CLOSED``, ``HOLD_EXPIRED`` as in ``settle``.
    """
    now = context.clock()
    with context.database.read() as connection:
        load_company(connection, holder.company_id)
        row = redemption_of(connection, holder.company_id, reference)
    if row.state == State.HELD and moment(now) < row.due_at:
        ends = instant(row.due_at)
        message = f"The redemption is held: its checkout settles it, or time does at {ends:%Y-%m-%d %H:%M:%S} UTC."
        raise Refusal("CHECKOUT_IN_FLIGHT", message)
    # With its attempt: what another attempt has made of the reference since is not what the operator saw.
    request = SettleRequest(attempt=row.attempt)
    try:
        return _in_time(row), settle(context, holder, reference, event, request)
    except Refusal as refusal:
        if refusal.code == "HOLD_EXPIRED":
            message = "No use is left for it, so it stays late. Raise the limit and confirm it then, or release it."
            raise Refusal(refusal.code, message) from None
        raise


@dataclass(frozen=True, slots=True)
class Pending:
    """How much waits, by company: in doubt, late, rejected grants, and holds whose time is over unswept."""

    in_doubt: Mapping[str, int]
    late: Mapping[str, int]
    rejected: Mapping[str, int]
    unswept: Mapping[str, int]


def pending_work(connection: Connection, now: datetime) -> Pending:
    """Count what waits in the whole database."""
    counted = select(redemptions.c.company_id, redemptions.c.state, func.count().label("number"))
    rows = connection.execute(
        counted.where(_is_unsettled(now)).group_by(redemptions.c.company_id, redemptions.c.state)
    ).all()
    in_doubt, late = Tally[str](), Tally[str]()
    for row in rows:
        (late if row.state == State.LATE else in_doubt)[row.company_id] += row.number
    return Pending(
        in_doubt,
        late,
        _by_company(connection, rejected_grants.c.company_id),
        _by_company(connection, redemptions.c.company_id, redemptions.c.due_at <= moment(now - SWEPT_WITHIN)),
    )


def _in_time(row: Row[Any]) -> State:
    """Return the state of a redemption, of a hold the one that its time has brought it to."""
    if row.state == State.HELD:
        return transition(State.HELD, Event.EXPIRE if row.lease_until is None else Event.LAPSE)
    return State(row.state)


def _is_unsettled(now: datetime) -> ColumnElement[bool]:
    has_lapsed = and_(redemptions.c.state == State.HELD, redemptions.c.lease_until <= moment(now))
    return or_(redemptions.c.state.in_((State.IN_DOUBT, State.LATE)), has_lapsed)


def _by_company(
    connection: Connection, company_id: ColumnElement[str], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    query = select(company_id.label("company"), func.count().label("number")).where(*conditions)
    rows = connection.execute(query.group_by(company_id).order_by(company_id))
    return {row.company: row.number for row in rows}
