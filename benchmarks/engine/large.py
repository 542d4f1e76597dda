"""Many promotions: what compiling and changing them costs, and what a cart notices of them."""

import gc
import tracemalloc
from collections.abc import Sequence

from promo_engine import Promotion, Ruleset
from promo_engine.testing import installed_types, percent_off

from .cases import Case, promotions_of, ruleset_of
from .engines import Floor, time_new_carts
from .figures import Figure
from .timing import Round, best, once, timed
from .workload import make

FEW = 10


def measure_large(count: int, rounds: int, seconds: float) -> list[Figure]:
    """Measure a ruleset of so many promotions."""
    promotions = promotions_of(make(0, count)["promotions"])
    types = installed_types()
    compiled: list[Round] = []
    floor: list[Round] = []
    for _ in range(rounds):
        floor.append(Floor().time(Case(5, FEW), seconds))
        compiled.append(once(lambda: Ruleset(promotions, types)))
    ruleset = Ruleset(promotions, types)
    one, of_floor = best(compiled), best(floor)
    return [
        Figure("compile_us", f"compiling {count:,} promotions, µs each", one.median / count),
        Figure("compile_floors", "… relative to a floor evaluation at L=5", one.median / count / of_floor.median),
        Figure("compile_floors_cpu", "… relative to it in CPU time", one.cpu / count / of_floor.cpu),
        *_change(ruleset, one, rounds, seconds),
        *_growth(ruleset, count, rounds, seconds),
        *_memory(promotions[: count // 5]),
    ]


def _change(ruleset: Ruleset, compiled: Round, rounds: int, seconds: float) -> list[Figure]:
    """Replace one promotion in a ruleset whose revision is known, and ask for the new revision."""
    another = percent_off(3, id="p1")
    revision = once(lambda: ruleset.revision)
    changed = best([timed(lambda: ruleset.changed(another).revision, seconds) for _ in range(rounds)])
    return [
        Figure("first_revision", "their first revision, relative to compiling them", revision.median / compiled.median),
        Figure("change_ms", "changing one of them, ms, new revision included", changed.median / 1e3),
        Figure("change_compile", "… relative to compiling all", changed.median / compiled.median),
    ]


def _growth(ruleset: Ruleset, count: int, rounds: int, seconds: float) -> list[Figure]:
    """Price carts with few promotions and with many in turn; five match in both."""
    figures = []
    for size in (5, 50):
        lines = make(size, FEW)["lines"]
        few, many = [], []
        for _ in range(rounds):
            few.append(time_new_carts(lines, ruleset_of(FEW), seconds))
            many.append(time_new_carts(lines, ruleset, seconds))
        name = f"t(N={count:,}) / t(N={FEW}) at L={size}"
        figures.append(Figure(f"growth_{size}", name, best(many).median / best(few).median))
    return figures


def _memory(promotions: Sequence[Promotion]) -> list[Figure]:
    """Trace what is allocated and kept: so slow that nothing is timed here, and a part of them must do."""
    count = len(promotions)
    gc.collect()
    tracemalloc.start()
    kept = Ruleset(promotions, installed_types())
    gc.collect()
    in_ruleset, _ = tracemalloc.get_traced_memory()
    values = promotions_of(make(0, count)["promotions"])
    gc.collect()
    with_values, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept.promotions) == len(values)
    given = with_values - in_ruleset
    return [
        Figure("memory_bytes", f"memory of each in a ruleset of {count:,}, bytes (tracemalloc)", in_ruleset / count),
        Figure("memory_given_bytes", "… and of the promotion given, its rules included", given / count),
    ]
