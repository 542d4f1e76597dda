"""Which tables a database has, and how they become those that this program works with.

A revision is a file in ``migrations/versions``. Alembic is imported only where one is applied.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, column, create_engine, inspect, select, table, text

from promo_server.storage.backend import Backend
from promo_server.storage.errors import SchemaError
from promo_server.storage.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
REVISIONS = tuple(sorted(path.stem[1:5] for path in (MIGRATIONS / "versions").glob("r[0-9]*.py")))
HEAD = REVISIONS[-1]
BASE = "base"
"""No tables at all."""
FIRST = REVISIONS[0]

VERSION_TABLE = "fairtill_version"
"""Not alembic's usual name: a shop may keep its own tables, and revisions, in the same database."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """From which revision to which, ``base`` for none."""

    before: str
    after: str


def is_current(connection: Connection, backend: Backend) -> bool:
    """Tell whether the tables are those of this program; no where there are none and they make themselves.

    Raises:
        SchemaError: there are none, or older, newer or strange ones.
    """
    found = revision_of(connection)
    if found == HEAD:
        return True
    if found == BASE and backend.makes_itself:
        return False
    raise SchemaError(_sentence(found))


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database, ``base`` without our tables, or None where they are of no revision."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE in names:
        versions = table(VERSION_TABLE, column("version_num"))
        found: str = connection.execute(select(versions)).scalar_one_or_none() or BASE
        return found
    return None if names & metadata.tables.keys() else BASE


def goes_back(connection: Connection, to: str) -> bool:
    """Tell whether a revision is older than what the database has."""
    found = revision_of(connection)
    return found in REVISIONS and to in (BASE, *REVISIONS) and _rank(to) < _rank(found)


def upgrade(connection: Connection, backend: Backend, to: str = "head") -> Migrated:
    """Migrate to a revision, up or down, in the transaction of this connection.

    Raises:
        SchemaError: there is no such revision, or the tables are newer or strange ones.
    """
    wanted = HEAD if to == "head" else to
    if wanted not in (BASE, *REVISIONS):
        raise SchemaError(f"There is no revision {to!r}, but base, {', '.join(REVISIONS)} and head.")
    backend.lock_schema(connection)
    before = revision_of(connection)
    if before is None and _is_first(connection):
        before = FIRST
        _alembic(connection, "stamp", FIRST)
    if before not in (BASE, *REVISIONS):
        raise SchemaError(_sentence(before))
    if before != wanted:  # who waited for another to do it keeps the others waiting no longer
        _alembic(connection, "upgrade" if _rank(wanted) >= _rank(before) else "downgrade", wanted)
    return Migrated(before, wanted)


def _rank(revision: str) -> int:
    return 0 if revision == BASE else int(revision)


def _sentence(found: str | None) -> str:
    """Say what is wrong with tables that are not ours."""
    if found is None:
        return (
            "The database has tables of ours that no revision is noted for. Make a copy of it, then run: promo migrate"
        )
    if found == BASE:
        return "The database has no tables yet. Run: promo migrate"
    if found in REVISIONS:
        return f"The database is at revision {found}, older than this program's {HEAD}. Run: promo migrate"
    return (
        f"The database is at revision {found}, which this program does not know; it knows up to {HEAD}. "
        f"Update fairtill, or run with the newer one: promo migrate --to {HEAD}"
    )


def _is_first(connection: Connection) -> bool:
    """Tell whether tables that were made before there were revisions are exactly those of the first one."""
    if connection.dialect.name != "sqlite":
        return False
    engine = create_engine("sqlite://")
    with engine.connect() as empty:
        _alembic(empty, "upgrade", FIRST)
        expected = _structure(empty)
    engine.dispose()
    return _structure(connection) == expected


def _structure(connection: Connection) -> set[tuple[Any, ...]]:
    query = text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != :version")
    rows = connection.execute(query, {"version": VERSION_TABLE})
    return {(row.type, row.name, "".join(row.sql.split())) for row in rows}


def _alembic(connection: Connection, command: str, revision: str) -> None:
    from alembic import command as commands  # noqa: PLC0415 - most starts migrate nothing

    getattr(commands, command)(_config(connection), revision)


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes |= {"connection": connection, "version_table": VERSION_TABLE}
    return config
