"""What is a word in a code, and which words are refused: both ways of being wrong, by example."""

import subprocess
import sys

import pytest

from promo_server.services.words import RESERVED, CodeWords, read_words, why_refused

split = str.split

PROFANE = split("""
    SHIT10 SH1T20 5HIT 5H1T20 SH17 sHiT20 SpringShit20 BULLSHIT HOLYSHIT10 SHITTY5
    FUCK20 FUCKYOU20 FUUUCK5 FVCK20 F4CK10 MOTHERFUCKER ASS20 A5S20 BigAss20 ASSHOLE A55HOLE
    B1TCH20 CUNT5 D1CKS5 PU55Y P0RN20 S3X20 5EXY20 T1TS COCK5 N1GG3R F4GGOT RAPE20 WHORES20 NAZI88
""")

ORDINARY = split("""
    CLASS20 GRAPE20 SCUNTHORPE1 ASSORTED10 COCKTAIL5 PASSION20 ESSEX2025 MASSAGE10 BASS20 COMPASS5
    BUTTON5 DICKENS1 PEACOCK9 SUSSEX10 PENISTONE TITAN20 ANALYSIS SNIGGER5 NIGGARDLY HORSE5 SHOES20
    FRESHITALY10 SHITAKE20 HARSHIT20 CASHIT20 SHOPORNAMENTS MATSUSHITA TOP5HITS GALAXYA55 A55CASE
    TWINKIE10 NUDE20 PANTIES5 XXL20 SPRING20 2FOR1 B5VITAMIN SAVE455 20252026
""")


@pytest.mark.parametrize("code", PROFANE)
def test_profanity_is_seen_through_digits_case_and_plurals(code: str) -> None:
    assert why_refused(code, CodeWords()) == "must not contain profanity"


@pytest.mark.parametrize("code", ORDINARY)
def test_an_ordinary_word_that_holds_another_is_let_through(code: str) -> None:
    assert why_refused(code, CodeWords()) is None


@pytest.mark.parametrize("code", ["BIGASS", "SAVE5HIT", "MERDE20"])
def test_a_known_limit_words_that_are_run_together_or_are_not_english(code: str) -> None:
    assert why_refused(code, CodeWords()) is None


@pytest.mark.parametrize("code", ["NULL", "null", "Admin", "TEST", "undefined", "FALSE"])
def test_a_reserved_word_is_refused_in_any_case(code: str) -> None:
    assert why_refused(code, CodeWords()) == "must not be or contain a reserved word"


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_reserved_word_within_a_code_is_not_one(word: str) -> None:
    assert len(word) >= 4, "a shorter one is no code anyway"
    assert why_refused(f"{word}20".upper(), CodeWords()) is None


@pytest.mark.parametrize(
    ("code", "allowed", "denied", "is_refused"),
    [
        ("TEST", "test", "", False),
        ("RABBITCHOW20", "rabbitchow", "", False),
        ("RABBITCHOW20", "", "", True),
        ("BITCH20", "rabbitchow", "", True),
        ("ACME20", "", "Acme", True),
        ("acme", "", "ACME", True),
        ("ACMES5", "", "acme", True),
        ("PACMEN20", "", "acme", False),
        ("GALAXYA55", "", "galaxya55", True),
        ("ACME20", "acme", "acme", False),
        ("MERDE20", "", "merde", True),
    ],
)
def test_the_operator_allows_and_denies_words(code: str, allowed: str, denied: str, is_refused: bool) -> None:
    why = why_refused(code, CodeWords(read_words(allowed), read_words(denied)))
    assert (why is not None) == is_refused


def test_the_reason_does_not_repeat_the_word() -> None:
    for code in (*PROFANE, "NULL"):
        assert code.lower() not in str(why_refused(code, CodeWords())).lower()


@pytest.mark.parametrize("text", ["sale-20", "Café", "a\nb\nnot a_word"])
def test_a_word_that_no_code_could_contain_is_a_mistake_of_the_list(text: str) -> None:
    with pytest.raises(ValueError, match=r"^line [13]: '.*' is not made of ASCII letters and digits$"):
        read_words(text)


def test_the_library_is_loaded_only_when_a_code_is_checked() -> None:
    script = "import sys, promo_server.app, promo_server.services.words; assert 'glin_profanity' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
