"""Codes of value stores: one form in the company, secret ones hashed and encrypted, keys that change."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from promo_server.code_keys import CodeKey, CodeKeys
from promo_server.services.code_symbols import check_symbol
from promo_server.services.companies import create_company
from promo_server.services.context import Context
from promo_server.services.lightrail.attachments import get_code
from promo_server.services.lightrail.codes import rotate_codes
from promo_server.services.refusal import Refusal
from promo_server.storage.value_tables import value_codes
from tests.promo_server.services.lightrail.books import HOLDER, store
from tests.promo_server.values import KEYS, Values

NEW = CodeKeys((CodeKey("2027", b"n" * 32), *KEYS.keys))


def rows(context: Context) -> dict[str, Any]:
    with context.database.read() as connection:
        return {row.value_store_id: row for row in connection.execute(select(value_codes))}


def by_code(code: str) -> dict[str, str]:
    return {"rail": "lightrail", "code": code}


async def test_a_secret_code_is_nowhere_in_clear_and_shows_four_characters(values: Values) -> None:
    made = await values.store(code="XXXX-SECRET")
    assert (made["code"], made["access"]) == ("…CRET", "secureCode")
    row = rows(values.context)["gift"]
    assert (row.form, row.shown, row.last_four, row.key_id) == (None, None, "CRET", "2026")
    assert b"SECRET" not in row.encrypted
    assert len(row.hash) == 64


async def test_a_public_code_is_shown_whole_and_as_it_was_typed(values: Values) -> None:
    made = await values.store(code=" Save20 ", access="publicCode")
    assert (made["code"], made["access"]) == ("Save20", "publicCode")
    assert rows(values.context)["gift"].form == "save20"


@pytest.mark.parametrize("typed", ["xxxx-secret", " XXXX-SECRET\t", "\uff38XXX-SECRET"])
async def test_a_code_is_found_in_the_form_of_all_codes(values: Values, typed: str) -> None:
    await values.store(code="XXXX-SECRET")
    await values.debit("t", source=by_code(typed))
    assert await values.value_of() == 900


@pytest.mark.parametrize("first", ["secureCode", "publicCode"])
@pytest.mark.parametrize("second", ["secureCode", "publicCode"])
async def test_a_code_is_one_value_stores_whether_secret_or_not(values: Values, first: str, second: str) -> None:
    await values.store(code="SAVE", access=first)
    body = {"valueStoreId": "b", "currency": "USD", "code": "save ", "access": second}
    await values.refused("POST", "/valueStores", body, "ValueCodeExists")
    await values.call("GET", "/valueStores/b", status=404)


async def test_a_code_may_be_changed_to_itself(values: Values) -> None:
    await values.store(code="SAVE20")
    shown = await values.call("PUT", "/valueStores/gift/code", {"code": "save20", "secure": True})
    assert shown == {"code": "…ve20"}


async def test_another_companys_code_is_another(values: Values) -> None:
    create_company(values.context, company_id="other", name="Other")
    await values.store(code="SAVE20")
    store(values.context, "theirs", holder=replace(HOLDER, company_id="other"), code="SAVE20")
    hashes = {row.hash for row in rows(values.context).values()}
    assert len(hashes) == 2


async def test_a_code_that_was_taken_away_is_free(values: Values) -> None:
    await values.store(code="SAVE20")
    assert await values.call("DELETE", "/valueStores/gift/code") == {"success": True}
    await values.store("b", code="SAVE20")
    assert (await values.call("GET", "/valueStores/gift"))["code"] is None


async def test_a_code_in_full_is_for_those_who_ask(values: Values) -> None:
    await values.store(code="XXXX-SECRET")
    assert await values.call("GET", "/valueStores/gift/code") == {"code": "…CRET"}
    assert await values.call("GET", "/valueStores/gift/code?showCode=true") == {"code": "XXXX-SECRET"}


async def test_a_code_is_made_where_none_is_given(values: Values) -> None:
    body = {"valueStoreId": "gift", "currency": "USD", "generateCode": True}
    made = await values.call("POST", "/valueStores?showCode=true", body, status=201)
    assert len(made["code"]) == 16
    assert check_symbol(made["code"][:-1]) == made["code"][-1]
    shown = await values.call("GET", "/valueStores/gift")
    assert shown["code"] == f"…{made['code'][-4:]}"


def without_keys(context: Context) -> Context:
    return replace(context, code_keys=CodeKeys())


def test_without_a_key_there_are_no_secret_codes_but_public_ones(context: Context) -> None:
    keyless = without_keys(context)
    with pytest.raises(Refusal, match="keeps no secret codes: it has no key for them"):
        store(keyless, "gift", code="SAVE20")
    assert store(keyless, "gift", code="SAVE20", access="publicCode").code == "SAVE20"


def test_after_a_rotation_only_the_new_key_is_needed(context: Context) -> None:
    store(context, "gift", code="XXXX-SECRET")
    store(context, "public", code="SAVE20", access="publicCode")
    rotating = replace(context, code_keys=NEW)
    assert (rotate_codes(rotating, "shop"), rotate_codes(rotating, "shop")) == (1, 0)
    after = replace(context, code_keys=CodeKeys(NEW.keys[:1]))
    assert rows(context)["gift"].key_id == "2027"
    with pytest.raises(Refusal) as error:
        store(after, "b", code="xxxx-secret")
    assert error.value.code == "ValueCodeExists"


def test_before_a_rotation_both_keys_find_their_codes(context: Context) -> None:
    rotating = replace(context, code_keys=NEW)
    store(context, "old", code="OLD-CODE")
    store(rotating, "new", code="NEW-CODE")
    for code in ("OLD-CODE", "NEW-CODE"):
        with pytest.raises(Refusal) as error:
            store(rotating, "b", code=code)
        assert error.value.code == "ValueCodeExists"


def test_many_codes_are_rotated_in_portions(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promo_server.services.lightrail.codes.ROTATE_AT_ONCE", 2)
    for number in range(5):
        store(context, f"s{number}", code=f"CODE-{number}")
    assert rotate_codes(replace(context, code_keys=NEW), "shop") == 5
    assert {row.key_id for row in rows(context).values()} == {"2027"}


def test_a_rotation_without_an_old_key_says_which_is_missing_and_changes_nothing(context: Context) -> None:
    store(context, "gift", code="XXXX-SECRET")
    with pytest.raises(Refusal, match="does not have the key '2026'"):
        rotate_codes(replace(context, code_keys=CodeKeys(NEW.keys[:1])), "shop")
    assert rows(context)["gift"].key_id == "2026"


def test_with_another_key_of_the_same_name_a_code_is_refused_in_words(context: Context) -> None:
    store(context, "gift", code="XXXX-SECRET")
    other = replace(context, code_keys=CodeKeys((CodeKey("2026", b"o" * 32),)))
    with pytest.raises(Refusal, match="The key '2026' of this server cannot read it") as error:
        get_code(other, HOLDER, "gift", shows_code=True)
    assert error.value.code == "SecretCodesOff"
