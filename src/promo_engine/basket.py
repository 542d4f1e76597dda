"""The cart as promotions see it: kinds of goods in canonical order.

Lines that agree in everything but id and quantity are one kind: promotions work on kinds, so splitting a line changes
nothing. Source: PRICING.md section 1.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from promo_engine.cart import Line, Shipping

_id = attrgetter("id")
_NO_KEY = frozenset({""})


class Kind:
    """All units of a cart that are the same goods; ``total`` is their list price together."""

    __slots__ = ("index", "is_split", "keys", "line", "lines", "quantity", "total", "unit_price")

    def __init__(self, index: int, lines: list["Line"]) -> None:
        """Take the lines of one kind, sorted by id."""
        line = lines[0]
        self.index = index
        self.line = line
        self.lines = lines
        self.is_split = len(lines) > 1
        self.keys = frozenset((line.sku, line.product_id, *line.categories, *line.tags)) - _NO_KEY
        self.quantity = sum([one.quantity for one in lines]) if self.is_split else line.quantity
        self.unit_price = line.unit_price
        self.total = line.unit_price * self.quantity


class Basket:
    """What of a cart may be discounted: kinds and parcels in canonical order, so that the order of input never matters.

    Goods that may not be discounted are not in it: they match nothing and count toward nothing.
    """

    __slots__ = (
        "by_key",
        "has_floors",
        "kinds",
        "parcel_prices",
        "parcels",
        "prices",
        "quantities",
        "quantity",
        "split",
        "total",
    )

    def __init__(self, lines: Iterable["Line"], shipping: Iterable["Shipping"]) -> None:
        """Sort lines into kinds, and shipping entries by id."""
        by_identity: dict[tuple[Any, ...], list[Line]] = {}
        for line in lines:
            if line.discountable:
                by_identity.setdefault(_identity(line), []).append(line)
        self.kinds = [
            Kind(index, lines if len(lines := by_identity[identity]) == 1 else sorted(lines, key=_id))
            for index, identity in enumerate(sorted(by_identity))
        ]
        self.parcels: Sequence[Shipping] = sorted(shipping, key=_id)
        self.parcel_prices = [parcel.price for parcel in self.parcels]
        self.prices = [kind.total for kind in self.kinds]
        self.quantities = [kind.quantity for kind in self.kinds]
        self.split = [kind for kind in self.kinds if kind.is_split]
        self.has_floors = any(kind.line.floor_price for kind in self.kinds)
        self.total = sum(self.prices)
        self.quantity = sum(self.quantities)
        self.by_key: dict[str, list[Kind]] = {}
        for kind in self.kinds:
            for key in kind.keys:
                self.by_key.setdefault(key, []).append(kind)


def _identity(line: "Line") -> tuple[Any, ...]:
    """Return everything but id and quantity: lines that agree in it hold the same goods."""
    attributes = tuple(line.attributes.items()) if line.attributes else ()
    goods = (line.sku, line.product_id, attributes, line.unit_price)
    return (*goods, line.categories, line.tags, line.floor_price or 0)
