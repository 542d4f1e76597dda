"""Value stores for tests of services, and the ledger as it stands in the tables."""

from collections import Counter
from typing import Any

from sqlalchemy import select

from promo_contracts import Scope
from promo_contracts.lightrail.models import ValueStore, ValueStoreCreate
from promo_contracts.lightrail.transactions import CreditRequest, DebitRequest, Party, TransferRequest
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail.issuing import create_value_store
from promo_server.storage.value_tables import value_entries, value_stores

HOLDER = Holder("shop", "tests", frozenset({Scope.ADMIN}))


def store(context: Context, value_store_id: str, *, holder: Holder = HOLDER, **fields: Any) -> ValueStore:
    body = {"valueStoreId": value_store_id, "currency": "USD"} | fields
    return create_value_store(context, holder, ValueStoreCreate(**body))


def party(value_store_id: str) -> Party:
    return Party(rail="lightrail", valueStoreId=value_store_id)


def debit_of(transaction_id: str, value_store_id: str, amount: int, **fields: Any) -> DebitRequest:
    return DebitRequest(
        transactionId=transaction_id, source=party(value_store_id), amount=amount, currency="USD", **fields
    )


def credit_of(transaction_id: str, value_store_id: str, amount: int, **fields: Any) -> CreditRequest:
    return CreditRequest(
        transactionId=transaction_id, destination=party(value_store_id), amount=amount, currency="USD", **fields
    )


def transfer_of(transaction_id: str, source: str, destination: str, amount: int, **fields: Any) -> TransferRequest:
    return TransferRequest(
        transactionId=transaction_id,
        source=party(source),
        destination=party(destination),
        amount=amount,
        currency="USD",
        **fields,
    )


def balances(context: Context, company_id: str = "shop") -> dict[str, tuple[int | None, int | None]]:
    """Return the balance and the uses of each value store, as they are kept."""
    query = select(value_stores).where(value_stores.c.company_id == company_id)
    with context.database.read() as connection:
        return {row.id: (row.balance, row.uses) for row in connection.execute(query)}


def check_books(context: Context, company_id: str = "shop") -> None:
    """Hold each balance, and each number of uses, to the sum of its entries."""
    amounts, uses = Counter[str](), Counter[str]()
    query = select(value_entries).where(value_entries.c.company_id == company_id)
    with context.database.read() as connection:
        for row in connection.execute(query):
            amounts[row.value_store_id] += row.amount
            uses[row.value_store_id] += row.uses
    for value_store_id, (balance, left) in balances(context, company_id).items():
        assert balance in (None, amounts[value_store_id]), value_store_id
        assert left in (None, uses[value_store_id]), value_store_id
        assert (balance or 0) >= 0
        assert (left or 0) >= 0
