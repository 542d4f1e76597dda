"""What is left of the prices of a basket while promotions are applied one after the other. Amounts are minor units."""

from collections.abc import Sequence
from operator import add, sub

from promo_engine.basket import Basket, Item, Kind
from promo_engine.cart import Shipping
from promo_engine.money import allocate, allocate_within
from promo_engine.view import Goods


class Prices:
    """What is left of every kind, line and parcel.

    ``unused`` are the units of each kind that no bundle and no buy-x-get-y has used: they stand at list price until
    these have had their turn. ``addressed`` are the units of kinds that some promotion addressed. ``lines`` holds the
    lines of kinds that have several.
    """

    __slots__ = ("addressed", "kinds", "lines", "parcels", "unused")

    def __init__(
        self,
        kinds: list[int],
        parcels: list[int],
        unused: list[int],
        lines: dict[int, list[int]],
        addressed: dict[int, int],
    ) -> None:
        self.kinds = kinds
        self.parcels = parcels
        self.unused = unused
        self.lines = lines
        self.addressed = addressed

    def copy(self) -> "Prices":
        """Return the same prices, to go on from here in two ways."""
        lines = {index: left.copy() for index, left in self.lines.items()}
        return Prices(self.kinds.copy(), self.parcels.copy(), self.unused.copy(), lines, self.addressed.copy())

    def take(self, kinds: Sequence[Kind], shares: Sequence[int]) -> dict[str, int]:
        """Take each share off its kind; return what each line got."""
        left = self.kinds
        taken: dict[str, int] = {}
        for place, kind in enumerate(kinds):
            share = shares[place]
            if share:
                left[kind.index] -= share
                if kind.is_split:
                    self._split(kind, None, share, 0, taken)
                else:
                    taken[kind.id] = share
        return taken

    def take_one(self, kind: Kind, amount: int) -> dict[str, int]:
        """Take an amount off one kind; return what each of its lines got."""
        if kind.is_split:
            return self.take((kind,), (amount,))
        self.kinds[kind.index] -= amount
        return {kind.id: amount}

    def take_from_goods(
        self, kinds: Sequence[Kind], goods: Sequence[Goods], shares: Sequence[int], by_line: bool, floor: int
    ) -> dict[str, int]:
        """Take each share off its kind, or off one line of it; return what each line got. No shares are zeros.

        No line is taken below a floor price of its units, its own or this one; below this one only where an earlier
        promotion without it has taken some of the kind's units there, so that all lines have not enough above it.
        """
        left, splits = self.kinds, self.lines
        taken: dict[str, int] = {}
        for place, share in enumerate(shares):
            if share:
                one = goods[place]
                left[one.kind] -= share
                if one.kind in splits:
                    self._split(kinds[one.kind], one.line if by_line else None, share, floor, taken)
                else:
                    taken[one.line.id] = share
        return taken

    def take_from_parcels(self, parcels: Sequence[Shipping], shares: Sequence[int]) -> dict[str, int]:
        """Take each share off its parcel; return what each of them got, by id."""
        taken: dict[str, int] = {}
        for place, share in enumerate(shares):
            if share:
                self.parcels[place] -= share
                taken[parcels[place].id] = share
        return taken

    def use(self, goods: Sequence[Goods], used: Sequence[int]) -> None:
        """Note the units that no other promotion of a phase that uses units may use: all, or so many of each."""
        for place, units in enumerate(used or [one.quantity for one in goods]):
            self.unused[goods[place].kind] -= units

    def _split(self, kind: Kind, item: Item | None, share: int, floor: int, taken: dict[str, int]) -> None:
        """Divide a share of a kind over its lines, or give it to one of them."""
        left, own = self.lines[kind.index], kind.item.floor_price
        floor = max(floor, own)
        if item is not None:
            parts = [share if one.id == item.id else 0 for one in kind.lines]
        elif floor:
            rooms = _rooms(kind, left, floor)
            parts = allocate_within(min(share, sum(rooms)), left, rooms)
            if over := share - sum(parts):
                rest = list(map(sub, left, parts))
                parts = list(map(add, parts, allocate_within(over, rest, _rooms(kind, rest, own))))
        else:
            parts = allocate(share, left)
        for i, part in enumerate(parts):
            if part:
                left[i] -= part
                taken[kind.lines[i].id] = part

    def note_all_addressed(self, kinds: Sequence[Kind]) -> None:
        """Note that a promotion addressed all units of some kinds."""
        for kind in kinds:
            self.addressed[kind.index] = kind.quantity

    def note_addressed(self, goods: Sequence[Goods], used: Sequence[int]) -> None:
        """Note which units a promotion addressed: all of these goods, or so many of each."""
        units: dict[int, int] = {}
        for one, count in zip(goods, used or [one.quantity for one in goods], strict=True):
            units[one.kind] = units.get(one.kind, 0) + count
        for kind, count in units.items():
            self.addressed[kind] = max(self.addressed.get(kind, 0), count)


def _rooms(kind: Kind, left: Sequence[int], floor: int) -> list[int]:
    """Return how much of what is left of each line of a kind is above a floor price of its units."""
    return [max(0, price - floor * line.quantity) for line, price in zip(kind.lines, left, strict=True)]


def list_prices(basket: Basket) -> Prices:
    """Return the prices before any promotion."""
    split = basket.split
    lines = {kind.index: [line.total for line in kind.lines] for kind in split} if split else {}
    return Prices(basket.prices.copy(), basket.parcel_prices.copy(), basket.quantities.copy(), lines, {})
