"""Waiting for an answer no longer than its deadline, in a shop that blocks."""

import threading
import time
from collections.abc import Callable


class Asking:
    """Does work in threads of its own, and leaves it alone when it takes too long."""

    def __init__(self, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take how many may be at work at once; ``clock`` counts seconds."""
        self._clock = clock
        self._free = threading.BoundedSemaphore(threads)

    def within(self, seconds: float, work: Callable[[], None]) -> bool:
        """Do the work, which must not raise; return whether it was done in time. What is late goes on by itself.

        The seconds are for both: until it may begin, and until it is done.

        >>> Asking(1).within(5.0, lambda: None)
        True
        """
        until = self._clock() + seconds
        if not self._free.acquire(timeout=seconds):
            return False
        done = threading.Event()

        def run() -> None:
            try:
                work()
            finally:
                self._free.release()
                done.set()

        try:
            threading.Thread(target=run, name="promotions-asking", daemon=True).start()
        except RuntimeError:  # the process may have no more threads, for now
            self._free.release()
            return False
        return done.wait(max(0.0, until - self._clock()))
