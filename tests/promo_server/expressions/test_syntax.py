"""What is a rule, and what is said of a text that is none."""

import pytest

from promo_server.expressions import MAX_SOURCE, RuleLimitError, RuleSyntaxError, parse_rule
from tests.promo_server.expressions.samples import number, result


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("20 - 3 - 2", 15),
        ("100 / 5 / 2", 10),
        ("2 - -3", 5),
        ("-2 * 3", -6),
        ("7 % 4 * 2", 6),
        ("1 < 2 == true", True),
        ("!0 && 5", 5),
        ("0 || 2 && 3", 3),
        ("1 + 1 == 2 ? 'a' : 'b'", "a"),
        ("0 ? 1 : 0 ? 2 : 3", 3),
        ("1 ? 0 ? 1 : 2 : 3", 2),
        ("!!'x'", True),
        ("- - 4", 4),
    ],
)
def test_operators_bind_as_in_most_languages(source: str, expected: object) -> None:
    assert result(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"'it\'s'", "it's"),
        (r'"say \"x\""', 'say "x"'),
        (r"'back\\slash'", "back\\slash"),
        (r"'a\nb'", r"a\nb"),
        ("'two\nlines'", "two\nlines"),
        ("\"mixed 'quotes'\"", "mixed 'quotes'"),
        ("[1, 'a', [null,],]", [1, "a", [None]]),
        ("[,]", []),
        ("{a: 1, 'b c': true,}", {"a": 1, "b c": True}),
        ("{a: 1, a: 2}", {"a": 2}),
        ("12.50", 12.5),
        ("5.max(7)", 7),
        (" \t\r\n 1\n", 1),
    ],
)
def test_texts_numbers_lists_and_maps_are_written_as_in_javascript(source: str, expected: object) -> None:
    assert result(source) == expected


@pytest.mark.parametrize(
    ("source", "row", "column", "message"),
    [
        ("", 1, 1, "the rule ends too early; a value would be"),
        ("1 +", 1, 4, "the rule ends too early; a value would be"),
        ("totals.subtotal = 5", 1, 17, "'=' is not expected here; an operator would be"),
        ("1 === 1", 1, 5, "'=' is not expected here; a value would be"),
        ("max(1, 2", 1, 9, "the rule ends too early; an operator or ')' or ',' would be"),
        ("1 2", 1, 3, "'2' is not expected here; an operator or the end would be"),
        ("a.\n  b.5", 2, 5, "'5' is not expected here; a name would be"),
        ("'open", 1, 1, "the text after ' does not end with '"),
        ("lines.some(x -> x)", 1, 15, "'>' is not expected here; a value would be"),
        ("x => x", 1, 3, "'=' is not expected here; an operator would be"),
        ("{1: 2}", 1, 2, "'1' is not expected here; a name would be"),
        ("1 ? 2", 1, 6, "the rule ends too early; an operator or ':' would be"),
        ("2 ** 3", 1, 4, "'*' is not expected here; a value would be"),
        ("preis€", 1, 6, "'€' is not expected here; an operator would be"),
    ],
)
def test_a_syntax_error_says_where_and_what_would_be_right(source: str, row: int, column: int, message: str) -> None:
    with pytest.raises(RuleSyntaxError) as error:
        parse_rule(source)
    assert (error.value.row, error.value.column, error.value.message) == (row, column, message)


def test_a_rule_that_is_too_long_is_refused() -> None:
    assert number("1" + " " * (MAX_SOURCE - 1)) == 1
    with pytest.raises(RuleLimitError, match="has 4097 characters; at most 4096 are allowed"):
        parse_rule("1" + " " * MAX_SOURCE)


@pytest.mark.parametrize(
    ("opened", "closed"), [("[", "]"), ("x[", "]"), ("abs(", ")"), ("{a: ", "}"), ("1 ? ", " : 2")]
)
def test_a_rule_that_nests_too_deep_is_refused(opened: str, closed: str) -> None:
    parse_rule(opened * 60 + "1" + closed * 60)
    with pytest.raises(RuleLimitError, match="nests more than 64 parts"):
        parse_rule(opened * 70 + "1" + closed * 70)


@pytest.mark.parametrize("source", ["1" + " + 1" * 900, "true" + " && true" * 400, "x" + ".y" * 2000, "!" * 4000 + "1"])
def test_a_long_chain_is_not_deep(source: str) -> None:
    result(source)


def test_a_chain_of_choices_is_not_deep() -> None:
    assert result("0 ? 1 : " * 500 + "'last'") == "last"


def test_the_same_text_is_read_once() -> None:
    assert parse_rule("totals.subtotal >= 10000") is parse_rule("totals.subtotal >= 10000")
