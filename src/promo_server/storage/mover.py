"""All that is in one database, moved to an empty one of whatever kind, while nobody writes to either.

What is moved follows from the tables' own descriptions alone: a new table is moved as well.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, Row, Table, func, insert, select
from sqlalchemy.exc import DataError, IntegrityError

from promo_server.storage.database import Database
from promo_server.storage.errors import MoveError
from promo_server.storage.tables import metadata

ROWS_AT_ONCE = 1_000
BYTES_AT_ONCE = 8_388_608
"""About so much is written at once: some rows hold a whole ruleset."""
ROWS_AHEAD = 20
"""So many rows a database sends ahead of those that are asked for."""

_MODULUS = 2**256

Report = Callable[[str, int, int], None]
"""Told the table, how many of its rows are there, and how many there will be."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What is in a table: how many rows, and a checksum of them all, whatever their order."""

    table: str
    rows: int
    checksum: str


def move(source: Database, target: Database, report: Report, tables: MetaData = metadata) -> list[Moved]:
    """Copy every table to an empty database, all or nothing, and compare what is there then; return what was moved.

    The tables are made there, where there are none. Meanwhile nobody writes to the source; nothing is taken from it.

    Raises:
        MoveError: the target is not empty, or does not take or give back what is in the source.
        SchemaError: the source's tables are not those of this program, or the target's are newer or strange ones.
        UnavailableError: one of them does not answer; ``UnknownOutcomeError`` if it was lost while it committed.
    """
    ours = tables.sorted_tables
    names = [table.name for table in ours]
    with source.held_still(names) as here, target.write_alone(names) as there:
        _check_empty(there, ours)
        return [_move_table(here, there, table, report) for table in ours]


def _check_empty(connection: Connection, tables: Sequence[Table]) -> None:
    rows = {table.name: _count(connection, table) for table in tables}
    found = ", ".join(f"{name} {number}" for name, number in rows.items() if number)
    if found:
        raise MoveError(f"The target is not empty; it has rows already: {found}. Name an empty database.")


def _move_table(here: Connection, there: Connection, table: Table, report: Report) -> Moved:
    total = _count(here, table)
    report(table.name, 0, total)
    read, done = 0, 0
    for rows in _portions(_rows(here, table)):
        read += sum(map(_digest, rows))
        try:
            there.execute(insert(table), [row._asdict() for row in rows])
        except (DataError, IntegrityError) as error:
            why = str(error.orig).splitlines()[0]
            raise MoveError(f"The target does not take a row of {table.name}: {why}") from None
        done += len(rows)
        report(table.name, done, total)
    moved = Moved(table.name, total, _shown(read))
    written = Moved(table.name, _count(there, table), _shown(sum(map(_digest, _rows(there, table)))))
    if done != total or written != moved:
        raise MoveError(f"The table {table.name} did not arrive as it was: {moved} became {written}.")
    return moved


def _count(connection: Connection, table: Table) -> int:
    number: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return number


def _rows(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    options = {"stream_results": True, "max_row_buffer": ROWS_AHEAD}
    yield from connection.execute(select(table), execution_options=options)


def _portions(rows: Iterator[Row[Any]]) -> Iterator[list[Row[Any]]]:
    portion: list[Row[Any]] = []
    size = 0
    for row in rows:
        portion.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(portion) == ROWS_AT_ONCE or size >= BYTES_AT_ONCE:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _digest(row: Row[Any]) -> int:
    # Summed up, so that it does not matter in which order a database gives its rows.
    return int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest())


def _shown(digests: int) -> str:
    return f"{digests % _MODULUS:064x}"
