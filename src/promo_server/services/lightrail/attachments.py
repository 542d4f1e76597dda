"""What a value store is reached by: its code, or the customer that it is attached to; never both."""

from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Row, update

from promo_contracts import Scope
from promo_contracts.lightrail.fields import Access
from promo_contracts.lightrail.models import CodeSet, CodeShown, CustomerShown, Success
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail.codes import (
    GivenCode,
    code_of,
    made_code,
    set_code,
    shown_code,
    take_code,
    whole_code,
)
from promo_server.services.lightrail.customers import find_customer
from promo_server.services.lightrail.expiry import in_time
from promo_server.services.lightrail.store_rows import find_row, own
from promo_server.services.refusal import Refusal
from promo_server.storage import moment
from promo_server.storage.value_tables import value_stores


def get_code(context: Context, holder: Holder, value_store_id: str, *, shows_code: bool) -> CodeShown:
    """Return the code of a value store, a secret one by its last four characters or, to those who may write, in full.

    Raises:
        Refusal: ``ValueNotFound``, ``ValueCodeNotFound``; ``MISSING_SCOPE``: it is asked for in full without the scope;
            ``SecretCodesOff``: this server lacks its key.
    """
    if shows_code and not holder.may(Scope.WRITE):
        raise Refusal("MISSING_SCOPE", f"A secret code in full needs a key with the scope '{Scope.WRITE}'.")
    with context.database.read() as connection:
        find_row(connection, holder.company_id, value_store_id)
        row = code_of(connection, holder.company_id, value_store_id)
    if row is None:
        raise Refusal("ValueCodeNotFound", f"The value store '{value_store_id}' has no code.")
    return CodeShown(code=whole_code(context.code_keys, row) if shows_code else shown_code(row))


def change_code(context: Context, holder: Holder, value_store_id: str, body: CodeSet, *, shows_code: bool) -> CodeShown:
    """Give a value store a code, in place of the one that it may have.

    Raises:
        Refusal: ``ValueNotFound``, ``ValueCodeExists``, ``SecretCodesOff``; ``ValueAccess``: it has a customer, or its
            program says otherwise.
    """
    code = GivenCode(made_code(context) if body.code is None else body.code, body.secure)
    in_time(context, holder.company_id, partial(_change_code, context, holder, value_store_id, code))
    return CodeShown(code=code.text if shows_code else code.shown())


def _change_code(
    context: Context, holder: Holder, value_store_id: str, code: GivenCode, connection: Connection, now: datetime
) -> None:
    row = find_row(connection, holder.company_id, value_store_id, is_to_change=True)
    if row.customer_id is not None:
        raise Refusal("ValueAccess", f"The value store '{value_store_id}' is attached to a customer: detach it first.")
    _change_access(connection, row, "secureCode" if code.is_secret else "publicCode", now)
    set_code(connection, context, holder.company_id, value_store_id, code)


def delete_code(context: Context, holder: Holder, value_store_id: str) -> Success:
    """Take the code of a value store away, if it has one.

    Raises:
        Refusal: ``ValueNotFound``.
    """

    def work(connection: Connection, _now: datetime) -> Success:
        find_row(connection, holder.company_id, value_store_id, is_to_change=True)
        take_code(connection, holder.company_id, value_store_id)
        return Success()

    return in_time(context, holder.company_id, work)


def get_attached(context: Context, holder: Holder, value_store_id: str) -> CustomerShown:
    """Return the customer that a value store is attached to.

    Raises:
        Refusal: ``ValueNotFound``; ``ContactNotFound``: it is attached to none.
    """
    with context.database.read() as connection:
        row = find_row(connection, holder.company_id, value_store_id)
    if row.customer_id is None:
        raise Refusal("ContactNotFound", f"The value store '{value_store_id}' is attached to no customer.")
    return CustomerShown(customerId=row.customer_id)


def attach(context: Context, holder: Holder, value_store_id: str, customer_id: str) -> CustomerShown:
    """Attach a value store to a customer, in place of the one that it may be attached to.

    Raises:
        Refusal: ``ValueNotFound``; ``ContactNotFound``, as a conflict; ``ValueAccess``: it has a code, or its program
            says otherwise.
    """

    def work(connection: Connection, now: datetime) -> CustomerShown:
        find_customer(connection, holder.company_id, customer_id, is_to_stay=True, status=409)
        row = find_row(connection, holder.company_id, value_store_id, is_to_change=True)
        if row.last_four is not None:
            raise Refusal("ValueAccess", f"The value store '{value_store_id}' has a code: take it away first.")
        _change_access(connection, row, "customerId", now)
        _set_customer(connection, row, customer_id, now)
        return CustomerShown(customerId=customer_id)

    return in_time(context, holder.company_id, work)


def detach(context: Context, holder: Holder, value_store_id: str) -> Success:
    """Detach a value store from its customer, if it has one.

    Raises:
        Refusal: ``ValueNotFound``.
    """

    def work(connection: Connection, now: datetime) -> Success:
        row = find_row(connection, holder.company_id, value_store_id, is_to_change=True)
        _set_customer(connection, row, None, now)
        return Success()

    return in_time(context, holder.company_id, work)


def _change_access(connection: Connection, row: Row[tuple[object, ...]], access: Access, now: datetime) -> None:
    """Let a value store be reached so; only one that is of a program cannot change."""
    if row.access == access:
        return
    if row.program_id is not None:
        message = f"The program '{row.program_id}' says that its value stores have the access {row.access}."
        raise Refusal("ValueAccess", message)
    changed = update(value_stores).where(*own(row.company_id, row.id))
    connection.execute(changed.values(access=access, updated_at=moment(now)))


def _set_customer(connection: Connection, row: Row[tuple[object, ...]], customer_id: str | None, now: datetime) -> None:
    if row.customer_id != customer_id:
        changed = update(value_stores).where(*own(row.company_id, row.id))
        connection.execute(changed.values(customer_id=customer_id, updated_at=moment(now)))
