"""Pages of a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import Pagination
from promo_contracts.company.queries import PageQuery
from promo_server.services.refusal import InvalidFields

MAX_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Which page, counted from 1, of how many entries each."""

    number: int = 1
    size: int = 20

    def __post_init__(self) -> None:
        for name, value, most in (("page", self.number, 10**6), ("per_page", self.size, MAX_PER_PAGE)):
            if not 1 <= value <= most:
                raise InvalidFields(FieldProblem(name, f"must be from 1 to {most}, not {value}"))


def page_of(query: PageQuery) -> Page:
    """Return the page that a query asks for."""
    return Page(query.page, query.per_page)


def ordered(query: Select[Any], sort: str, orders: Mapping[str, Any], tie_break: Any) -> Select[Any]:
    """Order a query by what ``sort`` names, a minus turning it around; what is equal there by the tie-break."""
    column = orders[sort.removeprefix("-")]
    return query.order_by(column.desc() if sort.startswith("-") else column, tie_break)


def fetch_page(connection: Connection, query: Select[Any], page: Page) -> tuple[list[Row[Any]], Pagination]:
    """Fetch one page of a query, and where it stands."""
    total = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
    offset = (page.number - 1) * page.size
    rows = connection.execute(query.limit(page.size).offset(offset)).all()
    pages = ceil(total / page.size)
    return list(rows), Pagination(
        current_page=page.number,
        total_pages=pages,
        per_page=page.size,
        total_items=total,
        has_next=page.number < pages,
        has_previous=page.number > 1,
    )
