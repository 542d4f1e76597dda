"""SQLite, by the book: a connection per transaction, and the write lock taken at its beginning."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


class Database:
    """One SQLite file; it blocks, so async code calls what uses it in a thread."""

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        with closing(self._connect()) as connection:
            connection.executescript(f"PRAGMA journal_mode = WAL; {schema}")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Read one snapshot."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing, one writer at a time."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with closing(self._connect()) as connection:
            connection.execute(begin)
            with connection:  # commits, or rolls back after an exception
                yield connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        return connection
