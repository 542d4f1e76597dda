"""Codes that shoppers enter: what the calls answer, what the cookie keeps, and what it does not believe."""

import json
from datetime import timedelta
from typing import Any

import pytest

from promo_middleware import CodeEntry, ConfigurationError, Head
from promo_middleware.answer import Answer

ENTRY = CodeEntry(secret="only this shop knows it")
NOW = 1_800_000_000.0
JSON = (b"content-type", b"application/json")


def call(
    code: Any = None, *headers: tuple[bytes, bytes], cookie: str = "", path: str = ENTRY.at, scheme: str = "http"
) -> Answer:
    sent = [JSON, (b"host", b"shop.example"), (b"cookie", cookie.encode()), *headers]
    head = Head("GET" if code is None else "POST", path, sent, scheme)
    return ENTRY.answer(head, json.dumps({"code": code}).encode(), NOW)


def cookie_of(answer: Answer) -> str:
    return next(value.decode() for name, value in answer.headers if name == b"set-cookie").partition(";")[0]


def codes(answer: Answer) -> Any:
    return json.loads(answer.body)["codes"]


def test_codes_are_added_listed_and_removed() -> None:
    first = call("SPRING20")
    second = call("Grün 5", cookie=cookie_of(first))
    again = call("spring20", cookie=cookie_of(second))
    assert (codes(first), codes(second), codes(again)) == (
        ["SPRING20"],
        ["SPRING20", "Grün 5"],
        ["Grün 5", "spring20"],
    )
    assert codes(call(cookie=cookie_of(again))) == ["Grün 5", "spring20"]
    assert codes(call("SPRING20", cookie=cookie_of(again), path=f"{ENTRY.at}/remove")) == ["Grün 5"]


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites_and_ends() -> None:
    [said] = [value for name, value in call("A").headers if name == b"set-cookie"]
    assert said.split(b"; ")[1:] == [b"Path=/", b"Max-Age=2592000", b"HttpOnly", b"SameSite=Lax"]


@pytest.mark.parametrize(
    ("scheme", "headers"),
    [("https", []), ("http", [(b"origin", b"https://shop.example")])],
    ids=["https", "behind a proxy"],
)
def test_over_https_it_is_for_https_alone(scheme: str, headers: Any) -> None:
    [said] = [value for name, value in call("A", *headers, scheme=scheme).headers if name == b"set-cookie"]
    assert said.endswith(b"; Secure")


def test_the_last_code_taken_away_ends_the_cookie() -> None:
    gone = call("A", cookie=cookie_of(call("A")), path=f"{ENTRY.at}/remove")
    assert (codes(gone), b"Max-Age=0" in dict(gone.headers)[b"set-cookie"]) == ([], True)


def kept(cookie: str, now: float = NOW, entry: CodeEntry = ENTRY) -> tuple[str, ...]:
    return entry.codes_of(Head("GET", "/cart", [(b"cookie", cookie.encode())]), now)


def test_a_cookie_ends_by_itself_whatever_the_browser_does() -> None:
    cookie = cookie_of(call("A"))
    life = ENTRY.lifetime.total_seconds()
    assert (kept(cookie, NOW + life - 1), kept(cookie, NOW + life)) == (("A",), ())


@pytest.mark.parametrize("change", ["x", ".", "promotion_codes=W10.", "promotion_codes=é.é", ""])
def test_a_cookie_that_is_not_ours_keeps_nothing(change: str) -> None:
    name, _, value = cookie_of(call("A")).partition("=")
    assert kept(change if "=" in change else f"{name}={change}{value}" if change else "") == ()


def test_a_cookie_of_another_secret_keeps_nothing() -> None:
    assert kept(cookie_of(call("A")), entry=CodeEntry(secret="what that shop knows")) == ()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"sec-fetch-site", b"cross-site")], 403),
        ([(b"sec-fetch-site", b"same-site")], 403),
        ([(b"sec-fetch-site", b"none")], 403),
        ([(b"sec-fetch-site", b"same-origin"), (b"origin", b"https://behind.a.proxy")], 200),
        ([(b"origin", b"https://evil.example")], 403),
        ([(b"origin", b"null")], 403),
        ([(b"origin", b"https://shop.example"), (b"origin", b"https://evil.example")], 403),
        ([(b"origin", b"https://Shop.example")], 200),
        ([], 200),
    ],
)
def test_codes_are_entered_on_the_shops_own_pages(headers: Any, status: int) -> None:
    assert call("A", *headers).status == status


@pytest.mark.parametrize("content_type", [b"text/plain", b"application/x-www-form-urlencoded", b""])
def test_what_a_form_of_another_page_can_send_is_no_code(content_type: bytes) -> None:
    head = Head("POST", ENTRY.at, [(b"content-type", content_type)])
    refused = ENTRY.answer(head, b'{"code": "A"}', NOW)
    assert (refused.status, json.loads(refused.body)["error"]) == (415, "not_json")


@pytest.mark.parametrize("code", ["", " ", "a\nb", "x" * 65, 7, ["A"], {"a": 1}])
def test_what_no_cart_can_hold_is_no_code(code: Any) -> None:
    refused = call(code)
    assert (refused.status, json.loads(refused.body)["error"]) == (422, "invalid_code")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{", b'{"code":"A","price":1}', b'{"code":"A","code":"B"}'),
        *(b'{"code":1e9999999999999999999}', b" " * 5000),
    ],
)
def test_a_body_that_is_no_code_is_refused(body: bytes) -> None:
    assert ENTRY.answer(Head("POST", ENTRY.at, [JSON]), body, NOW).status == 422


def test_ten_of_the_longest_codes_are_a_cookie_that_browsers_take_and_no_more() -> None:
    cookie = ""
    for number in range(10):
        cookie = cookie_of(call(f"{number}" + "€" * 63, cookie=cookie))
    refused = call("one more", cookie=cookie)
    assert len(cookie) < 4096
    assert (refused.status, json.loads(refused.body)["error"]) == (422, "too_many_codes")
    assert call("0" + "€" * 63, cookie=cookie).status == 200


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"secret": "short"}, "secret must have at least 16 characters"),
        ({"at": "codes"}, "at must be a path as '/promotions/codes'"),
        ({"at": "/codes/{x}"}, "at must be a path"),
        ({"cookie": "a b"}, "cookie must be letters, digits"),
        ({"lifetime": timedelta(days=401)}, "lifetime must be from a second to 400 days"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        CodeEntry(**({"secret": "only this shop knows it"} | settings))


def test_the_secret_is_not_in_what_is_printed() -> None:
    assert "only this shop" not in repr(ENTRY)
