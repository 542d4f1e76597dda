"""What a plugin proposes, made lawful: the one gate between plugins and prices.

Whatever a plugin returns, no price falls below zero, no discount raises one, and no unit is used twice. Plugins are
trusted code: the guard is against mistakes, not against malice. Source: PRICING.md law 9. Errors: ``ProposalError``
says what was wrong.

What a plugin made is ``Any`` here until it is checked: where the engine is compiled, what is declared is believed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from math import lcm
from typing import Any, NamedTuple

from promo_engine.basket import new_tuple
from promo_engine.documents import Document
from promo_engine.evaluation import REASONS, Reason
from promo_engine.money import MAX_AMOUNT, Rounding, allocate, allocate_within, round_ratio
from promo_engine.needs import ANY, Need
from promo_engine.promotion_type import Goods, Off, Parcel, Phase, Points, PromotionType, Target, View

MAX_PROPOSALS = 10_000
MAX_BITS = 4_096
"""No numerator, denominator or common denominator is longer: whole numbers have no end, checkouts have."""


MAX_SAID = 500
MAX_VALUES = 10_000
MAX_NEEDS = 100
_HUGE = 1 << MAX_BITS


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
        if phase is Phase.REWARD:
            return Lawful(points=_points(proposed, rounding))
        if len(proposed) == 1 and type(off := proposed[0]) is Off and off.targets is view.goods:
            shares, unapplied = _one_amount(off, cap, rounding)
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


def _lawful_reason(reason: object) -> Reason:
    """Return a reason that is on the list, with parameters that are JSON and needs that ask for something."""
    if not isinstance(reason, Reason):
        raise ProposalError(f"explained with {type(reason).__name__}, not Reason")
    if reason.code not in REASONS:
        raise ProposalError(f"explained with {reason.code!r}, which is no reason")
    needs = tuple(islice(reason.needs, MAX_NEEDS + 1))
    if len(needs) > MAX_NEEDS:
        raise ProposalError(f"explained with more than {MAX_NEEDS} needs")
    if not all(type(need) is Need and need.is_lawful for need in needs):
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


def _one_amount(off: Any, cap: int | None, rounding: Rounding) -> tuple[list[int], int]:
    """Round one amount and spread it over its targets; return the shares and what could not be used up."""
    targets, numerator, denominator = off
    if type(numerator) is not int or type(denominator) is not int or not (0 <= numerator <= _HUGE >= denominator > 0):
        _check_numbers(numerator, denominator)
    if len(targets) == 1:
        room = targets[0].room
        amount = numerator if denominator == 1 else round_ratio(numerator, denominator, rounding)
        if amount <= room:
            return [amount if cap is None or amount < cap else cap], 0
        unapplied = min(numerator // denominator - room, MAX_AMOUNT)
        return [room if cap is None or room < cap else cap], max(0, unapplied)
    prices = [one.price for one in targets]
    rooms = [one.room for one in targets]
    room, unapplied = sum(rooms), 0
    if numerator > room * denominator:
        unapplied = min(numerator // denominator - room, MAX_AMOUNT)
        numerator, denominator = room, 1
    amount = numerator if denominator == 1 else round_ratio(numerator, denominator, rounding)
    if cap is not None and amount > cap:
        amount = cap
    if prices == rooms:
        return allocate(amount, prices), unapplied
    return allocate_within(amount, prices, rooms), unapplied


def _check_numbers(numerator: object, denominator: object) -> None:
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
        _check_numbers(one.numerator, one.denominator)
        points.append(one)
    denominator = _common(one.denominator for one in points)
    numerator = sum(one.numerator * (denominator // one.denominator) for one in points)
    if numerator > MAX_AMOUNT * denominator:
        raise ProposalError(f"proposed more than {MAX_AMOUNT} points")
    return round_ratio(numerator, denominator, rounding)


def _several_amounts(proposed: Sequence[object], view: View[Any], cap: int | None, rounding: Rounding) -> Lawful:
    """Round the sum of several amounts once, and spread each over its own targets."""
    offs, used = _checked(proposed, view)
    spread, unapplied = _spread(offs, cap, rounding)
    goods, parcels = [0] * len(view.goods), [0] * len(view.parcels)
    for target, share in spread:
        place = target.place
        if isinstance(target, Goods):
            # Parts of one kind, each rounded, may come to a little more than the kind.
            goods[place] = min(goods[place] + share, view.goods[place].room)
        else:
            parcels[place] += share
    return new_tuple(Lawful, (goods, parcels, used, unapplied, 0))


def _checked(proposed: Sequence[object], view: View[Any]) -> tuple[list[Off], list[int]]:
    """Return the amounts that are above zero, each checked, and how many units of each of the view's goods are used.

    The prices of a target are believed as far as such units may have them; otherwise they are the view's.
    """
    goods, parcels = view.goods, list(view.parcels)
    used = [0] * len(goods)
    offs: list[Off] = []
    for off in _not_too_many(proposed):
        if type(off) is not Off:
            raise ProposalError(f"proposed {type(off).__name__}, not Off")
        targets, numerator, denominator = off
        _check_numbers(numerator, denominator)
        there = [_addressed(target, goods, used) or _taken(target, parcels) for target in targets]
        if numerator:
            offs.append(new_tuple(Off, (there, numerator, denominator)))
    return offs, used


def _not_too_many(proposed: Sequence[object]) -> Sequence[object]:
    if len(proposed) > MAX_PROPOSALS:
        raise ProposalError(f"proposed more than {MAX_PROPOSALS} amounts")
    return proposed


def _addressed(target: Any, goods: Sequence[Goods], used: list[int]) -> Goods | None:
    """Return some goods as the view has them, and note their units; nothing where they are not there any more."""
    if type(target) is not Goods:
        return None
    _, place, line, units, price, room = target
    if type(place) is not int or type(units) is not int or not 0 <= place < len(goods):
        return None
    whole = goods[place]
    if whole.line is not line or not 0 < units <= whole.quantity - used[place]:
        return None
    used[place] += units
    if type(price) is int and type(room) is int and 0 <= room <= price <= whole.price and room <= whole.room:
        return target
    return whole.part(units)


def _taken(target: object, parcels: list[Parcel]) -> Parcel:
    """Take a parcel out of those that nobody has addressed."""
    if type(target) is not Parcel or target not in parcels:
        raise ProposalError("a target is not of this cart, or is used twice")
    return parcels.pop(parcels.index(target))


def _spread(offs: Sequence[Off], cap: int | None, rounding: Rounding) -> tuple[Iterable[tuple[Target, int]], int]:
    """Return the share of each target, and what could not be used up."""
    if len(offs) == 1:
        shares, unapplied = _one_amount(offs[0], cap, rounding)
        return zip(offs[0].targets, shares, strict=True), unapplied
    rooms = [sum(target.room for target in off.targets) for off in offs]
    exact = [
        (room, 1) if off.numerator > room * off.denominator else (off.numerator, off.denominator)
        for off, room in zip(offs, rooms, strict=True)
    ]
    denominator = _common(bottom for _, bottom in exact)
    weights = [top * (denominator // bottom) for top, bottom in exact]
    total = round_ratio(sum(weights), denominator, rounding)
    parts = _parts(total if cap is None else min(total, cap), weights, denominator, rooms)
    spread = [share for off, part in zip(offs, parts, strict=True) for share in _spread_one(off, part)]
    unapplied = sum(max(0, off.numerator // off.denominator - room) for off, room in zip(offs, rooms, strict=True))
    return spread, min(unapplied, MAX_AMOUNT)


def _spread_one(off: Off, part: int) -> list[tuple[Target, int]]:
    shares = allocate_within(part, [one.price for one in off.targets], [one.room for one in off.targets])
    return list(zip(off.targets, shares, strict=True))


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
