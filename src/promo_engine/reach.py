"""Which units of the matching goods a promotion addresses, and how much of their price it may take.

Most promotions address all units of the kinds that match, at their running price; the rest of this module is for those
that say otherwise: the cheapest units only, none that is discounted already, not below a floor. Source: PRICING.md
sections 1 and 4.
"""

from collections.abc import Iterable, Sequence

from promo_engine.basket import Item, Kind, new_tuple
from promo_engine.prices import Prices
from promo_engine.rules import UnitRules
from promo_engine.view import Goods


def all_units(kinds: Sequence[Kind], prices: Prices) -> tuple[Goods, ...]:
    """Return all units, at their running price."""
    left = prices.kinds
    goods: list[Goods] = []
    for kind in kinds:
        price = left[kind.index]
        goods.append(new_tuple(Goods, (kind.index, len(goods), kind.item, kind.quantity, price, price)))
    return tuple(goods)


def unused_units(kinds: Sequence[Kind], prices: Prices) -> tuple[Goods, ...]:
    """Return the units that no bundle and no buy-x-get-y has used, at their list price."""
    left, unused = prices.kinds, prices.unused
    goods: list[Goods] = []
    for kind in kinds:
        if units := unused[kind.index]:
            price = units * kind.unit_price
            price = min(price, left[kind.index])
            goods.append(new_tuple(Goods, (kind.index, len(goods), kind.item, units, price, price)))
    return tuple(goods)


def above_floors(goods: Iterable[Goods]) -> tuple[Goods, ...]:
    """Return goods of which no more may be discounted than what is above the floor price of their line."""
    return tuple(one._replace(room=_room_above(one, one.line.floor_price)) for one in goods)


def chosen_units(kinds: Sequence[Kind], prices: Prices, rules: UnitRules) -> tuple[Goods, ...]:
    """Return the units that the rules choose, with what they may take of each."""
    goods = _lines(kinds, prices, rules) if rules.speaks_of_lines else list(all_units(kinds, prices))
    if rules.exclude_discounted:
        goods = _undiscounted(goods, prices)
    if rules.max_units is not None:
        goods = _first(goods, rules.max_units, is_dearest=rules.unit_selection == "dearest_first")
    return tuple(_limited(one, place, rules) for place, one in enumerate(goods))


def _lines(kinds: Sequence[Kind], prices: Prices, rules: UnitRules) -> list[Goods]:
    """Return goods line by line, for rules that speak of lines."""
    goods = []
    for kind in kinds:
        left = prices.lines[kind.index] if kind.is_split else [prices.kinds[kind.index]]
        for line, price in zip(kind.lines, left, strict=True):
            one = Goods(kind.index, 0, Item.of(line), line.quantity, price, price)
            most = rules.max_units_per_line
            goods.append(one if most is None or most >= line.quantity else one.part(most))
    return goods


def _undiscounted(goods: Iterable[Goods], prices: Prices) -> list[Goods]:
    """Leave out the units that an earlier promotion addressed; the others stand at their list price.

    Of a kind whose units are divided evenly the others may have lost a part of it, too: no more is taken than is left
    of all, above the floor of their line.
    """
    addressed = prices.addressed.copy()
    others = []
    for one in goods:
        gone = min(addressed.get(one.kind, 0), one.quantity)
        if gone:
            addressed[one.kind] -= gone
            units = one.quantity - gone
            price = min(units * one.unit_price, one.price)
            room = min(price, _room_above(one, one.line.floor_price))
            one = one._replace(quantity=units, price=price, room=room)  # noqa: PLW2901
        if one.quantity:
            others.append(one)
    return others


def _first(goods: Iterable[Goods], most: int, *, is_dearest: bool) -> list[Goods]:
    """Return the first so many units by list price, in canonical order again."""
    taken: list[Goods] = []
    for one in sorted(goods, key=lambda one: (-one.unit_price if is_dearest else one.unit_price, one.kind)):
        units = min(one.quantity, most)
        if units:
            taken.append(one.part(units))
            most -= units
    return sorted(taken, key=lambda one: (one.kind, one.line.id))


def _limited(goods: Goods, place: int, rules: UnitRules) -> Goods:
    """Set the price that a discount is computed on, and how much of the running price may still be discounted."""
    room = _room_above(goods, max(rules.floor_price or 0, goods.line.floor_price))
    price = goods.unit_price * goods.quantity if rules.basis == "original" else goods.price
    return goods._replace(place=place, price=price, room=room)


def _room_above(goods: Goods, floor: int) -> int:
    """Return how much of the running price may be discounted, no unit below a floor."""
    return min(goods.room, max(0, goods.price - floor * goods.quantity))
