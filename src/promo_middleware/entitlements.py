"""What is known of a shopper's uses left, kept for a short while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from promo_engine import Customer, Entitlements, UsesLeft

MAX_SHOPPERS = 10_000


class EntitlementCache:
    """Uses left by shopper and promotion; an entry lives ``lifetime`` seconds of the given clock."""

    def __init__(self, lifetime: float, clock: Callable[[], float]) -> None:
        """Start empty."""
        self._lifetime = lifetime
        self._clock = clock
        self._kept: OrderedDict[str, dict[str, tuple[float, UsesLeft]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, customer: Customer | None, promotions: Sequence[str]) -> Entitlements:
        """Return what is known and not too old; what is missing is simply not there."""
        now = self._clock()
        with self._lock:
            kept = self._kept.get(shopper(customer), {})
            return Entitlements({one: kept[one][1] for one in promotions if one in kept and now < kept[one][0]})

    def put(self, customer: Customer | None, entitlements: Entitlements) -> None:
        """Keep what the API said; the shopper seen longest ago makes room."""
        until = self._clock() + self._lifetime
        with self._lock:
            kept = self._kept.setdefault(shopper(customer), {})
            kept.update({one: (until, left) for one, left in entitlements.uses.items()})
            self._kept.move_to_end(shopper(customer))
            while len(self._kept) > MAX_SHOPPERS:
                self._kept.popitem(last=False)

    def forget(self, customer: Customer | None) -> None:
        """Forget a shopper of whom something else is true by now."""
        with self._lock:
            self._kept.pop(shopper(customer), None)


def shopper(customer: Customer | None) -> str:
    """Return a key for a shopper; all unknown guests are one.

    >>> shopper(Customer(id="7")), shopper(Customer(guest_key="a@b.c")), shopper(None)
    ('customer:7', 'guest:a@b.c', '')
    """
    if customer is None or not customer.is_countable:
        return ""
    return f"customer:{customer.id}" if customer.id else f"guest:{customer.guest_key}"
