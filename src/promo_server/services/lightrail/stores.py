"""Value stores as transactions see them: found, locked in one order, and judged whether they may be used."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, or_, select

from promo_contracts import read_json
from promo_server.services.refusal import Refusal
from promo_server.storage import instant_or_none
from promo_server.storage.value_tables import value_codes, value_stores


@dataclass(frozen=True, slots=True)
class Store:
    """A value store at one moment. Amounts are minor units of ``currency``; ``code`` is what may be shown of one.

    ``balance`` is null where a rule says what it is worth, ``uses`` where they are not counted.
    """

    id: str
    currency: str
    balance: int | None
    uses: int | None
    discount: bool
    pre_tax: bool
    active: bool
    frozen: bool
    canceled: bool
    starts_at: datetime | None
    ends_at: datetime | None
    redemption_rule: str | None
    value_rule: str | None
    value_explanation: str | None
    metadata: Mapping[str, Any] | None
    customer_id: str | None
    code: str | None
    program_id: str | None

    @property
    def is_counted(self) -> bool:
        """Whether anything of it can run out: if not, transactions need not wait for each other."""
        return self.balance is not None or self.uses is not None

    def conditions(self, now: datetime) -> list[str]:
        """Return the codes of all that may keep it out of a transaction, the gravest first."""
        found = {
            "ValueCanceled": self.canceled,
            "ValueFrozen": self.frozen,
            "ValueInactive": not self.active,
            "ValueNotStarted": self.starts_at is not None and now <= self.starts_at,
            "ValueEnded": self.ends_at is not None and now >= self.ends_at,
        }
        return [code for code, is_so in found.items() if is_so]


SENTENCES = {
    "ValueCanceled": "is canceled",
    "ValueFrozen": "is frozen",
    "ValueInactive": "is not active",
    "ValueNotStarted": "has not started yet",
    "ValueEnded": "has ended",
}


def refuse_unusable(store: Store, codes: Collection[str], now: datetime) -> None:
    """Refuse to work with a value store in one of these conditions.

    Raises:
        Refusal: the first condition that it is in.
    """
    for found in store.conditions(now):
        if found in codes:
            raise Refusal(found, f"The value store '{store.id}' {SENTENCES[found]}.")


ANY = frozenset(SENTENCES)


def load_stores(connection: Connection, company_id: str, ids: Collection[str]) -> dict[str, Store]:
    """Return value stores by id, as they are now; those that are not there are left out."""
    return _loaded(connection, _STORES, company_id, ids)


def lock_stores(connection: Connection, company_id: str, ids: Collection[str]) -> dict[str, Store]:
    """Return value stores by id, nobody else moves anything of them until the transaction ends.

    They are locked in the order of their ids, whoever asks: so no two wait for each other. What cannot run out is kept
    from changing, but not from being used beside others.
    """
    if not ids:
        return {}
    if connection.dialect.name != "sqlite":  # there a writer is alone
        own = {"company": company_id, "ids": sorted(ids)}
        counted = or_(value_stores.c.balance.is_not(None), value_stores.c.uses.is_not(None))
        connection.execute(_IDS.where(counted).with_for_update(), own)
        connection.execute(_IDS.where(~counted).with_for_update(read=True), own)
    return load_stores(connection, company_id, ids)


_WITH_CODE = and_(
    value_codes.c.company_id == value_stores.c.company_id, value_codes.c.value_store_id == value_stores.c.id
)
_OWN = (
    value_stores.c.company_id == bindparam("company"),
    value_stores.c.id.in_(bindparam("ids", expanding=True)),
)
STORES: Select[Any] = select(value_stores, value_codes.c.last_four, value_codes.c.shown).outerjoin(
    value_codes, _WITH_CODE
)
"""Value stores with what may be shown of their codes."""
_STORES = STORES.where(*_OWN)
_IDS = select(value_stores.c.id).where(*_OWN).order_by(value_stores.c.id)


def _loaded(connection: Connection, query: Select[Any], company_id: str, ids: Collection[str]) -> dict[str, Store]:
    if not ids:
        return {}
    rows = connection.execute(query, {"company": company_id, "ids": sorted(ids)})
    return {row.id: _store(row) for row in rows}


def _store(row: Row[Any]) -> Store:
    return Store(
        id=row.id,
        currency=row.currency,
        balance=row.balance,
        uses=row.uses,
        discount=row.discount,
        pre_tax=row.pre_tax,
        active=row.active,
        frozen=row.frozen,
        canceled=row.canceled,
        starts_at=instant_or_none(row.start_date),
        ends_at=instant_or_none(row.end_date),
        redemption_rule=_rule(row.redemption_rule),
        value_rule=_rule(row.value_rule),
        value_explanation=_rule(row.value_rule, "explanation"),
        metadata=None if row.metadata is None else read_json(row.metadata.encode()),
        customer_id=row.customer_id,
        code=None if row.last_four is None else f"…{row.last_four}",
        program_id=row.program_id,
    )


def _rule(text: str | None, part: str = "rule") -> str | None:
    return None if text is None else read_json(text.encode())[part]
