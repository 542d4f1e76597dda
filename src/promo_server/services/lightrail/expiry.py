"""What time does to transactions: one that nobody captured is voided, exactly when it is due.

Time acts before anybody looks: every use case asks first whether a pending transaction is due, and voids it as of the
moment at which it was. So no balance is seen, or spent, that lacks what had come back by then. Holds of checkouts whose
time is over give back what they took in the same way.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, bindparam, select

from promo_server.services.context import Context
from promo_server.services.expiry import clear_lapsed
from promo_server.services.lightrail.ledger import PENDING, VOID, entries_of, move_state
from promo_server.services.lightrail.stores import lock_stores
from promo_server.services.lightrail.undoing import undoing
from promo_server.services.value_grants import SWEEPER
from promo_server.storage import instant, moment
from promo_server.storage.tables import redemptions
from promo_server.storage.value_tables import value_transactions

T = TypeVar("T")

AT_ONCE = 50
"""How many due transactions one transaction of the database voids at most."""


def in_time(context: Context, company_id: str, work: Callable[[Connection, datetime], T]) -> T:
    """Do work in a write transaction at one moment, after everything that was due by then."""
    _clear_holds(context, company_id)

    def work_unless_due(connection: Connection) -> tuple[T] | None:
        now = context.clock()
        return None if is_anything_due(connection, company_id, now) else (work(connection, now),)

    while True:
        done = context.database.transact(work_unless_due)
        if done is not None:
            return done[0]
        void_due(context, company_id)


def read_in_time(context: Context, company_id: str, read: Callable[[Connection, datetime], T]) -> T:
    """Read at one moment, after everything that was due by then."""
    _clear_holds(context, company_id)
    while True:
        with context.database.read() as connection:
            now = context.clock()
            if not is_anything_due(connection, company_id, now):
                return read(connection, now)
        void_due(context, company_id)


def _clear_holds(context: Context, company_id: str) -> None:
    """Let time act on checkouts that took something of value stores."""
    with context.database.read() as connection:
        due = {"company": company_id, "now": moment(context.clock())}
        is_due = connection.execute(_HOLDS_DUE, due).first() is not None
    if is_due:
        context.database.transact(partial(clear_lapsed, company_id=company_id, now=context.clock()))


_HOLDS_DUE = (
    select(redemptions.c.reference)
    .where(
        redemptions.c.company_id == bindparam("company"),
        redemptions.c.due_at <= bindparam("now"),
        redemptions.c.value_transaction_id.is_not(None),
    )
    .limit(1)
)


def bring_up_to_date(context: Context, company_id: str) -> None:
    """Void what is due by now, if anything is."""
    read_in_time(context, company_id, lambda _connection, _now: None)


def sweep_values(context: Context) -> None:
    """Void what is due in every company; the app calls this every now and then."""
    with context.database.read() as connection:
        waiting = connection.execute(select(value_transactions.c.company_id).where(_is_due(context.clock())).distinct())
        companies = list(waiting.scalars())
    for company_id in companies:
        void_due(context, company_id)


def is_anything_due(connection: Connection, company_id: str, now: datetime) -> bool:
    """Tell whether a pending transaction of a company is due."""
    return connection.execute(_ANYTHING_DUE, {"company": company_id, "now": moment(now)}).first() is not None


_ANYTHING_DUE = (
    select(value_transactions.c.id)
    .where(
        value_transactions.c.company_id == bindparam("company"),
        value_transactions.c.state == PENDING,
        value_transactions.c.void_at <= bindparam("now"),
    )
    .limit(1)
)


def void_due(context: Context, company_id: str) -> None:
    """Void the transactions of a company that are due, the longest first."""
    context.database.transact(partial(_void_some, context, company_id))


def _void_some(context: Context, company_id: str, connection: Connection) -> None:
    due = select(value_transactions).where(value_transactions.c.company_id == company_id, _is_due(context.clock()))
    order = (value_transactions.c.void_at, value_transactions.c.id)
    rows = connection.execute(due.order_by(*order).limit(AT_ONCE)).all()
    entries = entries_of(connection, company_id, [row.id for row in rows])
    lock_stores(connection, company_id, {entry.value_store_id for entry in entries})
    for row in rows:
        at = instant(row.void_at)
        if move_state(connection, company_id, row.id, PENDING, VOID, at):
            undone = undoing(connection, company_id, row)
            undone.post(connection, context.new_id("void"), "void", None, at, SWEEPER)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return (value_transactions.c.state == PENDING) & (value_transactions.c.void_at <= moment(now))
