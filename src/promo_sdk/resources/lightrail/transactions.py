"""Transactions of the value-store API: orders, debits, credits, transfers, and what becomes of them. Minor units.

Ids are yours. A transaction that is sent again is refused (``TransactionExists``) and moves nothing twice, so that the
SDK repeats none that may have been stored: after a ``TimedOut``, ``get`` says whether it was.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from promo_contracts import Route
from promo_contracts.lightrail import queries, routes
from promo_contracts.lightrail import transactions as models
from promo_sdk._body import write_body, write_query
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, Part, as_part, async_pages, pages, parts

Party = models.Party | Mapping[str, str]
"""One value store: ``{"rail": "lightrail", "valueStoreId": …}``, or by its ``code``."""
Source = models.Source | Mapping[str, Any]
"""Where an order takes its value from, as ``{"rail": "lightrail", "customerId": …}``."""
LineItem = models.LineItem | Mapping[str, Any]


def process_order(
    transactionId: str,
    *,
    currency: str,
    lineItems: Sequence[LineItem],
    sources: Sequence[Source],
    simulate: bool | None = None,
    allowRemainder: bool | None = None,
    pending: bool | str | None = None,
    tax: models.TaxSettings | Mapping[str, str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Call[models.Transaction]:
    """Let sources pay for an order: discounts, tax, then payments.

    Args:
        transactionId: your own id.
        currency: of all amounts.
        lineItems: each with its ``unitPrice``; further fields of your own, which rules can read.
        sources: value stores by customer, code or id; ``internal`` ones; a card, which is only computed.
        simulate: computes all, stores nothing.
        allowRemainder: whether something may be left to pay.
        pending: waits for its capture: a week, or an ISO 8601 duration.
        tax: ``{"roundingMode": "HALF_UP"}``; half-even by default.
        metadata: your own, which rules can read.

    Raises:
        InvalidRequest: a field is wrong.
        Conflict: the id is taken (``TransactionExists``), or the sources do not suffice (``InsufficientBalance``).

    >>> process_order(
    ...     "o1",
    ...     currency="USD",
    ...     lineItems=[{"unitPrice": 500}],
    ...     sources=[{"rail": "lightrail", "customerId": "cus_123"}],
    ... ).target("42")
    '/v2/transactions/orders'
    """
    body = write_body(
        models.OrderRequest,
        transactionId=transactionId,
        currency=currency,
        lineItems=lineItems,
        sources=sources,
        simulate=simulate,
        allowRemainder=allowRemainder,
        pending=pending,
        tax=tax,
        metadata=metadata,
    )
    return _send(routes.ORDER, body, simulate)


def debit(
    transactionId: str,
    *,
    source: Party,
    currency: str,
    amount: int | None = None,
    uses: int | None = None,
    simulate: bool | None = None,
    allowRemainder: bool | None = None,
    pending: bool | str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Call[models.Transaction]:
    """Take an amount, uses or both out of a value store.

    Args:
        transactionId: your own id.
        source: the value store.
        currency: its currency.
        amount: how much, in minor units.
        uses: how many uses.
        simulate: stores nothing.
        allowRemainder: takes what there is, and reports the rest.
        pending: waits for its capture: a week, or an ISO 8601 duration.
        metadata: your own.

    Raises:
        Conflict: the id is taken, the value store cannot be used, or does not hold so much.
    """
    body = write_body(
        models.DebitRequest,
        transactionId=transactionId,
        source=source,
        currency=currency,
        amount=amount,
        uses=uses,
        simulate=simulate,
        allowRemainder=allowRemainder,
        pending=pending,
        metadata=metadata,
    )
    return _send(routes.DEBIT, body, simulate)


def credit(
    transactionId: str,
    *,
    destination: Party,
    currency: str,
    amount: int | None = None,
    uses: int | None = None,
    simulate: bool | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Call[models.Transaction]:
    """Put an amount, uses or both into a value store.

    Raises:
        Conflict: the id is taken, or the value store cannot be used.
    """
    body = write_body(
        models.CreditRequest,
        transactionId=transactionId,
        destination=destination,
        currency=currency,
        amount=amount,
        uses=uses,
        simulate=simulate,
        metadata=metadata,
    )
    return _send(routes.CREDIT, body, simulate)


def transfer(
    transactionId: str,
    *,
    source: Party,
    destination: Party,
    currency: str,
    amount: int,
    simulate: bool | None = None,
    allowRemainder: bool | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Call[models.Transaction]:
    """Move an amount from one value store to another.

    Raises:
        Conflict: the id is taken, a value store cannot be used, or does not hold so much.
    """
    body = write_body(
        models.TransferRequest,
        transactionId=transactionId,
        source=source,
        destination=destination,
        currency=currency,
        amount=amount,
        simulate=simulate,
        allowRemainder=allowRemainder,
        metadata=metadata,
    )
    return _send(routes.TRANSFER, body, simulate)


def capture(
    of: str, *, transactionId: str | None = None, metadata: Mapping[str, Any] | None = None
) -> Call[models.Transaction]:
    """Keep what a pending transaction took.

    Args:
        of: the id of the pending transaction.
        transactionId: your own id for the capture, which is then returned; without one, the transaction is.
        metadata: your own, of the capture.

    Raises:
        Conflict: it is captured, void or not pending, or its value store is frozen.
    """
    return _settle(routes.CAPTURE, of, transactionId, metadata)


def void(
    of: str, *, transactionId: str | None = None, metadata: Mapping[str, Any] | None = None
) -> Call[models.Transaction]:
    """Give back what a pending transaction took.

    Args:
        of: the id of the pending transaction.
        transactionId: your own id for the void, which is then returned; without one, the transaction is.
        metadata: your own, of the void.

    Raises:
        Conflict: it is captured, void or not pending, or its value store is not active.
    """
    return _settle(routes.VOID, of, transactionId, metadata)


def reverse(
    of: str, *, transactionId: str, simulate: bool | None = None, metadata: Mapping[str, Any] | None = None
) -> Call[models.Transaction]:
    """Undo a transaction that is done.

    Args:
        of: the id of the transaction, or of its capture.
        transactionId: your own id for the reversal.
        simulate: stores nothing.
        metadata: your own, of the reversal.

    Raises:
        Conflict: it is pending, reversed, or what it gave is spent.
    """
    body = write_body(models.ReverseRequest, transactionId=transactionId, simulate=simulate, metadata=metadata)
    return Call(routes.REVERSE, _READ, params={"transactionId": of}, body=body, is_repeatable=bool(simulate))


def get_transaction(transactionId: str) -> Call[models.Transaction]:
    """Return one transaction.

    Raises:
        NotFound: there is none with this id.
    """
    return Call(routes.GET_TRANSACTION, _READ, params={"transactionId": transactionId}, is_repeatable=True)


def list_transactions(
    *,
    transactionType: models.TransactionType | None = None,
    currency: str | None = None,
    valueStoreId: str | None = None,
    minCreatedDate: datetime | None = None,
    maxCreatedDate: datetime | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Call[Part[models.Transaction]]:
    """Return a part of the transactions, newest first.

    Args:
        transactionType: only those of it.
        currency: only those in it.
        valueStoreId: only those that moved this value store.
        minCreatedDate: created then or later.
        maxCreatedDate: created then or earlier.
        limit: how many at most, up to 1000.
        offset: how many to leave out before them.
    """
    query = write_query(
        queries.TransactionQuery,
        transactionType=transactionType,
        currency=currency,
        valueStoreId=valueStoreId,
        minCreatedDate=minCreatedDate,
        maxCreatedDate=maxCreatedDate,
        limit=limit,
        offset=offset,
    )
    return Call(routes.LIST_TRANSACTIONS, as_part(models.Transaction), query=query, is_repeatable=True)


def each_transaction(
    *, valueStoreId: str | None = None, limit: int = 100
) -> Listing[Part[models.Transaction], models.Transaction]:
    """Yield every transaction, asking for parts as they are needed."""
    return parts(list_transactions(valueStoreId=valueStoreId, limit=limit))


_READ = as_model(models.Transaction)


def _send(route: Route, body: bytes, simulate: bool | None) -> Call[models.Transaction]:
    return Call(route, _READ, body=body, is_repeatable=bool(simulate))


def _settle(route: Route, of: str, own_id: str | None, metadata: Mapping[str, Any] | None) -> Call[models.Transaction]:
    body = None
    if own_id is not None or metadata is not None:
        body = write_body(models.SettleRequest, transactionId=own_id, metadata=metadata)
    return Call(route, _READ, params={"transactionId": of}, body=body)


class Transactions(Resource):
    """Orders, debits, credits, transfers, and what becomes of them."""

    order: Final = endpoint(process_order)
    debit: Final = endpoint(debit)
    credit: Final = endpoint(credit)
    transfer: Final = endpoint(transfer)
    capture: Final = endpoint(capture)
    void: Final = endpoint(void)
    reverse: Final = endpoint(reverse)
    get: Final = endpoint(get_transaction)
    list: Final = endpoint(list_transactions)
    iterate: Final = pages(each_transaction)


class AsyncTransactions(AsyncResource):
    """Orders, debits, credits, transfers, and what becomes of them."""

    order: Final = async_endpoint(process_order)
    debit: Final = async_endpoint(debit)
    credit: Final = async_endpoint(credit)
    transfer: Final = async_endpoint(transfer)
    capture: Final = async_endpoint(capture)
    void: Final = async_endpoint(void)
    reverse: Final = async_endpoint(reverse)
    get: Final = async_endpoint(get_transaction)
    list: Final = async_endpoint(list_transactions)
    iterate: Final = async_pages(each_transaction)
