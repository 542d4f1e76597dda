"""The one retry policy: what may be repeated, when, for how long. Time and chance come in.

- Reads, evaluations, entitlements, hold (its attempt id never changes), confirm, release, doubt,
  returns (by their id) and code batches (by theirs) are repeated when no reply came, and after 408,
  425, 429, 500, 502, 503 and 504.
- Creating a campaign, promotion or code, and deleting a code, is repeated only when it surely was
  not processed: no connection, 429, 503.
- A 409 is never repeated: it is an answer.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from promo_sdk._request import Call, Reply
from promo_sdk.errors import TransportError

RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
UNPROCESSED = frozenset({429, 503})


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance: seconds that only grow, the date, a random number in [0, 1)."""

    monotonic: Callable[[], float] = monotonic
    now: Callable[[], datetime] = _utc_now
    random: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to try. All times are seconds.

    Between attempts it waits a random part of ``base_delay``, doubled each time up to ``max_delay``
    (full jitter). ``Retry-After`` is waited in full, plus that jitter; where it asks for more than
    ``max_retry_after`` the error is raised at once, with ``retry_after`` for the caller. No attempt
    begins later than ``deadline`` after the first.

    >>> RetryPolicy(max_attempts=1)  # never retry
    RetryPolicy(max_attempts=1, base_delay=0.2, max_delay=2.0, max_retry_after=10.0, deadline=30.0)
    """

    max_attempts: int = 3
    base_delay: float = 0.2
    max_delay: float = 2.0
    max_retry_after: float = 10.0
    deadline: float = 30.0

    def __post_init__(self) -> None:
        """Refuse a policy that never tries.

        Raises:
            ValueError: fewer than one attempt, or a negative time.
        """
        times = (self.base_delay, self.max_delay, self.max_retry_after)
        if self.max_attempts < 1 or min(times) < 0 or self.deadline <= 0:
            raise ValueError("a retry policy needs at least 1 attempt and no negative time")

    def delay(
        self,
        call: Call[Any],
        attempt: int,
        outcome: Reply | TransportError,
        *,
        elapsed: float,
        chance: float,
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or ``None`` to stop.

        Args:
            call: what was tried.
            attempt: how often it has been tried, from 1.
            outcome: how the last attempt ended.
            elapsed: seconds since the first attempt began.
            chance: a random number in [0, 1).
        """
        if attempt >= self.max_attempts or not may_repeat(call, outcome):
            return None
        doublings = min(attempt - 1, 60)
        wait = chance * min(self.max_delay, self.base_delay * 2**doublings)
        asked = outcome.retry_after if isinstance(outcome, Reply) else None
        if asked is not None:
            if asked > self.max_retry_after:
                return None
            wait += asked
        return wait if elapsed + wait < self.deadline else None


def may_repeat(call: Call[Any], outcome: Reply | TransportError) -> bool:
    """Whether the call may be sent again after this outcome."""
    if not may_have_acted(outcome):
        return True
    is_passing = isinstance(outcome, TransportError) or outcome.status in RETRYABLE
    return call.is_repeatable and is_passing


def may_have_acted(outcome: Reply | TransportError) -> bool:
    """Whether the API may have processed an attempt that ended so."""
    return outcome.was_sent if isinstance(outcome, TransportError) else outcome.status not in UNPROCESSED


@dataclass(slots=True)
class Attempts:
    """One call under way: counts its attempts and asks the policy after each.

    ``was_sent`` becomes true with the first attempt that the API may have processed.
    """

    call: Call[Any]
    policy: RetryPolicy
    clock: Clock
    count: int = 1
    was_sent: bool = False
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        """Start counting the deadline."""
        self._began = self.clock.monotonic()

    def timeout(self, seconds: float) -> float:
        """Return the time for this attempt: no more than what is left of the deadline."""
        return max(0.001, min(seconds, self.policy.deadline - self._elapsed()))

    def pause(self, outcome: Reply | TransportError) -> float | None:
        """Return the seconds to wait before the next attempt, or ``None`` to stop."""
        chance, elapsed = self.clock.random(), self._elapsed()
        delay = self.policy.delay(self.call, self.count, outcome, elapsed=elapsed, chance=chance)
        self.count += 1
        self.was_sent |= may_have_acted(outcome)
        return delay

    def _elapsed(self) -> float:
        return self.clock.monotonic() - self._began
