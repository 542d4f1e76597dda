"""The promotions API: an ASGI app on one SQLite file. Build it with ``promo_server.app``."""
