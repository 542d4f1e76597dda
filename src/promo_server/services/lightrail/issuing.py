"""How a value store is made: by itself or of a program, with a first transaction that puts in what it holds."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from promo_contracts import write_json
from promo_contracts.company.errors import FieldProblem
from promo_contracts.lightrail.fields import Access
from promo_contracts.lightrail.models import ProgramCreate, ValueStore, ValueStoreCreate
from promo_server.services.companies import Holder, note_value_stores
from promo_server.services.context import Context
from promo_server.services.lightrail.codes import GivenCode, made_code, set_code
from promo_server.services.lightrail.currencies import check_currency
from promo_server.services.lightrail.customers import find_customer
from promo_server.services.lightrail.ledger import Change, Posting, post
from promo_server.services.lightrail.programs import template_of
from promo_server.services.lightrail.rules import check_rules
from promo_server.services.lightrail.store_rows import find_row, moment_or_none, rule_text, value_store_of
from promo_server.services.lightrail.stores import load_stores
from promo_server.services.refusal import Refusal, refuse
from promo_server.storage import insert_new, moment
from promo_server.storage.value_tables import value_stores, value_transactions


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
    check_currency(connection, company_id, wanted.currency, is_to_stay=True)
    if body.customerId is not None:
        find_customer(connection, company_id, body.customerId, is_to_stay=True, status=409)
    if not insert_new(connection, value_stores, _columns(company_id, wanted, moment(now))):
        raise _taken(body.valueStoreId)
    if wanted.code is not None:
        set_code(connection, context, company_id, body.valueStoreId, wanted.code)
    _post_initial(connection, holder, wanted, now)
    note_value_stores(connection, company_id, now)
    made = value_store_of(find_row(connection, company_id, body.valueStoreId))
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
    return GivenCode(body.code if body.code is not None else made_code(context), access == "secureCode")


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
        "redemption_rule": rule_text(wanted.own_or_templates("redemptionRule")),
        "value_rule": rule_text(wanted.own_or_templates("valueRule")) if wanted.value is None else None,
        "start_date": moment_or_none(wanted.own_or_templates("startDate")),
        "end_date": moment_or_none(wanted.own_or_templates("endDate")),
        "metadata": write_json(metadata).decode() if metadata else None,
        "created_at": stamp,
        "updated_at": stamp,
    }
