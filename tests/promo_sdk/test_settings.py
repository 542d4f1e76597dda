"""Settings: refused early, and silent about the key."""

from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest

from promo_sdk import RetryPolicy
from promo_sdk._settings import Settings, user_agent
from promo_sdk.resources.campaigns import create_campaign, get_campaign
from promo_sdk.resources.evaluations import get_ruleset
from tests.promo_sdk.samples import KEY, STILL


def settings(**changes: Any) -> Settings:
    given: dict[str, Any] = {
        "base_url": "https://promotions.example.com",
        "company_id": "42",
        "api_key": KEY,
        "timeout": 5.0,
        "retries": RetryPolicy(),
        "clock": STILL,
        "new_id": lambda: "r1",
    }
    return Settings(**given | changes)


@pytest.mark.parametrize("prefix", ["", "/", "/api", "/api/"])
def test_a_path_prefix_of_the_base_url_is_kept(prefix: str) -> None:
    url = settings(base_url=f"https://example.com{prefix}").url(get_campaign("c1"))
    assert url == f"https://example.com{prefix.rstrip('/')}/promotions/company/42/campaigns/c1"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"base_url": "promotions.example.com"}, "must be like https://"),
        ({"base_url": "ftp://example.com"}, "must be like https://"),
        ({"base_url": "https://me:secret@example.com"}, "must not hold a user"),
        ({"base_url": "https://example.com?key=1"}, "query"),
        ({"base_url": "https://example.com:99999"}, "Port"),
        ({"company_id": ""}, "company_id"),
        ({"company_id": ".."}, "company_id"),
        ({"api_key": ""}, "PROMO_API_KEY"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_what_no_call_could_work_with_is_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        settings(**changes)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY} x", f"{KEY}é"])
def test_a_key_that_no_header_can_hold_is_refused_unseen(key: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII") as caught:
        settings(api_key=key)
    assert KEY not in str(caught.value)


def test_the_key_is_not_shown() -> None:
    assert KEY not in repr(settings())


def test_headers_say_who_asks_and_what_is_sent() -> None:
    headers = settings().headers(create_campaign(name="Spring"), "r1")
    assert headers == {
        "Authorization": f"Bearer {KEY}",
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": user_agent(),
        "X-Request-Id": "r1",
    }


def test_a_call_without_a_body_has_no_content_type() -> None:
    headers = settings().headers(get_ruleset('"r7"'), "r1")
    assert "Content-Type" not in headers
    assert headers["If-None-Match"] == '"r7"'


def test_the_user_agent_names_the_distribution() -> None:
    assert user_agent().startswith("fairtill/")


def test_the_user_agent_does_not_need_an_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("promo_sdk._settings.version", missing)
    assert user_agent.__wrapped__() == "fairtill/0"


def test_changed_settings_keep_what_is_not_named() -> None:
    changed = settings().changed(timeout=1.0, retries=None)
    assert (changed.timeout, changed.retries) == (1.0, RetryPolicy())
    assert settings().changed(None, 0).retries.max_attempts == 1
