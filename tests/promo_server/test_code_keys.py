"""Keys for secret codes: what they find, what they hide, and what cannot be a key."""

import base64

import pytest

from promo_server.code_keys import (
    CodeKey,
    CodeKeys,
    CodeKeysError,
    DamagedCodeError,
    UnknownKeyError,
    read_code_keys,
    write_code_key,
)

KEY = CodeKey("2026", b"k" * 32)
NONCE = bytes(12)


def test_a_hash_depends_on_the_key_the_company_and_the_form() -> None:
    made = KEY.hash("shop", "save20")
    assert made == KEY.hash("shop", "save20")
    others = {KEY.hash("other", "save20"), KEY.hash("shop", "save21"), CodeKey("x", b"x" * 32).hash("shop", "save20")}
    assert made not in others
    assert len(others) == 3


def test_a_text_comes_back_and_stands_nowhere_in_clear() -> None:
    encrypted = KEY.encrypt("shop", "gift", "XXXX-SECRET", NONCE)
    assert b"SECRET" not in encrypted
    assert KEY.decrypt("shop", "gift", encrypted) == "XXXX-SECRET"


def test_a_nonce_makes_another_text_of_the_same_code() -> None:
    assert KEY.encrypt("shop", "gift", "A", NONCE) != KEY.encrypt("shop", "gift", "A", b"1" * 12)


@pytest.mark.parametrize(("company", "store"), [("other", "gift"), ("shop", "another")])
def test_a_text_that_was_moved_to_another_row_is_damaged(company: str, store: str) -> None:
    encrypted = KEY.encrypt("shop", "gift", "XXXX-SECRET", NONCE)
    with pytest.raises(DamagedCodeError, match="is damaged"):
        KEY.decrypt(company, store, encrypted)


def test_a_text_that_was_changed_is_damaged() -> None:
    encrypted = bytearray(KEY.encrypt("shop", "gift", "XXXX-SECRET", NONCE))
    encrypted[-1] ^= 1
    with pytest.raises(DamagedCodeError):
        KEY.decrypt("shop", "gift", bytes(encrypted))


def test_the_first_key_writes_and_all_read() -> None:
    keys = CodeKeys((KEY, CodeKey("2025", b"o" * 32)))
    old = CodeKey("2025", b"o" * 32).encrypt("shop", "gift", "OLD", NONCE)
    assert keys.writing == KEY
    assert keys.decrypt("2025", "shop", "gift", old) == "OLD"
    assert keys.hashes("shop", "a") == [KEY.hash("shop", "a"), CodeKey("2025", b"o" * 32).hash("shop", "a")]


def test_a_key_that_is_gone_is_named() -> None:
    with pytest.raises(UnknownKeyError, match="'2020'"):
        CodeKeys((KEY,)).decrypt("2020", "shop", "gift", b"")


def test_keys_are_read_as_they_are_written() -> None:
    text = f"# the newest first\n\n{write_code_key('2026', b'k' * 32)}\n{write_code_key('2025', b'o' * 32)}\n"
    assert read_code_keys(text) == CodeKeys((KEY, CodeKey("2025", b"o" * 32)))


def test_no_key_shows_its_secret() -> None:
    assert "k" * 8 not in repr(KEY) + repr(CodeKeys((KEY,)))


SHORT = base64.b64encode(b"k" * 31).decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a/b " + "A" * 43 + "=", "line 1: an id has 1 to 64 letters"),
        ("2026", "line 1: the key '2026' needs 32 bytes in base64"),
        (f"2026 {SHORT}", "needs 32 bytes"),
        ("2026 !!!!", "needs 32 bytes"),
        (f"{write_code_key('a', b'k' * 32)}\n{write_code_key('a', b'o' * 32)}", "each key needs an id of its own"),
    ],
)
def test_what_is_no_key_is_said_without_its_secret(text: str, said: str) -> None:
    with pytest.raises(CodeKeysError, match=said) as error:
        read_code_keys(text)
    assert SHORT not in str(error.value)
