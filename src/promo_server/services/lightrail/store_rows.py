"""Value stores as their rows have them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from promo_contracts import read_json, write_json
from promo_contracts.lightrail.models import ValueStore
from promo_server.services.lightrail.stores import STORES
from promo_server.services.refusal import Refusal
from promo_server.storage import instant, instant_or_none, moment
from promo_server.storage.value_tables import value_stores


def find_row(connection: Connection, company_id: str, value_store_id: str, *, is_to_change: bool = False) -> Row[Any]:
    """Find a value store; one that is to change is locked.

    Raises:
        Refusal: ``ValueNotFound``.
    """
    if is_to_change:
        lock = select(value_stores.c.id).where(*own(company_id, value_store_id))
        connection.execute(lock.with_for_update())
    row = connection.execute(STORES.where(*own(company_id, value_store_id))).one_or_none()
    if row is None:
        raise Refusal("ValueNotFound", f"There is no value store with the id '{value_store_id}'.")
    return row


def own(company_id: str, value_store_id: str) -> tuple[Any, Any]:
    """Return the condition of one value store."""
    return value_stores.c.company_id == company_id, value_stores.c.id == value_store_id


def moment_or_none(value: datetime | None) -> str | None:
    """Write an instant that may be missing."""
    return None if value is None else moment(value)


def rule_text(rule: Any) -> str | None:
    """Write a rule as the tables have it."""
    return None if rule is None else write_json(rule.model_dump()).decode()


def _read(text: str | None) -> Any:
    return None if text is None else read_json(text.encode())


def value_store_of(row: Row[Any]) -> ValueStore:
    """Return the answer of a row."""
    secret = None if row.last_four is None else f"…{row.last_four}"
    return ValueStore(
        valueStoreId=row.id,
        programId=row.program_id,
        customerId=row.customer_id,
        code=secret if row.shown is None else row.shown,
        access=row.access,
        currency=row.currency,
        value=row.balance,
        uses=row.uses,
        discount=row.discount,
        preTax=row.pre_tax,
        active=row.active,
        frozen=row.frozen,
        canceled=row.canceled,
        redemptionRule=_read(row.redemption_rule),
        valueRule=_read(row.value_rule),
        startDate=instant_or_none(row.start_date),
        endDate=instant_or_none(row.end_date),
        metadata=_read(row.metadata),
        createdDate=instant(row.created_at),
        updatedDate=instant(row.updated_at),
    )
