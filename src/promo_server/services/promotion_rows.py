"""The rows of promotions: what is written of a body, and which name or code another promotion has already."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from promo_contracts import write_json
from promo_contracts.company.models import PromotionCreate
from promo_engine import code_form, first_open
from promo_server.compile import compile_schedule
from promo_server.services.codes import is_beside
from promo_server.services.context import Company
from promo_server.services.refusal import Refusal
from promo_server.storage import moment
from promo_server.storage.tables import promotions


def insert_promotion(
    connection: Connection, company: Company, row: Mapping[str, Any], body: PromotionCreate, codes: Iterable[str]
) -> None:
    """Store a new promotion under the first of these codes that is free.

    Raises:
        Refusal: ``DUPLICATE_PROMOTION_NAME``, ``DUPLICATE_PROMOTION_CODE``.
    """
    _store(connection, insert(promotions), {**row, **columns_of(body, company)}, body, codes)


def update_promotion(
    connection: Connection, company: Company, row: Mapping[str, Any], body: PromotionCreate, codes: Iterable[str]
) -> None:
    """Store another body of a promotion, as ``insert_promotion`` does."""
    own = (promotions.c.company_id == row["company_id"], promotions.c.id == row["id"])
    _store(connection, update(promotions).where(*own), {**row, **columns_of(body, company)}, body, codes)


def columns_of(body: PromotionCreate, company: Company) -> dict[str, Any]:
    """Return what lists filter and order by."""
    schedule = compile_schedule(body.schedule, company.zone)
    opens = first_open(schedule, company.zone)
    return {
        "name": body.promotion_name,
        "name_form": code_form(body.promotion_name),
        "type": body.promotion_type,
        "starts_at": moment(schedule.start),
        "opens_at": opens and moment(opens),
        "over_at": moment(schedule.over),
        "auto_apply": body.auto_apply,
        "priority": body.display_settings.priority_level or 0,
    }


def _store(
    connection: Connection, statement: Any, row: Mapping[str, Any], body: PromotionCreate, codes: Iterable[str]
) -> None:
    """Write under the first code that is free: the table's own constraints decide, also in a race.

    Of codes beside the promotions' own the lock on the company keeps others away.
    """
    code = None
    for code in codes:
        if is_beside(connection, row["company_id"], code_form(code)):
            continue
        text = write_json(body.model_dump() | {"promotion_code": code}).decode()
        try:
            with connection.begin_nested():
                connection.execute(statement.values(code_form=code_form(code), body=text, **row))
        except IntegrityError:
            if _is_taken(connection, row, campaign_id=row["campaign_id"], name=row["name"]):
                message = f"The promotion name '{row['name']}' is already in use"
                raise Refusal("DUPLICATE_PROMOTION_NAME", message) from None
            if not _is_taken(connection, row, code_form=code_form(code)):
                raise
        else:
            return
    raise Refusal("DUPLICATE_PROMOTION_CODE", f"The promotion code '{code}' is already in use")


def _is_taken(connection: Connection, row: Mapping[str, Any], **unique: str) -> bool:
    others = select(promotions.c.id).where(promotions.c.id != row["id"])
    return connection.execute(others.filter_by(company_id=row["company_id"], **unique)).first() is not None
