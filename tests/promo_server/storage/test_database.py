"""One interface to two databases: transactions, retries, and what becomes of their failures."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, insert, select, text, update

from promo_server.storage import (
    Database,
    DatabaseNameError,
    UnavailableError,
    UndoneError,
    UnknownOutcomeError,
    insert_new,
    open_database,
)
from promo_server.storage.database import TRIES
from promo_server.storage.tables import counters, rulesets
from tests.databases import Databases, end_commits_of


def row(revision: str) -> dict[str, str]:
    return {"company_id": "shop", "revision": revision, "document": "{}", "created_at": "-"}


def stored(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(rulesets.c.revision).order_by(rulesets.c.revision)).scalars())


@pytest.fixture
def opened(database: str) -> Iterator[Database]:
    made = Database(database, pause=lambda _: None)
    yield made
    made.close()


@pytest.fixture
def postgres(databases: Databases, tmp_path: Path) -> Iterator[Database]:
    with databases.fresh("postgresql", tmp_path) as url:
        made = Database(url, pause=lambda _: None)
        yield made
        made.close()


WRONG_NAMES = {
    "mysql://root:secret@localhost/shop": "mysql://root:***@localhost/shop is no database that we speak to",
    "sqlite://": "is no database that we speak to; name a SQLite file by its path",
    "postgresql://host:secret/shop": "The URL of the database cannot be read",
}


@pytest.mark.parametrize(("name", "said"), WRONG_NAMES.items())
def test_a_name_of_no_database_is_told_which_would_be_one(name: str, said: str) -> None:
    with pytest.raises(DatabaseNameError) as refused:
        Database(name)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(DatabaseNameError, match=r"pip install 'fairtill\[postgres\]'"):
        Database("postgresql://localhost/shop")


def test_a_sqlite_file_may_be_named_by_a_url_too(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/p.db")
    database.migrate()
    database.close()
    assert (tmp_path / "new" / "p.db").stat().st_mode & 0o777 == 0o600


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseNameError, match="is a folder; name a file in it"):
        Database(tmp_path)


def test_a_file_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnavailableError, match=r"p\.db cannot be opened: (File exists|Not a directory)"):
        Database(tmp_path / "file" / "p.db")


def test_a_reader_sees_one_snapshot(opened: Database) -> None:
    with opened.read() as connection:
        assert connection.execute(select(rulesets)).all() == []
        with opened.write() as writing:
            insert_new(writing, rulesets, row("r1"))
        assert connection.execute(select(rulesets)).all() == []
    assert stored(opened) == ["r1"]


def test_what_fails_leaves_nothing(opened: Database) -> None:
    def work(connection: Connection) -> float:
        insert_new(connection, rulesets, row("r1"))
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        opened.transact(work)
    assert stored(opened) == []


def test_a_key_that_is_taken_is_not_inserted(opened: Database) -> None:
    with opened.write() as connection:
        assert insert_new(connection, rulesets, row("r1"))
        assert not insert_new(connection, rulesets, row("r1") | {"document": "other"})


def test_what_the_database_takes_back_is_done_again_after_longer_and_longer_pauses(tmp_path: Path) -> None:
    pauses: list[float] = []
    chances = iter([0.0, 0.5, 1.0])
    database = Database(tmp_path / "p.db", chance=lambda: next(chances), pause=pauses.append)
    tries = iter([UndoneError(), UndoneError(), UndoneError()])

    def work(_: Connection) -> str:
        for error in tries:
            raise error
        return "done"

    assert database.transact(work) == "done"
    assert pauses == [0.0025, 0.01, 0.03]
    database.close()


def test_in_the_end_it_is_given_up(opened: Database) -> None:
    done: list[int] = []

    def work(_: Connection) -> None:
        done.append(1)
        raise UndoneError

    with pytest.raises(UndoneError, match="Too many want the same at once; nothing was stored"):
        opened.transact(work)
    assert len(done) == TRIES


def test_two_that_wait_for_each_other_both_get_through(postgres: Database) -> None:
    names = ("a", "b")
    with postgres.write() as connection:
        for name in names:
            connection.execute(insert(counters).values(company_id="s", promotion_id=name, scope="", key="", used=0))
    meeting = threading.Barrier(2)

    def one_after_the_other(order: tuple[str, ...]) -> None:
        first_time = iter([True])

        def work(connection: Connection) -> None:
            for name in order:
                counter = update(counters).filter_by(promotion_id=name)
                connection.execute(counter.values(used=counters.c.used + 1))
                if next(first_time, False):
                    meeting.wait()

        postgres.transact(work)

    threads = [threading.Thread(target=one_after_the_other, args=[order]) for order in (names, names[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with postgres.read() as connection:
        assert list(connection.execute(select(counters.c.used)).scalars()) == [2, 2]


def end_connection(database: Database, connection: Connection) -> None:
    """End a connection as a server does that is stopped."""
    backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with database.write() as other:
        other.execute(text("SELECT pg_terminate_backend(:backend, 60000)"), {"backend": backend})


def test_a_connection_that_is_lost_before_it_commits_is_done_again(postgres: Database) -> None:
    first_time = iter([True])

    def work(connection: Connection) -> None:
        insert_new(connection, rulesets, row("r1"))
        if next(first_time, False):
            end_connection(postgres, connection)
            insert_new(connection, rulesets, row("r2"))

    postgres.transact(work)
    assert stored(postgres) == ["r1"]


def test_a_connection_that_is_lost_while_it_commits_is_not_done_again(postgres: Database) -> None:
    end_commits_of(postgres, "rulesets")
    done: list[int] = []

    def work(connection: Connection) -> None:
        done.append(1)
        insert_new(connection, rulesets, row("r1"))

    with pytest.raises(UnknownOutcomeError, match="lost while it stored this"):
        postgres.transact(work)
    assert done == [1]


def test_one_query_is_looked_up_without_a_transaction_and_the_next_writer_has_one(postgres: Database) -> None:
    with postgres.look_up() as connection:
        connection.execute(text("SELECT 1"))
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.info.transaction_status.name == "IDLE"
    with postgres.write() as connection:
        insert_new(connection, rulesets, row("r1"))
        connection.rollback()
    assert stored(postgres) == []


def test_who_has_just_used_a_connection_is_not_asked_and_who_left_it_idle_is(
    postgres: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    execute = psycopg.Cursor.execute
    postgres.is_current()  # it has a connection

    def noted(cursor: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        asked.append(str(query))
        return execute(cursor, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    for idle_seconds in (60.0, 0.0):
        monkeypatch.setattr("promo_server.storage.postgres.IDLE_SECONDS", idle_seconds)
        with postgres.write():
            asked.append("begun")
    assert asked == ["begun", "SELECT 1", "begun"]


def test_after_a_restart_of_the_server_nobody_is_handed_a_dead_connection(postgres: Database) -> None:
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
    with postgres.read() as connection:
        with postgres.read(), postgres.read():
            pass  # two connections lie in the pool
        ended = connection.execute(text(f"SELECT pg_terminate_backend(pid, 60000) {others}")).scalars()
        assert list(ended) == [True, True]
        with postgres.write() as other:
            insert_new(other, rulesets, row("r1"))
    assert stored(postgres) == ["r1"]


def test_nobody_waits_for_a_lock_for_ever(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("postgresql", tmp_path) as url:
        separator = "&" if "?" in url else "?"
        database = Database(f"{url}{separator}options=-c%20lock_timeout%3D20ms", pause=lambda _: None)
        with database.write() as connection:
            insert_new(connection, rulesets, row("r1"))
            with pytest.raises(UnavailableError) as refused:
                database.transact(lambda other: insert_new(other, rulesets, row("r1")))
        assert not isinstance(refused.value, UndoneError)
        database.close()


@pytest.mark.parametrize("name", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
def test_nothing_on_postgresql_is_without_a_time_limit(postgres: Database, name: str) -> None:
    with postgres.read() as connection:
        assert connection.execute(text(f"SHOW {name}")).scalar_one() != "0"


def test_a_server_that_is_not_there_is_unavailable() -> None:
    database = Database("postgresql://127.0.0.1:1/shop")
    with pytest.raises(UnavailableError, match="The database does not answer; nothing was stored"):
        database.is_current()
    database.close()


def test_a_file_that_another_program_keeps_locked_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promo_server.storage.sqlite.BUSY_SECONDS", 0.02)
    database = Database(tmp_path / "p.db")
    database.migrate()
    other = sqlite3.connect(tmp_path / "p.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError), database.write():
        pass
    other.close()
    database.close()


def test_a_new_file_waits_for_others_who_are_about_to_make_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "p.db", isolation_level=None)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        opening = pool.submit(open_database, tmp_path / "p.db")
        with pytest.raises(TimeoutError):
            opening.result(0.1)
        other.execute("COMMIT")
        opening.result().close()


def test_a_new_file_that_another_program_keeps_locked_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promo_server.storage.sqlite.BUSY_SECONDS", 0.02)
    with closing(sqlite3.connect(tmp_path / "p.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError):
            open_database(tmp_path / "p.db")


def test_a_writer_that_has_to_wait_too_long_for_its_turn_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promo_server.storage.sqlite.BUSY_SECONDS", 0.02)
    database = Database(tmp_path / "p.db")
    failed: list[Any] = []

    def write() -> None:
        try:
            with database.write():
                pass
        except UnavailableError as error:
            failed.append(error)

    with database.write():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert len(failed) == 1
    database.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # the fork is the subject
def test_no_connection_is_open_when_a_process_forks(opened: Database) -> None:
    with opened.read() as connection:
        raw: Any = connection.connection.dbapi_connection
    opened.fetch(select(rulesets.c.revision), {})
    child = os.fork()
    if child == 0:
        with opened.write() as connection:
            connection.execute(insert(rulesets).values(row("r1")))
            os._exit(connection.connection.dbapi_connection is raw)
    assert os.waitpid(child, 0)[1] == 0
    with pytest.raises((sqlite3.ProgrammingError, psycopg.OperationalError)):
        raw.execute("SELECT 1")


def test_a_part_of_a_transaction_that_fails_leaves_nothing_and_the_whole_goes_on(opened: Database) -> None:
    def work(connection: Connection) -> list[str]:
        part = opened.within(connection)
        part.transact(lambda inner: insert_new(inner, rulesets, row("1")))
        with pytest.raises(ZeroDivisionError):
            part.transact(lambda inner: 1 // insert_new(inner, rulesets, row("2")) // 0)
        insert_new(connection, rulesets, row("3"))
        return stored(part)

    assert opened.transact(work) == ["1", "3"]
    assert stored(opened) == ["1", "3"]


def test_a_part_that_the_database_took_back_has_the_whole_done_again(opened: Database) -> None:
    tries = iter([UndoneError()])

    def work(connection: Connection) -> None:
        insert_new(connection, rulesets, row("1"))
        opened.within(connection).transact(part)

    def part(connection: Connection) -> None:
        insert_new(connection, rulesets, row("2"))
        for failure in tries:
            raise failure

    opened.transact(work)
    assert stored(opened) == ["1", "2"]
