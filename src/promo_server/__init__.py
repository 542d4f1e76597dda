"""The promotions API: an ASGI app on one SQLite file."""

from promo_server.app import create_app, create_context

__all__ = ["create_app", "create_context"]
