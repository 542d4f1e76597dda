"""The statements that each database has in its own way: what is there already, and who waits for whom."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, DateTime, Executable, Table, func, select
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


def lock_shared(connection: Connection, name: str) -> None:
    """Hold a name beside others until the transaction ends; who asks for it alone is waited for, in turn."""
    _lock(connection, func.pg_advisory_xact_lock_shared, name)


def lock_alone(connection: Connection, name: str) -> None:
    """Hold a name alone until the transaction ends, as soon as all who hold it now are through."""
    _lock(connection, func.pg_advisory_xact_lock, name)


def clock_of(connection: Connection) -> datetime | None:
    """Return what the database's own clock shows; None of one that has none but this machine's."""
    if connection.dialect.name == "sqlite":
        return None
    shown: datetime = connection.execute(select(func.clock_timestamp(type_=DateTime(timezone=True)))).scalar_one()
    return shown


def _lock(connection: Connection, lock: Any, name: str) -> None:
    # On SQLite a writer is alone as it is. Shared locks on a row would let one who wants it alone wait for ever.
    if connection.dialect.name != "sqlite":
        digest = hashlib.blake2b(f"fairtill {name}".encode(), digest_size=8).digest()
        connection.execute(select(lock(int.from_bytes(digest, signed=True))))


def _insert(connection: Connection, table: Table, row: Mapping[str, Any]) -> sqlite.Insert | postgresql.Insert:
    is_sqlite = connection.dialect.name == "sqlite"
    return sqlite.insert(table).values(row) if is_sqlite else postgresql.insert(table).values(row)


def _did_one(connection: Connection, statement: Executable) -> bool:
    result = connection.execute(statement, execution_options={"preserve_rowcount": True})
    is_one: bool = result.rowcount == 1
    return is_one
