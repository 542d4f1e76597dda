"""A grant: the record of a held redemption and the uses that it took, kept together."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    select,
    true,
    union_all,
    update,
)

from promo_contracts import write_json
from promo_contracts.company.models import HoldRequest, Redemption
from promo_engine import Cart, Document, local_day, read_cart, write_cart
from promo_server.redemption import Standing, State
from promo_server.services.context import COMPANY_COLUMNS, Company, company_of
from promo_server.services.ended_attempts import note_ended
from promo_server.services.refusal import Refusal
from promo_server.services.shoppers import customer_key
from promo_server.services.uses import Counter, LimitReachedError, exchange
from promo_server.services.value_grants import give_values_back
from promo_server.storage import (
    UndoneError,
    are_keys,
    execute_all,
    fetch,
    fetch_each,
    insert_new,
    instant,
    instant_or_none,
    moment,
)
from promo_server.storage.tables import companies, ended_attempts, redemptions, uses

NO_MOMENT = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a reference was granted at a moment: an evaluation document of a cart.

    ``held_at`` is ``now``, or where one writer is alone the first moment after its latest grant: see decision 5.
    ``value_transaction_id`` is what it took of value stores.
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
    value_transaction_id: str | None = None

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
    counted: Mapping[str, Sequence[Counter]],
    earlier: Row[Any] | None,
) -> Redemption:
    """Store a redemption in the place of an ``earlier`` one of its reference, whose attempt is over, and take its uses.

    ``counted`` are the counters to raise, by promotion id.

    Raises:
        LimitReachedError: a limit does not admit it.
        UndoneError: the reference was new, and another one came first.
    """
    given = own_counters(connection, earlier)
    row, taken = rows_of(grant, request, counted)
    if earlier is not None:
        _end_earlier(connection, earlier, request.attempt, grant.now)
        connection.execute(update(redemptions).where(_is(redemptions, earlier)).values(row))
        connection.execute(delete(uses).where(_is(uses, earlier)))
    elif not insert_new(connection, redemptions, row):
        raise UndoneError
    if taken:
        execute_all(connection, _INSERT_USES, taken)
    exchange(connection, grant.company.id, given, (one for all_of in counted.values() for one in all_of))
    return as_answer(SimpleNamespace(**row), grant.evaluation)


def rows_of(
    grant: Grant, request: HoldRequest, counted: Mapping[str, Sequence[Counter]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a grant as the tables have it: its record, and its uses."""
    return _row(grant, request), [_use(grant, discount, counted) for discount in grant.evaluation["applied"]]


_INSERT_USES = insert(uses)


def own_counters(connection: Connection, row: Row[Any] | None) -> list[Counter]:
    """Return the counters that a redemption has raised and not given back."""
    if row is None or not State(row.state).counts_uses:
        return []
    return _counted(connection, row.company_id, [row.reference])


def _use(grant: Grant, discount: Document, counted: Mapping[str, Sequence[Counter]]) -> dict[str, Any]:
    return {
        "company_id": grant.company.id,
        "promotion_id": discount["id"],
        "reference": grant.reference,
        "customer_key": grant.customer_key,
        "day": grant.day,
        "discount": discount["discount"],
        "counted": _counters_text(counted.get(discount["id"], [])),
    }


def _row(grant: Grant, request: HoldRequest) -> dict[str, Any]:
    totals = grant.evaluation["totals"]
    is_held = grant.state is State.HELD
    lease_until = _lease_end(grant.now, request)
    expires_at = _time_to_live_end(grant.now, request)
    return {
        "company_id": grant.company.id,
        "reference": grant.reference,
        "state": grant.state.value,
        "attempt": request.attempt,
        "cart": cart_text(grant.cart),
        "evaluation": write_json(grant.evaluation).decode(),
        "amount_due": totals["amount_due"],
        "undiscounted": totals["items"] + totals["shipping"],
        "currency": totals["currency"],
        "charged": grant.charged,
        "tax": request.tax,
        "customer_key": grant.customer_key,
        "held_at": moment(grant.held_at),
        "is_delivered": grant.is_delivered,
        "lease_until": lease_until,
        "expires_at": expires_at,
        "due_at": (lease_until or expires_at) if is_held else None,
        "settled_at": None if is_held else moment(grant.now),
        "value_transaction_id": grant.value_transaction_id,
    }


def renew(connection: Connection, row: Row[Any], request: HoldRequest, now: datetime) -> None:
    """Hand a hold whose lease has ended to another attempt, its own being over; or end the lease of its own.

    It stands for as long as the other attempt asks, if that is longer. Its tax is said anew when the request of the
    attempt is over.
    """
    _end_earlier(connection, row, request.attempt, now)
    lease_until, expires_at = _lease_end(now, request), row.expires_at
    if row.attempt != request.attempt:
        expires_at = max(expires_at, _time_to_live_end(now, request))
    connection.execute(
        update(redemptions)
        .where(_is(redemptions, row))
        .values(
            attempt=request.attempt,
            lease_until=lease_until,
            expires_at=expires_at,
            due_at=lease_until or expires_at,
            tax=request.tax,
        )
    )


def _end_earlier(connection: Connection, row: Row[Any], attempt: str, now: datetime) -> None:
    """Note that an attempt is over whose place another one takes."""
    if row.attempt != attempt:
        note_ended(connection, row.company_id, row.reference, row.attempt, now)


def give_back(connection: Connection, company_id: str, references: Sequence[str], now: datetime) -> None:
    """Give back what these redemptions took: of value stores, then of every counter that they raised."""
    give_values_back(connection, company_id, references, now)
    exchange(connection, company_id, _counted(connection, company_id, references), ())


def restore_uses(connection: Connection, row: Row[Any], promotion_ids: Collection[str], now: datetime) -> None:
    """Lower the counters that a confirmed redemption raised for these promotions, and note it: it happens once."""
    restored = _is(uses, row) & uses.c.promotion_id.in_(promotion_ids) & uses.c.restored_at.is_(None)
    query = update(uses).where(restored).values(restored_at=moment(now)).returning(uses.c.counted)
    given = [counter for use in connection.execute(query).all() for counter in _counters(use.counted)]
    exchange(connection, row.company_id, given, ())


def take_uses_again(connection: Connection, row: Row[Any], day: str) -> bool:
    """Raise every counter of a redemption once more, on this day; False, with nothing raised, at a limit."""
    counted = {
        use.promotion_id: [replace(one, key=day) if one.scope == "daily" else one for one in _counters(use.counted)]
        for use in connection.execute(_uses_of(row.company_id, [row.reference])).all()
    }
    try:
        with connection.begin_nested():
            exchange(connection, row.company_id, (), (one for all_of in counted.values() for one in all_of))
    except LimitReachedError:
        return False
    for promotion_id, taken in counted.items():
        use = _is(uses, row) & (uses.c.promotion_id == promotion_id)
        connection.execute(update(uses).where(use).values(day=day, counted=_counters_text(taken)))
    return True


def move(
    connection: Connection,
    company_id: str,
    references: Sequence[str],
    state: State,
    now: datetime,
    charged: int | None = None,
) -> None:
    """Put redemptions into another state; an amount that is not known leaves the one that is."""
    values: dict[str, Any] = {"state": state.value, "settled_at": moment(now), "lease_until": None, "due_at": None}
    if charged is not None:
        values["charged"] = charged
    connection.execute(
        update(redemptions)
        .where(redemptions.c.company_id == company_id, redemptions.c.reference.in_(references))
        .values(**values)
    )


def find_redemption(connection: Connection, company_id: str, reference: str) -> Row[Any] | None:
    """Find the redemption of a reference."""
    return connection.execute(_of_reference(company_id, reference)).one_or_none()


def redemption_to_change(connection: Connection, company_id: str, reference: str) -> Row[Any] | None:
    """Find the redemption of a reference for a transaction that decides on it: nobody else does until it ends."""
    return connection.execute(_of_reference(company_id, reference).with_for_update()).one_or_none()


def _of_reference(company_id: str, reference: str) -> Select[Any]:
    return select(redemptions).where(redemptions.c.company_id == company_id, redemptions.c.reference == reference)


def company_and_known(connection: Connection, company_id: str, references: Sequence[str]) -> tuple[Company, set[str]]:
    """Load a company, and tell which references have a redemption, or an attempt that is over.

    Raises:
        Refusal: ``NOT_FOUND``.
    """
    asked = [(reference,) for reference in references]
    rows = fetch_each(connection, _company_and_known, asked, {"company": company_id})
    return company_of(rows[0][:-1] if rows else None), {row[-1] for row in rows}


@cache
def _company_and_known(count: int) -> Select[Any]:
    """Select a company beside each of so many references that is known."""
    known = union_all(
        *(
            select(table.c.reference).where(
                table.c.company_id == bindparam("company"), are_keys([table.c.reference], count)
            )
            for table in (redemptions, ended_attempts)
        )
    ).subquery()
    query = select(*COMPANY_COLUMNS, known.c.reference).outerjoin(known, true())
    return query.where(companies.c.id == bindparam("company"))


def moment_of_grant(connection: Connection, company_id: str, now: datetime) -> datetime:
    """Return now, or the first moment after this server's latest grant: ``held_at`` orders its grants."""
    latest = fetch(connection, _LATEST, {"company": company_id})
    return now if not latest or latest[0][0] < moment(now) else instant(latest[0][0]) + timedelta(microseconds=1)


_LATEST = (
    select(redemptions.c.held_at)
    .where(redemptions.c.company_id == bindparam("company"), redemptions.c.is_delivered.is_(False))
    .order_by(redemptions.c.held_at.desc())  # the highest, found by the index: max() would read them all
    .limit(1)
)


def redemption_of(connection: Connection, company_id: str, reference: str) -> Row[Any]:
    """Find the redemption of a reference.

    Raises:
        Refusal: ``REDEMPTION_NOT_FOUND``; another company's looks the same.
    """
    return known(find_redemption(connection, company_id, reference))


def known(row: Row[Any] | None) -> Row[Any]:
    """Return a redemption that was found.

    Raises:
        Refusal: ``REDEMPTION_NOT_FOUND``; another company's looks the same.
    """
    if row is None:
        raise Refusal("REDEMPTION_NOT_FOUND", "There is no redemption with this reference.")
    return row


def standing_of(row: Row[Any] | None) -> Standing | None:
    """Return what the state machine looks at."""
    if row is None:
        return None
    lease_until = instant_or_none(row.lease_until)
    return Standing(State(row.state), row.attempt, row.cart, lease_until, instant(row.expires_at))


def cart_text(cart: Cart) -> str:
    """Write a cart so that two requests can be compared: at no particular moment."""
    return orjson.dumps(write_cart(cart) | {"at": NO_MOMENT}, option=orjson.OPT_SORT_KEYS).decode()


def cart_of_text(text: str) -> Cart:
    """Read a cart that ``cart_text`` wrote."""
    return read_cart({name: value for name, value in json.loads(text).items() if name != "at"})


def as_answer(row: Row[Any] | SimpleNamespace, evaluation: Document | None = None) -> Redemption:
    """Return a redemption as the contract has it; with its evaluation where that is at hand, else read from the row."""
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
        evaluation=json.loads(row.evaluation) if evaluation is None else evaluation,
    )


def _lease_end(now: datetime, request: HoldRequest) -> str | None:
    return moment(now + timedelta(seconds=request.lease_seconds)) if request.lease_seconds else None


def _time_to_live_end(now: datetime, request: HoldRequest) -> str:
    return moment(now + timedelta(seconds=request.ttl_seconds))


def _counted(connection: Connection, company_id: str, references: Sequence[str]) -> list[Counter]:
    rows = connection.execute(_uses_of(company_id, references)).all()
    return [counter for row in rows for counter in _counters(row.counted)]


def _uses_of(company_id: str, references: Sequence[str]) -> Select[Any]:
    query = select(uses.c.promotion_id, uses.c.counted)
    return query.where(uses.c.company_id == company_id, uses.c.reference.in_(references))


def _is(table: Table, row: Row[Any]) -> ColumnElement[bool]:
    """Select what a table has of a redemption."""
    return and_(table.c.company_id == row.company_id, table.c.reference == row.reference)


def _counters(text: str) -> list[Counter]:
    return [Counter(*one) for one in json.loads(text)]


def _counters_text(counters: Sequence[Counter]) -> str:
    return write_json([(*one.name, one.limit, one.amount) for one in counters]).decode()
