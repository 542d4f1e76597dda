"""Leaving an API alone for a moment that failed several times in a row."""

from collections.abc import Callable

FAILURES = 3
PAUSE = 1.0
"""Seconds."""


class Breaker:
    """Counts failures in a row; after three of them the API is not asked for a second.

    >>> breaker = Breaker(lambda: 0.0)
    >>> for _ in range(3):
    ...     breaker.failed()
    >>> breaker.is_open
    True
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start closed: the API may be asked."""
        self._clock = clock
        self._failures, self._ask_again_at = 0, 0.0

    @property
    def is_open(self) -> bool:
        """Whether the API is to be left alone."""
        return self._clock() < self._ask_again_at

    def failed(self) -> None:
        """Note that the API did not answer."""
        self._failures += 1
        if self._failures >= FAILURES:
            self._ask_again_at = self._clock() + PAUSE

    def worked(self) -> None:
        """Note that the API answered."""
        self._failures, self._ask_again_at = 0, 0.0
