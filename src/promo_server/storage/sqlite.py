"""One SQLite file: readers beside one writer, every write durable before it is answered."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Select, create_engine, event
from sqlalchemy.exc import DBAPIError

from promo_server.storage.backend import Verdict
from promo_server.storage.driven import driven
from promo_server.storage.errors import DatabaseNameError, UnavailableError

BUSY_SECONDS = 10
BUSY_PAUSE = 0.005

_UNAVAILABLE = {5, 6, 8, 10, 13, 14}
"""SQLITE_BUSY, LOCKED, READONLY, IOERR, FULL, CANTOPEN."""


class Sqlite:
    """A file, made when it is not there (0600: it holds keys' hashes and customers' orders)."""

    is_writer_alone = True
    makes_itself = True
    fetches_at_once = True

    def __init__(self, path: Path) -> None:
        """Open the file."""
        if path.is_dir():
            raise DatabaseNameError(f"{path} is a folder; name a file in it.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError as error:
            raise UnavailableError(f"The file {path} cannot be opened: {error.strerror}.") from None
        self.readers = create_engine(
            URL.create("sqlite", database=str(path)),
            paramstyle="named",  # as PostgreSQL's are
            hide_parameters=True,  # an error in the log names no customer and no code
            connect_args={"isolation_level": None, "timeout": BUSY_SECONDS},
        )
        event.listen(self.readers, "connect", _configure)
        event.listen(self.readers, "begin", _begin)
        self.lookups = self.readers.execution_options(begin="")  # one query sees one snapshot as it is
        self.writers = self.readers.execution_options(begin="BEGIN IMMEDIATE")
        self._slot = threading.Lock()
        self._path = path
        self._asking = threading.Lock()
        self._asked: sqlite3.Connection | None = None

    @contextmanager
    def writers_turn(self) -> Iterator[None]:
        """Let this process's writers wait here, in one queue, not in SQLite's polling."""
        if not self._slot.acquire(timeout=BUSY_SECONDS):
            raise UnavailableError
        try:
            yield
        finally:
            self._slot.release()

    def fetch(self, query: Select[Any], parameters: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """Read on a connection kept for this, in some microseconds: from memory, and it waits for no lock."""
        with self._asking:
            if self._asked is None:
                self._asked = sqlite3.connect(self._path, timeout=0, isolation_level=None, check_same_thread=False)
            # All of it: a row that is left would hold the snapshot, and the next query see the same again.
            text, values = driven(query, self.readers.dialect, tuple(parameters))
            return self._asked.execute(text, {**values, **parameters}).fetchall()

    def verdict(self, error: DBAPIError) -> Verdict:
        """Judge an error of the driver: BEGIN IMMEDIATE leaves none that doing it again would cure."""
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        return Verdict.UNAVAILABLE if code in _UNAVAILABLE else Verdict.OURS

    def knows_commit_failed(self, _error: DBAPIError) -> bool:
        """A COMMIT that SQLite reports as failed is rolled back."""
        return True

    def lock_schema(self, _connection: Connection) -> None:
        """A writer is alone as it is."""

    def hold_still(self, _connection: Connection, _tables: Sequence[str]) -> None:
        """BEGIN IMMEDIATE, by which every write transaction begins, keeps all other writers out."""

    def close(self) -> None:
        """Close all connections; they are made anew when somebody asks."""
        with self._asking:
            if self._asked is not None:
                self._asked.close()
                self._asked = None
        self.writers.dispose()


def _configure(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """Turn to a write-ahead log. A new file's first users all do so at once, and SQLite lets none of them wait."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(BUSY_PAUSE)
        else:
            return


def _begin(connection: Connection) -> None:
    # The driver's own transactions begin too late for a limit to hold: we begin ourselves.
    begin = connection.get_execution_options().get("begin", "BEGIN")
    if begin:
        connection.exec_driver_sql(begin)
