"""How a call is timed: warmed up, after a garbage collection, each repetition by itself, with the collector on."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

LEAST_CALLS = 3
PATIENCE = 0.5
"""After so many seconds a round ends even with fewer calls."""
WARM_UP_CALLS = 20
ENOUGH_FOR_P99 = 100

T = TypeVar("T")


class Sample(NamedTuple):
    """What the repetitions of one round took, in microseconds: wall time each, CPU time together."""

    walls: Sequence[float]
    cpu: float


class Round(NamedTuple):
    """One round, in microseconds a call: median and 99th percentile of wall time, mean of CPU time.

    There is no 99th percentile of fewer than 100 calls.
    """

    median: float
    p99: float | None
    cpu: float
    calls: int


def summary(sample: Sample) -> Round:
    """Sum a sample up.

    >>> summary(Sample([7.0, 5.0, 6.0], 18.6))
    Round(median=6.0, p99=None, cpu=6.2, calls=3)
    """
    walls, calls = sorted(sample.walls), len(sample.walls)
    p99 = walls[int(0.99 * calls)] if calls >= ENOUGH_FOR_P99 else None
    return Round(statistics.median(walls), p99, sample.cpu / calls, calls)


def best(rounds: Sequence[Round]) -> Round:
    """Return the lowest of each figure: what is measured when the machine disturbs least.

    >>> best([Round(6.0, 9.5, 6.2, 200), Round(6.1, 8.0, 6.3, 300)])
    Round(median=6.0, p99=8.0, cpu=6.2, calls=500)
    """
    return Round(
        min(one.median for one in rounds),
        min((one.p99 for one in rounds if one.p99 is not None), default=None),
        min(one.cpu for one in rounds),
        sum(one.calls for one in rounds),
    )


def timed(call: Callable[[], object], seconds: float) -> Round:
    """Time a call that needs nothing prepared."""
    return summary(sample(lambda: None, lambda _: call(), seconds))


def once(call: Callable[[], object]) -> Round:
    """Time one call of something slow; to free what it returns does not count."""
    gc.collect()
    used, began = time.process_time(), time.perf_counter()
    result = call()
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    del result
    return summary(Sample([wall * 1e6], cpu * 1e6))


def sample(prepare: Callable[[], T], call: Callable[[T], object], seconds: float) -> Sample:
    """Repeat a call for so many seconds, each time on something new whose preparation does not count.

    Things are prepared by the batch, so that calls follow one another as closely as those that prepare nothing.
    """
    batch = _batch(_warm_up(prepare, call, seconds))
    gc.collect()
    walls: list[float] = []
    cpu = elapsed = 0.0
    started = time.perf_counter()
    while elapsed < seconds or (len(walls) < LEAST_CALLS and elapsed < PATIENCE):
        things = [prepare() for _ in range(batch)]
        used = time.process_time()
        for thing in things:
            began = time.perf_counter_ns()
            call(thing)
            walls.append((time.perf_counter_ns() - began) / 1e3)
        cpu += (time.process_time() - used) * 1e6
        elapsed = time.perf_counter() - started
    return Sample(walls, cpu)


def _warm_up(prepare: Callable[[], T], call: Callable[[T], object], seconds: float) -> float:
    """Call it some times, but not for longer than a part of a round; return the seconds of the last time."""
    started = time.perf_counter()
    for _ in range(WARM_UP_CALLS):
        thing = prepare()
        began = time.perf_counter()
        call(thing)
        ended = time.perf_counter()
        if ended - started > seconds / 4:
            break
    return ended - began


def _batch(seconds: float) -> int:
    """Return how many calls of so many seconds are some milliseconds together: at most twenty."""
    return max(1, min(20, int(0.005 / seconds)))
