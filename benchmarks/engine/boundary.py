"""The plugin boundary: what the registry and the guard cost, next to the promotion types alone.

The types are asked for each cart, also about what is flat: those that may say it once cost nothing here.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeAlias
from unittest.mock import patch

from promo_engine import Off, PromotionType, Ruleset, View, allocate, evaluate, guard, round_ratio
from promo_engine.cart import Cart
from promo_engine.guard import Lawful
from promo_engine.testing import a_ruleset, installed_types
from promo_engine.testing.laws import asked_each_time

from .cases import Case, cart_of, promotions_of
from .engines import time_new_carts
from .figures import Figure
from .timing import Round, best, timed

Asked: TypeAlias = tuple[PromotionType[Any], View[Any], Any, Any, Any]


def asked_of_guard(cart: Cart, ruleset: Ruleset) -> list[Asked]:
    """Return what the guard is asked while a cart is priced: once for each time that a promotion is applied.

    It is noted where the types are asked: that way it is also seen where the engine is compiled.
    """
    asked: list[Asked] = []
    applied = {id(one.compiled.rules): one.compiled for one in ruleset.candidates(cart)}

    def noting(propose: Callable[..., Any]) -> Callable[..., Any]:
        def noted(promotion_type: PromotionType[Any], view: View[Any]) -> Any:
            compiled = applied[id(view.rules)]
            asked.append((promotion_type, view, compiled.phase, compiled.cap, ruleset.rounding))
            return propose(promotion_type, view)

        return noted

    with ExitStack() as patches:
        for kind in {type(one) for one in installed_types().values()}:
            patches.enter_context(patch.object(kind, "propose", noting(kind.propose)))
        evaluate(cart, ruleset)
    return asked


def measure_boundary(rounds: int, seconds: float) -> list[Figure]:
    """Measure it for the promotions that the workload's carts get."""
    return [figure for lines in (5, 50) for figure in _of(Case(lines, 10), rounds, seconds)]


def _of(case: Case, rounds: int, seconds: float) -> list[Figure]:
    types = {name: asked_each_time(one) for name, one in installed_types().items()}
    lines, ruleset = case.workload["lines"], a_ruleset(*promotions_of(case.workload["promotions"]), types=types)
    asked = asked_of_guard(cart_of(lines), ruleset)
    ways: dict[str, Callable[[], object]] = {
        "alone": lambda: [list(promotion_type.propose(view)) for promotion_type, view, *_ in asked],
        "rounded": lambda: [_rounded(promotion_type, view) for promotion_type, view, *_ in asked],
        "guarded": lambda: _guarded(asked),
    }
    taken: dict[str, list[Round]] = {name: [] for name in ways}
    evaluations = []
    for _ in range(rounds):
        evaluations.append(time_new_carts(lines, ruleset, seconds))
        for name, way in ways.items():
            taken[name].append(timed(way, seconds))
    alone, rounded, guarded = (best(rounds).median for rounds in taken.values())
    whole = best(evaluations).median
    count, of_whole = case.lines, 100 / whole
    return [
        Figure(f"alone_us_{count}", f"L={count}: {len(asked)} promotion types alone, µs", alone),
        Figure(f"rounded_us_{count}", "… with their amounts rounded and allocated, µs", rounded),
        Figure(f"guarded_us_{count}", "… through registry and guard, µs", guarded),
        Figure(f"boundary_percent_{count}", "guarded − alone, % of an evaluation", (guarded - alone) * of_whole),
        Figure(f"checks_percent_{count}", "guarded − rounded, % of an evaluation", (guarded - rounded) * of_whole),
    ]


def _rounded(promotion_type: PromotionType[Any], view: View[Any]) -> list[list[int]]:
    """Do what any engine must do with a proposal, trusting it."""
    return [
        allocate(round_ratio(off.numerator, off.denominator), [target.price for target in off.targets])
        for off in promotion_type.propose(view)
        if isinstance(off, Off)
    ]


def _guarded(asked: list[Asked]) -> list[Lawful]:
    types = installed_types()
    return [
        guard.propose(types[promotion_type.name], view, phase, cap, rounding)
        for promotion_type, view, phase, cap, rounding in asked
    ]
