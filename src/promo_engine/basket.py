"""The cart as promotions see it: kinds of goods in canonical order, and their running prices.

Lines that agree in everything but id and quantity are one kind: promotions work on kinds, so splitting a line changes
nothing. Source: PRICING.md section 1.
"""

from collections.abc import Iterator
from itertools import groupby

from promo_engine.cart import Cart, Line, Shipping
from promo_engine.money import allocate


class Kind:
    """All units of a cart that are the same goods; ``total`` is their list price together."""

    __slots__ = ("discountable", "keys", "line", "lines", "quantity", "total")

    def __init__(self, lines: list[Line]) -> None:
        """Take the lines of one kind, sorted by id."""
        first = lines[0]
        self.line = first
        self.lines = lines
        self.keys = {first.sku, first.product_id, *first.categories, *first.tags} - {""}
        self.quantity = sum(line.quantity for line in lines)
        self.total = first.unit_price * self.quantity
        self.discountable = first.discountable


class Basket:
    """The kinds and parcels of one cart, in canonical order: the order of input never matters."""

    __slots__ = ("cart", "keys", "kinds", "parcels", "quantity", "total")

    def __init__(self, cart: Cart) -> None:
        """Sort a cart into kinds."""
        self.cart = cart
        ordered = sorted(cart.lines, key=lambda line: (line.kind, line.id))
        self.kinds = [Kind(list(lines)) for _, lines in groupby(ordered, key=lambda line: line.kind)]
        self.parcels: list[Shipping] = sorted(cart.shipping, key=lambda entry: entry.id)
        counted = [kind for kind in self.kinds if kind.discountable]
        self.keys = set().union(*(kind.keys for kind in counted))
        self.total = sum(kind.total for kind in counted)
        self.quantity = sum(kind.quantity for kind in counted)


class RunningPrices:
    """What is left of every kind, line and parcel while promotions are applied one after the other.

    ``unused`` are the units of each kind that no bundle and no buy-x-get-y has used: they stand at list price until
    these have had their turn.
    """

    __slots__ = ("_basket", "kinds", "lines", "parcels", "unused")

    def __init__(self, basket: Basket) -> None:
        """Start at list prices."""
        self._basket = basket
        self.kinds = [kind.total for kind in basket.kinds]
        self.unused = [kind.quantity for kind in basket.kinds]
        self.lines = {line.id: line.total for line in basket.cart.lines}
        self.parcels = [parcel.price for parcel in basket.parcels]

    def left_of_list(self) -> Iterator[tuple[int, int]]:
        """Yield what is left of each kind and parcel that costs anything, and its list price."""
        listed = (*(kind.total for kind in self._basket.kinds), *(parcel.price for parcel in self._basket.parcels))
        return ((left, price) for left, price in zip((*self.kinds, *self.parcels), listed, strict=True) if price)

    def take_from_kind(self, index: int, share: int) -> dict[str, int]:
        """Take a share off a kind, spread over its lines; return what each line got."""
        self.kinds[index] -= share
        lines = self._basket.kinds[index].lines
        shares = allocate(share, [self.lines[line.id] for line in lines])
        taken = {line.id: part for line, part in zip(lines, shares, strict=True) if part}
        for line_id, part in taken.items():
            self.lines[line_id] -= part
        return taken

    def take_from_parcel(self, index: int, share: int) -> str:
        """Take a share off a parcel; return the parcel's id."""
        self.parcels[index] -= share
        return self._basket.parcels[index].id
