"""Processes that really are processes: forked from one that has imported everything and opened nothing."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

PATIENCE = 300
"""Seconds until all processes have to be there."""

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(
    [f"tests.chaos.{name}" for name in ("attempts", "clerk", "doomed", "proxy", "shopper", "weather")]
)


def all_at_once(do: Callable[[T], R], tasks: Sequence[T]) -> list[R]:
    """Do each task in a process of its own, all from the same moment on; return what each returned."""
    meeting = FORK.Barrier(len(tasks))
    with ProcessPoolExecutor(len(tasks), mp_context=FORK, initializer=_join, initargs=(meeting,)) as pool:
        return list(pool.map(_when_all_are_here, [do] * len(tasks), tasks))


_meeting: Any = None


def _join(meeting: Any) -> None:
    global _meeting  # noqa: PLW0603 - a barrier can be given to a process only when it starts
    _meeting = meeting


def _when_all_are_here(do: Callable[[T], R], task: T) -> R:
    _meeting.wait(PATIENCE)  # so each process takes one task
    return do(task)
