"""Which units fill which components of so many bundles: the dearest that fit, found exactly.

Units that fit into components are a transversal matroid: taken dearest first, each as long as there is still a place
for it (others may move to make room), they are the dearest units that fill the bundles. What the dearest units of one
more bundle add never rises with the number of bundles, so the best number is found by bisection.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from promo_engine import Goods, dearest_first

Component: TypeAlias = tuple[int, Sequence[Goods]]
"""How many units one bundle needs, and the goods that they may be of."""


class Filling:
    """The dearest units that fill the components of so many bundles.

    ``units`` are counted by the index of their kind, ``price`` is their list price together, ``room`` is how many
    units each component still lacks.
    """

    def __init__(self, components: Sequence[Component], bundles: int) -> None:
        """Fill as many places as there are units for."""
        self._components = components
        self.bundles = bundles
        self.units: Counter[int] = Counter()
        self.price = 0
        self.room = [quantity * bundles for quantity, _ in components]
        self._fits: dict[int, list[int]] = {}
        self._placed: dict[int, Counter[int]] = {}
        goods_there = {goods.index: goods for _, fitting in components for goods in fitting}
        for place, (_, fitting) in enumerate(components):
            for goods in fitting:
                self._fits.setdefault(goods.index, []).append(place)
        for goods in dearest_first(goods_there.values()):
            self._add(goods)

    def bundles_above(self, price: int) -> "Filling":
        """Return those of these bundles that cost more than a price: each costs what its units add to the others."""

        def is_cheap(bundles: int) -> bool:
            return Filling(self._components, bundles).price - Filling(self._components, bundles - 1).price <= price

        return Filling(self._components, bisect_left(range(1, self.bundles + 1), x=True, key=is_cheap))

    @property
    def is_complete(self) -> bool:
        """Whether every place is filled."""
        return not any(self.room)

    def _add(self, goods: Goods) -> None:
        """Place as many of these units as fit, moving others that fit elsewhere."""
        placed = self._placed[goods.index] = Counter()
        left = goods.quantity
        for place in self._fits[goods.index]:
            while left and (room := self._make_room(place, {place})):
                units = min(left, room)
                placed[place] += units
                self.room[place] -= units
                left -= units
        self.units[goods.index] = placed.total()
        self.price += placed.total() * goods.unit_price

    def _make_room(self, place: int, tried: set[int]) -> int:
        """Return the room of a place; where there is none, move units of it that fit elsewhere, if need be in turn."""
        if self.room[place]:
            return self.room[place]
        for index, placed in self._placed.items():
            for other in self._fits[index]:
                if not placed[place] or other in tried:
                    continue
                tried.add(other)
                if units := min(placed[place], self._make_room(other, tried)):
                    placed[place] -= units
                    placed[other] += units
                    self.room[other] -= units
                    self.room[place] += units
                    return units
        return 0


def all_bundles(components: Sequence[Component], most: int | None) -> Filling:
    """Return as many complete bundles as there are, or are allowed."""
    there = {goods.index: goods.quantity for _, fitting in components for goods in fitting}
    possible = sum(there.values()) // sum(quantity for quantity, _ in components)

    def is_incomplete(bundles: int) -> bool:
        return not Filling(components, bundles).is_complete

    bundles = range(1, min(possible, most or possible) + 1)
    return Filling(components, bisect_left(bundles, x=True, key=is_incomplete))
