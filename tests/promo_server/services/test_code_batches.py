"""Batches of generated codes: lawful, unique, all or none, and the same batch asked for twice is one."""

import re
from collections.abc import Iterator
from itertools import chain, count, cycle, repeat
from typing import Any

import pytest

from promo_server.services.code_symbols import ALPHABET, check_symbol
from promo_server.services.context import Context
from promo_server.services.words import CodeWords, why_refused
from tests.promo_server.conftest import Api, cart


def drawing(context: Context, symbols: Iterator[str]) -> None:
    """Have the random part of codes be these."""
    object.__setattr__(context, "new_symbols", lambda _number: next(symbols))


def texts(batch: Any) -> list[str]:
    return [one["promotion_code"] for one in batch["codes"]]


async def test_each_code_of_a_batch_is_its_prefix_random_symbols_and_a_check_symbol(api: Api) -> None:
    made = await api.promote()
    batch = await api.batch(made["promotion_id"], count=200, prefix="Spring", max_uses=1)
    assert (batch["batch_id"], batch["count"], batch["prefix"], batch["max_uses"]) == ("mailing-7", 200, "Spring", 1)
    assert len(set(texts(batch))) == 200
    for code in texts(batch):
        assert re.fullmatch(f"Spring[{ALPHABET}]{{11}}", code)
        assert check_symbol(code[6:-1]) == code[-1]
        assert why_refused(code, CodeWords()) is None
    held = await api.hold("o1", cart=cart("7", texts(batch)[7].lower()))
    assert held["amount_due"] == 4792


async def test_the_largest_batch_is_made_at_once_and_listed_by_its_id(api: Api) -> None:
    made = await api.promote()
    batch = await api.batch(made["promotion_id"], count=10_000, max_uses=1)
    await api.code(made["promotion_id"], "FRIENDS20")
    assert len({code.lower() for code in texts(batch)}) == 10_000
    path = f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}/codes"
    page = await api.call("GET", path, params={"batch_id": "mailing-7", "per_page": 100, "page": 100})
    assert page["pagination"]["total_items"] == 10_000
    assert set(texts(page)) <= set(texts(batch))
    assert {one["remaining_uses"] for one in page["codes"]} == {1}


async def test_a_batch_asked_for_once_more_is_what_is_there_of_it(api: Api) -> None:
    made = await api.promote()
    first = await api.batch(made["promotion_id"], max_uses=1)
    assert await api.batch(made["promotion_id"], max_uses=1) == first
    path = f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}/codes"
    await api.call("DELETE", f"{path}/{first['codes'][0]['code_id']}")
    assert (await api.batch(made["promotion_id"], max_uses=1))["codes"] == first["codes"][1:]


@pytest.mark.parametrize("other", [{"count": 4}, {"prefix": "MORE"}, {"max_uses": 2}, {"max_uses": None}])
async def test_another_batch_under_the_same_id_is_refused(api: Api, other: dict[str, Any]) -> None:
    made, second = await api.promote(), await api.promote(promotion_name="Other", promotion_code="OTHER10")
    await api.batch(made["promotion_id"], max_uses=1)
    refused = await api.batch(made["promotion_id"], 409, **{"max_uses": 1} | other)
    assert refused["code"] == "CODE_BATCH_EXISTS"
    assert (await api.batch(second["promotion_id"], 409, max_uses=1))["code"] == "CODE_BATCH_EXISTS"


async def test_what_is_drawn_twice_or_taken_or_has_a_bad_word_is_drawn_anew(api: Api) -> None:
    made = await api.promote()
    await api.code(made["promotion_id"], f"0000000009{check_symbol('0000000009')}")
    again = ["0000000001", "0000000001", "0000000009", "SH1T000000", "0000000002", "0000000003"]
    drawing(api.context, chain(again, (f"{number:010}" for number in count(10))))
    codes = texts(await api.batch(made["promotion_id"], count=4))
    assert sorted(code[:-1] for code in codes) == ["0000000001", "0000000002", "0000000003", "0000000010"]


@pytest.mark.parametrize("symbols", [repeat("SH1T000000"), cycle(["0000000001", "0000000002"])])
async def test_where_no_code_comes_out_nothing_is_stored_and_it_is_said(api: Api, symbols: Iterator[str]) -> None:
    made = await api.promote()
    drawing(api.context, symbols)
    refused = await api.batch(made["promotion_id"], 422, count=3)
    assert (refused["code"], refused["errors"][0]["field"]) == ("INVALID_PROMOTION_CODE", "prefix")
    path = f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}/codes"
    assert (await api.call("GET", path))["codes"] == []
    drawing(api.context, (f"{number:010}" for number in count()))
    assert len(texts(await api.batch(made["promotion_id"], count=3))) == 3


@pytest.mark.parametrize(
    ("fields", "code", "field", "said"),
    [
        ({"count": 0}, "INVALID_FIELD", "count", "greater than or equal to 1"),
        ({"count": 10_001}, "INVALID_FIELD", "count", "less than or equal to 10000"),
        ({"prefix": "TOOLONG123"}, "INVALID_PROMOTION_CODE", "prefix", "at most 9 ASCII letters and digits"),
        ({"prefix": "A-B"}, "INVALID_PROMOTION_CODE", "prefix", "at most 9 ASCII letters and digits"),
        ({"prefix": "SHIT"}, "INVALID_PROMOTION_CODE", "prefix", "must not contain profanity"),
        ({"prefix": "TEST"}, "INVALID_PROMOTION_CODE", "prefix", "reserved word"),
        ({"max_uses": -1}, "INVALID_USAGE_LIMITS", "max_uses", "greater than or equal to 1"),
        ({"batch_id": "a b"}, "INVALID_FIELD", "batch_id", "1 to 64 ASCII letters, digits, dots, dashes"),
        ({"batch_id": ""}, "INVALID_FIELD", "batch_id", "1 to 64 ASCII letters, digits, dots, dashes"),
    ],
)
async def test_what_is_wrong_with_a_batch_is_told_by_field(
    api: Api, fields: dict[str, Any], code: str, field: str, said: str
) -> None:
    made = await api.promote()
    refused = await api.batch(made["promotion_id"], 422, **fields)
    assert (refused["code"], refused["errors"][0]["field"]) == (code, field)
    assert said in refused["errors"][0]["message"]


async def test_a_batch_of_a_promotion_that_is_not_there_is_not_made(api: Api) -> None:
    await api.promote()
    assert (await api.batch("promo_0", 404))["code"] == "PROMOTION_NOT_FOUND"
