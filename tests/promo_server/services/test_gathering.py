"""Who asks while others are served is served together with who else does."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from promo_server.services import gathering
from promo_server.services.gathering import Gathering


class Counter:
    """Doubles numbers, at its first turn not before it is told to; notes who was served together."""

    def __init__(self, *, fails_at: int = -1) -> None:
        self.turns: list[list[int]] = []
        self.threads: list[threading.Thread] = []
        self.is_busy, self.goes_on = threading.Event(), threading.Event()
        self._fails_at = fails_at

    def __call__(self, asked: Sequence[int]) -> list[int]:
        self.turns.append(list(asked))
        self.threads.append(threading.current_thread())
        if len(self.turns) == 1:
            self.is_busy.set()
            self.goes_on.wait()
        if self._fails_at in asked:
            raise LookupError
        return [2 * one for one in asked]


def ask_all(counter: Counter, numbers: Sequence[int]) -> list[Future[int]]:
    """Let the first be busy, and the others come meanwhile in this order."""
    counted: Gathering[int, int] = Gathering(counter)
    with ThreadPoolExecutor(len(numbers)) as pool:
        answers = [pool.submit(counted.ask, numbers[0])]
        counter.is_busy.wait()
        for place, number in enumerate(numbers[1:], start=1):
            answers.append(pool.submit(counted.ask, number))
            while len(counted._waiting) < place:
                pass
        counter.goes_on.set()
    return answers


def test_who_is_alone_is_served_at_once_in_its_own_thread() -> None:
    counter = Counter()
    counter.goes_on.set()
    counted: Gathering[int, int] = Gathering(counter)
    assert [counted.ask(1), counted.ask(2)] == [2, 4]
    assert (counter.turns, counter.threads) == ([[1], [2]], 2 * [threading.current_thread()])


def test_who_comes_meanwhile_is_served_together_in_the_order_of_coming() -> None:
    counter = Counter()
    answers = ask_all(counter, [5, 3, 4, 1])
    assert [one.result() for one in answers] == [10, 6, 8, 2]
    assert counter.turns == [[5], [3, 4, 1]]


def test_so_many_are_served_together_and_not_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST", 2)
    counter = Counter()
    answers = ask_all(counter, [1, 2, 3, 4])
    assert [one.result() for one in answers] == [2, 4, 6, 8]
    assert counter.turns == [[1], [2, 3], [4]]


def test_a_failure_is_told_to_all_whom_it_concerns_and_to_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST", 2)
    answers = ask_all(Counter(fails_at=3), [1, 2, 3, 4])
    failed = [isinstance(one.exception(), LookupError) for one in answers]
    assert failed == [False, True, True, False]
