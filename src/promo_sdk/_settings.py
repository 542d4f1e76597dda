"""What all calls of one client share: where, for whom, with which key, how patiently. Pure.

Errors: ``ValueError`` for settings that no call could work with; it never quotes the key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from promo_sdk._request import Call
from promo_sdk._retry import Clock, RetryPolicy

KEY_VARIABLE = "PROMO_API_KEY"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a client, checked."""

    base_url: str
    company_id: str
    api_key: str = field(repr=False)
    timeout: float
    retries: RetryPolicy
    clock: Clock = field(repr=False)
    new_id: Callable[[], str] = field(repr=False)

    def __post_init__(self) -> None:
        """Check what can be checked without a call.

        Raises:
            ValueError: says which setting is wrong, and what would be right.
        """
        _check_base_url(self.base_url)
        if self.company_id in ("", ".", ".."):
            raise ValueError("company_id must not be empty, '.' or '..'")
        if not self.api_key:
            raise ValueError(f"no key: pass api_key or set {KEY_VARIABLE}")
        if not (self.api_key.isascii() and self.api_key.isprintable()) or " " in self.api_key:
            raise ValueError("api_key must be printable ASCII without spaces or line breaks")
        if not self.timeout > 0:
            raise ValueError("timeout must be a positive number of seconds")

    def changed(self, timeout: float | None, retries: RetryPolicy | int | None) -> "Settings":
        """Return these settings with another timeout or retry policy; ``None`` keeps what is."""
        return replace(
            self,
            timeout=self.timeout if timeout is None else timeout,
            retries=self.retries if retries is None else policy_of(retries),
        )

    def url(self, call: Call[Any]) -> str:
        """Return the whole URL of a call; a path prefix of the base URL is kept."""
        return self.base_url.rstrip("/") + call.target(self.company_id)

    def headers(self, call: Call[Any], request_id: str) -> Mapping[str, str]:
        """Return the headers of a call."""
        content = {} if call.body is None else {"Content-Type": "application/json"}
        return {
            "Authorization": f"Bearer {self.api_key}",
            "Accept": "application/json",
            "User-Agent": user_agent(),
            "X-Request-Id": request_id,
            **content,
            **call.headers,
        }


def policy_of(retries: RetryPolicy | int) -> RetryPolicy:
    """Return a policy; a number is how often to try again after the first attempt.

    >>> policy_of(0).max_attempts
    1
    """
    return retries if isinstance(retries, RetryPolicy) else RetryPolicy(max_attempts=retries + 1)


@cache
def user_agent() -> str:
    """Return ``fairtill/<version>``, with version 0 where the distribution is not installed."""
    try:
        return f"fairtill/{version('fairtill')}"
    except PackageNotFoundError:
        return "fairtill/0"


def _check_base_url(text: str) -> None:
    url = urlsplit(text)
    _ = url.port  # out of range is a ValueError that says so
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError(f"base_url must be like https://promotions.example.com, not {text!r}")
    if "@" in url.netloc:
        raise ValueError("base_url must not hold a user or password: pass api_key")
    if url.query or url.fragment:
        raise ValueError("base_url must not have a query or fragment")
