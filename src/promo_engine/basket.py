"""The cart as promotions see it: kinds of goods in canonical order.

Lines that agree in everything but id and quantity are one kind: promotions work on kinds, so splitting a line changes
nothing. Source: PRICING.md section 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from promo_engine.cart import Customer, Line, Shipping

_id = attrgetter("id")
_first = itemgetter(0)

new_tuple = tuple.__new__
"""Makes a named tuple of a class and its fields, in half the time of the class itself."""


class Item(NamedTuple):
    """What a line holds, as plugins see it: its values, and no way to the line itself."""

    id: str
    sku: str
    product_id: str
    attributes: tuple[tuple[str, str], ...]
    unit_price: int
    categories: Sequence[str]
    tags: Sequence[str]
    floor_price: int
    keys: frozenset[str]
    """The selectors that it bears."""

    @classmethod
    def of(cls, line: "Line") -> "Item":
        """Return the values of a line."""
        return cls.alike(line, identity_of(line))

    @classmethod
    def alike(cls, line: "Line", identity: tuple[Any, ...]) -> "Item":
        """Return the values of a line whose identity is known."""
        keys = [*line.categories, *line.tags]
        if line.sku:
            keys.append(line.sku)
        if line.product_id:
            keys.append(line.product_id)
        return new_tuple(cls, (line.id, *identity, frozenset(keys)))


class Shopper(NamedTuple):
    """The customer, as plugins see it: values only, and no key of a guest."""

    id: str | None
    segments: Sequence[str]
    loyalty_tier: str | None
    order_count: int | None
    facts: Mapping[str, str]

    @classmethod
    def of(cls, customer: "Customer") -> "Shopper":
        """Return the values of a customer."""
        facts = MappingProxyType(customer.facts)
        return cls(customer.id, customer.segments, customer.loyalty_tier, customer.order_count, facts)

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how to copy and pickle it: a view of facts cannot be."""
        return _shopper, (self[:-1], dict(self.facts))


def _shopper(values: tuple[Any, ...], facts: dict[str, str]) -> Shopper:
    return new_tuple(Shopper, (*values, MappingProxyType(facts)))


class Kind:
    """All units of a cart that are the same goods; ``total`` is their list price together, ``id`` the first line's."""

    __slots__ = ("id", "index", "is_split", "item", "keys", "lines", "quantity", "total", "unit_price")

    def __init__(self, index: int, identity: tuple[Any, ...], lines: list["Line"]) -> None:
        """Take the lines of one kind."""
        self.is_split = len(lines) > 1
        if self.is_split:
            lines = sorted(lines, key=_id)
        line = lines[0]
        self.id = line.id
        self.index = index
        self.item = Item.alike(line, identity)
        self.lines = lines
        self.keys = self.item.keys
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
                by_identity.setdefault(identity_of(line), []).append(line)
        in_order = sorted(by_identity.items(), key=_first)
        self.kinds = [Kind(index, identity, lines) for index, (identity, lines) in enumerate(in_order)]
        self.parcels: Sequence[Shipping] = sorted(shipping, key=_id)
        self.parcel_prices = [parcel.price for parcel in self.parcels]
        self.prices = [kind.total for kind in self.kinds]
        self.quantities = [kind.quantity for kind in self.kinds]
        self.split = [kind for kind in self.kinds if kind.is_split]
        self.has_floors = False
        self.total = sum(self.prices)
        self.quantity = sum(self.quantities)
        self.by_key: dict[str, list[Kind]] = {}
        for kind in self.kinds:
            if kind.item.floor_price:
                self.has_floors = True
            for key in kind.keys:
                self.by_key.setdefault(key, []).append(kind)


def identity_of(line: "Line") -> tuple[Any, ...]:
    """Return everything but id and quantity: lines that agree in it hold the same goods."""
    attributes = tuple(line.attributes.items()) if line.attributes else ()
    goods = (line.sku, line.product_id, attributes, line.unit_price)
    return (*goods, line.categories, line.tags, line.floor_price or 0)
