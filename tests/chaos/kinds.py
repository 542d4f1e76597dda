"""The kinds of limit, each as a shop's offers: what is asked for at once by many."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tests.promo_server.services.redemption_model import Offer

DISCOUNT = 300
"""What each offer takes off, in minor units."""
CUSTOMERS = ("c1", "c2", "c3")


def _mixed(limit: int) -> list[Offer]:
    """Return all kinds in one hold, without a limit, and several limits on one offer."""
    alone = [offer for kind, offers in KINDS.items() if kind != "mixed" for offer in offers(limit)]
    both = Offer("BOTH", DISCOUNT, {"total": 2 * limit, "daily": limit, "customer": limit})
    return [Offer("FREE", DISCOUNT), *alone, both]


KINDS: Mapping[str, Callable[[int], list[Offer]]] = MappingProxyType(
    {
        "total": lambda limit: [Offer("TOTAL", DISCOUNT, {"total": limit})],
        "customer": lambda limit: [Offer("EACH", DISCOUNT, {"customer": limit})],
        "daily": lambda limit: [Offer("DAYS", DISCOUNT, {"daily": limit})],
        "code": lambda limit: [Offer("ONCE", DISCOUNT, {"code": limit})],
        "budget": lambda limit: [Offer("FUND", DISCOUNT, {"budget": DISCOUNT * limit + 100})],
        "mixed": _mixed,
    }
)
"""Offers by the name of a kind, for a limit. A budget is so many discounts and a third of one more, to be used up.

One more kind of limit is one more entry here, and its counter in ``Offer.counters``."""
