"""A large ruleset over HTTP: by tag, compressed for who reads it, and in slices that leave others their turn."""

import gzip

import pytest
from starlette.types import Message

from promo_server.api.company import WORTH_COMPRESSING
from promo_server.api.large import SLICE, Slices
from tests.databases import ON_SQLITE
from tests.promo_server.conftest import Api


async def enough(api: Api) -> None:
    """Have a ruleset that is worth compressing."""
    for number in range(WORTH_COMPRESSING // 400):
        await api.promote(promotion_name=f"Number {number}", promotion_code=f"NUMBER{number}")


@ON_SQLITE
async def test_who_reads_gzip_is_sent_the_same_in_fewer_bytes(api: Api) -> None:
    await enough(api)
    plain = await api.http.get("/ruleset", headers={"Accept-Encoding": "identity"})
    async with api.http.stream("GET", "/ruleset", headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert len(raw) < len(plain.content) / 2
    assert gzip.decompress(raw) == plain.content
    assert "content-encoding" not in plain.headers


@ON_SQLITE
async def test_either_tag_says_what_is_at_hand(api: Api) -> None:
    await enough(api)
    plain = await api.http.get("/ruleset", headers={"Accept-Encoding": "identity"})
    packed = await api.http.get("/ruleset")
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    for tag in (plain.headers["etag"], packed.headers["etag"], f'"other", {packed.headers["etag"]}', "*"):
        response = await api.http.get("/ruleset", headers={"If-None-Match": tag})
        assert (response.status_code, response.content) == (304, b""), tag


@ON_SQLITE
async def test_a_small_ruleset_is_sent_as_it_is(api: Api) -> None:
    response = await api.http.get("/ruleset", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize("size", [0, 1, SLICE, 2 * SLICE + 1])
async def test_slices_are_the_whole(size: int) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is asked of the client")

    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    await Slices(content)({"type": "http"}, receive, send)
    start, *parts = sent
    assert dict(start["headers"])[b"content-length"] == str(size).encode()
    assert b"".join(part["body"] for part in parts) == content
    assert max(len(part["body"]) for part in parts) <= SLICE
    assert [part["more_body"] for part in parts] == [True] * (len(parts) - 1) + [False]
