"""Where everything is kept."""

from promo_server.storage.database import Database, open_database
from promo_server.storage.errors import (
    DatabaseNameError,
    SchemaError,
    StorageError,
    UnavailableError,
    UndoneError,
    UnknownOutcomeError,
)
from promo_server.storage.grants import raise_counters, store_new
from promo_server.storage.moments import instant, instant_or_none, moment
from promo_server.storage.schema import Migrated
from promo_server.storage.statements import execute_all, insert_new

__all__ = [
    "Database",
    "DatabaseNameError",
    "Migrated",
    "SchemaError",
    "StorageError",
    "UnavailableError",
    "UndoneError",
    "UnknownOutcomeError",
    "execute_all",
    "insert_new",
    "instant",
    "instant_or_none",
    "moment",
    "open_database",
    "raise_counters",
    "store_new",
]
