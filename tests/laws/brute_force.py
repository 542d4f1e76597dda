"""Hold the search to trying every allowed set, on many random instances.

usage: python -m tests.laws.brute_force [--first SEED] [--instances N] [--most PROMOTIONS | --exactly PROMOTIONS]

An instance fails where the search does not say that it is optimal, where another set takes more by more than one minor
unit per line and promotion, or where an eligible promotion more makes the total dearer by more than that (PRICING.md
law 6). Each is drawn from its own seed, so that a run may go on where another one ended. Ends with 1 where one fails.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from typing import NamedTuple

from promo_engine import Cart, Evaluation, Promotion, evaluate
from promo_engine.application import Till
from promo_engine.compiled import Candidate
from promo_engine.entitlements import UNKNOWN, Entitlements
from promo_engine.prices import Prices, list_prices
from promo_engine.pricing import consider
from promo_engine.testing import a_ruleset
from tests.laws.instances import instance

REPORTS = 20
"""How often a run says how far it is."""


class Judged(NamedTuple):
    """One instance: what the search found, what every set finds at best, and what is wrong with that."""

    seed: int
    found: int
    best: int
    problem: str


def brute_force(cart: Cart, promotions: Iterable[Promotion], entitlements: Entitlements = UNKNOWN) -> int:
    """Apply every allowed set; return the largest total discount. Sets that begin alike share their beginning."""
    ruleset = a_ruleset(*promotions)
    considered = consider(cart, ruleset)
    till = Till(cart, ruleset.rounding, entitlements, notes_addressed=True)
    eligible = [one for one in considered._candidates if one not in considered._against]
    return _largest(till, eligible, [], list_prices(till.basket))


def _largest(till: Till, left: Sequence[Candidate], chosen: list[Candidate], prices: Prices) -> int:
    """Return the most that any set takes that begins with what is chosen."""
    most = 0
    for place, candidate in enumerate(left):
        if all(candidate.admits(one) for one in chosen):
            after = prices.copy()
            discount = till.apply(candidate, after)
            if discount is not None:
                rest = _largest(till, left[place + 1 :], [*chosen, candidate], after)
                most = max(most, discount.amount + rest)
    return most


def judge(seed: int, *, least: int, most: int) -> Judged:
    """Hold the search to every set on one instance."""
    cart, promotions = instance(seed, least, most)
    evaluation = evaluate(cart, a_ruleset(*promotions))
    found, best = _total(evaluation), brute_force(cart, promotions)
    slack = len(cart.lines) * len(promotions)
    problem = ""
    if not evaluation.is_optimal:
        problem = f"not optimal, missed {evaluation.missed}"
    elif not found <= best <= found + slack:
        problem = f"found {found}, every set {best}"
    elif (without := _total(evaluate(cart, a_ruleset(*promotions[:-1])))) > found + slack:
        problem = f"found {found}, without {promotions[-1].id} {without}"
    return Judged(seed, found, best, problem)


def run(
    first: int, instances: int, most: int, exactly: int | None = None, report: Callable[[str], None] = lambda _: None
) -> list[Judged]:
    """Judge instances of up to ``most`` promotions, or of ``exactly`` so many; return those that fail."""
    judging = partial(judge, least=1 if exactly is None else exactly, most=most if exactly is None else exactly)
    failures: list[Judged] = []
    outcomes: Counter[str] = Counter()
    part = max(1, instances // REPORTS)
    with ProcessPoolExecutor() as pool:
        judged = pool.map(judging, range(first, first + instances), chunksize=max(1, min(50, part // 8)))
        while some := list(islice(judged, part)):
            failures += [one for one in some if one.problem]
            outcomes.update("failed" if one.problem else "equal" if one.found == one.best else "close" for one in some)
            report(f"up to seed {some[-1].seed}: {_told(outcomes)}")
    return failures


def _told(outcomes: Counter[str]) -> str:
    return f"{outcomes['equal']} equal, {outcomes['close']} within rounding, {outcomes['failed']} failed"


def _total(evaluation: Evaluation) -> int:
    return sum(one.amount for one in evaluation.applied)


def main(arguments: Sequence[str]) -> int:
    """Run as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.laws.brute_force")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--instances", type=int, default=20_000)
    parser.add_argument("--most", type=int, default=8, help="up to so many promotions")
    parser.add_argument("--exactly", type=int, help="exactly so many promotions")
    given = parser.parse_args(arguments)
    report = partial(print, file=sys.stderr, flush=True)
    failures = run(given.first, given.instances, given.most, given.exactly, report)
    for one in failures:
        sys.stdout.write(f"seed {one.seed}: {one.problem}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
