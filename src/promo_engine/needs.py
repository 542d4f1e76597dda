"""What a cart needs before a condition holds, said so exactly that a shopper, or a test, can act on it.

A *need* is met by goods that are added to the cart: so many units (``add``), or goods for so much (``spend``). All
amounts are minor units at list price, unless the need says that discounts come first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from promo_engine.documents import Document


class Wanted(NamedTuple):
    """Which goods count: they bear one selector of each of ``items``, none of ``excluded``, at a price within bounds.

    Without any, all goods count that may be discounted at all.
    """

    items: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()
    min_unit_price: int | None = None
    max_unit_price: int | None = None

    @classmethod
    def bearing(cls, *items: Collection[str]) -> "Wanted":
        """Return goods that bear one selector of each collection; an empty one asks for nothing.

        >>> Wanted.bearing(["TEA", "MILK"], [], ["organic"]).items
        (('MILK', 'TEA'), ('organic',))
        """
        return cls(tuple(sorted({tuple(sorted(set(names))) for names in items if names})))

    @property
    def is_possible(self) -> bool:
        """Whether any goods can be like this."""
        has_price = (self.min_unit_price or 0) <= (self.max_unit_price or 0) or self.max_unit_price is None
        return all(self.items) and has_price

    def within(self, other: "Wanted") -> "Wanted":
        """Return the goods that are like this and like the other, said as shortly as possible."""
        excluded = {*self.excluded, *other.excluded}
        items = {tuple(name for name in names if name not in excluded) for names in (*self.items, *other.items)}
        least = [price for price in (self.min_unit_price, other.min_unit_price) if price]
        most = [price for price in (self.max_unit_price, other.max_unit_price) if price is not None]
        return Wanted(
            tuple(sorted(names for names in items if not any(set(one) < set(names) for one in items))),
            tuple(sorted(excluded)),
            max(least, default=None),
            min(most, default=None),
        )

    def document(self) -> Document:
        """Return what a need's document says of its goods."""
        return {
            "items": [list(names) for names in self.items],
            "excluded": list(self.excluded),
            "min_unit_price": self.min_unit_price,
            "max_unit_price": self.max_unit_price,
        }


ANY = Wanted()
"""All goods."""


class Part(NamedTuple):
    """So many units, or minor units, of some goods."""

    missing: int
    goods: Wanted = ANY


class Need(NamedTuple):
    """So many units to add, or so much to spend; ``missing`` is the sum of its parts.

    Each unit counts for one part only: a bundle of shirt and tie lacks one unit of each. With ``after_discounts`` the
    amount is what goods cost after the promotions that come before this one.
    """

    kind: str
    parts: tuple[Part, ...]
    after_discounts: bool = False

    @classmethod
    def add(cls, *parts: tuple[int, Wanted]) -> "Need":
        """Return the need of units: of each part's goods so many.

        >>> Need.add((1, Wanted.bearing(["SHIRT"])), (2, Wanted.bearing(["TIE", "BOW"], ["silk"]))).missing
        3
        """
        units: dict[Wanted, int] = {}
        for missing, goods in parts:
            units[goods] = units.get(goods, 0) + missing
        return cls("add", tuple([Part(missing, goods) for goods, missing in units.items() if missing]))

    @classmethod
    def spend(cls, missing: int, goods: Wanted = ANY, *, after_discounts: bool = False) -> "Need":
        """Return the need of an amount, spent on goods."""
        return cls("spend", (Part(missing, goods),), after_discounts)

    @property
    def missing(self) -> int:
        """How many units, or minor units, are missing."""
        return sum(part.missing for part in self.parts)

    @property
    def is_lawful(self) -> bool:
        """Whether it asks for something: a whole number above zero of each part."""
        is_counted = all(type(part.missing) is int and part.missing > 0 for part in self.parts)
        return self.kind in ("spend", "add") and bool(self.parts) and is_counted

    @property
    def is_possible(self) -> bool:
        """Whether any goods can meet it; those that cost nothing add up to no amount."""
        is_free = self.kind == "spend" and any(part.goods.max_unit_price == 0 for part in self.parts)
        return all(part.goods.is_possible for part in self.parts) and not is_free

    @property
    def least_amount(self) -> int:
        """What goods that meet it come to at least, at list price."""
        if self.kind == "spend":
            return max(self.missing, *(part.goods.min_unit_price or 0 for part in self.parts))
        return sum(part.missing * (part.goods.min_unit_price or 0) for part in self.parts)

    def within(self, goods: Wanted) -> "Need":
        """Return the same need of goods that are, besides, like these."""
        return self._replace(parts=tuple(Part(missing, wanted.within(goods)) for missing, wanted in self.parts))

    def implies(self, other: "Need") -> bool:
        """Whether what meets this need meets the other one as well.

        >>> Need.spend(500).implies(Need.add((1, ANY))), Need.spend(500).implies(Need.add((2, ANY)))
        (True, False)
        """
        if len(other.parts) != 1 or not all(
            part.goods.within(other.parts[0].goods) == part.goods for part in self.parts
        ):
            return self == other
        if self.after_discounts or other.after_discounts:
            return self.after_discounts == other.after_discounts and self.missing >= other.missing
        return self.missing >= other.missing if self.kind == other.kind else self.kind == "spend" and other.missing == 1

    def document(self) -> Document:
        """Return the document of a need."""
        return {
            "kind": self.kind,
            "missing": self.missing,
            "after_discounts": self.after_discounts,
            "goods": [{"missing": part.missing, **part.goods.document()} for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Opportunity:
    """The smallest change that makes a promotion eligible: what of which goods to add, and a sentence.

    Each of ``needs`` must be met, and a unit may meet several. What the promotion's maximum purchase counts may rise by
    at most ``at_most`` minor units; ``None`` is without one.
    """

    promotion_id: str
    needs: Sequence[Need]
    message: str
    at_most: int | None = None

    @property
    def kind(self) -> str:
        """What the first need asks for: ``spend`` or ``add``."""
        return self.needs[0].kind

    @property
    def missing(self) -> int:
        """How many minor units to spend, or units to add, for the first need."""
        return self.needs[0].missing

    def document(self) -> Document:
        """Return the document of an opportunity."""
        document = {"id": self.promotion_id, "kind": self.kind, "missing": self.missing, "message": self.message}
        return document | {"needs": [need.document() for need in self.needs], "at_most": self.at_most}
