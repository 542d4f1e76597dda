"""A grant: the record of a held redemption and the uses that it took, kept together."""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from promo_contracts.company.models import HoldRequest, Redemption
from promo_engine import Cart, Document, canonical_json, local_day, write_cart
from promo_server.redemption import Standing, State
from promo_server.services.context import Company
from promo_server.services.refusal import Refusal
from promo_server.services.shoppers import customer_key
from promo_server.services.uses import Counter, LimitReachedError, give_back, take
from promo_server.storage import instant, instant_or_none, moment
from promo_server.storage.tables import redemptions, uses


@dataclass(frozen=True, slots=True)
class Grant:
    """What a reference was granted at a moment: an evaluation document of a cart.

    ``held_at`` orders the grants of a company; it is ``now`` unless two grants had the same moment.
    """

    company: Company
    reference: str
    cart: Cart
    evaluation: Document
    now: datetime
    held_at: datetime
    state: State = State.HELD
    charged: int | None = None
    is_delivered: bool = False

    @property
    def customer_key(self) -> str | None:
        """What the customer's uses are counted under."""
        return customer_key(self.cart.customer)

    @property
    def day(self) -> str:
        """The company's day to which the uses belong."""
        return local_day(self.now, self.company.zone)


def store_grant(connection: Connection, grant: Grant, request: HoldRequest, counted: dict[str, list[Counter]]) -> None:
    """Store a redemption in the place of an earlier one of its reference, and take its uses.

    ``counted`` are the counters to raise, by promotion id.

    Raises:
        LimitReachedError: a limit does not admit it.
    """
    forget_grant(connection, grant.company.id, grant.reference)
    _insert_redemption(connection, grant, request)
    for discount in grant.evaluation["applied"]:
        taken = counted.get(discount["id"], [])
        take(connection, grant.company.id, taken)
        connection.execute(
            insert(uses).values(
                company_id=grant.company.id,
                promotion_id=discount["id"],
                reference=grant.reference,
                customer_key=grant.customer_key,
                day=grant.day,
                discount=discount["discount"],
                counted=_counters_text(taken),
            )
        )


def _insert_redemption(connection: Connection, grant: Grant, request: HoldRequest) -> None:
    totals = grant.evaluation["totals"]
    connection.execute(
        insert(redemptions).values(
            company_id=grant.company.id,
            reference=grant.reference,
            state=grant.state.value,
            attempt=request.attempt,
            cart=cart_text(grant.cart),
            evaluation=canonical_json(grant.evaluation).decode(),
            amount_due=totals["amount_due"],
            undiscounted=totals["items"] + totals["shipping"],
            currency=totals["currency"],
            charged=grant.charged,
            customer_key=grant.customer_key,
            held_at=moment(grant.held_at),
            is_delivered=grant.is_delivered,
            lease_until=_lease_end(grant.now, request),
            expires_at=moment(grant.now + timedelta(seconds=request.ttl_seconds)),
            settled_at=None if grant.state is State.HELD else moment(grant.now),
        )
    )


def renew(connection: Connection, company_id: str, reference: str, request: HoldRequest, now: datetime) -> None:
    """Hand a hold whose lease has ended to another attempt."""
    connection.execute(
        update(redemptions)
        .where(redemptions.c.company_id == company_id, redemptions.c.reference == reference)
        .values(attempt=request.attempt, lease_until=_lease_end(now, request))
    )


def forget_grant(connection: Connection, company_id: str, reference: str) -> None:
    """Remove a redemption that is about to be replaced, giving back what it still counts."""
    row = find_redemption(connection, company_id, reference)
    if row is None:
        return
    if State(row.state).counts_uses:
        give_uses_back(connection, company_id, reference)
    for table in (uses, redemptions):
        connection.execute(delete(table).where(table.c.company_id == company_id, table.c.reference == reference))


def give_uses_back(connection: Connection, company_id: str, reference: str) -> None:
    """Lower every counter that a redemption raised."""
    give_back(connection, company_id, _counted(connection, company_id, reference))


def take_uses_again(connection: Connection, company_id: str, reference: str, day: str) -> bool:
    """Raise every counter of a redemption once more, on this day; False, with nothing raised, at a limit."""
    savepoint = connection.begin_nested()
    for row in connection.execute(_uses_of(company_id, reference)).all():
        counted = [replace(one, key=day) if one.scope == "daily" else one for one in _counters(row.counted)]
        try:
            take(connection, company_id, counted)
        except LimitReachedError:
            savepoint.rollback()
            return False
        use = (uses.c.company_id == company_id) & (uses.c.reference == reference)
        connection.execute(
            update(uses)
            .where(use, uses.c.promotion_id == row.promotion_id)
            .values(day=day, counted=_counters_text(counted))
        )
    savepoint.commit()
    return True


def move(
    connection: Connection,
    company_id: str,
    reference: str,
    state: State,
    now: datetime,
    charged: int | None = None,
) -> None:
    """Put a redemption into another state; an amount that is not known leaves the one that is."""
    values: dict[str, Any] = {"state": state.value, "settled_at": moment(now), "lease_until": None}
    if charged is not None:
        values["charged"] = charged
    connection.execute(
        update(redemptions)
        .where(redemptions.c.company_id == company_id, redemptions.c.reference == reference)
        .values(**values)
    )


def find_redemption(connection: Connection, company_id: str, reference: str) -> Row[Any] | None:
    """Find the redemption of a reference."""
    query = select(redemptions).where(redemptions.c.company_id == company_id, redemptions.c.reference == reference)
    return connection.execute(query).one_or_none()


def redemption_of(connection: Connection, company_id: str, reference: str) -> Row[Any]:
    """Find the redemption of a reference.

    Raises:
        Refusal: ``REDEMPTION_NOT_FOUND``; another company's looks the same.
    """
    row = find_redemption(connection, company_id, reference)
    if row is None:
        raise Refusal("REDEMPTION_NOT_FOUND", "There is no redemption with this reference.")
    return row


def standing_of(row: Row[Any] | None) -> Standing | None:
    """Return what the state machine looks at."""
    if row is None:
        return None
    return Standing(State(row.state), row.attempt, row.cart, instant_or_none(row.lease_until))


def cart_text(cart: Cart) -> str:
    """Write a cart so that two requests can be compared: at no particular moment."""
    timeless = replace(cart, at=datetime.min.replace(tzinfo=UTC))
    return canonical_json(write_cart(timeless)).decode()


def as_answer(row: Row[Any]) -> Redemption:
    """Return a redemption as the contract has it."""
    return Redemption(
        reference=row.reference,
        state=row.state,
        amount_due=row.amount_due,
        undiscounted=row.undiscounted,
        currency=row.currency,
        charged=row.charged,
        attempt=row.attempt,
        held_at=instant(row.held_at),
        expires_at=instant(row.expires_at),
        settled_at=instant_or_none(row.settled_at),
        evaluation=json.loads(row.evaluation),
    )


def _lease_end(now: datetime, request: HoldRequest) -> str | None:
    return moment(now + timedelta(seconds=request.lease_seconds)) if request.lease_seconds else None


def _counted(connection: Connection, company_id: str, reference: str) -> list[Counter]:
    rows = connection.execute(_uses_of(company_id, reference)).all()
    return [counter for row in rows for counter in _counters(row.counted)]


def _uses_of(company_id: str, reference: str) -> Select[Any]:
    query = select(uses.c.promotion_id, uses.c.counted)
    return query.where(uses.c.company_id == company_id, uses.c.reference == reference)


def _counters(text: str) -> list[Counter]:
    return [Counter(*one) for one in json.loads(text)]


def _counters_text(counters: Sequence[Counter]) -> str:
    return json.dumps([astuple(one) for one in counters])
