"""What is off: a percentage off the rewarded units, and nothing off those that are bought for them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from promo_buy_x_get_y.pairing import Sides, pair_by_application, pair_whole_cart
from promo_engine import Goods, Off, View


def proposal(view: View[Any]) -> Iterable[Off]:
    """Propose the discount of the units that a cart's rewards are."""
    rules, goods = view.rules, view.goods
    pair = pair_whole_cart if rules.pairing == "whole_cart" else pair_by_application
    buyers, rewards = sides_of(view)
    bought, rewarded = pair(rules, buyers, rewards)
    free = _parts(goods, rewarded)
    off = Off.percent(free, rules.discount_value)
    if len(goods) == 1 and free:  # bought and rewarded units are equal, so each gets the same
        one = goods[0]
        used = one.part(bought[one.place] + rewarded[one.place])
        return (Off((used,), off.numerator, off.denominator),)
    return off, Off(_parts(goods, bought), 0)


def sides_of(view: View[Any]) -> Sides:
    """Return the goods that may be bought, and those that may be rewarded."""
    rules = view.rules
    if not rules.buy_items and not rules.get_items:
        return view.goods, view.goods
    applicable = {goods.place for goods in view.bearing(rules.applicable)}
    buyers = tuple(goods for goods in view.bearing(rules.buy_items) if goods.place in applicable)
    return buyers, view.bearing(rules.get_items) if rules.get_items else buyers


def _parts(goods: Sequence[Goods], units: Mapping[int, int]) -> tuple[Goods, ...]:
    parts: list[Goods] = []
    for one in goods:
        count = units.get(one.place)
        if count:
            parts.append(one.part(count))
    return tuple(parts)
