"""Promotions of the Moltin contract: made, listed, changed and deleted here, priced and counted as all others."""

from functools import partial
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from promo_contracts import read_json, write_json
from promo_contracts.company.errors import FieldProblem
from promo_contracts.moltin.models import (
    Promotion,
    PromotionChange,
    PromotionCreate,
    PromotionData,
    PromotionList,
)
from promo_contracts.moltin.queries import PageQuery
from promo_contracts.moltin.routes import LIST_PROMOTIONS
from promo_contracts.problems import field_problems
from promo_engine import code_form
from promo_server.services.companies import Holder, raise_rules_version
from promo_server.services.context import Company, Context, company_to_change
from promo_server.services.moltin.pages import fetch_page, links_of, meta_of
from promo_server.services.moltin.translation import ORIGIN, currency_of, status_of, translated, written
from promo_server.services.promotion_rows import columns_of
from promo_server.services.refusal import InvalidFields, Refusal, refuse
from promo_server.storage import instant, moment
from promo_server.storage.tables import campaigns, codes, promotions

NAME = "Moltin"
"""The campaign that a company's promotions of this contract are in, if no other one is called so."""


def create_promotion(context: Context, holder: Holder, body: PromotionCreate) -> PromotionData:
    """Create a promotion, without codes.

    Raises:
        InvalidFields: a currency is neither of ISO 4217 nor the company's.
    """
    return context.database.transact(partial(_create, context, holder, body))


def _create(context: Context, holder: Holder, body: PromotionCreate, connection: Connection) -> PromotionData:
    company, now = company_to_change(connection, holder.company_id), context.clock()
    promotion_id = context.new_id("promo")
    row = {
        "company_id": company.id,
        "id": promotion_id,
        "campaign_id": _campaign(context, connection, company, holder),
        "origin": ORIGIN,
        "created_at": moment(now),
        "created_by": holder.name,
    }
    connection.execute(insert(promotions).values({**_columns(company, body, promotion_id, moment(now)), **row}))
    raise_rules_version(connection, company.id)
    return PromotionData(data=promotion_of(find(connection, company.id, promotion_id)))


def get_promotion(context: Context, holder: Holder, promotion_id: str) -> PromotionData:
    """Return one promotion.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``; one that another contract made looks the same.
    """
    with context.database.read() as connection:
        return PromotionData(data=promotion_of(find(connection, holder.company_id, promotion_id)))


def list_promotions(context: Context, holder: Holder, wanted: PageQuery) -> PromotionList:
    """Return one page of the promotions that were made here, newest first."""
    query = _living(holder.company_id).order_by(promotions.c.created_at.desc(), promotions.c.id)
    with context.database.read() as connection:
        rows, total = fetch_page(connection, query, wanted)
    return PromotionList(
        data=[promotion_of(row) for row in rows],
        meta=meta_of(wanted, total),
        links=links_of(LIST_PROMOTIONS.path, wanted, total),
    )


def update_promotion(context: Context, holder: Holder, promotion_id: str, change: PromotionChange) -> PromotionData:
    """Change what is named of a promotion. One that had ended and goes on loses its codes, as documented.

    Raises:
        InvalidFields: the result breaks a rule, or its type would be another one.
        Refusal: ``PROMOTION_NOT_FOUND``.
    """
    return context.database.transact(partial(_update, context, holder, promotion_id, change))


def _update(
    context: Context, holder: Holder, promotion_id: str, change: PromotionChange, connection: Connection
) -> PromotionData:
    company, now = company_to_change(connection, holder.company_id), context.clock()
    row = find(connection, company.id, promotion_id)
    before = _stored(row)
    after = _changed(before, change, promotion_id)
    if before.end <= now < after.end:
        delete_all_codes(connection, company.id, promotion_id)
    if after != before:
        own = (promotions.c.company_id == company.id, promotions.c.id == promotion_id)
        values = _columns(company, after, promotion_id, moment(now))
        connection.execute(update(promotions).where(*own).values(values))
        raise_rules_version(connection, company.id)
    return PromotionData(data=promotion_of(find(connection, company.id, promotion_id)))


def delete_promotion(context: Context, holder: Holder, promotion_id: str) -> None:
    """Delete a promotion and its codes. What is held by it stays held; the company API lists it as archived.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``.
    """
    context.database.transact(partial(_delete, context, holder, promotion_id))


def _delete(context: Context, holder: Holder, promotion_id: str, connection: Connection) -> None:
    company, now = company_to_change(connection, holder.company_id), context.clock()
    find(connection, company.id, promotion_id)
    delete_all_codes(connection, company.id, promotion_id)
    own = (promotions.c.company_id == company.id, promotions.c.id == promotion_id)
    connection.execute(update(promotions).where(*own).values(status="archived", last_updated=moment(now)))
    raise_rules_version(connection, company.id)


def delete_all_codes(connection: Connection, company_id: str, promotion_id: str) -> None:
    """Delete every code of a promotion; the ruleset is raised by who calls this."""
    connection.execute(delete(codes).where(codes.c.company_id == company_id, codes.c.promotion_id == promotion_id))


def find(connection: Connection, company_id: str, promotion_id: str) -> Row[Any]:
    """Find a promotion that was made here.

    Raises:
        Refusal: ``PROMOTION_NOT_FOUND``.
    """
    row = connection.execute(_living(company_id).where(promotions.c.id == promotion_id)).one_or_none()
    if row is None:
        raise Refusal("PROMOTION_NOT_FOUND", "No promotion could be found with the given id.")
    return row


def promotion_of(row: Row[Any]) -> Promotion:
    """Return a promotion as the contract has it."""
    body = _stored(row)
    fields = body.model_dump() | {"id": row.id}
    dates = {"created_at": instant(row.created_at), "updated_at": instant(row.last_updated)}
    return Promotion.model_validate(fields | dates)


def _living(company_id: str) -> Select[Any]:
    is_own = (promotions.c.company_id == company_id, promotions.c.origin == ORIGIN)
    return select(promotions).where(*is_own, promotions.c.status != "archived")


def _stored(row: Row[Any]) -> PromotionCreate:
    return PromotionCreate.model_validate(read_json(row.origin_body.encode()))


def _changed(before: PromotionCreate, change: PromotionChange, promotion_id: str) -> PromotionCreate:
    if change.id not in (None, promotion_id):
        refuse([FieldProblem("id", "must be that of the path")])
    if change.promotion_type not in (None, before.promotion_type):
        refuse([FieldProblem("promotion_type", f"stays {before.promotion_type}: create another promotion")])
    named = {name: value for name, value in change.model_dump(exclude={"id"}).items() if value is not None}
    try:
        return PromotionCreate.model_validate(before.model_dump() | named)
    except ValidationError as error:
        raise InvalidFields(*field_problems(error, PromotionCreate)) from None


def _columns(company: Company, body: PromotionCreate, promotion_id: str, now: str) -> dict[str, Any]:
    """Return what follows from a promotion. Two may have one name: what must be unique here is the id."""
    common = translated(company, body)
    return {
        **columns_of(common, company),
        "name": promotion_id,
        "currency": currency_of(company, body).code,
        "status": status_of(body),
        "body": write_json(common.model_dump()).decode(),
        "origin_body": written(body),
        "last_updated": now,
    }


def _campaign(context: Context, connection: Connection, company: Company, holder: Holder) -> str:
    """Return the id of the campaign of this contract's promotions; the first promotion has it made."""
    own = select(campaigns.c.id).where(campaigns.c.company_id == company.id, campaigns.c.origin == ORIGIN)
    found = connection.execute(own).scalar_one_or_none()
    if found is not None:
        return str(found)
    now, campaign_id = moment(context.clock()), context.new_id("camp")
    name = NAME
    is_called = select(func.count()).where(campaigns.c.company_id == company.id, campaigns.c.name == name)
    if connection.execute(is_called).scalar_one():
        name = f"{NAME} {campaign_id}"
    row = {
        "company_id": company.id,
        "id": campaign_id,
        "name": name,
        "name_form": code_form(name),
        "description": "",
        "status": "active",
        "origin": ORIGIN,
        "created_at": now,
        "created_by": holder.name,
        "last_updated": now,
    }
    connection.execute(insert(campaigns).values(row))
    return campaign_id
