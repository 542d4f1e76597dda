"""Customers, whom value stores may be attached to."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, select, update

from promo_contracts import read_json, write_json
from promo_contracts.company.updates import merged
from promo_contracts.lightrail.models import Customer, CustomerCreate, CustomerList, Success
from promo_contracts.lightrail.queries import CustomerQuery
from promo_contracts.problems import field_problems
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail.lists import Listed, fetch_listed, has_tag, matching, read_tags, write_tags
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.storage import insert_new, instant, moment
from promo_server.storage.value_tables import customers, value_stores


def create_customer(context: Context, holder: Holder, body: CustomerCreate) -> Customer:
    """Create a customer.

    Raises:
        Refusal: ``ContactIdExists``.
    """
    return context.database.transact(partial(_create, context, holder, body))


def _create(context: Context, holder: Holder, body: CustomerCreate, connection: Connection) -> Customer:
    now = moment(context.clock())
    own = {"company_id": holder.company_id, "id": body.customerId, "created_at": now, "updated_at": now}
    if not insert_new(connection, customers, own | _columns(body)):
        raise Refusal("ContactIdExists", f"There is a customer with the id '{body.customerId}' already.")
    return _customer(find_customer(connection, holder.company_id, body.customerId))


def get_customer(context: Context, holder: Holder, customer_id: str) -> Customer:
    """Return one customer.

    Raises:
        Refusal: ``ContactNotFound``.
    """
    with context.database.read() as connection:
        return _customer(find_customer(connection, holder.company_id, customer_id))


def list_customers(context: Context, holder: Holder, wanted: CustomerQuery) -> Listed:
    """Return a part of the customers, newest first."""
    exact = {"firstName": "first_name", "lastName": "last_name", "email": "email"}
    conditions = [*matching(customers, wanted, exact, {}), *has_tag(customers, wanted.tags)]
    query = select(customers).where(customers.c.company_id == holder.company_id, *conditions)
    with context.database.read() as connection:
        rows, count = fetch_listed(connection, query, customers, wanted)
    return Listed(CustomerList([_customer(row) for row in rows]), wanted.limit, wanted.offset, count)


def update_customer(context: Context, holder: Holder, customer_id: str, change: Mapping[str, Any]) -> Customer:
    """Change fields of a customer; what is not named stays, null takes a field away.

    Raises:
        InvalidFields: a field of the result is wrong.
        Refusal: ``ContactNotFound``.
    """
    return context.database.transact(partial(_update, context, holder, customer_id, change))


def _update(
    context: Context, holder: Holder, customer_id: str, change: Mapping[str, Any], connection: Connection
) -> Customer:
    row = find_customer(connection, holder.company_id, customer_id, is_to_change=True)
    body = _changed(row, change)
    values = _columns(body) | {"updated_at": moment(context.clock())}
    connection.execute(update(customers).where(*_own(holder.company_id, customer_id)).values(values))
    return _customer(find_customer(connection, holder.company_id, customer_id))


def delete_customer(context: Context, holder: Holder, customer_id: str) -> Success:
    """Delete a customer to whom no value store is attached.

    Raises:
        Refusal: ``ContactNotFound``, ``ContactInUse``.
    """
    return context.database.transact(partial(_delete, holder, customer_id))


def _delete(holder: Holder, customer_id: str, connection: Connection) -> Success:
    find_customer(connection, holder.company_id, customer_id, is_to_change=True)
    theirs = (value_stores.c.company_id == holder.company_id, value_stores.c.customer_id == customer_id)
    if connection.execute(select(value_stores.c.id).where(*theirs).limit(1)).first():
        raise Refusal("ContactInUse", f"Value stores are attached to the customer '{customer_id}'.")
    connection.execute(delete(customers).where(*_own(holder.company_id, customer_id)))
    return Success()


def find_customer(
    connection: Connection,
    company_id: str,
    customer_id: str,
    *,
    is_to_change: bool = False,
    is_to_stay: bool = False,
    status: int = 404,
) -> Row[Any]:
    """Find a customer; one that is to change is locked, one that is to stay cannot go meanwhile.

    Raises:
        Refusal: ``ContactNotFound``, with this status.
    """
    query = select(customers).where(*_own(company_id, customer_id))
    if is_to_change or is_to_stay:
        query = query.with_for_update(read=is_to_stay)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise Refusal("ContactNotFound", f"There is no customer with the id '{customer_id}'.", status=status)
    return row


def _own(company_id: str, customer_id: str) -> tuple[Any, Any]:
    return customers.c.company_id == company_id, customers.c.id == customer_id


def _changed(row: Row[Any], change: Mapping[str, Any]) -> CustomerCreate:
    before = {name: getattr(_customer(row), name) for name in CustomerCreate.model_fields}
    try:
        return CustomerCreate.model_validate(merged(before, change))
    except ValidationError as error:
        raise InvalidFields(*field_problems(error, CustomerCreate)) from None


def _columns(body: CustomerCreate) -> dict[str, Any]:
    return {
        "first_name": body.firstName,
        "last_name": body.lastName,
        "email": body.email,
        "tags": write_tags(body.tags),
        "metadata": None if body.metadata is None else write_json(body.metadata).decode(),
    }


def _customer(row: Row[Any]) -> Customer:
    return Customer(
        customerId=row.id,
        firstName=row.first_name,
        lastName=row.last_name,
        email=row.email,
        tags=read_tags(row.tags),
        metadata=None if row.metadata is None else read_json(row.metadata.encode()),
        createdDate=instant(row.created_at),
        updatedDate=instant(row.updated_at),
    )
