"""Debit, credit and transfer: one or two value stores, no rule, no tax. Transactions that were, got and listed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from promo_contracts.lightrail.queries import TransactionQuery
from promo_contracts.lightrail.transactions import (
    CreditRequest,
    DebitRequest,
    Named,
    Party,
    Transaction,
    TransactionList,
    TransactionType,
    TransferRequest,
)
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail.codes import stores_of_codes
from promo_server.services.lightrail.expiry import in_time, read_in_time
from promo_server.services.lightrail.ledger import (
    Posting,
    find_transaction,
    post,
    refuse_repeated,
    simulated,
    transaction_of,
)
from promo_server.services.lightrail.lists import Listed, fetch_listed, matching
from promo_server.services.lightrail.planning import (
    Plan,
    check_usable,
    plan_credit,
    plan_debit,
    plan_transfer,
    void_date,
)
from promo_server.services.lightrail.stores import Store, load_stores, lock_stores
from promo_server.services.refusal import Refusal
from promo_server.storage.value_tables import value_entries, value_transactions

Moving = DebitRequest | CreditRequest | TransferRequest


def debit(context: Context, holder: Holder, request: DebitRequest) -> Transaction:
    """Take an amount, uses or both out of a value store.

    Raises:
        Refusal: ``TransactionExists``; ``InvalidParty``: there is no such value store; why it cannot be used;
            ``WrongCurrency``, ``NullBalance``, ``NullUses``, ``InsufficientBalance``, ``InsufficientUsesRemaining``,
            ``PendingDurationTooSmall``, ``PendingDurationTooLarge``.
    """

    def plan(stores: Sequence[Store]) -> Plan:
        return plan_debit(stores[0], request.amount, request.uses, allow_remainder=request.allowRemainder)

    return _move(context, holder, request, "debit", [request.source], plan)


def credit(context: Context, holder: Holder, request: CreditRequest) -> Transaction:
    """Put an amount, uses or both into a value store.

    Raises:
        Refusal: as for a debit; ``ValueBalanceTooLarge``.
    """

    def plan(stores: Sequence[Store]) -> Plan:
        return plan_credit(stores[0], request.amount, request.uses)

    return _move(context, holder, request, "credit", [request.destination], plan)


def transfer(context: Context, holder: Holder, request: TransferRequest) -> Transaction:
    """Move an amount from one value store to another.

    Raises:
        Refusal: as for a debit and a credit.
    """

    def plan(stores: Sequence[Store]) -> Plan:
        source, destination = stores
        return plan_transfer(source, destination, request.amount, allow_remainder=request.allowRemainder)

    return _move(context, holder, request, "transfer", [request.source, request.destination], plan)


def _move(
    context: Context,
    holder: Holder,
    request: Moving,
    kind: TransactionType,
    parties: Sequence[Party],
    plan: Callable[[Sequence[Store]], Plan],
) -> Transaction:
    def work(connection: Connection, now: datetime) -> Transaction:
        company_id = holder.company_id
        ids = ids_of(connection, context, company_id, parties)
        locked = (load_stores if request.simulate else lock_stores)(connection, company_id, set(filter(None, ids)))
        refuse_repeated(connection, company_id, request.transactionId)
        stores = [_usable(locked, store_id, request.currency, now) for store_id in ids]
        posting = _posting(request, kind, plan(stores), now)
        if request.simulate:
            return simulated(posting, now, holder.name)
        post(connection, company_id, posting, now, holder.name)
        return stored_transaction(connection, company_id, posting.id)

    run = read_in_time if request.simulate else in_time
    return run(context, holder.company_id, work)


def ids_of(connection: Connection, context: Context, company_id: str, parties: Sequence[Named]) -> list[str | None]:
    """Return the ids of the value stores that parties name; None where a code is nobody's."""
    codes = [one.given_code for one in parties if one.given_code is not None]
    by_code = stores_of_codes(connection, context.code_keys, company_id, codes)
    return [one.valueStoreId or by_code.get(one.given_code or "") for one in parties]


def _usable(stores: dict[str, Store], store_id: str | None, currency: str, now: datetime) -> Store:
    store = stores.get(store_id or "")
    if store is None:
        raise Refusal("InvalidParty", "There is no such value store.")
    check_usable(store, currency, now)
    return store


def _posting(request: Moving, kind: TransactionType, plan: Plan, now: datetime) -> Posting:
    void_at = void_date(request.pending, now) if isinstance(request, DebitRequest) else None
    return Posting(
        request.transactionId,
        kind,
        request.currency,
        plan.changes,
        [change.step() for change in plan.changes],
        totals=None if kind == "credit" else {"remainder": plan.remainder},
        remainder=plan.remainder,
        metadata=request.metadata,
        void_at=void_at,
    )


def get_transaction(context: Context, holder: Holder, transaction_id: str) -> Transaction:
    """Return one transaction.

    Raises:
        Refusal: ``TransactionNotFound``.
    """
    return read_in_time(
        context,
        holder.company_id,
        lambda connection, _: stored_transaction(connection, holder.company_id, transaction_id),
    )


def list_transactions(context: Context, holder: Holder, wanted: TransactionQuery) -> Listed:
    """Return a part of the transactions, newest first."""
    conditions: list[Any] = matching(
        value_transactions, wanted, {"transactionType": "type", "currency": "currency"}, {}
    )
    if wanted.valueStoreId is not None:
        moved = (
            value_entries.c.company_id == holder.company_id,
            value_entries.c.value_store_id == wanted.valueStoreId,
        )
        conditions.append(value_transactions.c.id.in_(select(value_entries.c.transaction_id).where(*moved)))
    query = select(value_transactions).where(value_transactions.c.company_id == holder.company_id, *conditions)

    def read(connection: Connection, _now: datetime) -> Listed:
        rows, count = fetch_listed(connection, query, value_transactions, wanted)
        return Listed(TransactionList([transaction_of(row) for row in rows]), wanted.limit, wanted.offset, count)

    return read_in_time(context, holder.company_id, read)


def stored_transaction(connection: Connection, company_id: str, transaction_id: str) -> Transaction:
    """Return a transaction as it is stored.

    Raises:
        Refusal: ``TransactionNotFound``.
    """
    row = find_transaction(connection, company_id, transaction_id)
    if row is None:
        raise Refusal("TransactionNotFound", f"There is no transaction with the id '{transaction_id}'.")
    return transaction_of(row)
