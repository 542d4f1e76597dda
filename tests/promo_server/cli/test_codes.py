"""The operator's keys for secret codes: a new one, and one in place of another."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from promo_server.code_keys import read_code_keys
from promo_server.services.lightrail.attachments import get_code
from promo_server.storage.value_tables import value_stores
from tests.promo_server.cli.conftest import Run, Shop
from tests.promo_server.services.lightrail.books import store


def new_key(run: Run, key_id: str) -> str:
    code, line = run("company", "new-code-key", key_id)
    assert code == 0
    return line


def test_a_new_key_is_a_line_of_the_file(run: Run) -> None:
    lines = new_key(run, "2026") + new_key(run, "2027")
    keys = read_code_keys(lines).keys
    assert [key.id for key in keys] == ["2026", "2027"]
    assert keys[0].secret != keys[1].secret


def test_an_id_that_cannot_be_is_said(run: Run) -> None:
    code, said = run("company", "new-code-key", "a/b")
    assert (code, "an id has 1 to 64 letters" in said) == (2, True)


def test_all_codes_are_written_anew_by_the_first_key(run: Run, shop: Shop, tmp_path: Path) -> None:
    old, new = new_key(run, "2026"), new_key(run, "2027")
    store(replace(shop.context, code_keys=read_code_keys(old)), "gift", holder=shop.holder, code="XXXX-SECRET")
    path = tmp_path / "codes.keys"
    path.write_text(new + old)
    said = "1 codes were written anew; all secret codes of shop are by the key 2027.\n"
    assert run("company", "rotate-codes", "shop", "--code-keys", path) == (0, said)
    after = replace(shop.context, code_keys=read_code_keys(new))
    assert get_code(after, shop.holder, "gift", shows_code=True).code == "XXXX-SECRET"


def test_a_key_that_is_missing_is_named(run: Run, shop: Shop, tmp_path: Path) -> None:
    store(
        replace(shop.context, code_keys=read_code_keys(new_key(run, "2026"))), "gift", holder=shop.holder, code="SECRET"
    )
    path = tmp_path / "codes.keys"
    path.write_text(new_key(run, "2027"))
    code, said = run("company", "rotate-codes", "shop", "--code-keys", path)
    assert (code, "does not have the key '2026'" in said) == (1, True)


def test_without_keys_or_a_company_there_is_nothing_to_rotate(run: Run, shop: Shop) -> None:
    code, said = run("company", "rotate-codes", "shop")
    assert (code, "it has no key for them" in said) == (1, True)
    code, said = run("company", "rotate-codes", "none")
    assert (code, "There is no such company." in said) == (1, True)


@pytest.mark.parametrize("content", [b"2026 short", b"\xff\xfe"])
def test_a_file_of_no_keys_is_said(run: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "codes.keys"
    path.write_bytes(content)
    code, said = run("company", "rotate-codes", "shop", "--code-keys", path)
    assert (code, "short" in said.replace("codes.keys", "")) == (2, False)


def test_the_doctor_holds_what_is_there_to_the_ledger_and_the_keys(run: Run, shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "codes.keys"
    path.write_text(new_key(run, "2026"))
    keys = read_code_keys(path.read_text())
    store(replace(shop.context, code_keys=keys), "gift", holder=shop.holder, code="SECRET", value=5)
    code, said = run("doctor", "--code-keys", path)
    assert (code, "What 1 hold is the sum of their transactions." in said) == (0, True)
    assert "secret codes" not in said
    code, said = run("doctor")
    assert (code, "Secret codes are by keys that are not there: 2026 1." in said) == (1, True)


def test_the_doctor_names_a_key_that_is_another_of_its_name(run: Run, shop: Shop, tmp_path: Path) -> None:
    store(
        replace(shop.context, code_keys=read_code_keys(new_key(run, "2026"))), "gift", holder=shop.holder, code="SECRET"
    )
    path = tmp_path / "codes.keys"
    path.write_text(new_key(run, "2026"))
    code, said = run("doctor", "--code-keys", path)
    assert (code, "Codes by keys of these names are not read by them: 2026." in said) == (1, True)


def test_the_doctor_names_a_balance_that_is_not_its_sum(run: Run, shop: Shop) -> None:
    store(shop.context, "gift", holder=shop.holder, value=5)
    store(shop.context, "uses", holder=shop.holder, uses=5)
    with shop.context.database.write() as connection:
        connection.execute(update(value_stores).where(value_stores.c.id == "gift").values(balance=6))
        connection.execute(update(value_stores).where(value_stores.c.id == "uses").values(uses=4))
    code, said = run("doctor")
    assert (code, "not the sum of their transactions: shop/gift, shop/uses." in said) == (1, True)
