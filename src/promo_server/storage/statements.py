"""The statements that SQLAlchemy has for each database apart: both know ON CONFLICT. Each is built once."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless its primary key is taken; return whether it was inserted.

    On PostgreSQL this waits for another transaction that is just inserting the same key.
    """
    return insert_all_new(connection, table, [row]) == 1


def insert_all_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows unless their primary keys are taken; return how many were inserted."""
    return execute_all(connection, _inserting_new(connection.dialect.name, table), rows)


def upserting(
    dialect: str,
    table: Table,
    row: Mapping[str, ColumnElement[Any]],
    changes: Mapping[str, ColumnElement[Any]],
    where: ColumnElement[bool],
) -> Executable:
    """Build the statement that inserts a row, or changes the one of its primary key where it meets a condition."""
    keys = list(table.primary_key.columns)
    return (
        _insert(dialect, table).values(row).on_conflict_do_update(index_elements=keys, set_=dict(changes), where=where)
    )


def execute_all(connection: Connection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> int:
    """Execute a statement for each of some rows; return how many rows it changed in all."""
    parameters = rows[0] if len(rows) == 1 else list(rows)
    result = connection.execute(statement, parameters, execution_options={"preserve_rowcount": True})
    changed: int = result.rowcount
    return changed


@cache
def _inserting_new(dialect: str, table: Table) -> Executable:
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=list(table.primary_key.columns))


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
