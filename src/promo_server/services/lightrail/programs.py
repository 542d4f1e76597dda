"""Programs: templates of value stores. A program that changes leaves the value stores as they are."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, select, update

from promo_contracts import read_json, write_json
from promo_contracts.company.updates import merged
from promo_contracts.lightrail.models import Program, ProgramCreate, ProgramList, Success
from promo_contracts.lightrail.queries import ProgramQuery
from promo_contracts.problems import field_problems
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail.currencies import check_currency
from promo_server.services.lightrail.lists import Listed, fetch_listed, has_tag, matching, write_tags
from promo_server.services.lightrail.rules import check_rules
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.storage import insert_new, instant, moment
from promo_server.storage.value_tables import programs, value_stores


def create_program(context: Context, holder: Holder, body: ProgramCreate) -> Program:
    """Create a program.

    Raises:
        Refusal: ``ProgramIdExists``, ``CurrencyNotFound``, ``RedemptionRuleSyntaxError``, ``ValueRuleSyntaxError``.
    """
    check_rules(body.redemptionRule, body.valueRule)
    return context.database.transact(partial(_create, context, holder, body))


def _create(context: Context, holder: Holder, body: ProgramCreate, connection: Connection) -> Program:
    check_currency(connection, holder.company_id, body.currency, is_to_stay=True)
    now = moment(context.clock())
    own = {"company_id": holder.company_id, "id": body.programId, "created_at": now, "updated_at": now}
    if not insert_new(connection, programs, own | _columns(body)):
        raise Refusal("ProgramIdExists", f"There is a program with the id '{body.programId}' already.")
    return _program(find_program(connection, holder.company_id, body.programId))


def get_program(context: Context, holder: Holder, program_id: str) -> Program:
    """Return one program.

    Raises:
        Refusal: ``ProgramNotFound``.
    """
    with context.database.read() as connection:
        return _program(find_program(connection, holder.company_id, program_id))


def list_programs(context: Context, holder: Holder, wanted: ProgramQuery) -> Listed:
    """Return a part of the programs, newest first."""
    exact = {"currency": "currency", "access": "access", "active": "active"}
    conditions = [*matching(programs, wanted, exact, {}), *has_tag(programs, wanted.tags)]
    query = select(programs).where(programs.c.company_id == holder.company_id, *conditions)
    with context.database.read() as connection:
        rows, count = fetch_listed(connection, query, programs, wanted)
    return Listed(ProgramList([_program(row) for row in rows]), wanted.limit, wanted.offset, count)


def update_program(context: Context, holder: Holder, program_id: str, change: Mapping[str, Any]) -> Program:
    """Change fields of a program, all or none; the result is held to what a new one is.

    Raises:
        InvalidFields: a field of the result is wrong.
        Refusal: ``ProgramNotFound``.
    """
    return context.database.transact(partial(_update, context, holder, program_id, change))


def _update(
    context: Context, holder: Holder, program_id: str, change: Mapping[str, Any], connection: Connection
) -> Program:
    row = find_program(connection, holder.company_id, program_id, is_to_change=True)
    try:
        body = ProgramCreate.model_validate(merged(read_json(row.body.encode()), change))
    except ValidationError as error:
        raise InvalidFields(*field_problems(error, ProgramCreate)) from None
    values = _columns(body) | {"updated_at": moment(context.clock())}
    connection.execute(update(programs).where(*_own(holder.company_id, program_id)).values(values))
    return _program(find_program(connection, holder.company_id, program_id))


def delete_program(context: Context, holder: Holder, program_id: str) -> Success:
    """Delete a program that no value store is of.

    Raises:
        Refusal: ``ProgramNotFound``, ``ProgramInUse``.
    """
    return context.database.transact(partial(_delete, holder, program_id))


def _delete(holder: Holder, program_id: str, connection: Connection) -> Success:
    find_program(connection, holder.company_id, program_id, is_to_change=True)
    of_it = (value_stores.c.company_id == holder.company_id, value_stores.c.program_id == program_id)
    if connection.execute(select(value_stores.c.id).where(*of_it).limit(1)).first():
        raise Refusal("ProgramInUse", f"There are value stores of the program '{program_id}'.")
    connection.execute(delete(programs).where(*_own(holder.company_id, program_id)))
    return Success()


def find_program(
    connection: Connection, company_id: str, program_id: str, *, is_to_change: bool = False, status: int = 404
) -> Row[Any]:
    """Find a program; one that is to change is locked.

    Raises:
        Refusal: ``ProgramNotFound``, with this status.
    """
    query = select(programs).where(*_own(company_id, program_id))
    row = connection.execute(query.with_for_update() if is_to_change else query).one_or_none()
    if row is None:
        raise Refusal("ProgramNotFound", f"There is no program with the id '{program_id}'.", status=status)
    return row


def template_of(connection: Connection, company_id: str, program_id: str) -> ProgramCreate:
    """Return a program that a value store is to be made of; it cannot go until the transaction ends.

    Raises:
        Refusal: ``ProgramNotFound``, as a conflict; ``ProgramInactive``.
    """
    query = select(programs).where(*_own(company_id, program_id)).with_for_update(read=True)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise Refusal("ProgramNotFound", f"There is no program with the id '{program_id}'.", status=409)
    if not row.active:
        raise Refusal("ProgramInactive", f"The program '{program_id}' is not active.")
    return ProgramCreate.model_validate(read_json(row.body.encode()))


def _own(company_id: str, program_id: str) -> tuple[Any, Any]:
    return programs.c.company_id == company_id, programs.c.id == program_id


def _columns(body: ProgramCreate) -> dict[str, Any]:
    return {
        "currency": body.currency,
        "access": body.access,
        "active": body.active,
        "tags": write_tags(body.tags),
        "body": write_json(body.model_dump(exclude_none=True)).decode(),
    }


def _program(row: Row[Any]) -> Program:
    body = ProgramCreate.model_validate(read_json(row.body.encode()))
    return Program(
        **{name: getattr(body, name) for name in ProgramCreate.model_fields},
        createdDate=instant(row.created_at),
        updatedDate=instant(row.updated_at),
    )
