"""Codes that are not in the ruleset: what they stand for comes in as entitlements."""

from collections.abc import Mapping
from itertools import permutations
from typing import Any

import pytest

from promo_engine import (
    UNKNOWN,
    Entitlements,
    Evaluation,
    KnownCode,
    Promotion,
    Status,
    UsesLeft,
    consider,
    evaluate,
    explain,
)
from promo_engine.testing import a_cart, a_ruleset, percent_off

SPRING = percent_off(20, id="spring", code="SPRING20")


def price(*codes: str, known: Mapping[str, KnownCode | None], promotions: Any = (SPRING,), **uses: Any) -> Evaluation:
    """Price milk for 10.00 with codes of which this is known."""
    ruleset = a_ruleset(*promotions, has_unlisted_codes=True)
    return evaluate(a_cart(("MILK", 1000), codes=codes), ruleset, Entitlements(uses, known))


def results(evaluation: Evaluation) -> dict[str, str | None]:
    """Return what became of each code: nothing where it applied, or else the reason."""
    return {one.code: one.reason.code if one.reason else None for one in evaluation.codes}


def test_a_code_that_was_looked_up_applies_its_promotion_as_its_own_code_does() -> None:
    looked_up, own = price(" q7Xk ", known={"q7xk": KnownCode("spring", 1)}), price("SPRING20", known={})
    assert looked_up.amount_due == own.amount_due == 800
    assert looked_up.applied[0].code == " q7Xk "
    assert looked_up.codes[0].promotion_id == "spring"


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ({}, "cannot_verify"),
        ({"q7xk": None}, "not_found"),
        ({"q7xk": KnownCode("draft")}, "not_found"),
        ({"q7xk": KnownCode("spring", 0)}, "limit_code"),
        ({"q7xk": KnownCode("spring", -1)}, "limit_code"),
        ({"other": KnownCode("spring", 1)}, "cannot_verify"),
    ],
)
def test_a_code_that_does_not_apply_says_why(known: Mapping[str, KnownCode | None], reason: str) -> None:
    evaluation = price("Q7XK", known=known)
    assert (evaluation.amount_due, results(evaluation)) == (1000, {"Q7XK": reason})


def test_a_promotion_whose_code_is_used_up_says_so_itself() -> None:
    assert price("Q7XK", known={"q7xk": KnownCode("spring", 0)}).reasons["spring"].code == "limit_code"


@pytest.mark.parametrize("nonsense", ["A\nB", "A\x7fB", "\ufdfa" * 20], ids=["a line break", "a control", "too long"])
def test_nobody_is_asked_about_a_code_that_cannot_be_one(nonsense: str) -> None:
    cart, ruleset = a_cart(("MILK", 1000), codes=[nonsense]), a_ruleset(SPRING, has_unlisted_codes=True)
    assert ruleset.unlisted(cart) == ()
    assert results(evaluate(cart, ruleset)) == {nonsense: "not_found"}


def test_where_all_codes_are_in_the_ruleset_another_one_is_nobodys() -> None:
    assert results(evaluate(a_cart(("MILK", 1000), codes=["Q7XK"]), a_ruleset(SPRING))) == {"Q7XK": "not_found"}


@pytest.mark.parametrize(
    ("promotion", "reason"),
    [
        (percent_off(20, id="spring", code="SPRING20", status=Status.PAUSED), "paused"),
        (percent_off(20, id="spring", code="SPRING20", rules={"min_purchase_amount": 5000}), "minimum_purchase"),
        (percent_off(20, id="spring", code="SPRING20", total_limit=5), "limit_code"),
    ],
)
def test_of_several_reasons_of_promotion_and_code_the_first_in_the_list_is_given(
    promotion: Promotion, reason: str
) -> None:
    known = {"q7xk": KnownCode("spring", 0)}
    assert results(price("Q7XK", known=known, promotions=[promotion])) == {"Q7XK": reason}


def test_the_promotion_of_a_code_has_its_limits_all_the_same() -> None:
    limited = percent_off(20, id="spring", code="SPRING20", total_limit=5)
    known = {"q7xk": KnownCode("spring", 1)}
    assert results(price("Q7XK", known=known, promotions=[limited])) == {"Q7XK": "cannot_verify"}
    for left, reason in ((0, "limit_total"), (1, None)):
        evaluation = price("Q7XK", known=known, promotions=[limited], spring=UsesLeft(total=left))
        assert results(evaluation) == {"Q7XK": reason}


def test_a_promotion_applies_once_whichever_of_its_codes_are_entered_in_whatever_order() -> None:
    known = {"aa": KnownCode("spring", 0), "bb": KnownCode("spring", 1), "cc": KnownCode("spring")}
    for codes in permutations(["AA", "BB", "CC"]):
        evaluation = price(*codes, known=known)
        assert (evaluation.amount_due, evaluation.applied[0].code) == (800, "BB")
        assert results(evaluation) == {"AA": "limit_code", "BB": None, "CC": "not_combinable"}
    own = price("SPRING20", "BB", known=known)
    assert results(own) == {"BB": "not_combinable", "SPRING20": None}
    assert dict(own.codes[0].reason.params if own.codes[0].reason else {}) == {"with": ["spring"]}


def test_a_used_up_code_takes_nothing_from_a_promotion_that_applies_by_itself() -> None:
    automatic = percent_off(20, id="spring", auto_apply=True)
    evaluation = price("Q7XK", known={"q7xk": KnownCode("spring", 0)}, promotions=[automatic])
    assert (evaluation.amount_due, evaluation.applied[0].code) == (800, None)
    assert results(evaluation) == {"Q7XK": "limit_code"}
    assert price("Q7XK", known={"q7xk": KnownCode("spring", 1)}, promotions=[automatic]).applied[0].code == "Q7XK"


def test_nothing_stands_in_for_a_promotions_own_code() -> None:
    other = percent_off(50, id="other", code="OTHER50")
    known = {"spring20": KnownCode("other", 0), "q7xk": None}
    evaluation = price("SPRING20", known=known, promotions=[SPRING, other])
    assert (evaluation.amount_due, results(evaluation)) == (800, {"SPRING20": None})


def test_what_a_cart_must_have_looked_up_is_told_before_it_is_priced() -> None:
    limited = percent_off(20, id="spring", code="SPRING20", total_limit=5)
    cart = a_cart(("MILK", 1000), codes=["Q7XK", "SPRING20x", "spring20"])
    considered = consider(cart, a_ruleset(limited, percent_off(5, id="b", code="B", total_limit=1)))
    assert (considered.unlisted, considered.needed) == ((), ("spring",))
    asked = consider(cart, a_ruleset(limited, percent_off(5, id="b", code="B", total_limit=1), has_unlisted_codes=True))
    assert (asked.unlisted, asked.needed) == (("q7xk", "spring20x"), ("spring",))
    codes = {"q7xk": KnownCode("b", 1), "strange": None}
    known = asked.knowing(codes)
    assert set(known.needed) == {"spring", "b"}
    assert known.knowing(codes) is known


def test_a_code_that_was_known_and_is_not_any_more_cannot_be_verified() -> None:
    cart, ruleset = a_cart(("MILK", 1000), codes=["Q7XK"]), a_ruleset(SPRING, has_unlisted_codes=True)
    considered = consider(cart, ruleset, {"q7xk": KnownCode("spring", 1)})
    assert results(considered.price(UNKNOWN)) == {"Q7XK": "cannot_verify"}


def test_every_promotion_explains_itself_with_the_code_that_asked_for_it() -> None:
    dear = percent_off(5, id="dear", code="DEAR5", rules={"min_purchase_amount": 5000})
    ruleset = a_ruleset(dear, SPRING, has_unlisted_codes=True)
    known = Entitlements({}, {"q7xk": KnownCode("dear", 1)})
    reasons = {one.promotion_id: one.reason for one in explain(a_cart(("MILK", 1000), codes=["Q7XK"]), ruleset, known)}
    assert reasons["dear"].code == "minimum_purchase"
    assert reasons["spring"].params == {"condition": "promotion_code"}
