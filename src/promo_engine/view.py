"""What a promotion type is given of a cart, and what it answers: values in canonical order, and no way to the cart."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from promo_engine.basket import Item, Shopper, new_tuple
from promo_engine.money import Currency
from promo_engine.rules import Rules

R = TypeVar("R", bound=Rules)


class Goods(NamedTuple):
    """All matching units of one kind: lines that agree in everything but id and quantity.

    ``price`` is the running price of all these units together, in minor units, as earlier promotions left it; ``room``
    is how much of it may still be discounted. Where units are used up, only the unused ones are here, at their list
    price. ``place`` is where these goods stand in the view; ``kind`` and ``line`` are the engine's own.
    """

    kind: int
    place: int
    line: Item
    quantity: int
    price: int
    room: int

    @property
    def sku(self) -> str:
        """The SKU of each unit."""
        return self.line.sku

    @property
    def product_id(self) -> str:
        """The product id of each unit."""
        return self.line.product_id

    @property
    def unit_price(self) -> int:
        """The list price of one unit, in minor units."""
        return self.line.unit_price

    @property
    def categories(self) -> Sequence[str]:
        """The categories of each unit."""
        return self.line.categories

    @property
    def tags(self) -> Sequence[str]:
        """The tags of each unit."""
        return self.line.tags

    @property
    def attributes(self) -> Mapping[str, str]:
        """The attributes of each unit."""
        return dict(self.line.attributes)

    def bears(self, names: Collection[str]) -> bool:
        """Whether the SKU, the product id, a category or a tag is one of these."""
        return not self.line.keys.isdisjoint(names)

    def part(self, quantity: int) -> "Goods":
        """Return some of these units, with their part of the running price: equal units differ by at most one.

        >>> from promo_engine.testing import some_goods
        >>> milk = some_goods("MILK", 129, 3, price=380)
        >>> [milk.part(units).price for units in (1, 2, 3)]
        [127, 254, 380]
        """
        kind, place, line, units, whole, room = self
        if quantity == units:
            return self
        price = first_units(whole, units, quantity)
        room = price if room == whole else first_units(room, units, quantity)
        return new_tuple(Goods, (kind, place, line, quantity, price, room))


def first_units(price: int, units: int, first: int) -> int:
    """Return the price of the first of some units that divide a price evenly.

    >>> [first_units(380, 3, first) for first in (1, 2, 3)]
    [127, 254, 380]
    """
    each, odd = divmod(price, units)
    return each * first + (odd if odd < first else first)


class Parcel(NamedTuple):
    """One shipping entry at its running price, in minor units; all of it may be discounted."""

    place: int
    method: str
    price: int

    @property
    def room(self) -> int:
        """How much may still be discounted."""
        return self.price


Target: TypeAlias = Goods | Parcel


class Off(NamedTuple):
    """An exact amount off some goods or parcels together: ``numerator / denominator`` minor units.

    The engine sums what a promotion proposes, rounds once, clamps to what is left and spreads each amount over its
    targets in proportion to their running prices. Nothing off some goods says that they were needed: bought, so that
    others are free.
    """

    targets: Sequence[Target]
    numerator: int
    denominator: int = 1

    @classmethod
    def percent(cls, targets: Iterable[Target], percentage: Decimal) -> "Off":
        """Take a percentage off the running price of all targets together.

        >>> from promo_engine.testing import some_goods
        >>> milk = some_goods("MILK", 129, 3)
        >>> off = Off.percent([milk], Decimal("12.5"))
        >>> off.numerator / off.denominator
        48.375
        """
        targets = targets if isinstance(targets, tuple) else tuple(targets)
        numerator, denominator = percentage.as_integer_ratio()
        denominator *= 100
        price = room = 0
        for target in targets:
            price += target.price
            room += target.room
        amount = price * numerator
        if price != room:
            amount = sum(min(target.price * numerator, target.room * denominator) for target in targets)
        return new_tuple(cls, (targets, amount, denominator))


class Flat(NamedTuple):
    """The same off for every cart: an exact amount off all matching goods together, or a part of their running price.

    ``numerator / denominator`` minor units, or with ``is_part`` that part of the price, which is at most all of it.
    """

    numerator: int
    denominator: int = 1
    is_part: bool = False

    @classmethod
    def percent(cls, percentage: Decimal) -> "Flat":
        """Take a percentage off.

        >>> Flat.percent(Decimal("12.5"))
        Flat(numerator=25, denominator=200, is_part=True)
        """
        numerator, denominator = percentage.as_integer_ratio()
        return cls(numerator, denominator * 100, is_part=True)


class Points(NamedTuple):
    """An exact number of points for the customer: ``numerator / denominator``, rounded once by the engine."""

    numerator: int
    denominator: int = 1


Proposal: TypeAlias = Off | Points


class Bound(NamedTuple):
    """The most that a promotion takes off the view's goods, or off any part of them, whichever is left to it.

    Each of the two holds by itself: no more than ``together``; and no more than the units that it uses count for, where
    all units of one of the goods count for its number in ``each``, in the order of the view. Minor units, rounded up.
    """

    together: int
    each: Sequence[int]


class View(NamedTuple, Generic[R]):
    """What a promotion type is given: its rules, and what matches them, in canonical order.

    It holds values only: whatever a plugin does to them, the cart stays as it is. ``listed`` is the engine's own.
    """

    rules: R
    currency: Currency
    goods: tuple[Goods, ...]
    parcels: tuple[Parcel, ...]
    customer: Shopper | None
    listed: Callable[[], int] = int

    @property
    def list_total(self) -> int:
        """The list price of all matching goods, whichever of their units are addressed."""
        return self.listed()

    def bearing(self, names: Collection[str]) -> tuple[Goods, ...]:
        """Return the goods that bear one of these selectors; all goods where there are none."""
        wanted = frozenset(names)
        return tuple(goods for goods in self.goods if goods.bears(wanted)) if wanted else self.goods


def dearest_first(goods: Iterable[Goods]) -> list[Goods]:
    """Return goods by list price, dearest first; of one price in canonical order: how units are chosen."""
    in_order = sorted(goods, key=_place)
    in_order.sort(key=_list_price, reverse=True)  # and of one price still in that order
    return in_order


_place = attrgetter("place")
_list_price = attrgetter("line.unit_price")
