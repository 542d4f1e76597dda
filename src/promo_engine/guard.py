"""What a plugin proposes, made lawful: the one gate between plugins and prices.

Whatever a plugin returns, no price falls below zero, no discount raises one, and no unit is used twice. Plugins are
trusted code: the guard is against mistakes, not against malice. Source: PRICING.md law 9. Errors: ``ProposalError``
says what was wrong.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import lcm
from typing import Any, TypeAlias

from promo_engine.evaluation import Reason
from promo_engine.money import MAX_AMOUNT, Rounding, allocate, round_ratio
from promo_engine.promotion_type import Goods, Off, Parcel, Phase, Points, PromotionType, Target, View

MAX_PROPOSALS = 10_000

Place: TypeAlias = tuple[type[Target], int]
"""Where a target stands: goods or a parcel, and its index."""


class ProposalError(Exception):
    """A plugin raised, or proposed something that is no discount."""


@dataclass(frozen=True, slots=True)
class Lawful:
    """A proposal in whole minor units, by the index of kinds and parcels.

    ``unapplied`` is what could not be used up; ``used`` are the units that nobody else may use.
    """

    goods: Mapping[int, int] = field(default_factory=dict)
    parcels: Mapping[int, int] = field(default_factory=dict)
    used: Mapping[int, int] = field(default_factory=dict)
    unapplied: int = 0
    points: int = 0


def propose(promotion_type: PromotionType[Any], view: View[Any], phase: Phase, rounding: Rounding) -> Lawful:
    """Ask a type what is off, and make the answer lawful.

    Each amount is clamped to the running price of its targets; the exact sum is rounded once, capped by
    ``max_discount_amount`` and spread in proportion.

    Raises:
        ProposalError: the type raised, or proposed nothing lawful.
    """
    try:
        proposed = _Checked(promotion_type.propose(view), view, phase)
    except ProposalError:
        raise
    except Exception as error:  # a plugin may raise anything; the checkout goes on
        raise ProposalError(_said(error)) from error
    goods: Counter[int] = Counter()
    parcels: Counter[int] = Counter()
    for target, share in _shares(proposed.offs, view.rules.max_discount_amount, rounding):
        (goods if isinstance(target, Goods) else parcels)[target.index] += share
    # Parts of one kind, each rounded to whole units, may come to a little more than the kind.
    lawful = {whole.index: min(share, whole.price) for whole in view.goods if (share := goods[whole.index])}
    unapplied = sum(_unapplied(off) for off in proposed.offs)
    return Lawful(lawful, parcels, proposed.used(), unapplied, proposed.points(rounding))


def explain(promotion_type: PromotionType[Any], view: View[Any]) -> Reason | None:
    """Ask a type why it has nothing to offer.

    Raises:
        ProposalError: the type raised, or gave something else than a reason.
    """
    try:
        reason = promotion_type.explain(view)
    except Exception as error:  # as above
        raise ProposalError(_said(error)) from error
    if reason is not None and not isinstance(reason, Reason):
        raise ProposalError(f"explained with {type(reason).__name__}, not Reason")
    return reason


class _Checked:
    """The amounts and points of a proposal, each of them lawful by itself."""

    def __init__(self, proposed: Iterable[object], view: View[Any], phase: Phase) -> None:
        self.offs: list[Off] = []
        self._points: list[Points] = []
        self._phase = phase
        targets: tuple[Target, ...] = (*view.goods, *view.parcels)
        self._there = {_place(target): target for target in targets}
        self._left = {place: _units(target) for place, target in self._there.items()}
        for count, one in enumerate(proposed):
            if count == MAX_PROPOSALS:
                raise ProposalError(f"proposed more than {MAX_PROPOSALS} amounts")
            self._check(one)

    def used(self) -> dict[int, int]:
        """Return how many units of each kind nobody else may use."""
        if not self._phase.uses_units:
            return {}
        units: Counter[int] = Counter()
        for target in (target for off in self.offs for target in off.targets if isinstance(target, Goods)):
            units[target.index] += target.quantity
        return units

    def points(self, rounding: Rounding) -> int:
        """Return all points together, rounded once."""
        denominator = lcm(*(one.denominator for one in self._points))
        numerator = sum(one.numerator * (denominator // one.denominator) for one in self._points)
        if numerator > MAX_AMOUNT * denominator:
            raise ProposalError(f"proposed more than {MAX_AMOUNT} points")
        return round_ratio(numerator, denominator, rounding)

    def _check(self, one: object) -> None:
        if not isinstance(one, Off | Points):
            raise ProposalError(f"proposed {type(one).__name__}, neither Off nor Points")
        if not (_is_whole(one.numerator) and _is_whole(one.denominator)):
            raise ProposalError("an amount must be a ratio of two integers")
        if one.numerator < 0 or one.denominator <= 0:
            raise ProposalError("an amount must not be negative")
        if isinstance(one, Points) is not (self._phase is Phase.REWARD):
            raise ProposalError(f"{type(one).__name__} cannot be proposed in the phase {self._phase.name}")
        if isinstance(one, Points):
            self._points.append(one)
            return
        for target in one.targets:
            self._strike(target)
        self.offs.append(one)

    def _strike(self, target: object) -> None:
        """Strike a target's units off those that are still there, so that none is used twice."""
        place = _place(target)
        there = self._there.get(place)
        if there is None or self._left[place] < _units(target) or not _is_part(target, there):
            raise ProposalError("a target is not of this cart, or a unit is used twice")
        self._left[place] -= _units(target)


def _place(target: Any) -> Place:
    return type(target), getattr(target, "index", -1)


def _units(target: Any) -> int:
    return target.quantity if isinstance(target, Goods) else 1


def _is_part(target: Any, there: Target) -> bool:
    if target is there or isinstance(there, Parcel):
        return bool(target == there)
    return _is_whole(target.quantity) and target.quantity > 0 and bool(target == there.part(target.quantity))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _said(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - what a plugin raises may not even say what it is
        return type(error).__name__


def _shares(offs: list[Off], cap: int | None, rounding: Rounding) -> Iterable[tuple[Target, int]]:
    exact = [_clamped(off) for off in offs]
    denominator = lcm(*(bottom for _, bottom in exact))
    weights = [top * (denominator // bottom) for top, bottom in exact]
    total = round_ratio(sum(weights), denominator, rounding)
    parts = _parts(total if cap is None else min(total, cap), weights, denominator, [_price(off) for off in offs])
    for off, part in zip(offs, parts, strict=True):
        shares = allocate(part, [target.price for target in off.targets])
        yield from ((target, share) for target, share in zip(off.targets, shares, strict=True) if share)


def _parts(total: int, weights: list[int], denominator: int, prices: list[int]) -> list[int]:
    """Divide a rounded total over exact amounts; the unit that rounding up added goes where a price has room for it."""
    parts = allocate(min(total, sum(weights) // denominator), weights)
    if sum(parts) < total:
        room = [i for i, part in enumerate(parts) if part < prices[i]]
        parts[max(room, key=lambda i: (weights[i] - parts[i] * denominator, weights[i], -i))] += 1
    return parts


def _price(off: Off) -> int:
    return sum(target.price for target in off.targets)


def _clamped(off: Off) -> tuple[int, int]:
    price = _price(off)
    if off.numerator > price * off.denominator:
        return price, 1
    return off.numerator, off.denominator


def _unapplied(off: Off) -> int:
    return max(0, off.numerator // off.denominator - _price(off))
