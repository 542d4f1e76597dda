"""What a checkout takes of value stores: held, captured or given back with its redemption, in the same transaction.

The value stores are locked before they are looked at, and after the redemption's record: so no two holds overdraw one,
and no two wait for each other. The ledger's transaction has the very amounts of the evaluation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, select, update

from promo_contracts import read_json
from promo_engine import VALUE_STORE, Document
from promo_server.services.companies import Holder
from promo_server.services.lightrail.ledger import (
    CAPTURED,
    HELD,
    VOID,
    Change,
    Posting,
    entries_of,
    find_transaction,
    move_state,
    post,
)
from promo_server.services.lightrail.stores import Store, lock_stores
from promo_server.services.lightrail.undoing import undoing
from promo_server.storage.tables import redemptions
from promo_server.storage.value_tables import value_transactions

SWEEPER = "expiry"
"""Who gives back what no checkout settled."""

NewId: TypeAlias = Callable[[str], str]
"""Makes an id of a transaction: only where there is one."""


def hold_values(
    connection: Connection,
    holder: Holder,
    reference: str,
    evaluation: Document,
    stores: Mapping[str, Store],
    new_id: NewId,
    now: datetime,
) -> str | None:
    """Take what an evaluation grants of locked value stores; return the transaction's id, None where it is nothing."""
    if not (evaluation.get("credits") or any(one["type"] == VALUE_STORE for one in evaluation["applied"])):
        return None
    posting = _posting(new_id("redemption"), reference, evaluation, stores)
    post(connection, holder.company_id, posting, now, holder.name)
    return posting.id


def _posting(transaction_id: str, reference: str, evaluation: Document, stores: Mapping[str, Store]) -> Posting:
    """Return what an evaluation takes of value stores as a transaction of theirs, of the same amounts."""
    discounts = {one["id"]: one["discount"] for one in evaluation["applied"] if one["type"] == VALUE_STORE}
    paid = {one["id"]: one["amount"] for one in evaluation.get("credits", ())}
    taken = {**discounts, **paid}
    changes = [Change(stores[one], -amount, -_uses(stores[one])) for one, amount in taken.items()]
    return Posting(
        transaction_id,
        "order",
        evaluation["totals"]["currency"],
        changes,
        [change.step(is_order=True) for change in changes],
        totals=_totals(evaluation["totals"], sum(discounts.values())),
        remainder=evaluation["totals"]["amount_due"],
        metadata={"redemption": reference},
        state=HELD,
    )


def _uses(store: Store) -> int:
    return 0 if store.uses is None else 1


def _totals(totals: Mapping[str, Any], discounted: int) -> dict[str, int]:
    """Return the totals of an evaluation as those of an order; tax is not in them."""
    subtotal, off = totals["items"] + totals["shipping"], totals["items_discount"] + totals["shipping_discount"]
    return {
        "subtotal": subtotal,
        "tax": 0,
        "discount": off,
        "payable": subtotal - off,
        "remainder": totals["amount_due"],
        "forgiven": 0,
        "discountLightrail": discounted,
        "paidLightrail": totals["credits"],
        "paidStripe": 0,
        "paidInternal": 0,
    }


def keep_values(connection: Connection, row: Row[Any], now: datetime) -> None:
    """Capture what a redemption holds of value stores."""
    if row.value_transaction_id is not None:
        move_state(connection, row.company_id, row.value_transaction_id, HELD, CAPTURED, now)


def give_values_back(
    connection: Connection, company_id: str, references: Sequence[str], now: datetime, created_by: str = SWEEPER
) -> None:
    """Void what redemptions hold of value stores: what they took is there again."""
    query = select(redemptions.c.value_transaction_id).where(
        redemptions.c.company_id == company_id,
        redemptions.c.reference.in_(references),
        redemptions.c.value_transaction_id.is_not(None),
    )
    ids = list(connection.execute(query).scalars())
    if not ids:
        return
    entries = entries_of(connection, company_id, ids)
    lock_stores(connection, company_id, {entry.value_store_id for entry in entries})
    own = (value_transactions.c.company_id == company_id, value_transactions.c.id.in_(ids))
    for transaction in connection.execute(select(value_transactions).where(*own).order_by(value_transactions.c.id)):
        if move_state(connection, company_id, transaction.id, HELD, VOID, now):
            undone = undoing(connection, company_id, transaction)
            undone.post(connection, f"{transaction.id}-void", "void", None, now, created_by)


@dataclass(frozen=True, slots=True)
class Again:
    """What a redemption that had expired takes of value stores once more; they are locked, and hold it."""

    row: Row[Any]
    posting: Posting | None

    def take(self, connection: Connection, now: datetime, created_by: str) -> None:
        """Take it, and keep it."""
        if self.posting is None:
            return
        post(connection, self.row.company_id, self.posting, now, created_by)
        own = (redemptions.c.company_id == self.row.company_id, redemptions.c.reference == self.row.reference)
        taken = update(redemptions).where(*own)
        connection.execute(taken.values(value_transaction_id=self.posting.id))


def values_to_take_again(connection: Connection, row: Row[Any], new_id: NewId, now: datetime) -> Again | None:
    """Return what to take once more of a redemption's value stores; None where they do not hold it any more."""
    if row.value_transaction_id is None:
        return Again(row, None)
    entries = entries_of(connection, row.company_id, [row.value_transaction_id])
    stores = lock_stores(connection, row.company_id, {entry.value_store_id for entry in entries})
    changes = [
        Change(stores[one.value_store_id], one.amount, one.uses) for one in entries if one.value_store_id in stores
    ]
    if len(changes) < len(entries) or not all(_can_give(change, now) for change in changes):
        return None
    earlier = find_transaction(connection, row.company_id, row.value_transaction_id)
    assert earlier is not None
    body = read_json(earlier.body.encode())
    posting = Posting(
        new_id("redemption"),
        "order",
        earlier.currency,
        changes,
        [change.step(is_order=True) for change in changes],
        totals=body["totals"],
        remainder=body["remainder"],
        metadata=body["metadata"],
        state=CAPTURED,
    )
    return Again(row, posting)


def _can_give(change: Change, now: datetime) -> bool:
    """Whether a value store holds what is to be taken; one that has ended since was there when it was promised."""
    store = change.store
    holds = (store.balance is None or store.balance + change.amount >= 0) and (
        store.uses is None or store.uses + change.uses >= 0
    )
    return holds and not {"ValueCanceled", "ValueFrozen", "ValueInactive"} & {*store.conditions(now)}
