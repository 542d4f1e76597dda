"""Callers that come at the same time, served together by one of them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")

MOST = 64
"""How many are served together at most."""


@dataclass(slots=True)
class _Guest(Generic[A, R]):
    """One who waits: until it is served, or is to serve."""

    asked: A
    answers: list[R] = field(default_factory=list)
    error: BaseException | None = None
    woken: threading.Event = field(default_factory=threading.Event)

    @property
    def is_served(self) -> bool:
        return bool(self.answers) or self.error is not None


class Gathering(Generic[A, R]):
    """Serves those who came while others were served, all together, as soon as those are done.

    Nobody waits for company: who comes when nobody is served is served at once, in its own thread. Else the first of
    those who wait serves all of them, in the order in which they came. So the more wait, the more are served at a time.
    """

    def __init__(self, serve: Callable[[Sequence[A]], Sequence[R]]) -> None:
        """Serve by this function: it answers each, in their order; what it raises, all of them get."""
        self._serve = serve
        self._lock = threading.Lock()
        self._waiting: list[_Guest[A, R]] = []
        self._is_busy = False

    def ask(self, asked: A) -> R:
        """Ask, and wait for the answer."""
        guest: _Guest[A, R] = _Guest(asked)
        with self._lock:
            self._waiting.append(guest)
            has_to_wait, self._is_busy = self._is_busy, True
        if has_to_wait:
            guest.woken.wait()
        if not guest.is_served:
            self._serve_all()
        if guest.error is not None:
            raise guest.error
        return guest.answers[0]

    def _serve_all(self) -> None:
        """Serve those who wait, oneself the first of them; the first of those who came meanwhile goes on."""
        with self._lock:
            guests, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            for guest, answer in zip(guests, self._serve([one.asked for one in guests]), strict=True):
                guest.answers.append(answer)
        except BaseException as error:  # noqa: BLE001 - everybody is told, and nobody waits for ever
            for guest in guests:
                guest.error = error
        with self._lock:
            next_one, self._is_busy = self._waiting[:1], bool(self._waiting)
        for guest in (*guests, *next_one):
            guest.woken.set()
