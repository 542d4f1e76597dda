"""The one query that every request begins with: never old, and it is back after whatever happened to a connection."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import bindparam, select, text

from promo_server.storage import Database, UnavailableError, insert_new
from promo_server.storage.tables import rulesets
from tests.databases import ON_POSTGRESQL, ON_SQLITE, Databases

QUERY = select(rulesets.c.document).where(rulesets.c.revision == bindparam("revision"))
ASKED = {"revision": "r1"}
ROW = {"company_id": "shop", "revision": "r1", "document": "first", "created_at": "-"}


@pytest.fixture
def opened(database: str) -> Iterator[Database]:
    with closing(Database(database)) as made:
        yield made


def fetched(database: Database) -> list[str]:
    return [document for (document,) in database.fetch(QUERY, ASKED)]


def test_what_another_process_stores_is_seen_at_once(opened: Database, database: str) -> None:
    with closing(Database(database)) as other:
        assert fetched(opened) == []
        with other.write() as connection:
            insert_new(connection, rulesets, ROW)
        assert fetched(opened) == ["first"]
        with other.write() as connection:
            connection.execute(rulesets.update().values(document="second"))
        assert fetched(opened) == ["second"]


def test_it_is_asked_for_again_after_the_database_was_closed(opened: Database) -> None:
    assert fetched(opened) == []
    opened.close()
    assert fetched(opened) == []


@ON_SQLITE
def test_a_file_is_read_at_once_also_while_somebody_writes(opened: Database) -> None:
    with opened.write() as connection:
        insert_new(connection, rulesets, ROW)
        assert opened.fetch_at_once(QUERY, ASKED) == []
    assert opened.fetch_at_once(QUERY, ASKED) == [("first",)]


@ON_POSTGRESQL
def test_what_is_behind_a_network_is_not_read_at_once(opened: Database) -> None:
    assert opened.fetch_at_once(QUERY, ASKED) is None


@ON_SQLITE
def test_a_file_that_is_locked_is_waited_for_but_not_at_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promo_server.storage.sqlite.BUSY_SECONDS", 0.02)
    with closing(Database(database)) as opened, closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert opened.fetch_at_once(QUERY, ASKED) is None
        with pytest.raises(UnavailableError):
            opened.fetch(QUERY, ASKED)
        other.close()
        assert opened.fetch_at_once(QUERY, ASKED) == []


@ON_POSTGRESQL
def test_a_connection_whose_end_only_the_query_notices_is_replaced(
    opened: Database, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promo_server.storage.postgres._is_readable", lambda _: False)
    with opened.look_up() as connection:
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(databases.postgres_url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 60000)", [backend])
    assert fetched(opened) == []
