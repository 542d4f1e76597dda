"""Value stores: what a customer or a code is worth, in minor units or by a rule."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from promo_contracts.lightrail import fields, models, queries, routes
from promo_sdk._body import UNCHANGED, Unchanged, write_body, write_change, write_query
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, Part, as_part, async_pages, pages, parts
from promo_sdk.resources.lightrail.programs import Rule


def create_value_store(
    valueStoreId: str,
    *,
    programId: str | None = None,
    customerId: str | None = None,
    code: str | None = None,
    generateCode: bool | None = None,
    access: fields.Access | None = None,
    currency: str | None = None,
    value: int | None = None,
    uses: int | None = None,
    discount: bool | None = None,
    preTax: bool | None = None,
    active: bool | None = None,
    frozen: bool | None = None,
    redemptionRule: Rule | None = None,
    valueRule: Rule | None = None,
    startDate: datetime | None = None,
    endDate: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
    showCode: bool = False,
) -> Call[models.ValueStore]:
    """Create a value store under an id of your own; what is not said, it has of its program.

    Args:
        valueStoreId: 1 to 64 printable ASCII characters; no transaction has the same.
        programId: the program that it is made of.
        customerId: attaches it to a customer, which one that has a code cannot be.
        code: what it is reached by.
        generateCode: has a code made.
        access: by default what its program says, or else follows from customer or code.
        currency: that of its program; needed without one.
        value: what it holds at first.
        uses: how many times it can be used.
        discount: whether its value lowers the price or pays.
        preTax: whether it is applied before tax.
        active: whether it can be used.
        frozen: whether it is put on ice.
        redemptionRule: to which lines of an order it applies.
        valueRule: what it is worth there, in place of a value.
        startDate: from when it can be used.
        endDate: until when.
        metadata: your own, which rules can read.
        showCode: return a secret code in full, this once or whenever it is asked for.

    Raises:
        InvalidRequest: a field is wrong.
        Conflict: the id (``ValueIdExists``) or the code (``ValueCodeExists``) is taken, or the program does not admit
            it (``ProgramConstraint``).

    >>> create_value_store("cus_123-sign-up-promotion", programId="sign-up-promotion", value=500).body
    b'{"valueStoreId":"cus_123-sign-up-promotion","programId":"sign-up-promotion","value":500}'
    """
    body = write_body(
        models.ValueStoreCreate,
        valueStoreId=valueStoreId,
        programId=programId,
        customerId=customerId,
        code=code,
        generateCode=generateCode,
        access=access,
        currency=currency,
        value=value,
        uses=uses,
        discount=discount,
        preTax=preTax,
        active=active,
        frozen=frozen,
        redemptionRule=redemptionRule,
        valueRule=valueRule,
        startDate=startDate,
        endDate=endDate,
        metadata=metadata,
    )
    return Call(routes.CREATE_VALUE_STORE, as_model(models.ValueStore), query=_shows(showCode), body=body)


def get_value_store(valueStoreId: str) -> Call[models.ValueStore]:
    """Return one value store.

    Raises:
        NotFound: there is none with this id.
    """
    return Call(routes.GET_VALUE_STORE, as_model(models.ValueStore), params=_of(valueStoreId), is_repeatable=True)


def update_value_store(
    valueStoreId: str,
    *,
    discount: bool | Unchanged = UNCHANGED,
    preTax: bool | Unchanged = UNCHANGED,
    active: bool | Unchanged = UNCHANGED,
    frozen: bool | Unchanged = UNCHANGED,
    canceled: bool | Unchanged = UNCHANGED,
    redemptionRule: Rule | Unchanged | None = UNCHANGED,
    valueRule: Rule | Unchanged = UNCHANGED,
    startDate: datetime | Unchanged | None = UNCHANGED,
    endDate: datetime | Unchanged | None = UNCHANGED,
    metadata: Mapping[str, Any] | Unchanged | None = UNCHANGED,
) -> Call[models.ValueStore]:
    """Change what is named, never what it holds: only transactions move that.

    Raises:
        InvalidRequest: a field of the result is wrong.
        NotFound: there is none with this id.
    """
    body = write_change(
        models.ValueStoreUpdate,
        discount=discount,
        preTax=preTax,
        active=active,
        frozen=frozen,
        canceled=canceled,
        redemptionRule=redemptionRule,
        valueRule=valueRule,
        startDate=startDate,
        endDate=endDate,
        metadata=metadata,
    )
    return Call(
        routes.UPDATE_VALUE_STORE,
        as_model(models.ValueStore),
        params=_of(valueStoreId),
        body=body,
        is_repeatable=True,
    )


def delete_value_store(valueStoreId: str) -> Call[models.Success]:
    """Delete a value store that holds nothing and was never used.

    Raises:
        NotFound: there is none with this id.
        Conflict: it is in use (``ValueInUse``): cancel it instead.
    """
    return Call(routes.DELETE_VALUE_STORE, as_model(models.Success), params=_of(valueStoreId))


def list_value_stores(
    *,
    programId: str | None = None,
    customerId: str | None = None,
    currency: str | None = None,
    access: fields.Access | None = None,
    active: bool | None = None,
    frozen: bool | None = None,
    minValue: int | None = None,
    maxValue: int | None = None,
    minCreatedDate: datetime | None = None,
    maxCreatedDate: datetime | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Call[Part[models.ValueStore]]:
    """Return a part of the value stores, newest first.

    Args:
        programId: only those made of it.
        customerId: only those attached to this customer.
        currency: only those in it.
        access: only those of it.
        active: only those that are active, or are not.
        frozen: only those that are frozen, or are not.
        minValue: only those that hold so much or more.
        maxValue: only those that hold so much or less.
        minCreatedDate: created then or later.
        maxCreatedDate: created then or earlier.
        limit: how many at most, up to 1000.
        offset: how many to leave out before them.
    """
    query = write_query(
        queries.ValueStoreQuery,
        programId=programId,
        customerId=customerId,
        currency=currency,
        access=access,
        active=active,
        frozen=frozen,
        minValue=minValue,
        maxValue=maxValue,
        minCreatedDate=minCreatedDate,
        maxCreatedDate=maxCreatedDate,
        limit=limit,
        offset=offset,
    )
    return Call(routes.LIST_VALUE_STORES, as_part(models.ValueStore), query=query, is_repeatable=True)


def each_value_store(
    *, programId: str | None = None, customerId: str | None = None, limit: int = 100
) -> Listing[Part[models.ValueStore], models.ValueStore]:
    """Yield every value store, asking for parts as they are needed."""
    return parts(list_value_stores(programId=programId, customerId=customerId, limit=limit))


def get_code(valueStoreId: str, *, showCode: bool = False) -> Call[models.CodeShown]:
    """Return the code of a value store; of a secret one the last four characters, or with ``showCode`` all.

    Raises:
        NotFound: there is no such value store, or it has no code (``ValueCodeNotFound``).
        MissingScope: a secret code in full needs the scope ``write``.
    """
    return Call(
        routes.GET_CODE,
        as_model(models.CodeShown),
        params=_of(valueStoreId),
        query=_shows(showCode),
        is_repeatable=True,
    )


def set_code(
    valueStoreId: str,
    *,
    code: str | None = None,
    generateCode: bool | None = None,
    secure: bool | None = None,
    showCode: bool = False,
) -> Call[models.CodeShown]:
    """Give a value store a code, in place of the one that it may have.

    Args:
        valueStoreId: the value store.
        code: the code; or else ``generateCode``.
        generateCode: has one made.
        secure: whether it is secret.
        showCode: return a secret code in full.

    Raises:
        Conflict: another value store has it (``ValueCodeExists``), or this one has a customer (``ValueAccess``).
    """
    body = write_body(models.CodeSet, code=code, generateCode=generateCode, secure=secure)
    return Call(
        routes.SET_CODE, as_model(models.CodeShown), params=_of(valueStoreId), query=_shows(showCode), body=body
    )


def delete_code(valueStoreId: str) -> Call[models.Success]:
    """Take the code of a value store away, if it has one.

    Raises:
        NotFound: there is no such value store.
    """
    return Call(routes.DELETE_CODE, as_model(models.Success), params=_of(valueStoreId), is_repeatable=True)


def get_customer(valueStoreId: str) -> Call[models.CustomerShown]:
    """Return the customer that a value store is attached to.

    Raises:
        NotFound: there is no such value store, or it is attached to none (``ContactNotFound``).
    """
    return Call(routes.GET_ATTACHED, as_model(models.CustomerShown), params=_of(valueStoreId), is_repeatable=True)


def attach(valueStoreId: str, customerId: str) -> Call[models.CustomerShown]:
    """Attach a value store to a customer, in place of the one that it may be attached to.

    Raises:
        Conflict: there is no such customer (``ContactNotFound``), or it has a code (``ValueAccess``).
    """
    body = write_body(models.CustomerSet, customerId=customerId)
    return Call(routes.ATTACH, as_model(models.CustomerShown), params=_of(valueStoreId), body=body, is_repeatable=True)


def detach(valueStoreId: str) -> Call[models.Success]:
    """Detach a value store from its customer, if it has one.

    Raises:
        NotFound: there is no such value store.
    """
    return Call(routes.DETACH, as_model(models.Success), params=_of(valueStoreId), is_repeatable=True)


def _of(value_store_id: str) -> dict[str, str]:
    return {"valueStoreId": value_store_id}


def _shows(in_full: bool) -> dict[str, str | int]:
    return {"showCode": "true"} if in_full else {}


class ValueStores(Resource):
    """What customers and codes are worth."""

    create: Final = endpoint(create_value_store)
    get: Final = endpoint(get_value_store)
    update: Final = endpoint(update_value_store)
    delete: Final = endpoint(delete_value_store)
    list: Final = endpoint(list_value_stores)
    iterate: Final = pages(each_value_store)
    get_code: Final = endpoint(get_code)
    set_code: Final = endpoint(set_code)
    delete_code: Final = endpoint(delete_code)
    get_customer: Final = endpoint(get_customer)
    attach: Final = endpoint(attach)
    detach: Final = endpoint(detach)


class AsyncValueStores(AsyncResource):
    """What customers and codes are worth."""

    create: Final = async_endpoint(create_value_store)
    get: Final = async_endpoint(get_value_store)
    update: Final = async_endpoint(update_value_store)
    delete: Final = async_endpoint(delete_value_store)
    list: Final = async_endpoint(list_value_stores)
    iterate: Final = async_pages(each_value_store)
    get_code: Final = async_endpoint(get_code)
    set_code: Final = async_endpoint(set_code)
    delete_code: Final = async_endpoint(delete_code)
    get_customer: Final = async_endpoint(get_customer)
    attach: Final = async_endpoint(attach)
    detach: Final = async_endpoint(detach)
