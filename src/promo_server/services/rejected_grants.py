"""Grants of shops that were rejected, for somebody to look at: what they were, without anything that is somebody's."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, Select, select

from promo_contracts.company.rejected_grants import RejectedGrant, RejectedGrantPage
from promo_server.services.companies import Holder
from promo_server.services.context import Context, load_company
from promo_server.services.paging import Page, fetch_page
from promo_server.storage import instant
from promo_server.storage.tables import rejected_grants

MAX_AMOUNT = 10**15
"""As ``Minor`` has it."""


def list_rejected_grants(context: Context, holder: Holder, page: Page) -> RejectedGrantPage:
    """Return one page of the grants that were rejected, the oldest first."""
    with context.database.read() as connection:
        rows, pagination = fetch_page(connection, _oldest_first(holder.company_id), page)
    return RejectedGrantPage(grants=[_as_answer(row) for row in rows], pagination=pagination)


def every_rejected_grant(context: Context, company_id: str) -> list[RejectedGrant]:
    """Return all grants that were rejected, the oldest first.

    Raises:
        Refusal: ``NOT_FOUND``: there is no such company.
    """
    with context.database.read() as connection:
        load_company(connection, company_id)
        return [_as_answer(row) for row in connection.execute(_oldest_first(company_id))]


def _oldest_first(company_id: str) -> Select[Any]:
    table = rejected_grants.c
    query = select(rejected_grants).where(table.company_id == company_id)
    return query.order_by(table.created_at, table.reference, table.attempt)


def _as_answer(row: Row[Any]) -> RejectedGrant:
    granted = json.loads(row.body)["granted"]
    totals = granted["evaluation"].get("totals")
    stated: Mapping[str, Any] = totals if isinstance(totals, dict) else {}
    items, shipping = _amount(stated.get("items")), _amount(stated.get("shipping"))
    currency = stated.get("currency")
    return RejectedGrant(
        reference=row.reference,
        attempt=row.attempt,
        why=row.why,
        outcome=granted["outcome"],
        revision=granted["revision"],
        charged=granted["charged"],
        amount_due=_amount(stated.get("amount_due")),
        undiscounted=None if items is None or shipping is None else items + shipping,
        currency=currency if isinstance(currency, str) else None,
        granted_at=granted["at"],
        created_at=instant(row.created_at),
    )


def _amount(value: object) -> int | None:
    """Return what can be an amount of minor units: nobody has checked what a rejected grant says."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= MAX_AMOUNT else None
