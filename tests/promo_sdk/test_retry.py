"""The retry policy, as properties."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_sdk import Clock, ConnectionFailed, RetryPolicy, TimedOut, TransportError
from promo_sdk._request import Reply
from promo_sdk._retry import RETRYABLE, UNPROCESSED, Attempts, may_repeat
from promo_sdk.resources.campaigns import create_campaign
from promo_sdk.resources.redemptions import get_redemption
from tests.promo_sdk.samples import NOON, STILL

READ = get_redemption("co-1")
CREATE = create_campaign(name="Spring")


def replied(status: int, retry_after: str | None = None) -> Reply:
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return Reply(status, headers, b"", "r1", NOON)


chances = st.floats(0, 1, exclude_max=True)
policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 2000),
    base_delay=st.floats(0, 10),
    max_delay=st.floats(0, 60),
    max_retry_after=st.floats(0, 60),
    deadline=st.floats(0.1, 1000),
)
outcomes = st.one_of(
    st.builds(replied, st.integers(100, 599), st.none() | st.integers(0, 99).map(str)),
    st.sampled_from([TimedOut("late"), ConnectionFailed("refused", was_sent=False)]),
)


@given(policies, st.integers(1, 2000), outcomes, st.floats(0, 1000), chances)
def test_a_pause_is_never_negative_nor_past_the_deadline(
    policy: RetryPolicy,
    attempt: int,
    outcome: Reply | TransportError,
    elapsed: float,
    chance: float,
) -> None:
    delay = policy.delay(READ, attempt, outcome, elapsed=elapsed, chance=chance)
    if delay is not None:
        assert delay >= 0
        assert elapsed + delay < policy.deadline
        assert attempt < policy.max_attempts


@given(policies, st.integers(1, 500), chances)
def test_backoff_doubles_up_to_its_longest(policy: RetryPolicy, attempt: int, chance: float) -> None:
    delay = policy.delay(READ, attempt, replied(503), elapsed=0, chance=chance)
    if delay is not None:
        assert delay <= policy.max_delay
        assert delay <= policy.base_delay * 2 ** (attempt - 1)


@given(policies, st.integers(0, 99), chances)
def test_retry_after_is_waited_in_full_or_not_at_all(policy: RetryPolicy, seconds: int, chance: float) -> None:
    delay = policy.delay(READ, 1, replied(429, str(seconds)), elapsed=0, chance=chance)
    if seconds > policy.max_retry_after:
        assert delay is None
    if delay is not None:
        assert seconds <= delay <= seconds + policy.max_delay


@given(st.integers(100, 599))
def test_a_create_is_repeated_only_after_a_reply_that_says_unprocessed(status: int) -> None:
    assert may_repeat(CREATE, replied(status)) == (status in UNPROCESSED)
    assert may_repeat(READ, replied(status)) == (status in RETRYABLE)


def test_a_create_is_repeated_only_if_it_was_never_sent() -> None:
    assert may_repeat(CREATE, ConnectionFailed("refused", was_sent=False))
    assert not may_repeat(CREATE, TimedOut("no answer"))
    assert may_repeat(READ, TimedOut("no answer"))


def test_a_conflict_is_an_answer() -> None:
    assert not may_repeat(READ, replied(409))


def test_the_time_of_an_attempt_is_cut_to_what_the_deadline_leaves() -> None:
    times = iter([0.0, 0.0, 28.0, 31.0])
    clock = Clock(monotonic=lambda: next(times), now=STILL.now, random=STILL.random)
    attempts = Attempts(READ, RetryPolicy(deadline=30), clock)
    assert [attempts.timeout(5), attempts.timeout(5), attempts.timeout(5)] == [5, 2, 0.001]


@pytest.mark.parametrize("wrong", [{"max_attempts": 0}, {"base_delay": -1}, {"max_retry_after": -1}, {"deadline": 0}])
def test_a_policy_that_never_tries_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="at least 1 attempt"):
        RetryPolicy(**wrong)
