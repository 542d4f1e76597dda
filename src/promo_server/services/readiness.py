"""Whether the server can do its work: the database answers, its schema is this version's, the types are there."""

import logging
from collections.abc import Callable

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from promo_contracts.company.models import Check, Readiness
from promo_server.services.context import Context
from promo_server.storage import Database, SchemaError, StorageError
from promo_server.storage.tables import metadata

logger = logging.getLogger(__name__)


def readiness(context: Context) -> Readiness:
    """Look at everything that the server needs, and say of each whether it is there."""
    checks = [_database(context, "database", _answers), _database(context, "schema", look_at_schema), _plugins(context)]
    return Readiness(status="ready" if all(one.ok for one in checks) else "not_ready", checks=checks)


def _database(context: Context, name: str, look: Callable[[Database], tuple[bool, str]]) -> Check:
    try:
        ok, said = look(context.database)
    except (StorageError, SQLAlchemyError) as error:
        # Where the database is stands in the error: that is for the log.
        logger.warning("the database cannot be reached", exc_info=error)
        ok, said = False, "The database cannot be reached; the log says why."
    return Check(name=name, ok=ok, said=said)


def _answers(database: Database) -> tuple[bool, str]:
    with database.read() as connection:
        connection.execute(text("SELECT 1"))
    return True, "The database answers."


def look_at_schema(database: Database) -> tuple[bool, str]:
    """Tell whether the tables are those of this version, and what to do where they are not.

    Raises:
        StorageError: the database cannot be reached.
    """
    try:
        if not database.is_current():
            return False, "The database has no tables any more."
    except SchemaError as error:
        return False, str(error)
    missing = _missing(database)
    if missing:
        return False, f"The database is not as its revision has it; it lacks {', '.join(missing)}."
    return True, "The tables are those of this version."


def _missing(database: Database) -> list[str]:
    """Return the tables, and columns of tables, that somebody has taken away."""
    with database.read() as connection:
        inspector = inspect(connection)
        there = {
            name: {column["name"] for column in columns} for (_, name), columns in inspector.get_multi_columns().items()
        }
    missing = [table.name for table in metadata.sorted_tables if table.name not in there]
    return missing + [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        if table.name in there
        for column in table.columns
        if column.name not in there[table.name]
    ]


def _plugins(context: Context) -> Check:
    names = [one.supplied.name for one in context.types.registered()]
    return Check(name="promotion_types", ok=bool(names), said=f"{len(names)} promotion types: {', '.join(names)}.")
