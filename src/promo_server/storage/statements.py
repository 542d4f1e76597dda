"""The statements that each database has in its own way, each built once: what is there, and who waits for whom."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ClauseElement,
    ColumnElement,
    Connection,
    DateTime,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from promo_server.storage.driven import execute_all, fetch


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
) -> ClauseElement:
    """Build the statement that inserts a row, or changes the one of its primary key where it meets a condition."""
    keys = list(table.primary_key.columns)
    return (
        _insert(dialect, table).values(row).on_conflict_do_update(index_elements=keys, set_=dict(changes), where=where)
    )


def lock_shared(connection: Connection, name: str) -> None:
    """Hold a name beside others until the transaction ends; who asks for it alone is waited for, in turn."""
    _lock(connection, _LOCK_SHARED, name)


def lock_alone(connection: Connection, name: str) -> None:
    """Hold a name alone until the transaction ends, as soon as all who hold it now are through."""
    _lock(connection, _LOCK_ALONE, name)


def clock_of(connection: Connection) -> datetime | None:
    """Return what the database's own clock shows; None of one that has none but this machine's."""
    if connection.dialect.name == "sqlite":
        return None
    shown: datetime = connection.execute(select(func.clock_timestamp(type_=DateTime(timezone=True)))).scalar_one()
    return shown


def _lock(connection: Connection, lock: ClauseElement, name: str) -> None:
    # On SQLite a writer is alone as it is. Shared locks on a row would let one who wants it alone wait for ever.
    if connection.dialect.name != "sqlite":
        digest = hashlib.blake2b(f"fairtill {name}".encode(), digest_size=8).digest()
        fetch(connection, lock, {"lock": int.from_bytes(digest, signed=True)})


_LOCK_SHARED = select(func.pg_advisory_xact_lock_shared(bindparam("lock", type_=BigInteger)))
_LOCK_ALONE = select(func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger)))


@cache
def _inserting_new(dialect: str, table: Table) -> ClauseElement:
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=list(table.primary_key.columns))


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
