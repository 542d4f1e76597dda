"""Where everything is kept."""

from promo_server.storage.database import Database, instant, instant_or_none, moment

__all__ = ["Database", "instant", "instant_or_none", "moment"]
