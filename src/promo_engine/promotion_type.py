"""What a plugin implements, and the frozen view of the cart that it is given.

A promotion type is one class. The engine decides when it is asked and in what order, and rounds, clamps and allocates
what it proposes; a type only says how much is off what.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from typing import ClassVar, Generic, NamedTuple, TypeAlias, TypeVar

from promo_engine.basket import Item, Shopper, new_tuple
from promo_engine.documents import Document
from promo_engine.evaluation import Reason
from promo_engine.money import NO_CURRENCIES, Currency
from promo_engine.rules import Rules, read_rules, rules_schema

API_VERSION = 1
"""The version of this interface; a plugin that was made for another one is refused when it is loaded."""


class Phase(IntEnum):
    """When a promotion is applied; lower first. The three item phases are PRICING.md section 3's order.

    In ``BUNDLE`` and ``BUY_X_GET_Y`` promotions use units up: every unit that a proposal addresses is used, and no
    other promotion of these two phases sees it. In ``REWARD`` there are points only.
    """

    BUNDLE = 0
    BUY_X_GET_Y = 1
    ITEM = 2
    ORDER = 3
    SHIPPING = 4
    REWARD = 5

    @property
    def uses_units(self) -> bool:
        """Whether a unit may serve one promotion of this phase only."""
        return self <= Phase.BUY_X_GET_Y


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
        price = _first_units(whole, units, quantity)
        room = price if room == whole else _first_units(room, units, quantity)
        return new_tuple(Goods, (kind, place, line, quantity, price, room))


def _first_units(price: int, units: int, first: int) -> int:
    """Return the price of the first of some units that divide a price evenly.

    >>> [_first_units(380, 3, first) for first in (1, 2, 3)]
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
    return sorted(goods, key=lambda one: (-one.unit_price, one.place))


class PromotionType(ABC, Generic[R]):
    """The behaviour behind a ``promotion_type``: one class, one ``propose``.

    Example: a type that takes the price of one matching unit off::

        class OneFree(PromotionType[Rules]):
            name = "one_free"
            title = "One unit free"
            version = "1.0"
            rules_model = Rules

            def propose(self, view):
                yield Off(view.goods[:1], view.goods[0].unit_price)
    """

    name: ClassVar[str]
    title: ClassVar[str]
    version: ClassVar[str]
    rules_model: type[R]
    api_version: ClassVar[int] = API_VERSION

    @abstractmethod
    def propose(self, view: View[R]) -> Iterable[Proposal]:
        """Say what is off; at least one of the view's goods or parcels is there. Target each unit at most once."""

    def explain(self, view: View[R]) -> Reason | None:
        """Say why these rules have nothing to offer to this cart, at list prices; ``None`` where they have.

        Asked where ``propose`` had nothing, and of carts that hold none of the goods, too. The reason's code is one of
        PRICING.md section 6. With ``needs`` it is an opportunity: goods that meet them, and match the rules common to
        all types, make these rules have something to offer.
        """
        return None

    def bound(self, view: View[R]) -> Bound | None:
        """Say what is off at most, whichever of the units are left; ``None`` for no more than their price.

        Asked only where many promotions compete for units, at list prices. The closer it is, the sooner the best set of
        them is found; one that is too low may make the engine miss it.
        """
        return None

    def phase(self, rules: R) -> Phase:
        """Say when these rules are applied: with a selector on items, otherwise on the order."""
        return Phase.ITEM if rules.has_selector else Phase.ORDER

    def selectors(self, rules: R) -> Collection[str]:
        """Name what goods must bear to matter to these rules, by SKU, product id, category or tag; none for any."""
        return rules.applicable

    def read_rules(
        self, document: object, currency: Currency | None = None, private: Mapping[str, Currency] = NO_CURRENCIES
    ) -> R:
        """Read rules: from the ruleset's minor units, or from decimals of a currency, ``private`` ones by their codes.

        Raises:
            RulesError: names every field that is wrong.
        """
        return read_rules(self.rules_model, document, currency, private)

    def rules_schema(self) -> Document:
        """Return the JSON Schema of the rules, as the company API takes them."""
        return rules_schema(self.rules_model)
