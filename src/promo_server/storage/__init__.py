"""Where everything is kept."""

from promo_server.storage import moltin_tables, value_tables  # noqa: F401 - so that the metadata has all tables
from promo_server.storage.backend import file_of, shown
from promo_server.storage.database import Database, open_database
from promo_server.storage.driven import are_keys, execute_all, fetch, fetch_each
from promo_server.storage.errors import (
    DatabaseNameError,
    MoveError,
    SchemaError,
    StorageError,
    UnavailableError,
    UndoneError,
    UnknownOutcomeError,
)
from promo_server.storage.grants import raise_counters, store_new
from promo_server.storage.moments import instant, instant_or_none, moment
from promo_server.storage.mover import Moved, move
from promo_server.storage.schema import Migrated
from promo_server.storage.statements import clock_of, insert_new, lock_alone, lock_shared

__all__ = [
    "Database",
    "DatabaseNameError",
    "Migrated",
    "MoveError",
    "Moved",
    "SchemaError",
    "StorageError",
    "UnavailableError",
    "UndoneError",
    "UnknownOutcomeError",
    "are_keys",
    "clock_of",
    "execute_all",
    "fetch",
    "fetch_each",
    "file_of",
    "insert_new",
    "instant",
    "instant_or_none",
    "lock_alone",
    "lock_shared",
    "moment",
    "move",
    "open_database",
    "raise_counters",
    "shown",
    "store_new",
]
