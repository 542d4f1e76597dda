"""A whole database moved to another one: all of it as it was, or nothing; by the tables' descriptions alone."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, Table, Text, insert, select

from promo_server.storage import Database, MoveError, SchemaError, UnavailableError, move, open_database
from promo_server.storage.tables import companies, metadata
from tests.databases import KINDS, Databases

COMPANY = {
    "id": "shop",
    "name": "Käse & Söhne 🧀",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "rounding": "half_up",
    "combination": "best_for_customer",
    "currencies": "{}",
    "guest_secret": bytes(range(256)),
    "rules_version": 7,
    "created_at": "2026-11-22T12:00:00.000000Z",
    "points_currency": None,
    "value_stores_since": "2026-11-22T12:00:00.000000Z",
}


SPOIL = {
    True: ["CREATE TRIGGER s AFTER INSERT ON companies BEGIN UPDATE companies SET name = 'other'; END"],
    False: [
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN UPDATE companies SET name = currency; RETURN NULL; END'",
        "CREATE TRIGGER s AFTER INSERT ON companies EXECUTE FUNCTION spoil()",
    ],
}
"""What changes rows as they arrive, on SQLite and on PostgreSQL."""


def quiet(_table: str, _done: int, _total: int) -> None:
    """Say nothing."""


def rows_of(database: Database, table: Table = companies) -> list[Any]:
    with database.read() as connection:
        return sorted(map(tuple, connection.execute(select(table)).all()), key=repr)


@pytest.fixture(params=KINDS)
def source(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Database]:
    """A database with one company."""
    with databases.fresh(request.param, tmp_path) as name, closing(open_database(name)) as database:
        with database.write() as connection:
            connection.execute(insert(companies), [COMPANY])
        yield database


@pytest.fixture
def target_name(source: Database, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database of the other kind, without tables."""
    kind = "sqlite" if not source.is_writer_alone else "postgresql"
    (tmp_path / "there").mkdir()
    with databases.bare(kind, tmp_path / "there") as name:
        yield name


@pytest.fixture
def target(target_name: str) -> Iterator[Database]:
    with closing(Database(target_name)) as database:
        yield database


def test_all_is_there_as_it_was_and_tables_are_made(source: Database, target: Database) -> None:
    told: list[tuple[str, int, int]] = []
    moved = {one.table: one for one in move(source, target, lambda *one: told.append(one))}
    assert moved.keys() == metadata.tables.keys()
    assert (moved["companies"].rows, moved["keys"].rows, moved["keys"].checksum) == (1, 0, "0" * 64)
    assert ("companies", 1, 1) in told
    assert target.is_current()
    assert rows_of(target) == rows_of(source) == [tuple(COMPANY.values())]


def test_a_target_that_is_not_empty_is_refused_and_stays_as_it_was(source: Database, target: Database) -> None:
    move(source, target, quiet)
    with pytest.raises(MoveError, match="not empty; it has rows already: companies 1"):
        move(source, target, quiet)
    assert rows_of(target) == rows_of(source)


def test_who_would_write_meanwhile_is_kept_out_and_may_read(
    source: Database, target: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promo_server.storage.sqlite.BUSY_SECONDS", 0.05)
    kept_out: list[bool] = []

    def intrude(table: str, done: int, _total: int) -> None:
        if (table, done) == ("companies", 1):
            assert len(rows_of(other)) == 1
            with pytest.raises(UnavailableError), other.write() as connection:
                connection.exec_driver_sql("DELETE FROM companies")
            kept_out.append(True)

    url = source._backend.writers.url
    hasty = url.set(query={"host": url.query.get("host", ""), "options": "-c lock_timeout=50ms"})
    name = str(url.database) if source.is_writer_alone else hasty.render_as_string(hide_password=False)
    with closing(Database(name)) as other:
        move(source, target, intrude)
    assert kept_out == [True]


def test_rows_that_do_not_arrive_as_they_were_are_found_out(source: Database, target: Database) -> None:
    target.migrate()
    with target.write() as connection:
        for statement in SPOIL[target.is_writer_alone]:
            connection.exec_driver_sql(statement)
    with pytest.raises(MoveError, match="companies did not arrive as it was"):
        move(source, target, quiet)
    assert rows_of(target) == []


def test_a_source_of_another_revision_is_refused(source: Database, target: Database) -> None:
    source.migrate("0002")
    with pytest.raises(SchemaError, match="Run: promo migrate"):
        move(source, target, quiet)


@pytest.fixture
def things(source: Database, target: Database) -> Table:
    """A table that the program does not know, in both."""
    columns = (
        Column("a", Text, primary_key=True),
        Column("b", Boolean),
        Column("c", LargeBinary),
        Column("d", Integer),
    )
    table = Table("things", MetaData(), *columns)
    target.migrate()
    for database in (source, target):
        with database.write() as connection:
            table.create(connection)
    return table


def test_a_table_that_is_new_is_moved_by_its_description(
    source: Database, target: Database, things: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promo_server.storage.mover.ROWS_AT_ONCE", 10)
    monkeypatch.setattr("promo_server.storage.mover.BYTES_AT_ONCE", 100)
    rows = [{"a": f"{n} {'x' * (n % 60)}", "b": None, "c": b"\0\xff", "d": -n} for n in range(1, 48)]
    with source.write() as connection:
        connection.execute(insert(things), rows)
    (moved,) = move(source, target, quiet, things.metadata)
    assert moved.rows == 47
    assert rows_of(target, things) == rows_of(source, things)


def test_a_row_that_the_target_does_not_take_is_said_and_nothing_stays(
    source: Database, target: Database, things: Table
) -> None:
    if not source.is_writer_alone:
        with target.write() as connection:
            connection.exec_driver_sql("CREATE UNIQUE INDEX one ON things (d)")
    with source.write() as connection:
        connection.execute(
            insert(things), [{"a": "whole", "d": 1}, {"a": "\0" if source.is_writer_alone else "b", "d": 1}]
        )
    with pytest.raises(MoveError, match="The target does not take a row of things: "):
        move(source, target, quiet, things.metadata)
    assert rows_of(target, things) == []
