"""What differs from one database to the other: everything that the rest of the server must not know."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from enum import Enum, auto
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, Select, make_url
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
    fetches_at_once: bool
    """Whether ``fetch`` waits for nobody: neither for a network nor for who writes."""

    def fetch(self, query: Select[Any], parameters: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """Read by one small query, past what SQLAlchemy does for each; errors may come as the driver has them."""

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

    def hold_still(self, connection: Connection, tables: Sequence[str]) -> None:
        """Let nobody else write to these tables until this write transaction ends, however long that takes."""

    def close(self) -> None:
        """Close all connections."""


def open_backend(name: Path | str) -> Backend:
    """Open the database of this name: a path, ``sqlite:///path`` or ``postgresql://…``.

    Raises:
        DatabaseNameError: it is none of these, or its driver is not installed.
    """
    from promo_server.storage.postgres import Postgres  # noqa: PLC0415 - they know this module
    from promo_server.storage.sqlite import Sqlite  # noqa: PLC0415

    match _file_or_url(name):
        case Path() as path:
            return Sqlite(path)
        case url:
            return Postgres(url)


def shown(name: Path | str) -> str:
    """Say what a name leads to, without its password and options.

    Raises:
        DatabaseNameError: it is none of a database.

    >>> shown("postgresql://fairtill:secret@db.internal/shop")
    'the PostgreSQL database postgresql://fairtill:***@db.internal/shop'
    """
    match _file_or_url(name):
        case Path() as path:
            return f"the SQLite file {path.absolute()}"
        case url:
            return f"the PostgreSQL database {url.set(query={}).render_as_string(hide_password=True)}"


def file_of(name: Path | str) -> Path | None:
    """Return the file of a SQLite database; None of a PostgreSQL.

    Raises:
        DatabaseNameError: it is none of a database.
    """
    found = _file_or_url(name)
    return found if isinstance(found, Path) else None


def _file_or_url(name: Path | str) -> Path | URL:
    """Return the path of a SQLite file, or the URL of a PostgreSQL."""
    if isinstance(name, Path) or "://" not in name:
        return Path(name)
    try:
        url = make_url(name)
    except (ArgumentError, ValueError):
        # Not quoted: it may hold a password.
        raise DatabaseNameError(f"The URL of the database cannot be read; {_WANTED}.") from None
    match url.drivername:
        case "sqlite" if url.database and url.database != ":memory:":
            return Path(url.database)
        case "postgresql" | "postgresql+psycopg" | "postgres":
            return url
    text = url.render_as_string(hide_password=True)
    raise DatabaseNameError(f"{text} is no database that we speak to; {_WANTED}.")


_WANTED = "name a SQLite file by its path, or a PostgreSQL by postgresql://user:password@host/name"
