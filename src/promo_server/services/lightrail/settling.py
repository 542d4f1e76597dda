"""What becomes of transactions: captured, voided, reversed; and voided by time, exactly when it is due.

Time acts before anybody looks: every use case asks first whether a pending transaction is due, and voids it as of the
moment at which it was. So no balance is seen, or spent, that lacks what had come back by then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, bindparam, select

from promo_contracts import read_json
from promo_contracts.lightrail.transactions import ReverseRequest, SettleRequest, Transaction
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail.ledger import (
    CAPTURED,
    DONE,
    PENDING,
    REVERSED,
    VOID,
    Change,
    Posting,
    entries_of,
    find_transaction,
    move_state,
    post,
    refuse_repeated,
    simulated,
    transaction_of,
)
from promo_server.services.lightrail.planning import inverted
from promo_server.services.lightrail.stores import Store, load_stores, lock_stores, refuse_unusable
from promo_server.services.refusal import Refusal
from promo_server.storage import instant, moment
from promo_server.storage.value_tables import value_transactions

T = TypeVar("T")

AT_ONCE = 50
"""How many due transactions one transaction of the database voids at most."""
SWEEPER = "expiry"
"""Who voids what nobody captured."""


def in_time(context: Context, company_id: str, work: Callable[[Connection, datetime], T]) -> T:
    """Do work in a write transaction at one moment, after everything that was due by then."""

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
    while True:
        with context.database.read() as connection:
            now = context.clock()
            if not is_anything_due(connection, company_id, now):
                return read(connection, now)
        void_due(context, company_id)


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
            undone = _undoing(connection, company_id, row)
            undone.post(connection, context.new_id("void"), "void", None, at, SWEEPER)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return (value_transactions.c.state == PENDING) & (value_transactions.c.void_at <= moment(now))


def capture(
    context: Context, holder: Holder, transaction_id: str, request: SettleRequest | None
) -> tuple[Transaction, bool]:
    """Keep what a pending transaction took; return the capture and True, or without a request the transaction.

    Raises:
        Refusal: ``TransactionNotFound``, ``TransactionNotPending``, ``TransactionCaptured``, ``TransactionVoided``,
            ``TransactionExists``, ``ValueFrozen``.
    """
    return in_time(context, holder.company_id, partial(_capture, context, holder, transaction_id, request))


def _capture(
    context: Context,
    holder: Holder,
    transaction_id: str,
    request: SettleRequest | None,
    connection: Connection,
    now: datetime,
) -> tuple[Transaction, bool]:
    company_id = holder.company_id
    stores = _locked_stores(connection, company_id, _found(connection, company_id, transaction_id))
    row = _to_settle(connection, company_id, transaction_id, request)
    for store in stores:
        refuse_unusable(store, {"ValueFrozen"}, now)
    move_state(connection, company_id, row.id, PENDING, CAPTURED, now)
    own_id = request.transactionId if request else context.new_id("capture")
    metadata = request.metadata if request else None
    posting = Posting(own_id, "capture", row.currency, (), (), metadata=metadata, of_id=row.id)
    post(connection, company_id, posting, now, holder.name)
    return _answer(connection, company_id, own_id if request else row.id), request is not None


def void(
    context: Context, holder: Holder, transaction_id: str, request: SettleRequest | None
) -> tuple[Transaction, bool]:
    """Give back what a pending transaction took; return the void and True, or without a request the transaction.

    Raises:
        Refusal: as ``capture``; ``ValueInactive`` in place of ``ValueFrozen``.
    """
    return in_time(context, holder.company_id, partial(_void, context, holder, transaction_id, request))


def _void(
    context: Context,
    holder: Holder,
    transaction_id: str,
    request: SettleRequest | None,
    connection: Connection,
    now: datetime,
) -> tuple[Transaction, bool]:
    company_id = holder.company_id
    stores = _locked_stores(connection, company_id, _found(connection, company_id, transaction_id))
    row = _to_settle(connection, company_id, transaction_id, request)
    for store in stores:
        refuse_unusable(store, {"ValueInactive"}, now)
    move_state(connection, company_id, row.id, PENDING, VOID, now)
    own_id = request.transactionId if request else context.new_id("void")
    undone = _undoing(connection, company_id, row)
    undone.post(connection, own_id, "void", request.metadata if request else None, now, holder.name)
    return _answer(connection, company_id, own_id if request else row.id), request is not None


def reverse(context: Context, holder: Holder, transaction_id: str, request: ReverseRequest) -> Transaction:
    """Undo a transaction that is done; of a capture the one that it captured.

    Raises:
        Refusal: ``TransactionNotFound``, ``TransactionExists``, ``TransactionPending``, ``TransactionVoided``,
            ``TransactionReversed``, ``TransactionNotReversible``, ``ValueFrozen``, ``ValueInactive``,
            ``InsufficientBalance``, ``InsufficientUsesRemaining``.
    """
    return in_time(context, holder.company_id, partial(_reverse, holder, transaction_id, request))


def _reverse(
    holder: Holder, transaction_id: str, request: ReverseRequest, connection: Connection, now: datetime
) -> Transaction:
    company_id = holder.company_id
    asked = _found(connection, company_id, transaction_id)
    target = asked if asked.type != "capture" else _found(connection, company_id, asked.of_id)
    stores = _locked_stores(connection, company_id, target)
    refuse_repeated(connection, company_id, request.transactionId)
    row = _to_reverse(connection, company_id, target.id)
    for store in stores:
        refuse_unusable(store, {"ValueFrozen", "ValueInactive"}, now)
    undone = _undoing(connection, company_id, row)
    posting = undone.posting(request.transactionId, "reverse", request.metadata)
    if request.simulate:
        return simulated(posting, now, holder.name)
    move_state(connection, company_id, row.id, row.state, REVERSED, now)
    post(connection, company_id, posting, now, holder.name)
    return _answer(connection, company_id, request.transactionId)


@dataclass(frozen=True, slots=True)
class Undoing:
    """What gives back what a transaction took, and takes what it gave."""

    row: Row[Any]
    changes: Sequence[Change]
    body: dict[str, Any]

    def posting(self, own_id: str, kind: Any, metadata: Any) -> Posting:
        """Return it as a transaction: its steps are those of value stores, then those of other rails."""
        others = [_turned(step) for step in self.body["steps"] if step["rail"] != "lightrail"]
        is_order = self.row.type == "order"
        totals = self.body["totals"]
        return Posting(
            own_id,
            kind,
            self.row.currency,
            self.changes,
            [*(change.step(is_order=is_order) for change in self.changes), *others],
            totals=totals and {name: -amount for name, amount in totals.items()},
            remainder=-self.body["remainder"],
            metadata=metadata,
            of_id=self.row.id,
        )

    def post(
        self, connection: Connection, own_id: str, kind: Any, metadata: Any, now: datetime, created_by: str
    ) -> None:
        """Store it."""
        post(connection, self.row.company_id, self.posting(own_id, kind, metadata), now, created_by)


def _undoing(connection: Connection, company_id: str, row: Row[Any]) -> Undoing:
    entries = entries_of(connection, company_id, [row.id])
    stores = load_stores(connection, company_id, {entry.value_store_id for entry in entries})
    moved = [(entry.value_store_id, entry.amount, entry.uses) for entry in entries]
    return Undoing(row, inverted(stores, moved), read_json(row.body.encode()))


def _turned(step: dict[str, Any]) -> dict[str, Any]:
    turned = dict(step)
    for name in ("valueChange", "amount"):
        if isinstance(turned.get(name), int):
            turned[name] = -turned[name]
    if "valueBefore" in turned:
        turned |= {"valueBefore": step["valueAfter"], "valueAfter": step["valueBefore"]}
    return turned


def _locked_stores(connection: Connection, company_id: str, row: Row[Any]) -> list[Store]:
    entries = entries_of(connection, company_id, [row.id])
    return list(lock_stores(connection, company_id, {entry.value_store_id for entry in entries}).values())


def _found(connection: Connection, company_id: str, transaction_id: str) -> Row[Any]:
    row = find_transaction(connection, company_id, transaction_id)
    if row is None:
        raise Refusal("TransactionNotFound", f"There is no transaction with the id '{transaction_id}'.")
    return row


def _to_settle(connection: Connection, company_id: str, transaction_id: str, request: SettleRequest | None) -> Row[Any]:
    """Return a transaction that waits, once its value stores are locked: nobody else settles it now."""
    if request is not None:
        refuse_repeated(connection, company_id, request.transactionId)
    row = _found(connection, company_id, transaction_id)
    match row.state:
        case "pending":
            return row
        case "captured":
            raise Refusal("TransactionCaptured", f"The transaction '{row.id}' is captured already.")
        case "void":
            raise Refusal("TransactionVoided", f"The transaction '{row.id}' is void.")
    raise Refusal("TransactionNotPending", f"The transaction '{row.id}' is not pending.")


def _to_reverse(connection: Connection, company_id: str, transaction_id: str) -> Row[Any]:
    row = _found(connection, company_id, transaction_id)
    if row.type in ("reverse", "void"):
        raise Refusal("TransactionNotReversible", f"The transaction '{row.id}' is a {row.type}, which stands.")
    match row.state:
        case "pending":
            raise Refusal("TransactionPending", f"The transaction '{row.id}' is pending: capture or void it.")
        case "void":
            raise Refusal("TransactionVoided", f"The transaction '{row.id}' is void.")
        case "reversed":
            raise Refusal("TransactionReversed", f"The transaction '{row.id}' is reversed already.")
    assert row.state in (DONE, CAPTURED)
    return row


def _answer(connection: Connection, company_id: str, transaction_id: str) -> Transaction:
    return transaction_of(_found(connection, company_id, transaction_id))
