"""Statements on the driver itself: SQLAlchemy's part in each execution takes longer than a hold's small ones do.

They are built and compiled once. Who listens to a connection's statements is told of these, too.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import BindParameter, ClauseElement, ColumnElement, Connection, Dialect, and_, bindparam, or_
from sqlalchemy.exc import DBAPIError

Key: TypeAlias = Sequence[object]
"""The values of some columns, by which a row is asked for."""

MOST_KEYS = 128
"""How many keys one query asks for: no database takes any number."""


def fetch(connection: Connection, query: ClauseElement, parameters: Mapping[str, object]) -> list[Any]:
    """Return the rows of a query as the driver has them: tuples, no value of which is converted."""
    rows: list[Any] = _execute(connection, query, tuple(parameters), [parameters]).fetchall()
    return rows


def fetch_each(
    connection: Connection, query: Callable[[int], ClauseElement], keys: Sequence[Key], parameters: Mapping[str, object]
) -> list[Any]:
    """Return the rows of a query for each of some keys; ``query`` builds it, once, for so many ``are_keys``.

    The last key is repeated until their number is a power of two: so there are few queries, and few plans.
    """
    rows: list[Any] = []
    for start in range(0, len(keys), MOST_KEYS):
        asked = keys[start : start + MOST_KEYS]
        count = 1 << (len(asked) - 1).bit_length()
        filled = [*asked, *[asked[-1]] * (count - len(asked))]
        values = {_name(row, column): value for row, key in enumerate(filled) for column, value in enumerate(key)}
        rows += fetch(connection, query(count), {**parameters, **values})
    return rows


def are_keys(columns: Sequence[ColumnElement[Any]], count: int) -> ColumnElement[bool]:
    """Select the rows whose columns are one of so many keys."""
    keys: list[list[BindParameter[Any]]] = [
        [bindparam(_name(row, column)) for column in range(len(columns))] for row in range(count)
    ]
    if len(columns) == 1:
        return columns[0].in_([one for (one,) in keys])
    return or_(*(and_(*(column == one for column, one in zip(columns, key, strict=True))) for key in keys))


def _name(row: int, column: int) -> str:
    return f"key_{row}_{column}"


def execute_all(connection: Connection, statement: ClauseElement, rows: Sequence[Mapping[str, Any]]) -> int:
    """Execute a statement for each of some rows; return how many rows it changed in all."""
    changed: int = _execute(connection, statement, tuple(rows[0]), rows).rowcount
    return changed


class Driven(NamedTuple):
    """A statement as a driver takes it, and the values that stand in it."""

    text: str
    values: Mapping[str, object]


@lru_cache(maxsize=256)
def driven(statement: ClauseElement, dialect: Dialect, given: Sequence[str]) -> Driven:
    """Compile a statement that is given parameters of these names; an INSERT of a table has just their columns."""
    compiled = statement.compile(dialect=dialect, column_keys=given)
    return Driven(str(compiled), {name: value for name, value in compiled.params.items() if value is not None})


def _execute(
    connection: Connection, statement: ClauseElement, given: Sequence[str], rows: Sequence[Mapping[str, object]]
) -> Any:
    """Return the driver's cursor; errors come as SQLAlchemy's own, and a connection that was lost is used no more."""
    driver: Any = connection.connection.dbapi_connection
    text, values = driven(statement, connection.dialect, given)
    parameters = [{**values, **row} for row in rows] if values else rows
    is_many = len(rows) > 1
    try:
        cursor = driver.cursor()
        told = (connection, cursor, text, parameters if is_many else parameters[0], SimpleNamespace(), is_many)
        connection.dispatch.before_cursor_execute(*told)
        if is_many:
            cursor.executemany(text, parameters)
        else:
            cursor.execute(text, parameters[0])
    except connection.dialect.loaded_dbapi.Error as error:
        is_lost = connection.dialect.is_disconnect(error, driver, None)
        if is_lost:
            connection.invalidate(error)
        raise _as_sqlalchemys(error, text, connection.dialect, is_lost) from error
    connection.dispatch.after_cursor_execute(*told)
    return cursor


def _as_sqlalchemys(error: Exception, text: str, dialect: Dialect, is_lost: bool) -> BaseException:
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=is_lost,
        dialect=dialect,
    )
