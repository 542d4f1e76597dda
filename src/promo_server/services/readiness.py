"""Whether the server can do its work: the database answers, its schema is this version's, the types are there."""

import logging
from collections.abc import Callable

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import SQLAlchemyError

from promo_contracts.company.models import Check, Readiness
from promo_server.services.context import Context
from promo_server.storage.tables import metadata

logger = logging.getLogger(__name__)


def readiness(context: Context) -> Readiness:
    """Look at everything that the server needs, and say of each whether it is there."""
    checks = [_database(context, "database", _answers), _database(context, "schema", _schema), _plugins(context)]
    return Readiness(status="ready" if all(one.ok for one in checks) else "not_ready", checks=checks)


def _database(context: Context, name: str, look: Callable[[Connection], tuple[bool, str]]) -> Check:
    try:
        with context.database.read() as connection:
            ok, said = look(connection)
    except SQLAlchemyError as error:
        # Where the database is stands in the error: that is for the log.
        logger.warning("the database cannot be reached", exc_info=error)
        ok, said = False, "The database cannot be reached; the log says why."
    return Check(name=name, ok=ok, said=said)


def _answers(connection: Connection) -> tuple[bool, str]:
    connection.exec_driver_sql("SELECT 1")
    return True, "The database answers."


def _schema(connection: Connection) -> tuple[bool, str]:
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    missing = [table.name for table in metadata.sorted_tables if table.name not in there]
    for table in metadata.sorted_tables:
        if table.name in there:
            columns = {column["name"] for column in inspector.get_columns(table.name)}
            missing += [f"{table.name}.{column.name}" for column in table.columns if column.name not in columns]
    if missing:
        return False, f"The database is of another version; it lacks {', '.join(missing)}."
    return True, "The tables are those of this version."


def _plugins(context: Context) -> Check:
    names = [one.supplied.name for one in context.types.registered()]
    return Check(name="promotion_types", ok=bool(names), said=f"{len(names)} promotion types: {', '.join(names)}.")
