"""Which response may be a cart, and what becomes of its headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_middleware.headers import BEHIND_CLAIMS, CLAIM, length_of, may_be_cart, of_adjusted, of_head

JSON = (b"Content-Type", b"application/json")


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        (b"application/json", True),
        (b"Application/JSON ; charset=UTF-8", True),
        (b'application/vnd.shop+json; charset="utf-8"', True),
        (b"application/json; charset=utf-8; version=1", True),
        (b"application/json; version=1; charset=utf-8", True),
        (b"application/json; charset=latin-1", False),
        (b"application/json; charset=latin-1; version=1", False),
        (b"text/json-like", False),
        (b"", False),
    ],
)
def test_a_cart_is_json_in_utf_8(media_type: bytes, expected: bool) -> None:
    assert may_be_cart(200, [(b"content-type", media_type)]) is expected


@pytest.mark.parametrize("status", [203, 204, 206, 301, 304, 404, 500])
def test_a_response_that_is_not_whole_or_no_success_is_no_cart(status: int) -> None:
    assert not may_be_cart(status, [JSON])


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ([], b"private, no-store"),
        ([b"public, max-age=60"], b"private, no-store"),
        ([b"No-Store, max-age=0"], b"No-Store, max-age=0"),
    ],
)
def test_nobody_keeps_a_priced_cart(stated: list[bytes], kept: bytes) -> None:
    headers = [JSON, *((b"Cache-Control", value) for value in stated)]
    for adjusted in (of_adjusted(headers, b"{}"), of_head(headers)):
        assert [value for name, value in adjusted if name.lower() == b"cache-control"] == [kept]


def test_a_tag_is_that_of_the_bytes() -> None:
    one, same, other = (dict(of_adjusted([JSON], body)) for body in (b"1", b"1", b"2"))
    assert one[b"etag"] == same[b"etag"] != other[b"etag"]
    assert (one[b"content-length"], one[b"Content-Type"]) == (b"1", b"application/json")


@pytest.mark.parametrize(("stated", "length"), [(b"12", 12), (b"-1", None), (b"x", None), (b"1, 1", None)])
def test_a_length_that_is_none_is_not_believed(stated: bytes, length: int | None) -> None:
    assert length_of([(b"content-length", stated)]) == length


@given(st.binary(max_size=3).flatmap(lambda end: st.sampled_from([CLAIM + end, CLAIM[:-1] + end, end])))
def test_what_sorts_between_the_two_is_what_begins_like_a_claim(name: bytes) -> None:
    assert (CLAIM <= name < BEHIND_CLAIMS) == name.startswith(CLAIM)
