"""What gives back what a transaction took, and takes what it gave: the same for voids and reversals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from promo_contracts import read_json
from promo_server.services.lightrail.ledger import Change, Posting, entries_of, post
from promo_server.services.lightrail.planning import inverted
from promo_server.services.lightrail.stores import load_stores


@dataclass(frozen=True, slots=True)
class Undoing:
    """What gives back what a transaction took, and takes what it gave."""

    row: Row[Any]
    changes: Sequence[Change]
    body: dict[str, Any]

    def posting(self, own_id: str, kind: Any, metadata: Any) -> Posting:
        """Return it as a transaction: its steps stand as those that they undo."""
        changes = {change.store.id: change for change in self.changes}
        is_order = self.row.type == "order"
        totals = self.body["totals"]
        return Posting(
            own_id,
            kind,
            self.row.currency,
            self.changes,
            [
                # Of another rail, or of a value store that was deleted, which held nothing.
                changes[own].step(is_order=is_order) if (own := step.get("valueStoreId")) in changes else _turned(step)
                for step in self.body["steps"]
            ],
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


def undoing(connection: Connection, company_id: str, row: Row[Any]) -> Undoing:
    """Return what undoes a stored transaction, once its value stores are locked.

    Raises:
        Refusal: ``InsufficientBalance``, ``InsufficientUsesRemaining``: what it gave is spent.
    """
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
