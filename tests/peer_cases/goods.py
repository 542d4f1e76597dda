"""Which goods of a cart a case means: its filters, as selectors and bounds of ours, or as tags on the lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from promo_engine import Line
from tests.peer_cases.fields import Fields, needed


def category_selector(name: str) -> str:
    """Name a category apart from an SKU of the same name: a selector of ours means either."""
    return f"category:{name}"


class Goods(NamedTuple):
    """One line of a case's cart; ``floor`` is the lowest unit price that discounts may reach, in minor units."""

    id: str
    sku: str
    unit_price: int
    quantity: int
    categories: frozenset[str]
    discountable: bool
    floor: int | None

    @classmethod
    def read(cls, fields: Fields) -> "Goods":
        """Read a line."""
        return cls(
            id=needed(fields.text("id"), "id of a line"),
            sku=needed(fields.text("sku"), "sku"),
            unit_price=needed(fields.amount("unit_price"), "unit_price"),
            quantity=needed(fields.count("quantity"), "quantity of a line"),
            categories=frozenset(map(category_selector, fields.texts("categories"))),
            discountable=fields.flag("discountable", default=True),
            floor=fields.amount("min_unit_price"),
        )


@dataclass(frozen=True, slots=True)
class Filter:
    """An ``applies_to``, ``buy``, ``get`` or component: any of its selectors, none of the excluded, within the bounds.

    An empty one means all goods.
    """

    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    @classmethod
    def read(cls, fields: Fields) -> "Filter":
        """Read a filter; unit prices in minor units, both bounds inclusive."""
        return cls(
            skus=fields.texts("skus"),
            categories=tuple(map(category_selector, fields.texts("categories"))),
            excluded=(*fields.texts("excluded_skus"), *map(category_selector, fields.texts("excluded_categories"))),
            least=fields.amount("unit_price_min"),
            most=fields.amount("unit_price_max"),
        )

    @property
    def is_all(self) -> bool:
        """Whether all goods are meant."""
        return self == Filter()

    @property
    def named(self) -> tuple[str, ...]:
        """What goods must bear one of."""
        return (*self.skus, *self.categories)

    @property
    def is_plain(self) -> bool:
        """Whether selectors alone name these goods."""
        return self == Filter(self.skus, self.categories) and not self.is_all

    def takes(self, goods: Goods) -> bool:
        """Whether goods are meant."""
        keys = {goods.sku, *goods.categories}
        is_named = not self.named or not keys.isdisjoint(self.named)
        is_within = (self.least or 0) <= goods.unit_price and (self.most is None or goods.unit_price <= self.most)
        return is_named and is_within and keys.isdisjoint(self.excluded)

    def rules(self) -> dict[str, Any]:
        """Return the rules that say the same of a whole promotion."""
        return {
            "applicable_items": self.skus,
            "applicable_categories": self.categories,
            "excluded_items": self.excluded,
            "min_unit_price": self.least,
            "max_unit_price": self.most,
        }


class Shelf:
    """The goods of a cart. Those that selectors alone cannot name are tagged, as a shop would."""

    def __init__(self, goods: Sequence[Goods]) -> None:
        self.goods = goods
        self._tags: dict[Filter, str] = {}

    def selectors(self, wanted: Filter) -> tuple[str, ...]:
        """Return selectors that name these goods and no others."""
        if wanted.is_plain:
            return wanted.named
        return (self._tags.setdefault(wanted, f"goods:{len(self._tags) + 1}"),)

    def lines(self) -> list[Line]:
        """Return the lines of the cart, tagged."""
        return [_line(one, self._tags) for one in self.goods]


def _line(goods: Goods, tags: Mapping[Filter, str]) -> Line:
    return Line(
        id=goods.id,
        sku=goods.sku,
        unit_price=goods.unit_price,
        quantity=goods.quantity,
        categories=sorted(goods.categories),
        tags=[tag for wanted, tag in tags.items() if wanted.takes(goods)],
        discountable=goods.discountable,
        floor_price=goods.floor,
    )
