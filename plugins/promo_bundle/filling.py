"""Which units fill which components of so many bundles: the dearest that fit, found exactly.

Units that fit into components are a transversal matroid: taken dearest first, each as long as there is still a place
for it (others may move to make room), they are the dearest units that fill the bundles. What the dearest units of one
more bundle add never rises with the number of bundles, so the best number is found by bisection.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
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
        self.bundles = bundles
        self.units: dict[int, int] = {}
        self.price = 0
        self.room = [quantity * bundles for quantity, _ in components]
        self._held: list[dict[int, int]] = [{} for _ in components]
        self._closed: set[int] = set()
        self._fits: dict[int, list[int]] = {}
        for place, (_, fitting) in enumerate(components):
            for goods in fitting:
                self._fits.setdefault(goods.place, []).append(place)
        there = {goods.place: goods for _, fitting in components for goods in fitting}
        for goods in dearest_first(there.values()):
            self._add(goods)

    @property
    def is_complete(self) -> bool:
        """Whether every place is filled."""
        return not any(self.room)

    def _add(self, goods: Goods) -> None:
        """Place as many of these units as fit, moving others that fit elsewhere."""
        left = goods.quantity
        for place in self._fits[goods.place]:
            while left and (room := self._make_room(place)):
                units = min(left, room)
                self._put(goods.place, place, units)
                left -= units
        placed = goods.quantity - left
        self.units[goods.place] = placed
        self.price += placed * goods.unit_price

    def _make_room(self, place: int) -> int:
        """Return the room of a place, making some if need be.

        Where none can be made, none can ever: what fills these places fits nowhere else, and nothing leaves a filling.
        """
        tried = {place}
        room = self._room_of(place, tried)
        if not room:
            self._closed |= tried
        return room

    def _room_of(self, place: int, tried: set[int]) -> int:
        """Return the room of a place; where there is none, move units of it that fit elsewhere, if need be in turn."""
        if self.room[place] or place in self._closed:
            return self.room[place]
        for index, held in self._held[place].items():
            for other in self._fits[index]:
                if other not in tried and other not in self._closed:
                    tried.add(other)
                    if units := min(held, self._room_of(other, tried)):
                        self._put(index, place, -units)
                        self._put(index, other, units)
                        return units
        return 0

    def _put(self, index: int, place: int, units: int) -> None:
        held = self._held[place]
        held[index] = held.get(index, 0) + units
        if not held[index]:
            del held[index]
        self.room[place] -= units


class Bundles:
    """The bundles that some goods make, by their number; each number is filled once."""

    def __init__(self, components: Sequence[Component]) -> None:
        """Take each component's quantity and goods."""
        self._components = components
        self._fillings: dict[int, Filling] = {}

    def filled(self, bundles: int) -> Filling:
        """Return the dearest units of so many bundles."""
        if bundles not in self._fillings:
            self._fillings[bundles] = Filling(self._components, bundles)
        return self._fillings[bundles]

    def complete(self, most: int | None, least_price: int = -1) -> Filling:
        """Return as many bundles as there are, or are allowed, of those that cost more than a price.

        A bundle costs what its units add to those of the others.
        """
        there = {goods.place: goods.quantity for _, fitting in self._components for goods in fitting}
        possible = sum(there.values()) // sum(quantity for quantity, _ in self._components)

        def is_too_many(bundles: int) -> bool:
            filling = self.filled(bundles)
            return not filling.is_complete or filling.price - self.filled(bundles - 1).price <= least_price

        return self.filled(_first(is_too_many, min(possible, most or possible)) - 1)


def _first(holds: Callable[[int], bool], most: int) -> int:
    """Return the first number from 1 on for which something holds that then holds for all; ``most + 1`` for none."""
    return 1 + bisect_left(range(1, most + 1), x=True, key=holds)
