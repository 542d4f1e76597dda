"""Whether the server can do its work: the database answers, its schema is this version's, the types are there."""

import logging
from collections.abc import Callable
from typing import Literal

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from promo_contracts.company.models import Check, Readiness
from promo_server.services.context import Context
from promo_server.services.rulesets import Rulesets
from promo_server.storage import Database, SchemaError, StorageError
from promo_server.storage.tables import metadata

logger = logging.getLogger(__name__)


def readiness(context: Context, rulesets: Rulesets) -> Readiness:
    """Look at everything that the server needs, and say of each whether it is there.

    Plugins that are benched or missing in this process are told, and leave it ready: what works goes on.
    """
    needed = [_database(context, "database", _answers), _database(context, "schema", look_at_schema), _plugins(context)]
    status: Literal["ready", "not_ready"] = "ready" if all(one.ok for one in needed) else "not_ready"
    return Readiness(status=status, checks=[*needed, _benched(rulesets), _missing_plugins(rulesets)])


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


def _benched(rulesets: Rulesets) -> Check:
    # Not the errors: those who may ask need no key.
    names = [f"{one.what} {one.name} of {one.distribution or 'an unknown distribution'}" for one in rulesets.benched()]
    if not names:
        return Check(name="benched", ok=True, said="This process has benched no plugin.")
    said = f"This process has benched what kept failing: {', '.join(names)}. Its log says why."
    return Check(name="benched", ok=False, said=said)


def _missing_plugins(rulesets: Rulesets) -> Check:
    names = rulesets.missing()
    if not names:
        return Check(name="missing", ok=True, said="Promotions that this process has read lack no plugin.")
    said = f"No plugin supplies {', '.join(names)}: promotions that name it do not apply."
    return Check(name="missing", ok=False, said=said)
