"""A grant: the record of a held redemption and the uses that it took, kept together."""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

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
    """What a reference was granted at a moment: an evaluation document of a cart."""

    company: Company
    reference: str
    cart: Cart
    evaluation: Document
    now: datetime

    @property
    def customer_key(self) -> str | None:
        """What the customer's uses are counted under."""
        return customer_key(self.cart.customer)

    @property
    def day(self) -> str:
        """The company's day to which the uses belong."""
        return local_day(self.now, self.company.zone)


def store_grant(
    connection: Connection,
    grant: Grant,
    request: HoldRequest,
    counted: dict[str, list[Counter]],
    *,
    state: State = State.HELD,
    charged: int | None = None,
) -> None:
    """Store a redemption in the place of an earlier one of its reference, and take its uses.

    ``counted`` are the counters to raise, by promotion id.

    Raises:
        LimitReachedError: a limit does not admit it.
    """
    company_id = grant.company.id
    totals = grant.evaluation["totals"]
    forget_grant(connection, company_id, grant.reference)
    lease = timedelta(seconds=request.lease_seconds)
    connection.execute(
        insert(redemptions).values(
            company_id=company_id,
            reference=grant.reference,
            state=state.value,
            attempt=request.attempt,
            cart=cart_text(grant.cart),
            evaluation=canonical_json(grant.evaluation).decode(),
            amount_due=totals["amount_due"],
            undiscounted=totals["items"] + totals["shipping"],
            currency=totals["currency"],
            charged=charged,
            customer_key=grant.customer_key,
            held_at=moment(grant.now),
            lease_until=moment(grant.now + lease) if lease else None,
            expires_at=moment(grant.now + timedelta(seconds=request.ttl_seconds)),
            settled_at=None if state is State.HELD else moment(grant.now),
        )
    )
    for discount in grant.evaluation["applied"]:
        taken = counted.get(discount["id"], [])
        take(connection, company_id, taken)
        connection.execute(
            insert(uses).values(
                company_id=company_id,
                promotion_id=discount["id"],
                reference=grant.reference,
                customer_key=grant.customer_key,
                day=grant.day,
                discount=discount["discount"],
                counted=json.dumps([astuple(one) for one in taken]),
            )
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


def take_uses_again(connection: Connection, company_id: str, reference: str) -> bool:
    """Raise every counter of a redemption once more; False, with nothing raised, when a limit is reached."""
    savepoint = connection.begin_nested()
    try:
        take(connection, company_id, _counted(connection, company_id, reference))
    except LimitReachedError:
        savepoint.rollback()
        return False
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


def _counted(connection: Connection, company_id: str, reference: str) -> Sequence[Counter]:
    query = select(uses.c.counted).where(uses.c.company_id == company_id, uses.c.reference == reference)
    return [Counter(*one) for text in connection.execute(query).scalars() for one in json.loads(text)]
