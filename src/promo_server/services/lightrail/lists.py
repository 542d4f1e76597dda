"""Lists of the value-store API: a limit and an offset, newest first, and how many there are in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from promo_contracts.lightrail.queries import MAX_LIMIT, ListQuery
from promo_server.storage import moment

TAG_END = "\n"
"""Stands before and behind each tag in the tables: no tag has one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of a list, and where it stands: what its headers say."""

    content: Any
    limit: int
    offset: int
    count: int

    def headers(self) -> dict[str, str]:
        """Return the headers; ``Count`` is how many there are in all."""
        shown = {"Limit": self.limit, "MaxLimit": MAX_LIMIT, "Offset": self.offset, "Count": self.count}
        return {name: str(value) for name, value in shown.items()}


def fetch_listed(connection: Connection, query: Select[Any], table: Table, wanted: ListQuery) -> tuple[Any, int]:
    """Fetch the rows that are wanted of a query, newest first, and count all of it."""
    total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    ordered = query.order_by(table.c.created_at.desc(), table.c.id)
    return connection.execute(ordered.limit(wanted.limit).offset(wanted.offset)).all(), total


def matching(table: Table, wanted: ListQuery, exact: Mapping[str, str], spans: Mapping[str, str]) -> list[Any]:
    """Return what a query's parameters ask for: columns that are equal, or between a minimum and a maximum.

    ``exact`` has a column by the parameter's name, ``spans`` by its name without min and max; the dates of creation and
    of change are spans of every list that has them.
    """
    conditions: list[ColumnElement[bool]] = []
    for name, column in exact.items():
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(table.c[column] == value)
    for name, column in {"CreatedDate": "created_at", "UpdatedDate": "updated_at", **spans}.items():
        low, high = getattr(wanted, f"min{name}", None), getattr(wanted, f"max{name}", None)
        if low is not None:
            conditions.append(table.c[column] >= _stored(low))
        if high is not None:
            conditions.append(table.c[column] <= _end_of(high))
    return conditions


def has_tag(table: Table, tag: str | None) -> list[ColumnElement[bool]]:
    """Return the condition that a row has a tag; none where no tag is asked for."""
    return [] if tag is None else [table.c.tags.contains(f"{TAG_END}{tag}{TAG_END}", autoescape=True)]


def write_tags(tags: Sequence[str]) -> str:
    r"""Write tags as the tables have them.

    >>> write_tags(["a", "b"]), read_tags(write_tags(["a", "b"])), read_tags(write_tags([]))
    ('\na\nb\n', ['a', 'b'], [])
    """
    return TAG_END + "".join(f"{tag}{TAG_END}" for tag in tags)


def read_tags(text: str) -> list[str]:
    """Read tags from the tables."""
    return [tag for tag in text.split(TAG_END) if tag]


def _stored(value: object) -> object:
    return moment(value) if isinstance(value, datetime) else value


def _end_of(value: object) -> object:
    """Return an end that a span includes: answers show milliseconds, of which a stored one has more."""
    if not isinstance(value, datetime):
        return value
    return moment(value)[:-4] + "999Z" if value.microsecond % 1000 == 0 else moment(value)
