"""The statements that SQLAlchemy has for each database apart: both know ON CONFLICT."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless its primary key is taken; return whether it was inserted.

    On PostgreSQL this waits for another transaction that is just inserting the same key.
    """
    inserted = _insert(connection, table, row).on_conflict_do_nothing(index_elements=list(table.primary_key.columns))
    return _did_one(connection, inserted)


def upsert(
    connection: Connection,
    table: Table,
    row: Mapping[str, Any],
    changes: Mapping[str, ColumnElement[Any]],
    where: ColumnElement[bool],
) -> bool:
    """Insert a row, or change the one of its primary key where it meets a condition; return whether it did either."""
    changed = _insert(connection, table, row).on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_=dict(changes), where=where
    )
    return _did_one(connection, changed)


def _insert(connection: Connection, table: Table, row: Mapping[str, Any]) -> sqlite.Insert | postgresql.Insert:
    is_sqlite = connection.dialect.name == "sqlite"
    return sqlite.insert(table).values(row) if is_sqlite else postgresql.insert(table).values(row)


def _did_one(connection: Connection, statement: Executable) -> bool:
    result = connection.execute(statement, execution_options={"preserve_rowcount": True})
    is_one: bool = result.rowcount == 1
    return is_one
