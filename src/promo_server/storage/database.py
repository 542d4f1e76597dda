"""Transactions on the one database, SQLite or PostgreSQL, that everything is kept in."""

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from weakref import WeakSet

from sqlalchemy import ColumnElement, Connection, Engine, Select, Table, delete, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from promo_server.storage.backend import Verdict, open_backend
from promo_server.storage.errors import SchemaError, UnavailableError, UndoneError, UnknownOutcomeError
from promo_server.storage.schema import Migrated, goes_back, is_current, upgrade

T = TypeVar("T")

TRIES = 8
"""How often a transaction that the database takes back is done, at most."""
FIRST_PAUSE = 0.005
"""Seconds before the second try, doubled for each further one, each between half and one and a half of it."""


class Database:
    """Transactions on a SQLite file or a PostgreSQL database, whatever its tables: ``open_database`` looks at them."""

    def __init__(
        self,
        name: Path | str,
        *,
        chance: Callable[[], float] = random.random,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Name a database: a path, ``sqlite:///path`` or ``postgresql://…``.

        Raises:
            DatabaseNameError: the name leads to no database that we speak to.
            UnavailableError: the file cannot be made.
        """
        self._backend = open_backend(name)
        self._chance = chance
        self._pause = pause
        _OPENED.add(self)

    @property
    def is_writer_alone(self) -> bool:
        """Whether a write transaction has the whole database to itself; if not, it locks what it decides on."""
        return self._backend.is_writer_alone

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read one snapshot.

        Raises:
            UnavailableError: the database does not answer.
        """
        with self._judged(), self._backend.readers.begin() as connection:
            yield connection

    @contextmanager
    def look_up(self) -> Iterator[Connection]:
        """Read by one query: of several, each may see something else.

        Raises:
            UnavailableError: the database does not answer.
        """
        with self._judged(), self._backend.lookups.connect() as connection:
            yield connection

    def fetch(self, query: Select[Any], parameters: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """Read by one small query at the least cost, as what every request begins with.

        Raises:
            UnavailableError: the database does not answer.
        """
        with self._judged():
            try:
                return self._backend.fetch(query, parameters)
            except (self._driver_error, DBAPIError):  # a lock, or a connection that was lost: asked again, it may wait
                pass
        with self.look_up() as connection:
            return connection.execute(query, parameters).all()

    def fetch_at_once(self, query: Select[Any], parameters: Mapping[str, object]) -> Sequence[Sequence[Any]] | None:
        """Do as ``fetch`` does in some microseconds; None where that may take longer, for whatever reason."""
        if not self._backend.fetches_at_once:
            return None
        try:
            return self._backend.fetch(query, parameters)
        except self._driver_error:
            return None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Write in one transaction, durable when this ends.

        Raises:
            UnavailableError: the database does not answer; ``UndoneError`` where ``transact`` would do it again.
            UnknownOutcomeError: it was lost while it committed.
        """
        with self._judged(), self._backend.writers_turn(), _begun(self._backend.writers) as connection:
            yield connection
            try:
                connection.commit()
            except DBAPIError as error:
                if self._backend.knows_commit_failed(error):
                    raise
                raise UnknownOutcomeError from error

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Do work in a write transaction, and again when the database took it back: it must do nothing else.

        What was lost while it committed is not done again.

        Raises:
            UnavailableError: the database does not answer, or took it back time and again.
            UnknownOutcomeError: it was lost while it committed.
        """
        longest = FIRST_PAUSE
        for _ in range(TRIES - 1):
            try:
                return self._transact_once(work)
            except UndoneError:
                self._pause(longest * (0.5 + self._chance()))
                longest *= 2
        return self._transact_once(work)

    def is_current(self) -> bool:
        """Tell whether the tables are those of this program; no where there are none and they are made unasked.

        Raises:
            SchemaError: there are none, or older, newer or strange ones.
        """
        with self.read() as connection:
            return is_current(connection, self._backend)

    def goes_back(self, to: str) -> bool:
        """Tell whether to migrate to a revision would take something away."""
        with self.read() as connection:
            return goes_back(connection, to)

    def migrate(self, to: str = "head") -> Migrated:
        """Migrate to a revision, up or down: all of it or nothing.

        Raises:
            SchemaError: there is no such revision, or the tables are newer or strange ones.
        """
        with self.write() as connection:
            return upgrade(connection, self._backend, to)

    @contextmanager
    def held_still(self, tables: Sequence[str]) -> Iterator[Connection]:
        """Read, while nobody writes to these tables; nothing is stored.

        Raises:
            SchemaError: its tables are not those of this program.
            UnavailableError: it does not answer, or somebody keeps writing.
        """
        with self._judged(), self._backend.writers_turn(), _begun(self._backend.writers) as connection:
            if not is_current(connection, self._backend):
                raise SchemaError("The database has no tables yet, and thus nothing in it.")
            self._backend.hold_still(connection, tables)
            yield connection

    @contextmanager
    def write_alone(self, tables: Sequence[str]) -> Iterator[Connection]:
        """Write in one transaction, as ``write`` does; it first migrates, and nobody else writes to these tables.

        Raises:
            SchemaError: the tables are newer or strange ones.
        """
        with self.write() as connection:
            upgrade(connection, self._backend)
            self._backend.hold_still(connection, tables)
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._backend.close()

    def within(self, connection: Connection) -> "Database":
        """Return this database as it is within a transaction: each transaction on it is a part of that one.

        A part that fails leaves nothing behind, and the whole may go on.
        """
        return _Within(self, connection)

    def delete_where(self, table: Table, condition: ColumnElement[bool]) -> None:
        """Delete the rows of a table that a condition selects; nobody is held up where there are none."""
        with self.read() as connection:
            if connection.execute(select(literal(1)).select_from(table).where(condition).limit(1)).first() is None:
                return
        self.transact(lambda connection: connection.execute(delete(table).where(condition)))

    def _transact_once(self, work: Callable[[Connection], T]) -> T:
        with self.write() as connection:
            return work(connection)

    @property
    def _driver_error(self) -> type[Exception]:
        return self._backend.writers.dialect.loaded_dbapi.Error

    @contextmanager
    def _judged(self) -> Iterator[None]:
        try:
            yield
        except NoConnectionError as error:
            raise UnavailableError from error
        except DBAPIError as error:
            self._raise_judged(error)

    def _raise_judged(self, error: DBAPIError) -> NoReturn:
        match self._backend.verdict(error):
            case Verdict.UNDONE:
                raise UndoneError from error
            case Verdict.UNAVAILABLE:
                raise UnavailableError from error
            case Verdict.OURS:
                raise error


class _Within(Database):
    """A database whose transactions are savepoints of one that runs; what ends that one is judged there."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._backend = database._backend
        self._connection = connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        yield self._connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._connection.begin_nested():
            yield self._connection

    def transact(self, work: Callable[[Connection], T]) -> T:
        return self._transact_once(work)


def open_database(name: Path | str) -> Database:
    """Open the database of this name, for work; a SQLite file and its tables are made when they are not there.

    Raises:
        DatabaseNameError: the name leads to no database that we speak to.
        SchemaError: its tables are not those that this program works with.
        UnavailableError: it does not answer.
    """
    database = Database(name)
    try:
        if not database.is_current():
            database.migrate()
    except BaseException:
        database.close()
        raise
    return database


def _close_all() -> None:
    for database in list(_OPENED):
        database.close()


_OPENED: WeakSet[Database] = WeakSet()
# Two processes on one connection to PostgreSQL read each other's answers, and one that inherits an open SQLite file
# believes that it has locks on it. So nothing is open while a process forks, as servers that preload an app do.
if hasattr(os, "register_at_fork"):  # where processes fork
    os.register_at_fork(before=_close_all)


@contextmanager
def _begun(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction; what its user does not commit is rolled back."""
    with engine.connect() as connection:
        connection.begin()
        yield connection
