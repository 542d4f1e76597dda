"""Customers of the value-store API, whom value stores may be attached to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from promo_contracts.lightrail import models, queries, routes
from promo_sdk._body import UNCHANGED, Unchanged, write_body, write_change, write_query
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, Part, as_part, async_pages, pages, parts


def create_customer(
    customerId: str,
    *,
    firstName: str | None = None,
    lastName: str | None = None,
    email: str | None = None,
    tags: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Call[models.Customer]:
    """Create a customer under an id of your own.

    Raises:
        InvalidRequest: a field is wrong.
        Conflict: there is a customer with this id (``ContactIdExists``).

    >>> create_customer("cus_123", email="alice@examle.com").body
    b'{"customerId":"cus_123","email":"alice@examle.com"}'
    """
    body = write_body(
        models.CustomerCreate,
        customerId=customerId,
        firstName=firstName,
        lastName=lastName,
        email=email,
        tags=tags,
        metadata=metadata,
    )
    return Call(routes.CREATE_CUSTOMER, as_model(models.Customer), body=body)


def get_customer(customerId: str) -> Call[models.Customer]:
    """Return one customer.

    Raises:
        NotFound: there is none with this id.
    """
    return Call(routes.GET_CUSTOMER, as_model(models.Customer), params={"customerId": customerId}, is_repeatable=True)


def update_customer(
    customerId: str,
    *,
    firstName: str | Unchanged | None = UNCHANGED,
    lastName: str | Unchanged | None = UNCHANGED,
    email: str | Unchanged | None = UNCHANGED,
    tags: Sequence[str] | Unchanged = UNCHANGED,
    metadata: Mapping[str, Any] | Unchanged | None = UNCHANGED,
) -> Call[models.Customer]:
    """Change what is named; the rest stays, and ``None`` takes a field away.

    Raises:
        NotFound: there is none with this id.
    """
    body = write_change(
        models.CustomerUpdate,
        firstName=firstName,
        lastName=lastName,
        email=email,
        tags=tags,
        metadata=metadata,
    )
    return Call(
        routes.UPDATE_CUSTOMER,
        as_model(models.Customer),
        params={"customerId": customerId},
        body=body,
        is_repeatable=True,
    )


def delete_customer(customerId: str) -> Call[models.Success]:
    """Delete a customer to whom no value store is attached.

    Raises:
        NotFound: there is none with this id.
        Conflict: value stores are attached (``ContactInUse``).
    """
    return Call(routes.DELETE_CUSTOMER, as_model(models.Success), params={"customerId": customerId})


def list_customers(
    *,
    firstName: str | None = None,
    lastName: str | None = None,
    email: str | None = None,
    tags: str | None = None,
    minCreatedDate: datetime | None = None,
    maxCreatedDate: datetime | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Call[Part[models.Customer]]:
    """Return a part of the customers, newest first.

    Args:
        firstName: exactly this one, as the other names and the e-mail.
        lastName: exactly this one.
        email: exactly this one.
        tags: one of their tags.
        minCreatedDate: created then or later.
        maxCreatedDate: created then or earlier.
        limit: how many at most, up to 1000.
        offset: how many to leave out before them.
    """
    query = write_query(
        queries.CustomerQuery,
        firstName=firstName,
        lastName=lastName,
        email=email,
        tags=tags,
        minCreatedDate=minCreatedDate,
        maxCreatedDate=maxCreatedDate,
        limit=limit,
        offset=offset,
    )
    return Call(routes.LIST_CUSTOMERS, as_part(models.Customer), query=query, is_repeatable=True)


def each_customer(*, tags: str | None = None, limit: int = 100) -> Listing[Part[models.Customer], models.Customer]:
    """Yield every customer, asking for parts as they are needed."""
    return parts(list_customers(tags=tags, limit=limit))


class Customers(Resource):
    """The customers whom value stores may be attached to."""

    create: Final = endpoint(create_customer)
    get: Final = endpoint(get_customer)
    update: Final = endpoint(update_customer)
    delete: Final = endpoint(delete_customer)
    list: Final = endpoint(list_customers)
    iterate: Final = pages(each_customer)


class AsyncCustomers(AsyncResource):
    """The customers whom value stores may be attached to."""

    create: Final = async_endpoint(create_customer)
    get: Final = async_endpoint(get_customer)
    update: Final = async_endpoint(update_customer)
    delete: Final = async_endpoint(delete_customer)
    list: Final = async_endpoint(list_customers)
    iterate: Final = async_pages(each_customer)
