"""What is known of a shopper's uses left, codes and value stores, kept for a short while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from promo_engine import NO_CODES, Customer, Entitlements, KnownCode, UsesLeft, ValueStore

MAX_SHOPPERS = 10_000
MAX_CODES = 10_000
"""Of all shoppers together: who tries codes out fills no memory."""


class EntitlementCache:
    """Uses left by shopper and promotion, codes by shopper and form, value stores by shopper and all of their codes.

    Each lives ``lifetime`` seconds of the clock.

    Codes are kept by shopper, too, although they stand for the same for everybody: what was shown to one shopper must
    not change because another one bought something, or they would be charged more than they saw.
    """

    def __init__(self, lifetime: float, clock: Callable[[], float]) -> None:
        """Start empty."""
        self._lifetime = lifetime
        self._clock = clock
        self._kept: OrderedDict[str, dict[str, tuple[float, UsesLeft]]] = OrderedDict()
        self._codes: OrderedDict[tuple[str, str], tuple[float, KnownCode | None]] = OrderedDict()
        self._values: OrderedDict[tuple[str, tuple[str, ...]], tuple[float, Sequence[ValueStore]]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, customer: Customer | None, promotions: Sequence[str], codes: Sequence[str] = ()) -> Entitlements:
        """Return what is known and not too old; what is missing is simply not there."""
        now, who = self._clock(), shopper(customer)
        with self._lock:
            kept = self._kept.get(who, {})
            uses = {one: kept[one][1] for one in promotions if one in kept and now < kept[one][0]}
            found = [(form, self._codes.get((who, form))) for form in codes]
            until, values = self._values.get((who, tuple(sorted(codes))), (now, ()))
        known = {form: entry[1] for form, entry in found if entry is not None and now < entry[0]}
        return Entitlements(uses, known or NO_CODES, values if now < until else None)

    def put(self, customer: Customer | None, entitlements: Entitlements) -> None:
        """Keep what the API said; the shopper seen longest ago makes room."""
        until, who = self._clock() + self._lifetime, shopper(customer)
        with self._lock:
            kept = self._kept.setdefault(who, {})
            kept.update({one: (until, left) for one, left in entitlements.uses.items()})
            self._kept.move_to_end(who)
            for form, known in entitlements.codes.items():
                self._codes[who, form] = until, known
                self._codes.move_to_end((who, form))
            if entitlements.values is not None:
                asked = who, tuple(sorted(entitlements.codes))
                self._values[asked] = until, entitlements.values
                self._values.move_to_end(asked)
            while len(self._kept) > MAX_SHOPPERS:
                self._kept.popitem(last=False)
            while len(self._values) > MAX_SHOPPERS:
                self._values.popitem(last=False)
            while len(self._codes) > MAX_CODES:
                self._codes.popitem(last=False)

    def forget(self, customer: Customer | None, codes: Sequence[str] = ()) -> None:
        """Forget a shopper of whom, and of whose codes, something else is true by now."""
        who = shopper(customer)
        with self._lock:
            self._kept.pop(who, None)
            self._values.pop((who, tuple(sorted(codes))), None)
            for form in codes:
                self._codes.pop((who, form), None)


def shopper(customer: Customer | None) -> str:
    """Return a key for a shopper; all unknown guests are one.

    >>> shopper(Customer(id="7")), shopper(Customer(guest_key="a@b.c")), shopper(None)
    ('customer:7', 'guest:a@b.c', '')
    """
    if customer is None or not customer.is_countable:
        return ""
    return f"customer:{customer.id}" if customer.id else f"guest:{customer.guest_key}"
