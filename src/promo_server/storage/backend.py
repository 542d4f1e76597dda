"""What differs from one database to the other: everything that the rest of the server must not know."""

from contextlib import AbstractContextManager
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from promo_server.storage.errors import DatabaseNameError


class Verdict(Enum):
    """What an error of the driver means for a transaction that had not begun to commit."""

    OURS = auto()
    """A mistake of the program, or a constraint that the program knows how to meet."""
    UNAVAILABLE = auto()
    UNDONE = auto()
    """Rolled back by the database, or with its connection: to be done again."""


class Backend(Protocol):
    """One kind of database."""

    @property
    def readers(self) -> Engine:
        """Where transactions see one snapshot each."""

    @property
    def lookups(self) -> Engine:
        """Where one query is read, at the least cost."""

    @property
    def writers(self) -> Engine:
        """Where transactions write."""

    is_writer_alone: bool
    """Whether a write transaction has the whole database to itself, from its first statement on."""
    makes_itself: bool
    """Whether a database without tables is given them when it is opened."""

    def writers_turn(self) -> AbstractContextManager[None]:
        """Wait until a write transaction may begin.

        Raises:
            UnavailableError: it took too long.
        """

    def verdict(self, error: DBAPIError) -> Verdict:
        """Judge an error of the driver."""

    def knows_commit_failed(self, error: DBAPIError) -> bool:
        """Whether an error of a COMMIT means for certain that nothing was stored."""

    def lock_schema(self, connection: Connection) -> None:
        """Let nobody else change the tables until this transaction ends, and take the time that it takes."""


def open_backend(name: Path | str) -> Backend:
    """Open the database of this name: a path, ``sqlite:///path`` or ``postgresql://…``.

    Raises:
        DatabaseNameError: it is none of these, or its driver is not installed.
    """
    from promo_server.storage.postgres import Postgres  # noqa: PLC0415 - they know this module
    from promo_server.storage.sqlite import Sqlite  # noqa: PLC0415

    if isinstance(name, Path) or "://" not in name:
        return Sqlite(Path(name))
    try:
        url = make_url(name)
    except (ArgumentError, ValueError):
        # Not quoted: it may hold a password.
        raise DatabaseNameError(f"The URL of the database cannot be read; {_WANTED}.") from None
    match url.drivername:
        case "sqlite" if url.database and url.database != ":memory:":
            return Sqlite(Path(url.database))
        case "postgresql" | "postgresql+psycopg" | "postgres":
            return Postgres(url)
    shown = url.render_as_string(hide_password=True)
    raise DatabaseNameError(f"{shown} is no database that we speak to; {_WANTED}.")


_WANTED = "name a SQLite file by its path, or a PostgreSQL by postgresql://user:password@host/name"
