"""Programs of the value-store API: templates of value stores."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from promo_contracts.lightrail import fields, models, queries, routes
from promo_sdk._body import UNCHANGED, Unchanged, write_body, write_change, write_query
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, Part, as_part, async_pages, pages, parts

Rule = fields.Rule | Mapping[str, str]
"""A rule in the expression language, and what it says in words: ``{"rule": …, "explanation": …}``."""


def create_program(
    programId: str,
    *,
    currency: str,
    access: fields.Access,
    name: str | None = None,
    discount: bool | None = None,
    preTax: bool | None = None,
    active: bool | None = None,
    redemptionRule: Rule | None = None,
    valueRule: Rule | None = None,
    minInitialValue: int | None = None,
    maxInitialValue: int | None = None,
    fixedInitialValues: Sequence[int] | None = None,
    uses: int | None = None,
    startDate: datetime | None = None,
    endDate: datetime | None = None,
    tags: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Call[models.Program]:
    """Create a program under an id of your own. Amounts are minor units.

    Args:
        programId: 1 to 64 printable ASCII characters.
        currency: of ISO 4217, or one that was created.
        access: how its value stores are reached: by a customer, a secret code or a public one.
        name: for people.
        discount: whether its value lowers the price, as a promotion does, or pays, as a gift card does.
        preTax: whether it is applied before tax.
        active: whether value stores can be made of it.
        redemptionRule: to which lines of an order it applies.
        valueRule: what it is worth there, in place of a value.
        minInitialValue: what a value store must hold at first, at least.
        maxInitialValue: what it may hold at first, at most.
        fixedInitialValues: what it may hold at first.
        uses: how many times a value store can be used.
        startDate: from when it can be used.
        endDate: until when.
        tags: for lists.
        metadata: handed on to the value stores.

    Raises:
        InvalidRequest: a field is wrong, or a rule cannot be read (``ValueRuleSyntaxError``).
        Conflict: there is a program with this id (``ProgramIdExists``), or no such currency.
    """
    body = write_body(
        models.ProgramCreate,
        programId=programId,
        name=name,
        currency=currency,
        access=access,
        discount=discount,
        preTax=preTax,
        active=active,
        redemptionRule=redemptionRule,
        valueRule=valueRule,
        minInitialValue=minInitialValue,
        maxInitialValue=maxInitialValue,
        fixedInitialValues=fixedInitialValues,
        uses=uses,
        startDate=startDate,
        endDate=endDate,
        tags=tags,
        metadata=metadata,
    )
    return Call(routes.CREATE_PROGRAM, as_model(models.Program), body=body)


def get_program(programId: str) -> Call[models.Program]:
    """Return one program.

    Raises:
        NotFound: there is none with this id.
    """
    return Call(routes.GET_PROGRAM, as_model(models.Program), params={"programId": programId}, is_repeatable=True)


def update_program(
    programId: str,
    *,
    active: bool | Unchanged = UNCHANGED,
    minInitialValue: int | Unchanged | None = UNCHANGED,
    maxInitialValue: int | Unchanged | None = UNCHANGED,
    fixedInitialValues: Sequence[int] | Unchanged | None = UNCHANGED,
    tags: Sequence[str] | Unchanged = UNCHANGED,
    metadata: Mapping[str, Any] | Unchanged | None = UNCHANGED,
) -> Call[models.Program]:
    """Change what is named; value stores that were made of it stay as they are.

    Raises:
        InvalidRequest: a field of the result is wrong.
        NotFound: there is none with this id.
    """
    body = write_change(
        models.ProgramUpdate,
        active=active,
        minInitialValue=minInitialValue,
        maxInitialValue=maxInitialValue,
        fixedInitialValues=fixedInitialValues,
        tags=tags,
        metadata=metadata,
    )
    return Call(
        routes.UPDATE_PROGRAM, as_model(models.Program), params={"programId": programId}, body=body, is_repeatable=True
    )


def delete_program(programId: str) -> Call[models.Success]:
    """Delete a program that no value store is of.

    Raises:
        NotFound: there is none with this id.
        Conflict: value stores are of it (``ProgramInUse``).
    """
    return Call(routes.DELETE_PROGRAM, as_model(models.Success), params={"programId": programId})


def list_programs(
    *,
    currency: str | None = None,
    access: fields.Access | None = None,
    active: bool | None = None,
    tags: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Call[Part[models.Program]]:
    """Return a part of the programs, newest first.

    Args:
        currency: only those in it.
        access: only those of it.
        active: only those that are active, or are not.
        tags: one of their tags.
        limit: how many at most, up to 1000.
        offset: how many to leave out before them.
    """
    query = write_query(
        queries.ProgramQuery,
        currency=currency,
        access=access,
        active=active,
        tags=tags,
        limit=limit,
        offset=offset,
    )
    return Call(routes.LIST_PROGRAMS, as_part(models.Program), query=query, is_repeatable=True)


def each_program(*, tags: str | None = None, limit: int = 100) -> Listing[Part[models.Program], models.Program]:
    """Yield every program, asking for parts as they are needed."""
    return parts(list_programs(tags=tags, limit=limit))


class Programs(Resource):
    """The templates of value stores."""

    create: Final = endpoint(create_program)
    get: Final = endpoint(get_program)
    update: Final = endpoint(update_program)
    delete: Final = endpoint(delete_program)
    list: Final = endpoint(list_programs)
    iterate: Final = pages(each_program)


class AsyncPrograms(AsyncResource):
    """The templates of value stores."""

    create: Final = async_endpoint(create_program)
    get: Final = async_endpoint(get_program)
    update: Final = async_endpoint(update_program)
    delete: Final = async_endpoint(delete_program)
    list: Final = async_endpoint(list_programs)
    iterate: Final = async_pages(each_program)
