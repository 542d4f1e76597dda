"""Batches of generated codes: all of a batch or none, and the same batch asked for twice is one."""

from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import CodeBatch, CodeBatchCreate
from promo_engine import code_form
from promo_server.services.code_symbols import RANDOM_SYMBOLS, checked
from promo_server.services.codes import taken_forms
from promo_server.services.companies import Holder
from promo_server.services.context import Context, company_to_change
from promo_server.services.promotion_codes import check_takes_codes, codes_as_answers, insert_codes
from promo_server.services.records import find_promotion
from promo_server.services.refusal import Refusal, refuse
from promo_server.services.words import why_refused
from promo_server.storage import instant, moment
from promo_server.storage.tables import code_batches, codes

PATIENCE = 100
"""So many codes are drawn in vain, beside as many as are wanted, until it is said that none come out."""


def create_code_batch(
    context: Context, holder: Holder, campaign_id: str, promotion_id: str, request: CodeBatchCreate
) -> CodeBatch:
    """Make a batch of codes for a promotion; of one that is there already return what is there.

    Raises:
        InvalidFields: the prefix has a word that it must not have, or leaves no lawful codes.
        Refusal: ``PROMOTION_NOT_FOUND``, ``PROMOTION_NOT_MODIFIABLE`` (expired or archived), ``CODE_BATCH_EXISTS``:
            another batch of the company has this id.
    """
    why = why_refused(request.prefix, context.code_words) if request.prefix else None
    refuse([FieldProblem("prefix", why)] if why else [])
    with context.database.read() as connection:
        find_promotion(connection, holder.company_id, campaign_id, promotion_id)
        there = _there(connection, holder.company_id, promotion_id, request)
    if there is not None:
        return there
    # Nobody waits for the company while these are drawn.
    drawn = list(islice(_lawful(context, request), request.count))
    return context.database.transact(partial(_create, context, holder, campaign_id, promotion_id, request, drawn))


def _create(
    context: Context,
    holder: Holder,
    campaign_id: str,
    promotion_id: str,
    request: CodeBatchCreate,
    drawn: list[str],
    connection: Connection,
) -> CodeBatch:
    company, now = company_to_change(connection, holder.company_id), context.clock()
    there = _there(connection, company.id, promotion_id, request)
    if there is not None:
        return there
    check_takes_codes(connection, company, campaign_id, promotion_id, now)
    free = _free(connection, company.id, chain(drawn, _lawful(context, request)), request.count)
    shared = {"max_uses": request.max_uses, "created_at": moment(now), "created_by": holder.name}
    shared |= {"promotion_id": promotion_id}
    batch = {"company_id": company.id, "id": request.batch_id, "size": request.count, "prefix": request.prefix}
    connection.execute(insert(code_batches), batch | shared)
    rows = insert_codes(context, connection, company.id, free, shared | {"batch_id": request.batch_id})
    return _as_answer(connection, _find(connection, company.id, request.batch_id), rows)


def _lawful(context: Context, request: CodeBatchCreate) -> Iterator[str]:
    """Yield random codes with lawful words only, and end where hardly any has."""
    for _ in range(2 * request.count + PATIENCE):
        code = request.prefix + checked(context.new_symbols(RANDOM_SYMBOLS))
        if why_refused(code, context.code_words) is None:
            yield code


def _free(connection: Connection, company_id: str, drawn: Iterator[str], count: int) -> list[str]:
    """Return so many of the codes that nobody in the company has, each once."""
    free: dict[str, str] = {}
    while len(free) < count:
        tried = {code_form(code): code for code in islice(drawn, count - len(free))}
        if not tried:
            refuse([FieldProblem("prefix", "leaves no codes that are free and have no words that they must not have")])
        taken = taken_forms(connection, company_id, tried)
        free |= {form: code for form, code in tried.items() if form not in taken}
    return list(free.values())


def _there(connection: Connection, company_id: str, promotion_id: str, request: CodeBatchCreate) -> CodeBatch | None:
    """Return the batch of this id with the codes that it still has; None where there is none.

    Raises:
        Refusal: ``CODE_BATCH_EXISTS``: it was asked for otherwise.
    """
    batch = _find(connection, company_id, request.batch_id)
    if batch is None:
        return None
    asked = (promotion_id, request.count, request.prefix, request.max_uses)
    if (batch.promotion_id, batch.size, batch.prefix, batch.max_uses) != asked:
        message = f"There is another batch '{request.batch_id}', made for something else."
        raise Refusal("CODE_BATCH_EXISTS", message)
    own = (codes.c.company_id == company_id, codes.c.promotion_id == promotion_id)
    query = select(codes).where(*own, codes.c.batch_id == request.batch_id)
    return _as_answer(connection, batch, list(connection.execute(query).all()))


def _find(connection: Connection, company_id: str, batch_id: str) -> Any:
    query = select(code_batches).where(code_batches.c.company_id == company_id, code_batches.c.id == batch_id)
    return connection.execute(query).one_or_none()


def _as_answer(connection: Connection, batch: Row[Any], rows: list[Row[Any]]) -> CodeBatch:
    rows = sorted(rows, key=lambda row: str(row.id))
    return CodeBatch(
        batch_id=batch.id,
        promotion_id=batch.promotion_id,
        count=batch.size,
        prefix=batch.prefix,
        max_uses=batch.max_uses,
        created_at=instant(batch.created_at),
        created_by=batch.created_by,
        codes=codes_as_answers(connection, batch.company_id, rows),
    )
