"""Codes that are made from a name and a type."""

import re
from typing import Any

import pytest
from sqlalchemy import event, insert

from promo_server.services.codes import code_stem, free_codes
from promo_server.services.context import Context
from promo_server.services.words import CodeWords, read_words, why_refused
from promo_server.storage.tables import promotions
from tests.promo_server.conftest import Api

WORDS = CodeWords()


@pytest.mark.parametrize(
    ("name", "promotion_type", "stem"),
    [
        ("Spring Fresh 20% Off", "percentage_discount", "SPRINGFRESH20O"),
        ("Früh & spät", "percentage_discount", "FRUHSPAT"),
        ("Tea", "buy_x_get_y", "BUYGETTEA"),
        ("10%", "loyalty_bonus", "BONUS10"),
        ("🎉🎉🎉", "free_shipping", "SHIP"),
        ("日本語", "bundle_deal", "BUNDLE"),
        ("٢٠٪ خصم", "percentage_discount", "SAVE"),
        ("Fußball", "a_plugin_of_mine", "FUSSBALL"),
        ("送料無料", "a_plugin_of_mine", "PROMO"),
        ("Shit happens", "percentage_discount", "HAPPENS"),
        ("Holy 5H1T", "fixed_amount_discount", "HOLY"),
        ("Null", "fixed_amount_discount", "LESS"),
        ("Big ass sale", "percentage_discount", "BIGSALE"),
        ("5 hit", "percentage_discount", "SAVE"),
    ],
)
def test_a_code_begins_with_the_letters_of_the_name_or_a_word_for_the_type(
    name: str, promotion_type: str, stem: str
) -> None:
    assert code_stem(name, promotion_type, WORDS) == stem
    assert why_refused(stem, WORDS) is None


def test_a_name_of_which_no_code_can_be_made_has_none() -> None:
    words = CodeWords(denied=read_words("save savetea"))
    assert code_stem("Tea", "percentage_discount", words) == ""


async def test_then_a_code_must_be_given(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promo_server.services.promotions.code_stem", lambda *_: "")
    error = await api.promote(422, promotion_code=None)
    assert (error["code"], error["errors"][0]["field"]) == ("INVALID_PROMOTION_CODE", "promotion_code")
    assert (await api.call("GET", f"/campaigns/{api.campaign}/promotions"))["promotions"] == []


@pytest.mark.parametrize("name", ["🎉", "日本語", "Spring", "Shit", "x" * 90, "%"])
async def test_what_is_made_is_a_lawful_code(api: Api, name: str) -> None:
    for number in range(3):
        made = await api.promote(promotion_code=None, promotion_name=name + "!" * number)
        code = made["promotion_code"]
        assert re.fullmatch("[A-Z0-9]{4,20}", code)
        assert why_refused(code, WORDS) is None


def store(context: Context, codes: list[str]) -> None:
    """Store promotions of these codes, as far as the search for a free one looks at them."""
    filled: dict[str, Any] = {column.name: "" for column in promotions.columns} | {"company_id": "shop"}
    filled |= {"auto_apply": False, "priority": 0}
    rows: list[dict[str, Any]] = [filled | {"id": code, "name": code, "code_form": code.lower()} for code in codes]
    if rows:
        with context.database.write() as connection:
            connection.execute(insert(promotions), rows)


@pytest.mark.parametrize(
    ("taken", "first"),
    [
        ([], "SPRING"),
        (["SPRING20"], "SPRING"),
        (["SPRING"], "SPRING2"),
        (["SPRING", "SPRING2", "SPRINGTIME"], "SPRING4"),
        ([f"SPRING{number}" for number in ("", *range(2, 10_000))], "SPRING10000"),
        (["SPRING", *(f"SPRING{number}" for number in range(60, 180))], "SPRING180"),
    ],
    ids=["none", "a longer one", "the stem", "some", "ten thousand", "with a gap"],
)
def test_the_first_free_code_is_found_with_a_few_queries(context: Context, taken: list[str], first: str) -> None:
    store(context, taken)
    queries: list[str] = []
    with context.database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *args: queries.append(args[2]))
        assert next(free_codes(connection, "shop", "SPRING", WORDS)) == first
    assert len(queries) <= 3
