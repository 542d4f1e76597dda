"""The codes of a promotion beside its own, which are in no ruleset: created one by one, listed, deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select

from promo_contracts.company.models import CodeCreate, CodePage, PromotionCode
from promo_contracts.company.queries import CodeQuery
from promo_engine import code_form
from promo_server.compile import compile_schedule, shown_status
from promo_server.services.checks import code_problems
from promo_server.services.codes import AT_ONCE, has_codes, taken_forms
from promo_server.services.companies import Holder, raise_rules_version
from promo_server.services.context import Company, Context, company_to_change, load_company
from promo_server.services.paging import fetch_page, page_of
from promo_server.services.records import check_own, effective_status, find_promotion, stored_body
from promo_server.services.refusal import Refusal, refuse
from promo_server.services.uses import FoundCode, used_of
from promo_server.storage import instant, moment
from promo_server.storage.tables import codes, promotions


def create_code(
    context: Context, holder: Holder, campaign_id: str, promotion_id: str, request: CodeCreate
) -> PromotionCode:
    """Give a promotion one more code.

    Raises:
        InvalidFields: the code has a word that it must not have.
        Refusal: ``PROMOTION_NOT_FOUND``, ``PROMOTION_NOT_MODIFIABLE`` (expired or archived),
            ``DUPLICATE_PROMOTION_CODE``: a promotion of the company has it, as its own or beside it.
    """
    refuse(code_problems(request.promotion_code, context.code_words))
    return context.database.transact(partial(_create, context, holder, campaign_id, promotion_id, request))


def _create(
    context: Context,
    holder: Holder,
    campaign_id: str,
    promotion_id: str,
    request: CodeCreate,
    connection: Connection,
) -> PromotionCode:
    company, now = company_to_change(connection, holder.company_id), context.clock()
    check_takes_codes(connection, company, campaign_id, promotion_id, now)
    code = request.promotion_code
    if taken_forms(connection, company.id, [code_form(code)]):
        raise Refusal("DUPLICATE_PROMOTION_CODE", f"The promotion code '{code}' is already in use")
    shared = {"promotion_id": promotion_id, "max_uses": request.max_uses, "created_by": holder.name}
    (row,) = insert_codes(context, connection, company.id, [code], shared | {"created_at": moment(now)})
    return codes_as_answers(connection, company.id, [row])[0]


def check_takes_codes(
    connection: Connection, company: Company, campaign_id: str, promotion_id: str, now: datetime
) -> None:
    """Find the promotion, and refuse where a code of it could never apply, or it is another contract's.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``, ``PROMOTION_NOT_MODIFIABLE``.
    """
    row = find_promotion(connection, company.id, campaign_id, promotion_id)
    check_own(row)
    schedule = compile_schedule(stored_body(row).schedule, company.zone)
    status = shown_status(effective_status(row), schedule, now, company.zone)
    if status in ("expired", "archived"):
        message = f"The promotion is {status}: it gets no more codes."
        raise Refusal("PROMOTION_NOT_MODIFIABLE", message, current_status=status, fields=["codes"])


def insert_codes(
    context: Context, connection: Connection, company_id: str, given: Sequence[str], shared: Mapping[str, Any]
) -> list[Row[Any]]:
    """Store codes that are free, in a transaction that has locked the company; ``shared`` is what all have.

    With the company's first ones, its ruleset is another: it says that there are codes to be looked up.
    """
    if not has_codes(connection, company_id):
        raise_rules_version(connection, company_id)
    stored = [
        {"company_id": company_id, "id": context.new_id("code"), "code": code, "code_form": code_form(code), **shared}
        for code in given
    ]
    connection.execute(insert(codes), stored)
    forms = [row["code_form"] for row in stored]
    portions = (forms[start : start + AT_ONCE] for start in range(0, len(forms), AT_ONCE))
    own = codes.c.company_id == company_id
    return [
        row
        for portion in portions
        for row in connection.execute(select(codes).where(own, codes.c.code_form.in_(portion))).all()
    ]


def list_codes(context: Context, holder: Holder, campaign_id: str, promotion_id: str, wanted: CodeQuery) -> CodePage:
    """Return one page of the codes of a promotion beside its own, newest first.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``; another company's looks the same.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        find_promotion(connection, company.id, campaign_id, promotion_id)
        query = select(codes).where(codes.c.company_id == company.id, codes.c.promotion_id == promotion_id)
        if wanted.batch_id is not None:
            query = query.where(codes.c.batch_id == wanted.batch_id)
        query = query.order_by(codes.c.created_at.desc(), codes.c.id)
        rows, pagination = fetch_page(connection, query, page_of(wanted))
        return CodePage(codes=codes_as_answers(connection, company.id, rows), pagination=pagination)


def get_code(context: Context, holder: Holder, campaign_id: str, promotion_id: str, code_id: str) -> PromotionCode:
    """Return one code with its uses left.

    Raises:
        Refusal: ``CODE_NOT_FOUND``; another company's looks the same.
    """
    with context.database.read() as connection:
        row = _found(connection, _of_id(holder.company_id, campaign_id, promotion_id, code_id))
        return codes_as_answers(connection, holder.company_id, [row])[0]


def delete_code(context: Context, holder: Holder, campaign_id: str, promotion_id: str, code_id: str) -> PromotionCode:
    """Delete a code: from now on it is nobody's, and may be created again. What is held by it stays held.

    Raises:
        Refusal: ``CODE_NOT_FOUND``; another company's looks the same. ``PROMOTION_NOT_MODIFIABLE``: it is a code of
            another contract.
    """
    return context.database.transact(partial(_delete, holder, campaign_id, promotion_id, code_id))


def _delete(holder: Holder, campaign_id: str, promotion_id: str, code_id: str, connection: Connection) -> PromotionCode:
    company = company_to_change(connection, holder.company_id)
    row = _found(connection, _of_id(company.id, campaign_id, promotion_id, code_id))
    check_own(find_promotion(connection, company.id, campaign_id, promotion_id))
    answer = codes_as_answers(connection, company.id, [row])[0]
    connection.execute(delete(codes).where(codes.c.company_id == company.id, codes.c.id == code_id))
    if not has_codes(connection, company.id):
        raise_rules_version(connection, company.id)
    return answer


def codes_as_answers(connection: Connection, company_id: str, rows: Sequence[Row[Any]]) -> list[PromotionCode]:
    """Return codes as the contract has them, with their uses left."""
    found = {row.id: FoundCode(row.id, row.promotion_id, row.max_uses) for row in rows}
    names = [counter.name for one in found.values() for counter in one.counters]
    used = used_of(connection, company_id, names)
    return [
        PromotionCode(
            code_id=row.id,
            promotion_id=row.promotion_id,
            promotion_code=row.code,
            batch_id=row.batch_id,
            max_uses=row.max_uses,
            remaining_uses=found[row.id].known(lambda counter: counter.limit - used.get(counter.name, 0)).left,
            created_at=instant(row.created_at),
            created_by=row.created_by,
        )
        for row in rows
    ]


def _of_id(company_id: str, campaign_id: str, promotion_id: str, code_id: str) -> Select[Any]:
    same = (promotions.c.company_id == codes.c.company_id) & (promotions.c.id == codes.c.promotion_id)
    return (
        select(codes)
        .join(promotions, same)
        .where(
            codes.c.company_id == company_id,
            codes.c.id == code_id,
            promotions.c.id == promotion_id,
            promotions.c.campaign_id == campaign_id,
        )
    )


def _found(connection: Connection, query: Select[Any]) -> Row[Any]:
    row = connection.execute(query).one_or_none()
    if row is None:
        raise Refusal("CODE_NOT_FOUND", "The specified code does not exist or is not accessible")
    return row
