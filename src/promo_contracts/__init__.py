"""The public wire contracts, once: models, error codes and route tables, for the server and the SDK alike."""

from promo_contracts.routes import Route, Scope
from promo_contracts.wire import MAX_BYTES, WireError, read_json, write_json

__all__ = ["MAX_BYTES", "Route", "Scope", "WireError", "read_json", "write_json"]
