"""The one background thread of a process: it refreshes the rules, delivers the outbox and clears up doubts."""

import logging
import os
import secrets
import threading
from collections.abc import Callable

from promo_middleware.delivery import Delivery
from promo_middleware.observer import Observer, OutboxLeft
from promo_middleware.outbox import Outbox
from promo_middleware.subscription import Subscription

logger = logging.getLogger(__name__)

# Not the generator of ``random`` itself: a shop may have seeded that, and counts on what it draws from it.
_CHANCE = secrets.SystemRandom()
LONGEST_PAUSE = 0.5
"""Seconds between two looks at the outbox when nobody wakes the thread."""
LONGEST_STOP = 10.0
"""Seconds that a process which ends waits for the thread: an ``order_lookup`` may hang."""


class Worker:
    """A daemon thread, started lazily in the process that serves, so preloading servers may fork before."""

    def __init__(
        self,
        subscription: Subscription,
        delivery: Delivery,
        refresh_every: float,
        clock: Callable[[], float],
        outbox: Outbox,
        observe: Observer,
    ) -> None:
        """Prepare; nothing runs yet. What waits in the outbox is told as often as the rules are asked for."""
        self._subscription = subscription
        self._delivery = delivery
        self._refresh_every = refresh_every
        self._clock = clock
        self._outbox = outbox
        self._observe = observe
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._pid = 0
        self._thread: threading.Thread | None = None

    def ensure_started(self) -> None:
        """Start the thread if this process has none yet."""
        if self._is_running():
            return
        with self._lock:
            if not self._is_running():
                if self._pid not in (0, os.getpid()):
                    self._forget_parent()
                self._thread = threading.Thread(target=self._run, name="promotions", daemon=True)
                self._pid = os.getpid()
                self._thread.start()

    def _forget_parent(self) -> None:
        """Take new locks: those of a process that forked while its thread ran may be held by nobody who is here."""
        self._wake, self._stop = threading.Event(), threading.Event()
        self._delivery.forget_parent()

    def _is_running(self) -> bool:
        return self._pid == os.getpid() and self._thread is not None and self._thread.is_alive()

    def wake(self) -> None:
        """Have the outbox looked at now."""
        self._wake.set()

    def stop(self) -> None:
        """Have what is due delivered once more, and wait for it, if not for long; the rest stays in the outbox."""
        self._stop.set()
        self._wake.set()
        with self._lock:
            if self._thread is not None and self._pid == os.getpid():
                self._thread.join(LONGEST_STOP)
            self._thread, self._pid = None, 0
            self._stop = threading.Event()

    def _run(self) -> None:
        stop = self._stop  # of this thread: it may end after another one has begun
        refresh_at, is_first, is_last = 0.0, True, False
        while not is_last:
            is_last = stop.is_set()
            self._wake.clear()
            try:
                if is_due := self._clock() >= refresh_at:
                    self._subscription.refresh()
                    jitter = _CHANCE.uniform(0.9, 1.1)
                    refresh_at = self._clock() + self._refresh_every * jitter
                if is_first:
                    self._delivery.recall()
                    is_first = False
                self._delivery.work()
                if is_due:
                    self._observe(OutboxLeft(self._outbox.waiting()))
            except Exception:
                logger.exception("promotions: the background thread goes on after an error of its own")
            if not stop.is_set():
                self._wake.wait(min(LONGEST_PAUSE, self._refresh_every))
