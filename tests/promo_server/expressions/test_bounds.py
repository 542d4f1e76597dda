"""Whatever a rule says, evaluating it ends soon and takes little memory."""

import sys
from decimal import Decimal

import pytest

from promo_server.expressions import MAX_STEPS, RuleLimitError, Steps, parse_rule

NAMES = {"wide": list(range(300)), "long": "x" * 20_000, "huge": 10**5000, "nan": float("nan")}


def steps_of(source: str) -> int:
    steps = Steps()
    parse_rule(source).evaluate(NAMES, steps)
    return steps.taken


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("wide.map(x => wide.map(y => x * y))", "takes more than 20000 steps"),
        ("wide.reduce((a, x) => a + a, 'x')", "makes a text of more than 10000 characters"),
        ("wide.reduce((a, x) => a + a, [1])", "takes more than 20000 steps"),
        ("wide.reduce((a, x) => [a, a], 1) == wide.reduce((a, x) => [a, a], 1)", "64 levels|20000 steps"),
        ("[1, 2, 3].reduce((a, x) => a.map(y => a), wide).flatten(9)", "takes more than 20000 steps"),
        ("'' + wide.reduce((a, x) => [a], 1)", "walks through more than 64 levels of lists"),
        ("sum(wide.reduce((a, x) => [a, a], 1))", "64 levels|20000 steps"),
        ("long + 'y'", "makes a text of more than 10000 characters"),
        ("long.toUpperCase()", "makes a text of more than 10000 characters"),
        ("wide.map(x => '' + wide)", "takes more than 20000 steps"),
    ],
)
def test_what_grows_is_stopped(source: str, limit: str) -> None:
    with pytest.raises(RuleLimitError, match=limit):
        parse_rule(source).evaluate(NAMES)


def test_steps_are_counted_alike_each_time() -> None:
    assert steps_of("currentLineItem.lineTotal.subtotal * 0.5") == 7
    assert steps_of("wide.some(x => x == 299)") == steps_of("wide.some(x => x == 299)") > 900


def test_fewer_steps_may_be_given() -> None:
    with pytest.raises(RuleLimitError, match="takes more than 100 steps"):
        parse_rule("wide.some(x => x == 299)").evaluate(NAMES, Steps(100))
    assert parse_rule("wide.some(x => x == 1)").boolean(NAMES, Steps(100))


def test_an_operand_that_does_not_decide_takes_no_steps() -> None:
    costly = "wide.map(x => wide.map(y => x * y))"
    assert steps_of(f"false && {costly}") < 10
    assert steps_of(f"true || {costly}") < 10
    assert steps_of(f"true ? 1 : {costly}") < 10


def test_numbers_do_not_grow() -> None:
    assert parse_rule("wide.reduce((a, x) => a * a, 1.1)").number(NAMES) == Decimal("Infinity")
    assert len(str(parse_rule("wide.reduce((a, x) => a / 3 + 0.1, 1)").number(NAMES))) < 50
    assert parse_rule("huge").number(NAMES) == Decimal("Infinity")
    assert parse_rule("-huge").number(NAMES) == Decimal("-Infinity")
    assert parse_rule("nan").number(NAMES).is_nan()
    assert parse_rule("x > 1 || x <= 1 || x == x").boolean({"x": Decimal("sNaN")}) is False


def test_the_evaluation_of_a_deep_rule_needs_little_of_pythons_stack() -> None:
    rule = parse_rule("[1].map(x => " * 20 + "x" + ")" * 20)
    depth = len(list(iter_frames()))
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 300)
    try:
        assert rule.evaluate({}, Steps(MAX_STEPS))
    finally:
        sys.setrecursionlimit(before)


def test_where_even_that_is_not_left_it_is_a_limit_too() -> None:
    rule = parse_rule("[1].map(x => " * 20 + "x" + ")" * 20)

    def deeper() -> object:
        try:
            return deeper()
        except RecursionError:
            return rule.evaluate({})

    with pytest.raises(RuleLimitError, match="nests too deep to be evaluated here"):
        deeper()


def iter_frames() -> list[object]:
    frames: list[object] = []
    frame = sys._getframe()
    while frame.f_back is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames
