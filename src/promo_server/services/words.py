"""Words that a promotion code must not be, or must not contain: reserved ones, profanity, the operator's own.

A code has no spaces, so what is a word in it is ours to say: it stands between the code's ends, digits and changes of
case, and digits may stand for letters. glin-profanity knows the words; it is imported when the first code is checked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

from promo_engine import code_form


@dataclass(frozen=True, slots=True)
class CodeWords:
    """The operator's own words: ``allowed`` ones are never refused, ``denied`` ones are reserved too.

    >>> words = CodeWords(allowed=read_words("tits"), denied=read_words("Brandx"))
    >>> [why_refused(code, words) for code in ("TITS20", "BRANDX20", "BRANDXL20")]
    [None, 'must not be or contain a reserved word', None]
    """

    allowed: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()


def read_words(text: str) -> frozenset[str]:
    r"""Read words, one or more in a line, in the form in which codes are compared; ``#`` starts a comment.

    Raises:
        ValueError: names the line with something that no code could contain.

    >>> sorted(read_words("Brandx  # the other shop\nACME"))
    ['acme', 'brandx']
    """
    words = set()
    for number, line in enumerate(text.splitlines(), 1):
        for word in line.partition("#")[0].split():
            if not (word.isascii() and word.isalnum()):
                raise ValueError(f"line {number}: {word!r} is not made of ASCII letters and digits")
            words.add(code_form(word))
    return frozenset(words)


RESERVED = read_words("""
    null none undefined void empty unknown true false         # what programs write for no value, or for a flag
    admin administrator root system support guest anonymous   # who runs the shop, or nobody in particular
    code promocode default example invalid test testing       # what stands where a code is still to be chosen
""")

_ORDINARY = read_words("""
    bareback bs butt coon coons domination escort fingering hardcore hoe mf negro nipple nipples nude panties panty
    pegging playboy shrimping simp skeet snatch snowballing tushy twinkie undressing xx
""")
"""Of the library's words: those that shops sell under, such as tights in nude and yarn for fingering."""

_MISSING = read_words("chink gook hitler nazi piss raped slutty spastic wanker whore wog")
"""Not among the library's words."""

_STRONG = re.compile(
    "asshole|bitch|faggot|fu+ck|(?<!s)cunt|(?<!s)nigg(er|a(?!r))"  # not Scunthorpe, snigger, niggard
    "|(?<![aeiour])shit(?!ak|zu)"  # not fresh Italian, shitake, Harshit
)
"""These count within another word as well."""

_CUT = re.compile(r"(?<=[0-9])|(?=[0-9])|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LEET = [{}, *(str.maketrans("013456789", f"o{one}easgtbg") for one in "il")]


def why_refused(code: str, words: CodeWords) -> str | None:
    """Say what is wrong with the words of a code of ASCII letters and digits, or return None; it is not quoted.

    >>> [code for code in ("TEST", "SH1T20", "CLASS20", "TEST20") if why_refused(code, CodeWords())]
    ['TEST', 'SH1T20']
    """
    form = code_form(code)
    if form in words.allowed:
        return None
    found = set(_words_in(code, words.allowed))
    if form in RESERVED | words.denied or not found.isdisjoint(words.denied):
        return "must not be or contain a reserved word"
    return "must not contain profanity" if any(map(_is_profane, found)) else None


def _words_in(code: str, allowed: frozenset[str]) -> Iterator[str]:
    """Yield each word of a code in all its readings, without a plural's s, and no part of an allowed word."""
    standing = list(_standing(code))
    spared = [(start, end) for start, end in standing if code_form(code[start:end]) in allowed]
    for table in _LEET:
        reading = code.lower().translate(table)
        strong = [found.span() for found in _STRONG.finditer(reading) if _stands(code, *found.span())]
        for start, end in standing + strong:
            if not any(first <= start and end <= last for first, last in spared):
                yield reading[start:end]
                yield reading[start:end].removesuffix("s")


def _standing(code: str) -> Iterator[tuple[int, int]]:
    """Yield where a word may stand: between two cuts."""
    cuts = sorted({0, len(code), *(cut.start() for cut in _CUT.finditer(code))})
    return (span for span in combinations(cuts, 2) if _stands(code, *span))


def _stands(code: str, start: int, end: int) -> bool:
    """Whether digits here may be letters: at least half are real ones, and none is cut off from a letter outside.

    So SH17 is read as a word, and neither A55 nor the last part of TOP5HITS is.
    """
    word, before, after = code[start:end], code[:start][-1:], code[end:][:1]
    is_cut_off = (word[0].isdigit() and before.isalpha()) or (word[-1].isdigit() and after.isalpha())
    return not is_cut_off and 2 * sum(map(str.isalpha, word)) >= len(word)


def _is_profane(word: str) -> bool:
    """Ask the library about one word, but only if it knows one like it: of most, a set tells that it does not."""
    return _once(word) in _like_known() and bool(_filter().is_profane(word))


@cache
def _like_known() -> frozenset[str]:
    return frozenset(map(_once, _filter().words))


def _once(word: str) -> str:
    """Leave out each letter that repeats the one before it: the library takes stretched words for what they are."""
    return _REPEATED.sub("", word)


_REPEATED = re.compile(r"(.)(?=\1)")


@cache
def _filter() -> Any:
    from glin_profanity import Filter  # type: ignore[import-untyped]  # noqa: PLC0415 - it takes 80 ms

    words = {"languages": ["english"], "custom_words": [*_MISSING], "ignore_words": [*_ORDINARY]}
    return Filter(words | {"obfuscation": "basic"})
