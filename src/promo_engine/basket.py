"""The cart as promotions see it: kinds of goods in canonical order.

Lines that agree in everything but id and quantity are one kind: promotions work on kinds, so splitting a line changes
nothing. Source: PRICING.md section 1.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from promo_engine.cart import Cart, Line, Shipping


class Kind:
    """All units of a cart that are the same goods; ``total`` is their list price together."""

    __slots__ = ("index", "is_split", "keys", "line", "lines", "quantity", "total", "unit_price")

    def __init__(self, index: int, lines: list[Line]) -> None:
        """Take the lines of one kind, sorted by id."""
        line = lines[0]
        self.index = index
        self.line = line
        self.lines = lines
        self.is_split = len(lines) > 1
        self.keys = frozenset((line.sku, line.product_id, *line.categories, *line.tags)) - {""}
        self.quantity = sum(one.quantity for one in lines)
        self.unit_price = line.unit_price
        self.total = line.unit_price * self.quantity


class Basket:
    """What of a cart may be discounted: kinds and parcels in canonical order, so that the order of input never matters.

    Goods that may not be discounted are not in it: they match nothing and count toward nothing.
    """

    __slots__ = ("by_key", "kinds", "parcels", "prices", "quantities", "quantity", "split", "total")

    @classmethod
    def of(cls, cart: Cart) -> "Basket":
        """Return the basket of a cart; it is sorted once."""
        basket: Basket | None = cart.sorted
        if basket is None:
            basket = cls(cart)
            object.__setattr__(cart, "sorted", basket)
        return basket

    def __init__(self, cart: Cart) -> None:
        """Sort a cart into kinds."""
        ordered = sorted([(line.kind, line.id, line) for line in cart.lines if line.discountable])  # ids are unique
        kinds = groupby(ordered, key=itemgetter(0))
        self.kinds = [Kind(index, [line for _, _, line in lines]) for index, (_, lines) in enumerate(kinds)]
        self.parcels: Sequence[Shipping] = sorted(cart.shipping, key=lambda entry: entry.id)
        self.prices = [kind.total for kind in self.kinds]
        self.quantities = [kind.quantity for kind in self.kinds]
        self.split = [kind for kind in self.kinds if len(kind.lines) > 1]
        self.total = sum(self.prices)
        self.quantity = sum(self.quantities)
        self.by_key: dict[str, list[Kind]] = {}
        for kind in self.kinds:
            for key in kind.keys:
                self.by_key.setdefault(key, []).append(kind)
