"""One SQLite file: readers beside one writer, every write durable before it is answered."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event

from promo_server.storage.tables import metadata

BUSY_SECONDS = 10


class Database:
    """Transactions on one SQLite file; the file and its tables are made when they are not there."""

    def __init__(self, path: Path) -> None:
        """Open the file (0600: it holds keys' hashes and customers' orders)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._engine = create_engine(
            f"sqlite:///{path}",
            hide_parameters=True,  # an error in the log names no customer and no code
            connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        self._writers = self._engine.execution_options(begin="BEGIN IMMEDIATE")
        self._writer_slot = threading.Lock()
        with self.write() as connection:
            metadata.create_all(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read one snapshot."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Write alone: the lock is taken at once, so a transaction never fails for having read too early."""
        with self._writer_slot, self._writers.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _configure(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin(connection: Connection) -> None:
    # The driver's own transactions begin too late for a limit to hold: we begin ourselves.
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def moment(instant: datetime) -> str:
    """Write an instant as the tables have it.

    >>> moment(datetime(2026, 11, 22, 12, tzinfo=UTC))
    '2026-11-22T12:00:00.000000Z'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(moment: str) -> datetime:
    """Read an instant of the tables."""
    return datetime.fromisoformat(moment)


def instant_or_none(moment: str | None) -> datetime | None:
    """Read an instant that may be missing."""
    return None if moment is None else instant(moment)
