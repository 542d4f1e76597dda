"""Rounds in pairs: the floor and ours by turns, by so many callers at once, each for the same time."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import NamedTuple

Call = Callable[[int, int], object]
"""What one caller does once, given its number and how often it has called before."""

WARM_UP_CALLS = 25


class Round(NamedTuple):
    """What all callers of a round did together; CPU time is this process's."""

    per_second: float
    cpu_us: float
    calls: int


class Pair(NamedTuple):
    """A floor and what is beside it, round by round."""

    key: str
    name: str
    aim: float
    callers: int
    floor: Sequence[Round]
    ours: Sequence[Round]

    @property
    def ratios(self) -> list[float]:
        """Ours to the floor in each round."""
        return [one.per_second / two.per_second for one, two in zip(self.ours, self.floor, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(self.ratios)

    @property
    def is_met(self) -> bool:
        """Whether the aim is met."""
        return self.ratio >= self.aim


def pair(
    key: str, name: str, aim: float, callers: int, floor: Call, ours: Call, *, rounds: int, seconds: float
) -> Pair:
    """Measure a floor and ours by turns; who begins changes from round to round."""
    measured: dict[Call, list[Round]] = {floor: [], ours: []}
    for call in measured:
        _run(call, callers, lambda number: number < WARM_UP_CALLS)
    for turn in range(rounds):
        for call in (floor, ours) if turn % 2 == 0 else (ours, floor):
            measured[call].append(one_round(call, callers, seconds))
    return Pair(key, name, aim, callers, measured[floor], measured[ours])


def one_round(call: Call, callers: int, seconds: float) -> Round:
    """Let so many call as often as they can for so long."""
    gc.collect()
    used, began = time.process_time(), time.perf_counter()
    calls = _run(call, callers, lambda number: number < 1 or time.perf_counter() - began < seconds)
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    return Round(calls / wall, cpu / calls * 1e6, calls)


_calls_before: dict[tuple[Call, int], int] = {}


def _run(call: Call, callers: int, goes_on: Callable[[int], bool]) -> int:
    """Call by so many threads until each is told to stop; return how many calls that were."""
    barrier = Barrier(callers)

    def caller(mine: int) -> int:
        barrier.wait()
        first, done = _calls_before.get((call, mine), 0), 0
        while goes_on(done):
            call(mine, first + done)
            done += 1
        _calls_before[call, mine] = first + done
        return done

    with ThreadPoolExecutor(callers) as pool:
        return sum(pool.map(caller, range(callers)))
