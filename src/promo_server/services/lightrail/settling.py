"""What becomes of transactions: captured, voided, reversed."""

from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from promo_contracts.lightrail.transactions import ReverseRequest, SettleRequest, Transaction
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail.expiry import in_time
from promo_server.services.lightrail.ledger import (
    CAPTURED,
    DONE,
    HELD,
    PENDING,
    REVERSED,
    VOID,
    Posting,
    entries_of,
    find_transaction,
    move_state,
    post,
    refuse_repeated,
    simulated,
    transaction_of,
    transaction_to_change,
)
from promo_server.services.lightrail.stores import Store, lock_stores, refuse_unusable
from promo_server.services.lightrail.undoing import undoing
from promo_server.services.refusal import Refusal


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
    row = _end_pending(connection, company_id, transaction_id, request, _CAPTURE, now)
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
    row = _end_pending(connection, company_id, transaction_id, request, _VOID, now)
    own_id = request.transactionId if request else context.new_id("void")
    undone = undoing(connection, company_id, row)
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
    undone = undoing(connection, company_id, row)
    posting = undone.posting(request.transactionId, "reverse", request.metadata)
    if request.simulate:
        return simulated(posting, now, holder.name)
    move_state(connection, company_id, row.id, row.state, REVERSED, now)
    post(connection, company_id, posting, now, holder.name)
    return _answer(connection, company_id, request.transactionId)


class _End(NamedTuple):
    """How a pending transaction ends: in which state, and what of its value stores forbids it."""

    state: str
    forbidding: frozenset[str]


_CAPTURE = _End(CAPTURED, frozenset({"ValueFrozen"}))
_VOID = _End(VOID, frozenset({"ValueInactive"}))


def _end_pending(
    connection: Connection,
    company_id: str,
    transaction_id: str,
    request: SettleRequest | None,
    end: _End,
    now: datetime,
) -> Row[Any]:
    """Move a pending transaction to its end, its value stores locked before it; return it as it was."""
    stores = _locked_stores(connection, company_id, _found(connection, company_id, transaction_id))
    row = _to_settle(connection, company_id, transaction_id, request)
    for store in stores:
        refuse_unusable(store, end.forbidding, now)
    move_state(connection, company_id, row.id, PENDING, end.state, now)
    return row


def _locked_stores(connection: Connection, company_id: str, row: Row[Any]) -> list[Store]:
    entries = entries_of(connection, company_id, [row.id])
    return list(lock_stores(connection, company_id, {entry.value_store_id for entry in entries}).values())


def _found(connection: Connection, company_id: str, transaction_id: str, *, is_to_change: bool = False) -> Row[Any]:
    find = transaction_to_change if is_to_change else find_transaction
    row = find(connection, company_id, transaction_id)
    if row is None:
        raise Refusal("TransactionNotFound", f"There is no transaction with the id '{transaction_id}'.")
    return row


def _to_settle(connection: Connection, company_id: str, transaction_id: str, request: SettleRequest | None) -> Row[Any]:
    """Return a transaction that waits, locked after its value stores: it may have none, or only shared ones."""
    if request is not None:
        refuse_repeated(connection, company_id, request.transactionId)
    row = _found(connection, company_id, transaction_id, is_to_change=True)
    match row.state:
        case "pending":
            return row
        case "held":
            message = f"The transaction '{row.id}' is of a checkout: confirm or release its redemption."
            raise Refusal("TransactionNotPending", message)
        case "captured":
            raise Refusal("TransactionCaptured", f"The transaction '{row.id}' is captured already.")
        case "void":
            raise Refusal("TransactionVoided", f"The transaction '{row.id}' is void.")
    raise Refusal("TransactionNotPending", f"The transaction '{row.id}' is not pending.")


def _to_reverse(connection: Connection, company_id: str, transaction_id: str) -> Row[Any]:
    row = _found(connection, company_id, transaction_id, is_to_change=True)
    if row.type in ("reverse", "void"):
        raise Refusal("TransactionNotReversible", f"The transaction '{row.id}' is a {row.type}, which stands.")
    if row.state in (HELD, CAPTURED) and row.void_at is None:
        message = f"The transaction '{row.id}' is of a checkout; what a customer is to get back is a credit."
        raise Refusal("TransactionNotReversible", message)
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
