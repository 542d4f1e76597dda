"""Bodies that are no promotion: each refused with its code, and nothing stored."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from promo_contracts import read_json, write_json
from tests.databases import ON_SQLITE
from tests.promo_server.conftest import Api, cart

pytestmark = ON_SQLITE  # what is read and refused is the same on both; what is stored has its tests elsewhere

GOOD = write_json(
    {
        "promotion_name": "NAME",
        "promotion_type": "percentage_discount",
        "description": "",
        "discount_rules": {"discount_value": 20},
        "schedule": {"start_date": "2026-11-22", "end_date": "2026-12-22"},
    }
)


def named(name: bytes) -> bytes:
    return GOOD.replace(b"NAME", name)


def valued(value: bytes) -> bytes:
    return GOOD.replace(b":20", b":" + value)


BODIES: dict[str, tuple[bytes, int, str]] = {
    "half a body": (GOOD[:-9], 400, "INVALID_JSON"),
    "no body": (b"", 400, "INVALID_JSON"),
    "two bodies": (GOOD * 2, 400, "INVALID_JSON"),
    "a list": (b"[]", 422, "INVALID_FIELD"),
    "null": (b"null", 422, "INVALID_FIELD"),
    "a text": (b'"SPRING20"', 422, "INVALID_FIELD"),
    "65 levels": (valued(b"[" * 63 + b"]" * 63), 400, "INVALID_JSON"),
    "100 000 levels": (valued(b"[" * 100_000 + b"]" * 100_000), 400, "INVALID_JSON"),
    "100 000 objects": (b'{"a":' * 100_000, 400, "INVALID_JSON"),
    "NaN": (valued(b"NaN"), 400, "INVALID_JSON"),
    "Infinity": (valued(b"-Infinity"), 400, "INVALID_JSON"),
    "1e400": (valued(b"1e400"), 400, "INVALID_JSON"),
    "an exponent of 20 digits": (valued(b"1e" + b"9" * 20), 400, "INVALID_JSON"),
    "41 digits": (valued(b"1" * 41), 400, "INVALID_JSON"),
    "41 digits after the point": (valued(b"0." + b"1" * 40), 400, "INVALID_JSON"),
    "40 digits": (valued(b"1" * 40), 422, "INVALID_DISCOUNT_RULES"),
    "41 digits when written out": (valued(b"1.2345678901234567890123456789E-20"), 400, "INVALID_JSON"),
    "a key twice": (GOOD[:-1] + b',"promotion_name":"Other"}', 400, "INVALID_JSON"),
    "a key twice, once escaped": (GOOD[:-1] + b',"promotion_n\\u0061me":"Other"}', 400, "INVALID_JSON"),
    "Latin 1": (named("Früh".encode("latin-1")), 400, "INVALID_JSON"),
    "UTF-16": (GOOD.decode().encode("utf-16"), 400, "INVALID_JSON"),
    "half a surrogate pair": (named(rb"\ud800"), 400, "INVALID_JSON"),
    "half a pair in a key": (GOOD[:-1] + rb',"\udc00":1}', 400, "INVALID_JSON"),
    "half a pair deep inside": (valued(rb'{"a":["\ud83d"]}'), 400, "INVALID_JSON"),
    "a NUL in the name": (named(rb"a\u0000b"), 422, "INVALID_PROMOTION_NAME"),
    "a raw NUL": (named(b"a\0b"), 400, "INVALID_JSON"),
}


async def post(api: Api, content: Any, media_type: str = "application/json") -> Any:
    if not api.campaign:
        api.campaign = (await api.call("POST", "/campaigns", {"name": "Spring"}, status=201))["id"]
    path = f"/campaigns/{api.campaign}/promotions"
    return await api.http.post(path, content=content, headers={"Content-Type": media_type})


async def stored(api: Api) -> list[str]:
    page = await api.call("GET", f"/campaigns/{api.campaign}/promotions")
    return [one["promotion_name"] for one in page["promotions"]]


@pytest.mark.parametrize(("content", "status", "code"), BODIES.values(), ids=BODIES)
async def test_a_body_that_is_no_promotion_is_refused(api: Api, content: bytes, status: int, code: str) -> None:
    response = await post(api, content)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json().keys() - {"errors"} == {"error", "message", "code"}
    assert await stored(api) == []


@pytest.mark.parametrize("name", [rb"\ud83c\udf89", "Früh".encode(), rb"Fr\u00fch", rb"C:\\u0000"])
async def test_escapes_that_mean_characters_are_read(api: Api, name: bytes) -> None:
    assert (await post(api, named(name))).status_code == 201
    assert await stored(api) == [read_json(b'"%b"' % name)]


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
async def test_another_media_type_is_refused(api: Api, media_type: str) -> None:
    response = await post(api, GOOD, media_type)
    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert await stored(api) == []


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_may_be_called_what_it_is(api: Api, media_type: str) -> None:
    assert (await post(api, GOOD, media_type)).status_code == 201


async def test_of_a_body_of_10_megabytes_no_more_is_read_than_tells(api: Api) -> None:
    read = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(160):
            read.append(number)
            yield b" " * 65_536

    response = await post(api, body())
    assert (response.status_code, response.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert len(read) == 1_048_576 // 65_536 + 1
    assert await stored(api) == []


async def test_nobody_without_a_key_has_a_body_read(api: Api) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(20):
            read += 1
            yield b"x" * 1_000

    headers = {"content-type": "text/plain", "authorization": "Bearer nobody"}
    response = await api.http.post("/campaigns", content=body(), headers=headers)
    assert (response.status_code, read) == (401, 0)


@pytest.mark.parametrize("path", ["/evaluations", "/redemptions/order-1"])
async def test_a_number_of_more_than_64_bits_is_refused_by_who_reads_it(api: Api, path: str) -> None:
    huge = cart(lines=[{"id": "l1", "sku": "MILK", "unit_price": 10**25}])
    body = {"cart": huge} | ({"attempt": "a"} if path.startswith("/redemptions") else {})
    refused = await api.call("PUT" if "attempt" in body else "POST", path, body, status=422)
    assert (refused["code"], refused["errors"][0]["field"]) == ("INVALID_CART", "cart.lines[0].unit_price")
    huge["lines"][0]["id"] = "milk\0"
    refused = await api.call("PUT" if "attempt" in body else "POST", path, body, status=422)
    assert refused["message"] == "must not have the character U+0000"
