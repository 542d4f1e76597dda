"""What operators make of values of other kinds."""

from decimal import Decimal

import pytest

from tests.promo_server.expressions.samples import number, result


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("0.1 + 0.2", "0.3"),
        ("4.35 * 100", "435"),
        ("1350 * 0.15", "202.5"),
        ("10 / 4", "2.5"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        ("true + true", "2"),
        ("null + 5", "5"),
        ("null - true", "-1"),
        ("'7' * '6'", "42"),
        ("' 7 ' - 0", "7"),
        ("'7 apples' - 1", "-1"),
        ("'0x10' - 1", "-1"),
        ("[5] + 2", "2"),
        ("{a: 1} * 3", "0"),
        ("-'3.5'", "-3.5"),
        ("+'none'", "0"),
        ("-7 % 3", "-1"),
        ("7 % -3", "1"),
        ("1e30 % 7", "1"),
        ("5.5 % 2", "1.5"),
        ("1e400", "Infinity"),
        ("1e308 * 10", "Infinity"),
        ("-Inf", "-Infinity"),
        ("1e-400", "0"),
        ("-5 / 0", "-Infinity"),
        ("metadata.score * 10", "2.5"),
    ],
)
def test_arithmetic_is_exact_and_takes_anything_for_a_number(source: str, expected: str) -> None:
    assert number(source) == Decimal(expected)


@pytest.mark.parametrize("source", ["0 / 0", "Inf - Inf", "5 % 0", "Inf % 2", "Inf * 0", "null / 'x'", "1 + 0 / 0"])
def test_what_no_number_can_say_is_nan(source: str) -> None:
    assert number(source).is_nan()
    assert result(f"isNaN({source})") is True


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'a' + 1", "a1"),
        ("1 + 'a'", "1a"),
        ("'' + 2.50", "2.5"),
        ("'' + 1e21", "1e+21"),
        ("'' + 123e-9", "1.23e-7"),
        ("'' + -1 / 0", "-Inf"),
        ("'' + 0 / 0", "NaN"),
        ("'' + 0 * -1", "0"),
        ("'x' + null + true", "xtrue"),
        ("'' + [1, ['a', null], {k: 0.5}]", "[1, [a, ], {k: 0.5}]"),
    ],
)
def test_what_is_added_to_a_text_becomes_text(source: str, expected: str) -> None:
    assert result(source) == expected


def test_lists_are_added_to_lists_only() -> None:
    assert result("[1] + ['a']") == [1, "a"]
    assert result("currentLineItem.tags + ['new']") == ["drink", "bio", "new"]


@pytest.mark.parametrize(
    "source",
    [
        "null == null",
        "1 == 1.0",
        "'17' == 17",
        "true == 1",
        "'' == 0",
        "false == ''",
        "[1, '2'] == ['1', 2]",
        "{a: [1]} == {'a': ['1']}",
        "null != 0",
        "null != false",
        "null != ''",
        "[] != 0",
        "[1] != 1",
        "{} != []",
        "'a' != 'A'",
        "'tea' != 0",
        "0 / 0 != 0 / 0",
        "[1] != [1, 2]",
        "{a: 1} != {b: 1}",
        "[0 / 0] != [0 / 0]",
    ],
)
def test_equality_looks_at_what_is_meant_but_keeps_null_and_lists_apart(source: str) -> None:
    assert result(source) is True


@pytest.mark.parametrize(
    "source",
    [
        "2 < 10",
        "'2' < 10",
        "'10' < '2'",
        "'a' < 'b'",
        "null < 1",
        "null <= 0",
        "null >= 0",
        "false < true",
        "-1 < []",
        "3 >= '3'",
        "Inf > 1e300",
        "!('many' < 5)",
        "!('many' >= 5)",
        "!(0 / 0 <= 0 / 0)",
    ],
)
def test_order_is_of_texts_between_texts_and_of_numbers_otherwise(source: str) -> None:
    assert result(source) is True


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("null && 'x'", None),
        ("'a' && 'b'", "b"),
        ("0 || 'default'", "default"),
        ("'' || null", None),
        ("[] || 1", []),
        ("[] ? 'yes' : 'no'", "yes"),
        ("'0' ? 'yes' : 'no'", "yes"),
        ("0 / 0 ? 'yes' : 'no'", "no"),
        ("!{}", False),
        ("!null", True),
        ("true && false || 7", 7),
    ],
)
def test_and_and_or_give_the_operand_that_decides(source: str, expected: object) -> None:
    assert result(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("unknown", None),
        ("unknown.member[3].other", None),
        ("metadata.channel", "app"),
        ("metadata['channel']", "app"),
        ("metadata.nothing", None),
        ("metadata.channel.length", None),
        ("lineItems[1].productId", "pot"),
        ("lineItems['1'].productId", "pot"),
        ("lineItems[true].productId", "pot"),
        ("lineItems[1.9].productId", "pot"),
        ("lineItems['first'].productId", "tea"),
        ("lineItems[0 / 0].productId", "tea"),
        ("lineItems[2]", None),
        ("lineItems[-1]", None),
        ("lineItems[-0.5]", None),
        ("lineItems[Inf]", None),
        ("lineItems.length", {"productId": "tea"}),
        ("{'2': 'two'}[2]", "two"),
        ("{true: 'yes'}[1 == 1]", "yes"),
        ("metadata.constructor", None),
        ("currentLineItem.__class__", None),
    ],
)
def test_members_are_looked_up_in_lists_and_maps_and_are_null_elsewhere(source: str, expected: object) -> None:
    found = result(source)
    if isinstance(expected, dict):  # the member of a list is looked up by the number that its name is: 0
        assert isinstance(found, dict)
        assert found["productId"] == expected["productId"]
    else:
        assert found == expected
