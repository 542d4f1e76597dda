"""What a plugin proposes, made lawful: the one gate between plugins and prices.

Whatever a plugin returns, no price falls below zero and no discount raises one. Plugins are trusted code: the guard is
against mistakes, not against malice. Source: PRICING.md law 9. Errors: ``ProposalError`` says what was wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import lcm
from typing import Any

from promo_engine.money import Rounding, allocate, round_ratio
from promo_engine.promotion_type import Off, PromotionType, Target, View

MAX_OFFS = 10_000


class ProposalError(Exception):
    """A plugin raised, or proposed something that is no discount."""


@dataclass(frozen=True, slots=True)
class Lawful:
    """A proposal in whole minor units: the shares of targets, and what could not be used up."""

    shares: tuple[tuple[Target, int], ...]
    unapplied: int


def propose(promotion_type: PromotionType[Any], view: View[Any], rounding: Rounding) -> Lawful:
    """Ask a type what is off, and make the answer lawful.

    Each amount is clamped to the running price of its targets; the exact sum is rounded once, capped by
    ``max_discount_amount`` and spread in proportion.

    Raises:
        ProposalError: the type raised, or proposed no lawful ``Off``.
    """
    try:
        offs = _checked(promotion_type.propose(view), view)
    except ProposalError:
        raise
    except Exception as error:  # a plugin may raise anything; the checkout goes on
        raise ProposalError(f"{type(error).__name__}: {error}") from error
    exact = [_clamped(off) for off in offs]
    denominator = lcm(*(bottom for _, bottom in exact))
    weights = [top * (denominator // bottom) for top, bottom in exact]
    total = round_ratio(sum(weights), denominator, rounding)
    cap = view.rules.max_discount_amount
    parts = _parts(total if cap is None else min(total, cap), weights, denominator, [_price(off) for off in offs])
    shares = [share for off, part in zip(offs, parts, strict=True) for share in _spread(off, part)]
    return Lawful(tuple(shares), sum(_unapplied(off) for off in offs))


def _parts(total: int, weights: list[int], denominator: int, prices: list[int]) -> list[int]:
    """Divide a rounded total over exact amounts; the unit that rounding up added goes where a price has room for it."""
    parts = allocate(min(total, sum(weights) // denominator), weights)
    if sum(parts) < total:
        room = [i for i, part in enumerate(parts) if part < prices[i]]
        parts[max(room, key=lambda i: (weights[i] - parts[i] * denominator, -i))] += 1
    return parts


def _checked(proposed: Iterable[Off], view: View[Any]) -> list[Off]:
    offs: list[Off] = []
    there = {id(target) for target in (*view.goods, *view.parcels)}
    for off in proposed:
        _check(off, there)
        offs.append(off)
        if len(offs) > MAX_OFFS:
            raise ProposalError(f"proposed more than {MAX_OFFS} amounts")
    return offs


def _check(off: object, there: set[int]) -> None:
    """Check one amount; strike its targets off those that are still there, so that none is used twice."""
    if not isinstance(off, Off):
        raise ProposalError(f"proposed {type(off).__name__}, not Off")
    if not (_is_whole(off.numerator) and _is_whole(off.denominator)):
        raise ProposalError("an amount must be a ratio of two integers")
    if off.numerator < 0 or off.denominator <= 0:
        raise ProposalError("an amount must not be negative")
    for target in off.targets:
        if id(target) not in there:
            raise ProposalError("a target is not of this cart, or is used twice")
        there.remove(id(target))


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _price(off: Off) -> int:
    return sum(target.price for target in off.targets)


def _clamped(off: Off) -> tuple[int, int]:
    price = _price(off)
    if off.numerator > price * off.denominator:
        return price, 1
    return off.numerator, off.denominator


def _unapplied(off: Off) -> int:
    return max(0, off.numerator // off.denominator - _price(off))


def _spread(off: Off, part: int) -> Iterable[tuple[Target, int]]:
    shares = allocate(part, [target.price for target in off.targets])
    return ((target, share) for target, share in zip(off.targets, shares, strict=True) if share)
