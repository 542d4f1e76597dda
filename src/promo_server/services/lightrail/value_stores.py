"""Value stores: looked at, listed, changed, deleted. What they hold is moved by transactions only."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, select, update

from promo_contracts import write_json
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.updates import merged
from promo_contracts.lightrail.models import Success, ValueStore, ValueStoreChange, ValueStoreList
from promo_contracts.lightrail.queries import ValueStoreQuery
from promo_contracts.problems import field_problems
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail.codes import take_code
from promo_server.services.lightrail.expiry import in_time, read_in_time
from promo_server.services.lightrail.lists import Listed, fetch_listed, matching
from promo_server.services.lightrail.rules import check_rules
from promo_server.services.lightrail.store_rows import find_row, moment_or_none, own, rule_text, value_store_of
from promo_server.services.lightrail.stores import STORES
from promo_server.services.refusal import InvalidFields, Refusal, refuse
from promo_server.storage import moment
from promo_server.storage.value_tables import value_entries, value_stores


def get_value_store(context: Context, holder: Holder, value_store_id: str) -> ValueStore:
    """Return one value store.

    Raises:
        Refusal: ``ValueNotFound``.
    """

    def read(connection: Connection, _now: datetime) -> ValueStore:
        return value_store_of(find_row(connection, holder.company_id, value_store_id))

    return read_in_time(context, holder.company_id, read)


_EXACT = {
    "programId": "program_id",
    "customerId": "customer_id",
    "currency": "currency",
    "access": "access",
    "active": "active",
    "frozen": "frozen",
}
_SPANS = {"Value": "balance", "Uses": "uses", "StartDate": "start_date", "EndDate": "end_date"}


def list_value_stores(context: Context, holder: Holder, wanted: ValueStoreQuery) -> Listed:
    """Return a part of the value stores, newest first."""
    conditions = matching(value_stores, wanted, _EXACT, _SPANS)
    query = STORES.where(value_stores.c.company_id == holder.company_id, *conditions)

    def read(connection: Connection, _now: datetime) -> Listed:
        rows, count = fetch_listed(connection, query, value_stores, wanted)
        return Listed(ValueStoreList([value_store_of(row) for row in rows]), wanted.limit, wanted.offset, count)

    return read_in_time(context, holder.company_id, read)


def update_value_store(context: Context, holder: Holder, value_store_id: str, change: Mapping[str, Any]) -> ValueStore:
    """Change fields of a value store, all or none; never what it holds.

    Raises:
        InvalidFields: a field of the result is wrong.
        Refusal: ``ValueNotFound``, ``RedemptionRuleSyntaxError``, ``ValueRuleSyntaxError``.
    """
    return in_time(context, holder.company_id, partial(_update, holder, value_store_id, change))


def _update(
    holder: Holder, value_store_id: str, change: Mapping[str, Any], connection: Connection, now: datetime
) -> ValueStore:
    row = find_row(connection, holder.company_id, value_store_id, is_to_change=True)
    body = _changed(row, change)
    check_rules(body.redemptionRule, body.valueRule)
    values = _changing(body) | {"updated_at": moment(now)}
    connection.execute(update(value_stores).where(*own(holder.company_id, value_store_id)).values(values))
    return value_store_of(find_row(connection, holder.company_id, value_store_id))


def _changed(row: Row[Any], change: Mapping[str, Any]) -> ValueStoreChange:
    shown = value_store_of(row)
    before = shown.model_dump(include=ValueStoreChange.model_fields.keys() - {"uses"}, exclude_none=True)
    # Written out they would lose their microseconds.
    dates: dict[str, Any] = {name: getattr(shown, name) for name in ("startDate", "endDate") if name in before}
    try:
        body = ValueStoreChange.model_validate(merged({**before, **dates}, change))
    except ValidationError as error:
        raise InvalidFields(*field_problems(error, ValueStoreChange)) from None
    if (body.valueRule is None) is (row.balance is None):
        kept = "has a rule in place of a value, and keeps one" if row.balance is None else "has a value and no rule"
        refuse([FieldProblem("valueRule", f"cannot come or go: the value store {kept}")])
    return body


def delete_value_store(context: Context, holder: Holder, value_store_id: str) -> Success:
    """Delete a value store that holds nothing and has never been used; its id stays taken.

    Raises:
        Refusal: ``ValueNotFound``, ``ValueInUse``.
    """
    return in_time(context, holder.company_id, partial(_delete, holder, value_store_id))


def _delete(holder: Holder, value_store_id: str, connection: Connection, _now: datetime) -> Success:
    company_id = holder.company_id
    row = find_row(connection, company_id, value_store_id, is_to_change=True)
    moved = (value_entries.c.company_id == company_id, value_entries.c.value_store_id == value_store_id)
    used = select(value_entries.c.value_store_id).where(*moved, value_entries.c.transaction_id != value_store_id)
    if row.balance or row.uses or connection.execute(used.limit(1)).first():
        raise Refusal("ValueInUse", "The value store holds something, or transactions are of it: cancel it instead.")
    take_code(connection, company_id, value_store_id)
    connection.execute(delete(value_stores).where(*own(company_id, value_store_id)))
    return Success()


def _changing(body: ValueStoreChange) -> dict[str, Any]:
    return {
        "discount": body.discount,
        "pre_tax": body.preTax,
        "active": body.active,
        "frozen": body.frozen,
        "canceled": body.canceled,
        "redemption_rule": rule_text(body.redemptionRule),
        "value_rule": rule_text(body.valueRule),
        "start_date": moment_or_none(body.startDate),
        "end_date": moment_or_none(body.endDate),
        "metadata": None if body.metadata is None else write_json(body.metadata).decode(),
    }
