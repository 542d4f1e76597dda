"""Value stores: made by themselves or of a program, changed, attached to a customer, given a code.

What they hold is moved by transactions only; the first is the one that makes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, select, update

from promo_contracts import read_json, write_json
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.updates import merged
from promo_contracts.lightrail.fields import Access
from promo_contracts.lightrail.models import (
    ProgramCreate,
    Success,
    ValueStore,
    ValueStoreChange,
    ValueStoreCreate,
    ValueStoreList,
)
from promo_contracts.lightrail.queries import ValueStoreQuery
from promo_contracts.problems import field_problems
from promo_server.services.companies import Holder
from promo_server.services.context import Context, load_company
from promo_server.services.lightrail.codes import GivenCode, set_code, take_code
from promo_server.services.lightrail.currencies import check_currency
from promo_server.services.lightrail.customers import find_customer
from promo_server.services.lightrail.ledger import Change, Posting, post
from promo_server.services.lightrail.lists import Listed, fetch_listed, matching
from promo_server.services.lightrail.programs import template_of
from promo_server.services.lightrail.rules import check_rules
from promo_server.services.lightrail.settling import in_time, read_in_time
from promo_server.services.lightrail.stores import STORES, load_stores
from promo_server.services.refusal import InvalidFields, Refusal, refuse
from promo_server.storage import insert_new, instant, instant_or_none, moment
from promo_server.storage.value_tables import value_entries, value_stores, value_transactions


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value store that is to be: what was asked for, completed by its program."""

    body: ValueStoreCreate
    access: Access | None
    currency: str
    value: int | None
    uses: int | None
    code: GivenCode | None
    template: ProgramCreate | None

    def own_or_templates(self, name: str) -> Any:
        """Return a field as it was asked for, or else as the program has it."""
        own = getattr(self.body, name)
        return own if own is not None or self.template is None else getattr(self.template, name)


def create_value_store(
    context: Context, holder: Holder, body: ValueStoreCreate, *, shows_code: bool = False
) -> ValueStore:
    """Create a value store with its first transaction, whose id is its own.

    Raises:
        InvalidFields: it has neither a value nor a rule, or the rules of its program and its own do not go together.
        Refusal: ``ValueIdExists``, ``ValueCodeExists``, ``ContactNotFound``, ``ProgramNotFound``, ``ProgramInactive``,
            ``ProgramConstraint``, ``CurrencyNotFound``, ``WrongCurrency``, ``ValueAccess``, ``SecretCodesOff``,
            ``RedemptionRuleSyntaxError``, ``ValueRuleSyntaxError``.
    """
    check_rules(body.redemptionRule, body.valueRule)
    return context.database.transact(partial(_create, context, holder, body, shows_code))


def _create(
    context: Context, holder: Holder, body: ValueStoreCreate, shows_code: bool, connection: Connection
) -> ValueStore:
    company_id, now = holder.company_id, context.clock()
    _refuse_taken(connection, company_id, body.valueStoreId)
    template = None if body.programId is None else template_of(connection, company_id, body.programId)
    wanted = _wanted(context, body, template)
    check_currency(load_company(connection, company_id), wanted.currency)
    if body.customerId is not None:
        find_customer(connection, company_id, body.customerId, is_to_stay=True, status=409)
    if not insert_new(connection, value_stores, _columns(company_id, wanted, moment(now))):
        raise _taken(body.valueStoreId)
    if wanted.code is not None:
        set_code(connection, context, company_id, body.valueStoreId, wanted.code)
    _post_initial(connection, holder, wanted, now)
    made = _value_store(find_row(connection, company_id, body.valueStoreId))
    return made.model_copy(update={"code": wanted.code.text}) if shows_code and wanted.code else made


def _refuse_taken(connection: Connection, company_id: str, value_store_id: str) -> None:
    # The first transaction has the id of the value store, so that both share one space of ids.
    own = (value_transactions.c.company_id == company_id, value_transactions.c.id == value_store_id)
    if connection.execute(select(value_transactions.c.type).where(*own)).first() is not None:
        raise _taken(value_store_id)


def _taken(value_store_id: str) -> Refusal:
    message = f"There is a value store or a transaction with the id '{value_store_id}' already."
    return Refusal("ValueIdExists", message)


def _post_initial(connection: Connection, holder: Holder, wanted: Wanted, now: datetime) -> None:
    store = load_stores(connection, holder.company_id, [wanted.body.valueStoreId])[wanted.body.valueStoreId]
    change = Change(store, wanted.value or 0, wanted.uses or 0)
    posting = Posting(store.id, "initialValue", wanted.currency, [change], [change.step()])
    try:
        post(connection, holder.company_id, posting, now, holder.name)
    except Refusal:
        raise _taken(store.id) from None


def _wanted(context: Context, body: ValueStoreCreate, template: ProgramCreate | None) -> Wanted:
    access = _access(body, template)
    code = _code(context, body, access)
    if template is None:
        assert body.currency is not None
        value = body.value if body.valueRule is not None or body.value is not None else 0
        return Wanted(body, access, body.currency, value, body.uses, code, None)
    if body.currency not in (None, template.currency):
        message = f"The program '{template.programId}' is in {template.currency}, not in {body.currency}."
        raise Refusal("WrongCurrency", message)
    value = _value_of(body, template)
    uses = body.uses if body.uses is not None else template.uses
    return Wanted(body, access, template.currency, value, uses, code, template)


def _value_of(body: ValueStoreCreate, template: ProgramCreate) -> int | None:
    """Return what a value store of a program holds at first, if that program admits it."""
    if body.valueRule is not None or (template.valueRule is not None and body.value is None):
        return None
    if template.valueRule is not None:
        refuse([FieldProblem("value", "cannot stand beside the valueRule of the program: it gives the value")])
    value = body.value or 0
    low, high, fixed = template.minInitialValue, template.maxInitialValue, template.fixedInitialValues
    if fixed is not None and value not in fixed:
        raise _constraint(value, f"one of {', '.join(map(str, fixed))}")
    if low is not None and value < low:
        raise _constraint(value, f"at least {low}")
    if high is not None and value > high:
        raise _constraint(value, f"at most {high}")
    return value


def _constraint(value: int, wanted: str) -> Refusal:
    return Refusal("ProgramConstraint", f"The program admits a first value of {wanted}, not {value}.")


def _access(body: ValueStoreCreate, template: ProgramCreate | None) -> Access | None:
    """Return how a value store is reached: as its program says, or was said, or follows from what it has."""
    if template is not None:
        if body.access not in (None, template.access):
            raise _wrong_access(template.access, f"not {body.access}")
        if body.customerId is not None and template.access != "customerId":
            raise _wrong_access(template.access, "so that it has a code and no customer")
        if (body.code is not None or body.generateCode) and template.access == "customerId":
            raise _wrong_access(template.access, "so that it has a customer and no code")
        return template.access
    if body.access is not None:
        return body.access
    has_code = body.code is not None or body.generateCode
    return "customerId" if body.customerId is not None else "secureCode" if has_code else None


def _wrong_access(access: str, rest: str) -> Refusal:
    return Refusal("ValueAccess", f"The access of the value store is {access}, {rest}.")


def _code(context: Context, body: ValueStoreCreate, access: Access | None) -> GivenCode | None:
    """Return the code that was given, or is to be made: one that is reached by a code has one."""
    if access not in ("secureCode", "publicCode"):
        return None
    return GivenCode(body.code if body.code is not None else context.new_code(), access == "secureCode")


def get_value_store(context: Context, holder: Holder, value_store_id: str) -> ValueStore:
    """Return one value store.

    Raises:
        Refusal: ``ValueNotFound``.
    """

    def read(connection: Connection, _now: datetime) -> ValueStore:
        return _value_store(find_row(connection, holder.company_id, value_store_id))

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
        return Listed(ValueStoreList([_value_store(row) for row in rows]), wanted.limit, wanted.offset, count)

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
    return _value_store(find_row(connection, holder.company_id, value_store_id))


def _changed(row: Row[Any], change: Mapping[str, Any]) -> ValueStoreChange:
    shown = _value_store(row)
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


def _columns(company_id: str, wanted: Wanted, stamp: str) -> dict[str, Any]:
    body = wanted.body
    metadata = {**((wanted.template and wanted.template.metadata) or {}), **(body.metadata or {})}
    return {
        "company_id": company_id,
        "id": body.valueStoreId,
        "program_id": body.programId,
        "customer_id": body.customerId,
        "access": wanted.access,
        "currency": wanted.currency,
        # The entry of the first transaction raises them from nothing.
        "balance": None if wanted.value is None else 0,
        "uses": None if wanted.uses is None else 0,
        "canceled": False,
        "active": body.active,
        "frozen": body.frozen,
        "discount": bool(wanted.own_or_templates("discount")),
        "pre_tax": bool(wanted.own_or_templates("preTax")),
        "redemption_rule": _json(wanted.own_or_templates("redemptionRule")),
        "value_rule": _json(wanted.own_or_templates("valueRule")) if wanted.value is None else None,
        "start_date": _moment(wanted.own_or_templates("startDate")),
        "end_date": _moment(wanted.own_or_templates("endDate")),
        "metadata": write_json(metadata).decode() if metadata else None,
        "created_at": stamp,
        "updated_at": stamp,
    }


def _changing(body: ValueStoreChange) -> dict[str, Any]:
    return {
        "discount": body.discount,
        "pre_tax": body.preTax,
        "active": body.active,
        "frozen": body.frozen,
        "canceled": body.canceled,
        "redemption_rule": _json(body.redemptionRule),
        "value_rule": _json(body.valueRule),
        "start_date": _moment(body.startDate),
        "end_date": _moment(body.endDate),
        "metadata": None if body.metadata is None else write_json(body.metadata).decode(),
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else moment(value)


def _json(rule: Any) -> str | None:
    return None if rule is None else write_json(rule.model_dump()).decode()


def _read(text: str | None) -> Any:
    return None if text is None else read_json(text.encode())


def _value_store(row: Row[Any]) -> ValueStore:
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
