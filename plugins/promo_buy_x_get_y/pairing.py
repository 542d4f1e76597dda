"""Which units are bought and which are rewarded: counted in runs of equal units, never one by one."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias

from promo_engine import Goods, dearest_first


class PairingRules(Protocol):
    """The rules that decide about units."""

    @property
    def buy_quantity(self) -> int:
        """How many units are paid for in one application."""

    @property
    def get_quantity(self) -> int:
        """How many units are rewarded in one application."""

    @property
    def least_reward(self) -> int:
        """How many units the last application must reward."""

    @property
    def max_applications(self) -> int | None:
        """How often it applies."""

    @property
    def max_discounted_units(self) -> int | None:
        """How many units it rewards."""


Sides: TypeAlias = tuple[Sequence[Goods], Sequence[Goods]]
"""The goods that may be bought, and those that may be rewarded: the same sequence where any unit may be either."""


class Pool:
    """Units that nobody has taken yet, dearest first."""

    def __init__(self, goods: Iterable[Goods]) -> None:
        """Take all units of these goods in."""
        self._runs = deque((one.place, one.quantity) for one in dearest_first(goods))
        self.size = sum(units for _, units in self._runs)

    @property
    def run(self) -> int:
        """How many of the next units are of one kind."""
        return self._runs[0][1] if self._runs else 0

    def take(self, units: int, *, cheapest: bool = False) -> Counter[int]:
        """Take so many units, or what is there: by the index of their kind."""
        taken: Counter[int] = Counter()
        while units and self._runs:
            index, there = self._runs.pop() if cheapest else self._runs.popleft()
            part = min(there, units)
            taken[index] += part
            units -= part
            self.size -= part
            if part < there:
                (self._runs.append if cheapest else self._runs.appendleft)((index, there - part))
        return taken


Pairs: TypeAlias = tuple[dict[int, int], dict[int, int]]
"""How many units of each kind are bought, and how many are rewarded for it; by the place of the kind."""


def missing_units(rules: PairingRules, buyers: Sequence[Goods], rewards: Sequence[Goods]) -> tuple[int, int, int]:
    """Return how many units a cart lacks for the first reward: to buy, to be rewarded, and to be either."""
    buy, get, either = (pool.size for pool in _pools(buyers, rewards))
    buying, reward = rules.buy_quantity, rules.least_reward
    bought, rewarded = max(0, buying - buy - either), max(0, reward - get - either)
    return bought, rewarded, max(0, buying + reward - buy - get - either - bought - rewarded)


def pair_by_application(rules: PairingRules, buyers: Sequence[Goods], rewards: Sequence[Goods]) -> Pairs:
    """Cut units into applications: in each the dearest that are left are bought, and the next ones rewarded.

    Units that can be one thing only are taken for that first. The last application may reward fewer units.
    """
    if buyers is rewards:
        return _pair_same_goods(rules, buyers)
    buy, get, either = _pools(buyers, rewards)
    units = buy.size + get.size + either.size
    applications = rules.max_applications or units
    left = rules.max_discounted_units or units
    bought, rewarded = Counter[int](), Counter[int]()
    while applications and left and buy.size + either.size >= rules.buy_quantity:
        rewardable = get.size + either.size - max(0, rules.buy_quantity - buy.size)
        if rewardable < rules.least_reward:
            break
        times = max(1, min(applications, left // rules.get_quantity, _whole_applications(rules, buy, get, either)))
        reward = min(times * rules.get_quantity, rewardable, left)
        bought.update(_take(times * rules.buy_quantity, buy, either))
        rewarded.update(_take(reward, get, either))
        applications -= times
        left -= reward
    return bought, rewarded


def _pair_same_goods(rules: PairingRules, goods: Sequence[Goods]) -> Pairs:
    """Do the same where every unit may be either: in a row, dearest first, each has its place in an application."""
    buy, get = rules.buy_quantity, rules.get_quantity
    size = buy + get
    row = sum([one.quantity for one in goods])
    last = row % size
    if last < buy + rules.least_reward:
        row -= last
    if rules.max_applications is not None:
        row = min(row, rules.max_applications * size)
    if rules.max_discounted_units is not None:
        whole, rest = divmod(rules.max_discounted_units, get)
        row = min(row, whole * size + (buy + rest if rest else 0))
    bought: dict[int, int] = {}
    rewarded: dict[int, int] = {}
    start = start_rewarded = 0
    for one in dearest_first(goods) if len(goods) > 1 else goods:
        end = start + one.quantity
        end = min(end, row)
        whole, rest = divmod(end, size)
        end_rewarded = whole * get + (rest - buy if rest > buy else 0)
        reward = end_rewarded - start_rewarded
        rewarded[one.place] = reward
        bought[one.place] = end - start - reward
        start, start_rewarded = end, end_rewarded
    return bought, rewarded


def pair_whole_cart(rules: PairingRules, buyers: Sequence[Goods], rewards: Sequence[Goods]) -> Pairs:
    """Reward as many units as application by application, but the cheapest of all."""
    bought, rewarded = pair_by_application(rules, buyers, rewards)
    buy, get, either = _pools(buyers, rewards)
    cheapest = _take(sum(rewarded.values()), get, either, cheapest=True)
    return _take(sum(bought.values()), buy, either), cheapest


def _pools(buyers: Sequence[Goods], rewards: Sequence[Goods]) -> tuple[Pool, Pool, Pool]:
    """Return the units that may only be bought, those that may only be rewarded, and those that may be either."""
    bought, rewarded = ({goods.place for goods in side} for side in (buyers, rewards))
    return (
        Pool(goods for goods in buyers if goods.place not in rewarded),
        Pool(goods for goods in rewards if goods.place not in bought),
        Pool(goods for goods in buyers if goods.place in rewarded),
    )


def _whole_applications(rules: PairingRules, buy: Pool, get: Pool, either: Pool) -> int:
    """Return how many applications the next runs of equal units hold, so that they are taken at once."""
    bought, rewarded = buy if buy.size else either, get if get.size else either
    if bought is rewarded:
        return either.run // (rules.buy_quantity + rules.get_quantity)
    return min(bought.run // rules.buy_quantity, rewarded.run // rules.get_quantity)


def _take(units: int, first: Pool, then: Pool, *, cheapest: bool = False) -> Counter[int]:
    taken = first.take(units, cheapest=cheapest)
    taken.update(then.take(units - taken.total(), cheapest=cheapest))
    return taken
