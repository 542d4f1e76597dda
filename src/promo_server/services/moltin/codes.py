"""The codes of the Moltin contract's promotions: any text, each once in the company, found as all codes are."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from promo_contracts.company.errors import FieldProblem
from promo_contracts.moltin.models import Code, CodeCreate, CodeList, PromotionData
from promo_contracts.moltin.queries import PageQuery
from promo_contracts.moltin.routes import LIST_CODES
from promo_engine import code_form, may_be_known
from promo_server.services.codes import AT_ONCE, has_codes, taken_forms
from promo_server.services.companies import Holder, raise_rules_version
from promo_server.services.context import Context, company_to_change
from promo_server.services.moltin.pages import fetch_page, links_of, meta_of
from promo_server.services.moltin.promotions import delete_all_codes, find, promotion_of
from promo_server.services.promotion_codes import codes_as_answers
from promo_server.services.refusal import Refusal, refuse
from promo_server.storage import moment
from promo_server.storage.tables import codes


def create_codes(context: Context, holder: Holder, promotion_id: str, asked: Sequence[CodeCreate]) -> PromotionData:
    """Give a promotion codes, all of them or none.

    Raises:
        InvalidFields: one of them cannot be a code, or stands there twice.
        Refusal: ``PROMOTION_NOT_FOUND``, ``DUPLICATE_PROMOTION_CODE``.
    """
    forms = [code_form(one.code) for one in asked]
    refuse(_problems(forms))
    return context.database.transact(partial(_create, context, holder, promotion_id, asked, forms))


def _create(
    context: Context,
    holder: Holder,
    promotion_id: str,
    asked: Sequence[CodeCreate],
    forms: Sequence[str],
    connection: Connection,
) -> PromotionData:
    company = company_to_change(connection, holder.company_id)
    row = find(connection, company.id, promotion_id)
    taken = taken_forms(connection, company.id, forms)
    if taken:
        names = ", ".join(repr(one.code) for one, form in zip(asked, forms, strict=True) if form in taken)
        raise Refusal("DUPLICATE_PROMOTION_CODE", f"In use already: {names}.")
    if not has_codes(connection, company.id):
        raise_rules_version(connection, company.id)
    shared = {"company_id": company.id, "promotion_id": promotion_id, "created_by": holder.name}
    shared["created_at"] = moment(context.clock())
    rows = [
        {"id": context.new_id("code"), "code": one.code, "code_form": form, "max_uses": one.uses, **shared}
        for one, form in zip(asked, forms, strict=True)
    ]
    connection.execute(insert(codes), rows)
    return PromotionData(data=promotion_of(row))


def list_codes(context: Context, holder: Holder, promotion_id: str, wanted: PageQuery) -> CodeList:
    """Return one page of the codes of a promotion, newest first.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``.
    """
    own = (codes.c.company_id == holder.company_id, codes.c.promotion_id == promotion_id)
    query = select(codes).where(*own).order_by(codes.c.created_at.desc(), codes.c.id)
    with context.database.read() as connection:
        find(connection, holder.company_id, promotion_id)
        rows, total = fetch_page(connection, query, wanted)
        shown = _shown(connection, holder.company_id, rows)
    path = LIST_CODES.url(promotion_id=promotion_id)
    return CodeList(data=shown, meta=meta_of(wanted, total), links=links_of(path, wanted, total))


def delete_codes(context: Context, holder: Holder, promotion_id: str, gone: Sequence[str] | None) -> None:
    """Delete these codes of a promotion, or all that it has; what is not there is gone already.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``.
    """
    forms = None if gone is None else [code_form(code) for code in gone]
    context.database.transact(partial(_delete, holder, promotion_id, forms))


def delete_code(context: Context, holder: Holder, promotion_id: str, code: str) -> None:
    """Delete one code of a promotion.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``, ``CODE_NOT_FOUND``.
    """
    deleted = context.database.transact(partial(_delete, holder, promotion_id, [code_form(code)]))
    if not deleted:
        raise Refusal("CODE_NOT_FOUND", "The promotion has no such code.")


def _delete(holder: Holder, promotion_id: str, forms: Sequence[str] | None, connection: Connection) -> int:
    company = company_to_change(connection, holder.company_id)
    find(connection, company.id, promotion_id)
    deleted = 0
    if forms is None:
        delete_all_codes(connection, company.id, promotion_id)
    own = (codes.c.company_id == company.id, codes.c.promotion_id == promotion_id)
    for start in range(0, len(forms or ()), AT_ONCE):
        portion = codes.c.code_form.in_((forms or ())[start : start + AT_ONCE])
        deleted += connection.execute(delete(codes).where(*own, portion)).rowcount
    if not has_codes(connection, company.id):
        raise_rules_version(connection, company.id)
    return deleted


def _problems(forms: Sequence[str]) -> list[FieldProblem]:
    first: dict[str, int] = {}
    problems = []
    for place, form in enumerate(forms):
        path = f"codes[{place}].code"
        if not form or not may_be_known(form):
            problems.append(FieldProblem(path, "must have 1 to 255 characters that can be printed"))
        elif first.setdefault(form, place) != place:
            problems.append(FieldProblem(path, f"is the same code as codes[{first[form]}]"))
    return problems


def _shown(connection: Connection, company_id: str, rows: list[Row[Any]]) -> list[Code]:
    answers = codes_as_answers(connection, company_id, rows)
    return [Code(code=one.promotion_code, uses=one.remaining_uses, max_uses=one.max_uses) for one in answers]
