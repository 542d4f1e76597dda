"""Each function of the rule language, as a function and as a method."""

import pytest

from promo_server.expressions.functions import FUNCTIONS
from tests.promo_server.expressions.samples import result


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("abs(-2.5)", 2.5),
        ("ceil(2.1)", 3),
        ("ceil(-Inf) == -Inf", True),
        ("floor(-2.1)", -3),
        ("floor('2.9')", 2),
        ("round(2.5)", 3),
        ("round(-2.5)", -2),
        ("round(2.4999)", 2),
        ("round(Inf) == Inf", True),
        ("roundBankers(2.5)", 2),
        ("roundBankers(3.5)", 4),
        ("roundBankers(-2.5)", -2),
        ("currentLineItem.unitPrice.max(500)", 500),
        ("max(1, [7, [9]], '8')", 9),
        ("max([])", None),
        ("min(3, [2, ['-1']])", -1),
        ("min(0 / 0, 5)", 0),
        ("sum(lineItems.map(item => item.unitPrice))", 3449),
        ("sum([])", 0),
        ("sum('a', null, true, {a: 5})", 1),
        ("isNaN('NaN')", False),
        ("isNaN(0 / 0)", True),
        ("isNull(metadata.nothing)", True),
        ("isNull('')", False),
    ],
)
def test_functions_of_numbers(source: str, expected: object) -> None:
    assert result(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'Straße'.toUpperCase()", "STRASSE"),
        ("toLowerCase('TeA')", "tea"),
        ("null.toLowerCase()", ""),
        ("true.toUpperCase()", "TRUE"),
        ("'promotion'.substring(3)", "motion"),
        ("'promotion'.substring(3, 6)", "mot"),
        ("'promotion'.substring(6, 3)", "mot"),
        ("'promotion'.substring(-4, 3)", "pro"),
        ("'promotion'.substring(2, Inf)", "omotion"),
        ("'promotion'.substring(0 / 0, 2.9)", "pr"),
        ("1234.substring(1, 3)", "23"),
        ("'promotion'.substring()", "promotion"),
        ("size('tea')", 3),
        ("'😀'.size()", 1),
    ],
)
def test_functions_of_texts(source: str, expected: object) -> None:
    assert result(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[1, 2, 3].every(x => x > 0)", True),
        ("[1, 2, 3].every(x => x > 1)", False),
        ("[].every(x => false)", True),
        ("currentLineItem.tags.some(tag => tag == 'bio')", True),
        ("[].some(x => true)", False),
        ("[1, 2, 3, 4].filter(x => x % 2 == 0)", [2, 4]),
        ("[1, 2, 3, 4].find(x => x > 2)", 3),
        ("[1, 2, 3, 4].findLast(x => x > 2)", 4),
        ("[1, 2, 3, 4].findIndex(x => x > 2)", 2),
        ("[1, 2, 3, 4].findLastIndex(x => x < 3)", 1),
        ("[1].find(x => x > 2)", None),
        ("[1].findIndex(x => x > 2)", -1),
        ("[1, 2].map((x) => x * 10)", [10, 20]),
        ("[1, 2, 3].reduce((total, x) => total + x, 10)", 16),
        ("[1, 2, 3].reduce((total, x) => total + x)", 6),
        ("['a', 'b'].reduce((text, x, place) => text + x + place, '')", "a0b1"),
        ("[1, 2].reduce((total, x, place, all) => total + all[place] * size(all), 0)", 6),
        ("[1, 2].reduce(last => 'only', 0)", "only"),
        ("[[1, [2]], 3].flatten()", [1, [2], 3]),
        ("[[1, [2]], 3].flatten(2)", [1, 2, 3]),
        ("[[1]].flatten(0)", [[1]]),
        ("[[1]].flatten(-1)", [[1]]),
        ("flatten('a')", ["a"]),
        ("flatten()", []),
        ("size([1, [2, 3]])", 2),
        ("size(metadata)", 0),
        ("keys({a: 1, b: 2})", ["a", "b"]),
        ("values({a: 1, b: [2]})", [1, [2]]),
        ("metadata.empty.keys()", []),
    ],
)
def test_functions_of_lists_and_maps(source: str, expected: object) -> None:
    assert result(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[1, 2].map(x => [3, 4].map(y => x * y))", [[3, 4], [6, 8]]),
        ("[1, 2].map(x => [5].map(x => x))", [[5], [5]]),
        ("[1].map(metadata => metadata)", [1]),
        ("[7].map((x, y) => y)", [None]),
        ("[1].map(x => x == 1 ? 'one' : 'other')", ["one"]),
        ("abs(x => 5)", 0),
        ("max(x => 5, 2)", 2),
        ("[1, 2].map(5)", []),
    ],
)
def test_a_lambda_sees_what_is_around_it_and_is_no_value(source: str, expected: object) -> None:
    assert result(source) == expected


OF_NOTHING: dict[str, object] = dict.fromkeys(("abs", "ceil", "floor", "round", "roundBankers", "size", "sum"), 0)
OF_NOTHING |= {name: [] for name in ("filter", "flatten", "keys", "map", "values")}
OF_NOTHING |= dict.fromkeys(("find", "findLast", "max", "min", "reduce"))
OF_NOTHING |= dict.fromkeys(("substring", "toLowerCase", "toUpperCase"), "")
OF_NOTHING |= {"every": False, "some": False, "findIndex": -1, "findLastIndex": -1, "isNaN": False, "isNull": True}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_without_arguments_a_function_gives_what_it_gives_of_nothing(name: str) -> None:
    assert result(f"{name}()") == OF_NOTHING[name]


@pytest.mark.parametrize("name", ["every", "filter", "find", "findIndex", "map", "reduce", "some"])
@pytest.mark.parametrize("given", ["null", "5", "'text'", "{a: 1}", "true"])
def test_what_is_no_list_is_searched_like_nothing(name: str, given: str) -> None:
    assert result(f"{name}({given}, x => true)") == OF_NOTHING[name]


def test_a_function_that_does_not_exist_gives_null() -> None:
    assert result("discount(5)") is None
    assert result("[1].sort()") is None
    assert result("discount(1 / 0, x => x)") is None
