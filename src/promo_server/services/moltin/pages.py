"""Pages of the Moltin contract's lists: by limit and offset, with links to the others."""

from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Row, Select, func, select

from promo_contracts.moltin.models import ListLinks, ListMeta, PageOf, Results
from promo_contracts.moltin.queries import PageQuery


def fetch_page(connection: Connection, query: Select[Any], wanted: PageQuery) -> tuple[list[Row[Any]], int]:
    """Fetch the rows of a page of an ordered query, and count all of it."""
    total = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
    return list(connection.execute(query.limit(wanted.limit).offset(wanted.offset)).all()), total


def meta_of(wanted: PageQuery, total: int) -> ListMeta:
    """Say where a page stands.

    >>> meta_of(PageQuery.model_validate({"page[limit]": 10, "page[offset]": 10}), 25).page.model_dump()
    {'limit': 10, 'offset': 10, 'current': 2, 'total': 3}
    """
    page = PageOf(
        limit=wanted.limit,
        offset=wanted.offset,
        current=wanted.offset // wanted.limit + 1,
        total=-(-total // wanted.limit),
    )
    return ListMeta(page=page, results=Results(total=total))


def links_of(path: str, wanted: PageQuery, total: int) -> ListLinks:
    """Say where the other pages are.

    >>> links_of("/v2/promotions", PageQuery.model_validate({"page[limit]": 10}), 25).next
    '/v2/promotions?page%5Boffset%5D=10&page%5Blimit%5D=10'
    """
    limit, offset = wanted.limit, wanted.offset
    last = max(0, (total - 1) // limit * limit)

    def at(start: int) -> str:
        return f"{path}?{urlencode({'page[offset]': start, 'page[limit]': limit})}"

    return ListLinks(
        current=at(offset),
        first=at(0),
        last=at(last),
        prev=at(max(0, offset - limit)) if offset else None,
        next=at(offset + limit) if offset + limit < total else None,
    )
