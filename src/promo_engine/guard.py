"""What a plugin proposes, made lawful: the one gate between plugins and prices.

Whatever a plugin returns, no price falls below zero, no discount raises one, and no unit is used twice. Plugins are
trusted code: the guard is against mistakes, not against malice. Source: PRICING.md law 9. Errors: ``ProposalError``
says what was wrong.

What a plugin made is ``Any`` here until it is checked: where the engine is compiled, what is declared is believed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from math import lcm
from typing import Any, NamedTuple, TypeAlias

from promo_engine.basket import new_tuple
from promo_engine.documents import Document
from promo_engine.money import MAX_AMOUNT, Rounding, allocate, allocate_within, round_ratio
from promo_engine.needs import ANY, Need
from promo_engine.promotion_type import Phase, PromotionType
from promo_engine.reason import REASONS, Reason
from promo_engine.view import Goods, Off, Parcel, Points, View, first_units

MAX_PROPOSALS = 10_000
MAX_BITS = 4_096
"""No numerator, denominator or common denominator is longer: whole numbers have no end, checkouts have."""


MAX_SAID = 500
MAX_VALUES = 10_000
MAX_NEEDS = 100
_HUGE = 1 << MAX_BITS
_REWARD = Phase.REWARD


class ProposalError(Exception):
    """A plugin raised, or proposed something that is no discount."""


class Lawful(NamedTuple):
    """A proposal in whole minor units.

    ``goods`` and ``parcels`` are what is off each of the view's goods and parcels, in their order; ``used`` how many
    units of each of the goods were addressed. An empty one is all zeros. ``unapplied`` is what could not be used up.
    """

    goods: Sequence[int] = ()
    parcels: Sequence[int] = ()
    used: Sequence[int] = ()
    unapplied: int = 0
    points: int = 0


def propose(
    promotion_type: PromotionType[Any], view: View[Any], phase: Phase, cap: int | None, rounding: Rounding
) -> Lawful:
    """Ask a type what is off, and make the answer lawful.

    Each amount is clamped to what may still be discounted of its targets; the exact sum is rounded once, capped and
    spread in proportion.

    Raises:
        ProposalError: the type raised, or proposed nothing lawful.
    """
    try:
        ask: Callable[[View[Any]], Any] = promotion_type.propose
        proposed = ask(view)
        if type(proposed) is not tuple:
            proposed = tuple(islice(proposed, MAX_PROPOSALS + 1))
        if phase is _REWARD:
            return Lawful(points=_points(proposed, rounding))
        kind = type(proposed[0]) if len(proposed) == 1 else None  # apart from its comparison: see _checked
        if kind is Off:
            targets, numerator, denominator = proposed[0]
            if type(targets) is tuple and targets == view.goods:  # the view's own prices hold
                check_ratio(numerator, denominator)
                prices, rooms = [one.price for one in view.goods], [one.room for one in view.goods]
                shares, unapplied = spread(numerator, denominator, prices, rooms, cap, rounding)
                return new_tuple(Lawful, (shares, (), (), unapplied, 0))
        return _several_amounts(proposed, view, cap, rounding)
    except ProposalError:
        raise
    except Exception as error:  # a plugin, and what it proposes, may raise anything; the checkout goes on
        raise ProposalError(said(error)) from error


def explain(promotion_type: PromotionType[Any], view: View[Any]) -> Reason | None:
    """Ask a type why it has nothing to offer.

    Raises:
        ProposalError: the type raised, or gave something else than a reason.
    """
    try:
        ask: Callable[[View[Any]], object] = promotion_type.explain
        reason = ask(view)
        return None if reason is None else _lawful_reason(reason)
    except ProposalError:
        raise
    except Exception as error:  # as above
        raise ProposalError(said(error)) from error


def _lawful_reason(reason: Any) -> Reason:
    """Return a reason that is on the list, with parameters that are JSON and needs that ask for something."""
    kind = type(reason)  # as in _checked
    if kind is not Reason:
        raise ProposalError(f"explained with {kind.__name__}, not Reason")
    if reason.code not in REASONS:
        raise ProposalError(f"explained with {reason.code!r}, which is no reason")
    needs = tuple(islice(reason.needs, MAX_NEEDS + 1))
    if len(needs) > MAX_NEEDS:
        raise ProposalError(f"explained with more than {MAX_NEEDS} needs")
    kinds = {type(need) for need in needs}
    if not kinds <= {Need} or not all(need.is_lawful for need in needs):
        raise ProposalError("explained with a need that asks for nothing")
    return Reason(str(reason.code), plain(reason.params), tuple([need.within(ANY) for need in needs]))


def plain(params: Mapping[str, Any]) -> Document:
    """Return a plugin's parameters as plain JSON without floats, a copy of its own.

    Raises:
        ProposalError: they are something else, or too much.
    """
    copied: Document = _plain(dict(params), [MAX_VALUES])
    return copied


def _plain(value: Any, left: list[int]) -> Any:
    """Copy a value; ``left`` counts down how many more there may be."""
    kind = type(value)
    if kind is str:
        value.encode()  # refuses lone surrogates
        return value
    if (kind is int and -_HUGE < value < _HUGE) or kind is bool or value is None:
        return value
    if kind not in (dict, list, tuple):
        raise ProposalError(f"explained with {kind.__name__}: parameters must be JSON, without floats or huge numbers")
    left[0] -= len(value)
    if left[0] < 0:
        raise ProposalError("explained with too many parameters")
    if kind is dict:
        return {_plain_name(name): _plain(one, left) for name, one in value.items()}
    return [_plain(one, left) for one in value]


def _plain_name(name: object) -> str:
    if type(name) is not str:
        raise ProposalError(f"explained with a parameter that is called {type(name).__name__}")
    name.encode()
    return name


def spread(
    numerator: int, denominator: int, prices: list[int], rooms: list[int], cap: int | None, rounding: Rounding
) -> tuple[list[int], int]:
    """Round an exact amount once and spread it over prices, none above its room.

    Return the shares, and what could not be used up.
    """
    amount, unapplied = within(numerator, denominator, sum(rooms), cap, rounding)
    if len(prices) == 1:
        return [amount], unapplied
    return (allocate(amount, prices) if prices == rooms else allocate_within(amount, prices, rooms)), unapplied


def within(numerator: int, denominator: int, room: int, cap: int | None, rounding: Rounding) -> tuple[int, int]:
    """Round an exact amount once, down to a room and a cap; return it, and what the room did not hold."""
    unapplied = 0
    if numerator > room * denominator:
        unapplied = min(numerator // denominator - room, MAX_AMOUNT)
        amount = room
    else:
        amount = numerator if denominator == 1 else round_ratio(numerator, denominator, rounding)
    return (amount if cap is None or amount <= cap else cap), unapplied


def check_ratio(numerator: object, denominator: object) -> None:
    """Check that an exact amount is one, and of reasonable size.

    Raises:
        ProposalError: it is not.
    """
    if type(numerator) is not int or type(denominator) is not int:
        raise ProposalError("an amount must be a ratio of two integers")
    if numerator < 0 or denominator <= 0:
        raise ProposalError("an amount must not be negative")
    if numerator > _HUGE or denominator > _HUGE:
        raise ProposalError("an amount must be a ratio of reasonable size")


def _common(denominators: Iterable[int]) -> int:
    """Return what all amounts can be counted in."""
    common = 1
    for denominator in denominators:
        common = lcm(common, denominator)
        if common > _HUGE:
            raise ProposalError("the amounts have no common denominator of reasonable size")
    return common


def _points(proposed: Sequence[object], rounding: Rounding) -> int:
    """Return all points together, rounded once."""
    points: list[Points] = []
    for one in _not_too_many(proposed):
        if type(one) is not Points:
            raise ProposalError(f"proposed {type(one).__name__}, not Points, as a reward")
        check_ratio(one.numerator, one.denominator)
        points.append(one)
    denominator = _common(one.denominator for one in points)
    numerator = sum(one.numerator * (denominator // one.denominator) for one in points)
    if numerator > MAX_AMOUNT * denominator:
        raise ProposalError(f"proposed more than {MAX_AMOUNT} points")
    return round_ratio(numerator, denominator, rounding)


Places: TypeAlias = tuple[list[int], list[int], list[int]]
"""Where the targets of an amount stand in the view, goods first, then parcels; their prices, and their rooms."""

Amount: TypeAlias = tuple[Places, int, int]
"""An exact amount above zero off some targets."""


def _several_amounts(proposed: Sequence[Any], view: View[Any], cap: int | None, rounding: Rounding) -> Lawful:
    """Round the sum of several amounts once, and spread each over its own targets."""
    goods, parcels = view.goods, view.parcels
    amounts, used = _checked(proposed, view)
    off = [0] * (len(goods) + len(parcels))
    if len(amounts) == 1:
        (places, prices, rooms), numerator, denominator = amounts[0]
        shares, unapplied = spread(numerator, denominator, prices, rooms, cap, rounding)
        spreads = [(places, shares)]
    else:
        spreads, unapplied = _spread_several(amounts, cap, rounding)
    for places, shares in spreads:
        for place, share in zip(places, shares, strict=True):
            if off[place]:  # parts of one kind, each rounded, may come to a little more than the kind
                off[place] = min(off[place] + share, goods[place].room)
            else:
                off[place] = share
    if parcels:
        return new_tuple(Lawful, (off[: len(goods)], off[len(goods) :], used, unapplied, 0))
    return new_tuple(Lawful, (off, (), used, unapplied, 0))


def _checked(proposed: Sequence[Any], view: View[Any]) -> tuple[list[Amount], list[int]]:
    """Return the amounts that are above zero, each checked, and how many units of each of the view's goods are used."""
    used = [0] * len(view.goods)
    taken: set[int] = set()
    amounts: list[Amount] = []
    for off in _not_too_many(proposed):
        kind = type(off)  # not asked where it is compared: what is Off would be taken for what Off declares
        if kind is not Off:
            raise ProposalError(f"proposed {kind.__name__}, not Off")
        targets, numerator, denominator = off
        check_ratio(numerator, denominator)
        places = _places(targets, view, used, taken)
        if numerator:
            amounts.append((places, numerator, denominator))
    return amounts, used


def _not_too_many(proposed: Sequence[Any]) -> Sequence[Any]:
    if len(proposed) > MAX_PROPOSALS:
        raise ProposalError(f"proposed more than {MAX_PROPOSALS} amounts")
    return proposed


def _places(targets: Iterable[Any], view: View[Any], used: list[int], taken: set[int]) -> Places:
    """Find targets in the view, and note the units and parcels that are used; their prices are the view's."""
    goods = view.goods
    places: list[int] = []
    prices: list[int] = []
    rooms: list[int] = []
    for target in targets:
        kind = type(target)  # as above
        if kind is Goods:
            _, place, line, units, _, _ = target
            if type(place) is not int or type(units) is not int or not 0 <= place < len(goods):
                raise ProposalError(_NOT_THERE)
            _, _, its_line, there, price, room = goods[place]
            if its_line is not line or not 0 < units <= there - used[place]:
                raise ProposalError(_NOT_THERE)
            used[place] += units
            if units < there:
                is_all = room == price
                price = first_units(price, there, units)
                room = price if is_all else first_units(room, there, units)
        else:
            place = _parcel(target, view, taken)
            price = room = view.parcels[place].price
            place += len(goods)
        places.append(place)
        prices.append(price)
        rooms.append(room)
    return places, prices, rooms


def _parcel(target: object, view: View[Any], taken: set[int]) -> int:
    """Take a parcel out of those that nobody has addressed; return its place."""
    if type(target) is not Parcel or target not in view.parcels:
        raise ProposalError(_NOT_THERE)
    place = view.parcels.index(target)
    if place in taken:
        raise ProposalError(_NOT_THERE)
    taken.add(place)
    return place


_NOT_THERE = "a target is not of this cart, or is used twice"


def _spread_several(
    amounts: Sequence[Amount], cap: int | None, rounding: Rounding
) -> tuple[list[tuple[list[int], list[int]]], int]:
    """Return the places of each amount with their shares, and what could not be used up."""
    every_room = [sum(rooms) for (_, _, rooms), _, _ in amounts]
    unapplied = 0
    exact: list[tuple[int, int]] = []
    for (_, numerator, denominator), room in zip(amounts, every_room, strict=True):
        is_too_much = numerator > room * denominator
        unapplied += max(0, numerator // denominator - room)
        exact.append((room, 1) if is_too_much else (numerator, denominator))
    denominator = _common(bottom for _, bottom in exact)
    weights = [top * (denominator // bottom) for top, bottom in exact]
    total = round_ratio(sum(weights), denominator, rounding)
    parts = _parts(total if cap is None else min(total, cap), weights, denominator, every_room)
    spreads = [
        (places, allocate_within(part, prices, rooms))
        for ((places, prices, rooms), _, _), part in zip(amounts, parts, strict=True)
    ]
    return spreads, min(unapplied, MAX_AMOUNT)


def _parts(total: int, weights: list[int], denominator: int, rooms: list[int]) -> list[int]:
    """Divide a rounded total over exact amounts; the unit that rounding up added goes where there is room for it."""
    parts = allocate(min(total, sum(weights) // denominator), weights)
    if sum(parts) < total:
        places = [i for i, part in enumerate(parts) if part < rooms[i]]
        parts[max(places, key=lambda i: (weights[i] - parts[i] * denominator, weights[i], -i))] += 1
    return parts


def said(error: Exception) -> str:
    """Say in a few words what a plugin raised."""
    try:
        return f"{type(error).__name__}: {error}"[:MAX_SAID]
    except Exception:  # noqa: BLE001 - what a plugin raises may not even say what it is
        return type(error).__name__
