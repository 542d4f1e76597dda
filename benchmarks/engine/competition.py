"""The search: twelve eligible buy-x-get-y promotions that compete for the units of one cart."""

import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from promo_engine import UNKNOWN, Cart, Promotion, Ruleset, evaluate
from promo_engine.application import Till
from promo_engine.chosen import Chosen, apply_all
from promo_engine.testing import a_promotion, a_ruleset

from .boundary import asked_of_guard
from .cases import cart_of
from .timing import best, timed
from .workload import make

COMPETITORS = range(12)
LINES = 50
CATEGORIES = [f"C{i}" for i in range(5)]
DRAWN = 6
"""How many sets are drawn at random, always the same."""


class Searched(NamedTuple):
    """How hard the search was: times that it applied a promotion, and its time relative to applying all in turn."""

    way: str
    applications: int
    milliseconds: float
    times_plain: float
    is_optimal: bool


def measure_competition(rounds: int, seconds: float) -> list[Searched]:
    """Measure every way of competing."""
    return [_search(way, promotions, rounds, seconds) for way, promotions in ways().items()]


def ways() -> dict[str, list[Promotion]]:
    """Return sets of twelve, by the way in which they compete."""
    named: dict[str, Callable[[int], Mapping[str, Any]]] = {
        "for all goods": lambda _: {},
        "for two categories each": lambda i: {"applicable_categories": _pair(i)},
        "buying here, getting there": lambda i: {"buy_items": _pair(i)[:1], "get_items": _pair(i)[1:]},
    }
    found = {way: [_competitor(i, rules(i)) for i in COMPETITORS] for way, rules in named.items()}
    pairs = [{"applicable_categories": _pair(i)} for i in COMPETITORS]
    found["in three exclusion groups"] = [
        _competitor(i, pair, exclusion_group=f"g{i % 3}") for i, pair in enumerate(pairs)
    ]
    found["half of them not stackable"] = [_competitor(i, pair, stackable=i % 2 == 0) for i, pair in enumerate(pairs)]
    for seed in range(DRAWN):
        draw = random.Random(seed)
        found[f"drawn at random, {seed}"] = [_drawn(i, draw) for i in COMPETITORS]
    return found


def _search(way: str, promotions: list[Promotion], rounds: int, seconds: float) -> Searched:
    """Price one cart with the search; and only find its promotions and apply each of them in turn."""
    cart, ruleset = cart_of(make(LINES, 1)["lines"]), a_ruleset(*promotions)
    is_optimal = evaluate(cart, ruleset).is_optimal
    applications = len(asked_of_guard(cart, ruleset))
    searched, plain = [], []
    for _ in range(rounds):
        searched.append(timed(lambda: evaluate(cart, ruleset), seconds / 3))
        plain.append(timed(lambda: _plain(cart, ruleset), seconds / 3))
    took = best(searched).median
    return Searched(way, applications, took / 1e3, took / best(plain).median, is_optimal)


def _plain(cart: Cart, ruleset: Ruleset) -> Chosen:
    till = Till(cart, ruleset.rounding, UNKNOWN, notes_addressed=False)
    return apply_all(till, ruleset.candidates(cart))


def _pair(i: int) -> list[str]:
    """Return two categories: another two for most of the twelve."""
    return [CATEGORIES[i % 5], CATEGORIES[(i + 1 + i // 5) % 5]]


def _competitor(i: int, rules: Mapping[str, Any], **fields: Any) -> Promotion:
    base = {"buy_quantity": 1 + i % 3, "get_quantity": 1 + i % 2, "discount_value": 100 - 7 * i}
    return a_promotion("buy_x_get_y", {**base, **rules}, id=f"b{i:02}", **fields)


def _drawn(i: int, draw: random.Random) -> Promotion:
    """Draw a promotion on some goods, with some limit and some group, or without."""
    rules: dict[str, Any] = {
        "buy_quantity": draw.randint(1, 4),
        "get_quantity": draw.randint(1, 3),
        "discount_value": draw.randint(10, 100),
    }
    goods = {
        "all": {},
        "categories": {"applicable_categories": draw.sample(CATEGORIES, draw.randint(1, 3))},
        "items": {"applicable_items": [f"S{j:04}" for j in draw.sample(range(LINES), draw.randint(5, 25))]},
        "sides": {"buy_items": draw.sample(CATEGORIES, 2), "get_items": draw.sample(CATEGORIES, 2)},
    }
    rules |= goods[draw.choice(list(goods))]
    if draw.random() < 0.3:
        rules["max_applications"] = draw.randint(1, 3)
    group = draw.choice([None, None, None, "g"])
    return a_promotion("buy_x_get_y", rules, id=f"b{i:02}", exclusion_group=group)
