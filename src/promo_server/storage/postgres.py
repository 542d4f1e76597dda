"""PostgreSQL: several processes and hosts on one database.

Writers run side by side at READ COMMITTED: what they decide on, they lock first. Nothing waits for ever: neither for a
connection, nor for a lock, nor for a statement, nor for a host that is gone.
"""

import math
import select
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Select, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from promo_server.storage.backend import Verdict
from promo_server.storage.driven import fetch
from promo_server.storage.errors import DatabaseNameError

CONNECTIONS = 20
"""At most so many for each process, kept open; who finds none free waits."""

IDLE_SECONDS = 5.0
"""A connection that nobody used for so long is asked whether it is alive before it is used again."""

_TIMEOUTS = {
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "120s",  # a large ruleset is compiled in one
}
_CONNECT = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "fairtill",
}

_UNDONE = {"40001", "40P01"}
"""Serialization failure, deadlock."""
_UNAVAILABLE = {"25006", "55P03", "57014"}
"""A standby; a lock or a statement that took too long."""
_UNAVAILABLE_CLASSES = {"08", "28", "3D", "53", "57", "58"}
"""Connection, authorization, no such database, resources, operator's intervention, system."""

_SCHEMA_LOCK = 0x70726F6D6F  # any number that nobody else uses in this database


class Postgres:
    """A database on a PostgreSQL server, by its URL; options of the URL go before ours."""

    is_writer_alone = False
    makes_itself = False
    fetches_at_once = False

    def __init__(self, url: URL) -> None:
        """Make the pool; it connects when it is first used."""
        theirs = " ".join(url.normalized_query.get("options", ()))
        ours = " ".join(f"-c {name}={value}" for name, value in _TIMEOUTS.items())
        settings = {name: value for name, value in _CONNECT.items() if name not in url.query}
        try:
            self.writers = create_engine(
                url.set(drivername="postgresql+psycopg"),
                hide_parameters=True,  # an error in the log names no customer and no code
                pool_size=CONNECTIONS,
                max_overflow=0,
                pool_timeout=10,
                connect_args=settings | {"options": f"{ours} {theirs}".strip()},
            )
        except ModuleNotFoundError as error:
            message = f"PostgreSQL needs {error.name!r}: pip install 'fairtill[postgres]'"
            raise DatabaseNameError(message) from None
        event.listen(self.writers, "checkin", _note_time)
        event.listen(self.writers, "checkout", _check_alive)
        self.lookups = self.writers.execution_options(isolation_level="AUTOCOMMIT")  # no BEGIN, no COMMIT
        self.readers = self.writers.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def writers_turn(self) -> Iterator[None]:
        """Writers run side by side."""
        yield

    def fetch(self, query: Select[Any], parameters: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """Read on a connection of the pool, which hands nobody the one of an error again."""
        with self.lookups.connect() as connection:
            return fetch(connection, query, parameters)

    def verdict(self, error: DBAPIError) -> Verdict:
        """Judge an error of the driver."""
        state = _sqlstate(error)
        if error.connection_invalidated or state in _UNDONE:
            return Verdict.UNDONE
        # psycopg tells a server that cannot be reached by an error of this class without a state.
        is_unreachable = state is None and type(error.orig).__name__ == "OperationalError"
        if is_unreachable or state in _UNAVAILABLE or (state or "")[:2] in _UNAVAILABLE_CLASSES:
            return Verdict.UNAVAILABLE
        return Verdict.OURS

    def knows_commit_failed(self, error: DBAPIError) -> bool:
        """Whether the server itself refused the COMMIT; a connection that was lost leaves it open."""
        return not error.connection_invalidated and _sqlstate(error) is not None

    def lock_schema(self, connection: Connection) -> None:
        """Change tables one process after the other; old rows may take their time, a lock may not."""
        _take_time(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SCHEMA_LOCK})

    def hold_still(self, connection: Connection, tables: Sequence[str]) -> None:
        """Wait for those who write now, for as long as for any lock, and keep others from it; they may read."""
        _take_time(connection)
        names = ", ".join(map(connection.dialect.identifier_preparer.quote, tables))
        connection.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))

    def close(self) -> None:
        """Close all connections."""
        self.writers.dispose()


def _take_time(connection: Connection) -> None:
    """Let this transaction's statements, and the pauses between them, take the time that they take."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


def _note_time(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["idle_since"] = time.monotonic()


def _check_alive(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Hand nobody a dead connection, as all are after a restart of the server; the pool then makes a new one.

    One that was just used is asked nothing: if its server has ended, that stands unread in its socket.
    """
    if time.monotonic() - record.info.get("idle_since", math.inf) < IDLE_SECONDS and not _is_readable(connection):
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except Exception as error:
        raise DisconnectionError from error


def _is_readable(connection: Any) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state
