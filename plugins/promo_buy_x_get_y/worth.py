"""What units are worth at most to a buy-x-get-y, whichever of them are left to it."""

from collections.abc import Sequence
from decimal import Decimal

from promo_buy_x_get_y.pairing import PairingRules, Sides, pair_by_application
from promo_engine import Bound, Goods, dearest_first


def bound(rules: PairingRules, percentage: Decimal, goods: Sequence[Goods], sides: Sides) -> Bound:
    """Bound a percentage off the rewarded units.

    Together they are the dearest, as many as there are rewards. As to each: where any unit may be bought or rewarded,
    no reward is dearer than what is bought for it, so a unit is worth its part of an application. Otherwise a price is
    a level: what a reward costs above it is the reward's own, the rest is worth what was bought for it.
    """
    buyers, rewards = sides
    buying, getting = rules.buy_quantity, rules.get_quantity
    if buyers is rewards:
        _, rewarded = pair_by_application(rules, buyers, rewards)
        worth, parts = [one.price * getting for one in goods], buying + getting
    else:
        most = sum([one.quantity for one in buyers]) // buying * getting
        _, level = _dearest(rewards, most)
        rewarded, _ = _dearest(rewards, _allowed(rules, most))
        worth, parts = min(_worth(rules, goods, sides, 0), _worth(rules, goods, sides, level), key=sum), buying
    together = sum([one.unit_price * rewarded.get(one.place, 0) for one in goods])
    numerator, denominator = percentage.as_integer_ratio()
    denominator *= 100
    return Bound(
        -(-together * numerator // denominator), [-(-one * numerator // (denominator * parts)) for one in worth]
    )


def _allowed(rules: PairingRules, most: int) -> int:
    """Return how many of the units that may be rewarded are."""
    applications, units = rules.max_applications, rules.max_discounted_units
    if applications is not None:
        most = min(most, applications * rules.get_quantity)
    return most if units is None else min(most, units)


def _dearest(rewards: Sequence[Goods], most: int) -> tuple[dict[int, int], int]:
    """Return so many of the dearest units to reward, and the price of the next one; 0 where there is none."""
    rewarded: dict[int, int] = {}
    for one in dearest_first(rewards):
        rewarded[one.place] = min(one.quantity, most)
        if one.quantity > most:
            return rewarded, one.unit_price
        most -= one.quantity
    return rewarded, 0


def _worth(rules: PairingRules, goods: Sequence[Goods], sides: Sides, level: int) -> list[int]:
    """Return what all units of each of the goods are worth, in parts of an amount, one for each unit to buy."""
    bought, rewarded = ({one.place for one in side} for side in sides)
    worth = []
    for one in goods:
        as_reward = max(0, one.unit_price - level) * rules.buy_quantity if one.place in rewarded else 0
        as_bought = level * rules.get_quantity if one.place in bought else 0
        worth.append(one.quantity * max(as_reward, as_bought))
    return worth
