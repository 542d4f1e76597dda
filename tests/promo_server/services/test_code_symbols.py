"""The symbols of generated codes, and the one that tells when they were mistyped."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from promo_server.services.code_symbols import ALPHABET, RANDOM_SYMBOLS, check_symbol, random_symbols

symbols = st.text(ALPHABET, min_size=1, max_size=12)


@given(symbols)
def test_the_check_symbol_is_that_of_iso_7064(text: str) -> None:
    assert check_symbol(text) == mod_37_36.calc_check_digit(text, ALPHABET)


@given(symbols, st.data())
def test_every_single_wrong_symbol_is_found(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    wrong = data.draw(st.sampled_from([one for one in ALPHABET if one != text[place]]))
    assert check_symbol(text[:place] + wrong + text[place + 1 :]) != check_symbol(text)


def test_the_alphabet_has_thirty_symbols_and_none_looks_or_sounds_like_another() -> None:
    assert len(ALPHABET) == 30
    assert all(one < other for one, other in pairwise(ALPHABET))
    assert set(ALPHABET).isdisjoint("AEIOUL")


def test_what_is_drawn_is_hardly_ever_drawn_again() -> None:
    drawn = [random_symbols(RANDOM_SYMBOLS) for _ in range(1_000)]
    assert len(set(drawn)) == len(drawn)
    assert {len(one) for one in drawn} == {RANDOM_SYMBOLS}
    assert set("".join(drawn)) == set(ALPHABET)
