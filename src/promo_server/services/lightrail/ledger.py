"""The ledger: transactions with their entries, only ever added, and the balances that are the sums of them.

Who moves anything locks the value stores first (``lock_stores``), then the transaction that it settles, then adds its
own: in this order everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ClauseElement, Connection, Row, bindparam, insert, or_, select, update

from promo_contracts import read_json, write_json
from promo_contracts.lightrail.transactions import PendingState, Transaction, TransactionType
from promo_server.services.lightrail.stores import Store
from promo_server.services.refusal import Refusal
from promo_server.storage import execute_all, insert_new, instant, instant_or_none, moment
from promo_server.storage.value_tables import value_entries, value_stores, value_transactions

DONE, PENDING, CAPTURED, VOID, REVERSED = "done", "pending", "captured", "void", "reversed"
HELD = "held"
"""Waits like a pending one, but for a checkout: it is captured or void with its redemption, and by nothing else."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a transaction does to one value store: below zero it takes.

    Of a value store with a rule ``amount`` is what the rule gave; there is no balance that it moves.
    """

    store: Store
    amount: int = 0
    uses: int = 0

    def step(self, *, is_order: bool = False) -> dict[str, Any]:
        """Return it as a step of a transaction shows it."""
        shown: dict[str, Any] = {
            "rail": "lightrail",
            "valueStoreId": self.store.id,
            "customerId": self.store.customer_id,
            "code": self.store.code,
            "valueBefore": self.store.balance,
            "valueAfter": None if self.store.balance is None else self.store.balance + self.amount,
            "valueChange": self.amount,
        }
        if self.store.uses is not None and self.uses:
            after = self.store.uses + self.uses
            shown |= {"usesBefore": self.store.uses, "usesAfter": after, "usesChange": self.uses}
        return shown | ({"amount": self.amount} if is_order else {})


@dataclass(frozen=True, slots=True)
class Posting:
    """A transaction to be stored: what it does, and what its answer shows of it."""

    id: str
    type: TransactionType
    currency: str
    changes: Sequence[Change]
    steps: Sequence[Mapping[str, Any]]
    totals: Mapping[str, int] | None = None
    remainder: int = 0
    line_items: Sequence[Mapping[str, Any]] | None = None
    payment_sources: Sequence[Mapping[str, Any]] | None = None
    tax: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] | None = field(default=None, repr=False)
    void_at: datetime | None = None
    of_id: str | None = None
    state: str | None = None

    def body(self) -> dict[str, Any]:
        """Return the part of its answer that never changes."""
        return {
            "totals": self.totals,
            "remainder": self.remainder,
            "lineItems": self.line_items,
            "steps": list(self.steps),
            "paymentSources": self.payment_sources,
            "tax": self.tax,
            "metadata": self.metadata,
        }


def refuse_repeated(connection: Connection, company_id: str, transaction_id: str) -> None:
    """Refuse an id that a transaction has already, before anything else is said of the request.

    Raises:
        Refusal: ``TransactionExists``.
    """
    if find_transaction(connection, company_id, transaction_id) is not None:
        raise _exists(transaction_id)


def post(connection: Connection, company_id: str, posting: Posting, now: datetime, created_by: str) -> None:
    """Store a transaction and move what it moves: all of it, or nothing of the transaction around it must stay.

    Raises:
        Refusal: ``TransactionExists``: somebody else was just storing one of this id; ``InsufficientBalance`` or
            ``InsufficientUsesRemaining``, which cannot be where the value stores are locked.
    """
    stamp = moment(now)
    row = {
        "company_id": company_id,
        "id": posting.id,
        "type": posting.type,
        "state": posting.state or (PENDING if posting.void_at else DONE),
        "currency": posting.currency,
        "body": write_json(posting.body()).decode(),
        "void_at": posting.void_at and moment(posting.void_at),
        "of_id": posting.of_id,
        "created_at": stamp,
        "created_by": created_by,
        "updated_at": stamp,
    }
    if not insert_new(connection, value_transactions, row):
        raise _exists(posting.id)
    changes = sorted(posting.changes, key=lambda change: change.store.id)
    _raise_balances(connection, company_id, [one for one in changes if one.store.is_counted], stamp)
    entries = [
        {
            "company_id": company_id,
            "transaction_id": posting.id,
            "value_store_id": change.store.id,
            "amount": change.amount,
            "uses": change.uses,
        }
        for change in changes
    ]
    if entries:
        connection.execute(insert(value_entries), entries)


def _raise_balances(connection: Connection, company_id: str, changes: Sequence[Change], stamp: str) -> None:
    if not changes:
        return
    rows = [
        {
            "of_company": company_id,
            "of_store": change.store.id,
            "of_amount": change.amount,
            "of_uses": change.uses,
            "of_stamp": stamp,
        }
        for change in changes
    ]
    if execute_all(connection, _raising(), rows) != len(rows):
        raise Refusal("InsufficientBalance", "A value store holds less than it did a moment ago.")


@cache
def _raising() -> ClauseElement:
    balance = value_stores.c.balance + bindparam("of_amount")
    uses = value_stores.c.uses + bindparam("of_uses")
    return (
        update(value_stores)
        .where(
            value_stores.c.company_id == bindparam("of_company"),
            value_stores.c.id == bindparam("of_store"),
            or_(value_stores.c.balance.is_(None), balance >= 0),
            or_(value_stores.c.uses.is_(None), uses >= 0),
        )
        .values(balance=balance, uses=uses, updated_at=bindparam("of_stamp"))
    )


def find_transaction(connection: Connection, company_id: str, transaction_id: str) -> Row[Any] | None:
    """Return the row of a transaction; None where there is none."""
    return connection.execute(_ONE, {"company": company_id, "transaction": transaction_id}).one_or_none()


def transaction_to_change(connection: Connection, company_id: str, transaction_id: str) -> Row[Any] | None:
    """Return the row of a transaction whose state is to change: nobody else changes it until this ends."""
    own = {"company": company_id, "transaction": transaction_id}
    return connection.execute(_ONE.with_for_update(), own).one_or_none()


def entries_of(connection: Connection, company_id: str, transaction_ids: Sequence[str]) -> list[Row[Any]]:
    """Return what some transactions moved, by transaction and value store."""
    own = (value_entries.c.company_id == company_id, value_entries.c.transaction_id.in_(transaction_ids))
    order = (value_entries.c.transaction_id, value_entries.c.value_store_id)
    return list(connection.execute(select(value_entries).where(*own).order_by(*order)).all())


def move_state(
    connection: Connection, company_id: str, transaction_id: str, before: str, after: str, now: datetime
) -> bool:
    """Bring a transaction from one state to another; False if it is not in the first: of many, one succeeds."""
    own = (value_transactions.c.company_id == company_id, value_transactions.c.id == transaction_id)
    moving = update(value_transactions).where(*own, value_transactions.c.state == before)
    return connection.execute(moving.values(state=after, updated_at=moment(now))).rowcount == 1


def transaction_of(row: Row[Any]) -> Transaction:
    """Return the answer of a stored transaction."""
    return Transaction(
        transactionId=row.id,
        transactionType=row.type,
        currency=row.currency,
        **read_json(row.body.encode()),
        pending=_pending_state(row),
        pendingVoidDate=instant_or_none(row.void_at) if row.state == PENDING else None,
        reversed=row.state == REVERSED,
        ofTransactionId=row.of_id,
        createdDate=instant(row.created_at),
        updatedDate=instant(row.updated_at),
        createdBy=row.created_by,
    )


def simulated(posting: Posting, now: datetime, created_by: str) -> Transaction:
    """Return the answer of a transaction that is not stored."""
    return Transaction(
        transactionId=posting.id,
        transactionType=posting.type,
        currency=posting.currency,
        **_read_back(posting),
        simulated=True,
        pending="pending" if posting.void_at else None,
        pendingVoidDate=posting.void_at,
        ofTransactionId=posting.of_id,
        createdDate=now,
        updatedDate=now,
        createdBy=created_by,
    )


def _read_back(posting: Posting) -> Any:
    return read_json(write_json(posting.body()))


def _pending_state(row: Row[Any]) -> PendingState | None:
    states: Mapping[str, PendingState] = {
        HELD: "pending",
        PENDING: "pending",
        CAPTURED: "captured",
        VOID: "void",
        REVERSED: "captured",
    }
    return None if row.state == REVERSED and row.void_at is None else states.get(row.state)


def _exists(transaction_id: str) -> Refusal:
    return Refusal("TransactionExists", f"There is a transaction with the id '{transaction_id}' already.")


_ONE = select(value_transactions).where(
    value_transactions.c.company_id == bindparam("company"), value_transactions.c.id == bindparam("transaction")
)
