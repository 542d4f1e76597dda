"""Who is shopping, as the shop itself has signed it into a cookie: no shopper can claim a card, a tier or orders."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection

from promo_engine import Customer

COOKIE = "session"


class Sessions:
    """Signed cookies. With one key, other processes and later starts of the shop know them too."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def cookie(self, customer_id: str, loyalty_tier: str | None, order_count: int) -> str:
        """Return the cookie of a customer who has signed in."""
        claims = {"id": customer_id, "loyalty_tier": loyalty_tier, "order_count": order_count}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"{payload}.{self._signature(payload)}"

    def customer(self, scope: Mapping[str, Any]) -> Customer | None:
        """Return the customer of a request (its ASGI scope), or None for a guest."""
        payload, _, signature = HTTPConnection(dict(scope)).cookies.get(COOKIE, "").partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(payload).encode()):
            return None
        return Customer(**json.loads(base64.urlsafe_b64decode(payload)))

    def _signature(self, payload: str) -> str:
        return hmac.new(self._key, payload.encode(), hashlib.sha256).hexdigest()
