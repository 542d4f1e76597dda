"""The evaluation's document, block and receipt."""

from collections.abc import Callable
from typing import Any

import pytest

from promo_engine import DocumentError, check_evaluation, evaluate
from promo_engine.testing import a_cart, a_ruleset, percent_off

RULESET = a_ruleset(percent_off(20, code="SPRING20", display={"message": "Save 20%"}))
CART = a_cart(("MILK", 4990), ("TEA", 1000), codes=["SPRING20", "OLD"])


def test_the_block_is_what_front_ends_code_against() -> None:
    block = evaluate(CART, RULESET).block()
    assert list(block) == ["applied", "codes", "opportunities", "totals", "revision"]
    assert block["applied"] == [
        {
            "id": "promo_1",
            "name": "promo_1",
            "type": "percentage_discount",
            "code": "SPRING20",
            "discount": 1198,
            "unapplied": 0,
            "lines": {"milk": 998, "tea": 200},
            "shipping": {},
            "points": 0,
            "display": {"message": "Save 20%"},
        }
    ]
    assert block["totals"] == {
        "items": 5990,
        "items_discount": 1198,
        "shipping": 0,
        "shipping_discount": 0,
        "tax": None,
        "credits": 0,
        "amount_due": 4792,
        "currency": "USD",
        "exponent": 2,
    }


def test_a_code_that_failed_has_reason_params_and_message() -> None:
    codes = evaluate(CART, RULESET).document()["codes"]
    message = "OLD is not a valid code."
    assert {"code": "OLD", "applied": False, "reason": "not_found", "params": {}, "message": message} in codes


def test_every_line_says_before_minus_discount_is_after() -> None:
    for line in evaluate(CART, RULESET).document()["lines"]:
        assert line["before"] - line["discount"] == line["after"]


def test_the_same_evaluation_has_the_same_receipt() -> None:
    again = a_cart(("TEA", 1000), ("MILK", 4990), codes=["OLD", "SPRING20"])
    assert evaluate(CART, RULESET).receipt() == evaluate(again, RULESET).receipt()
    assert evaluate(CART, RULESET).receipt().startswith("sha256:")


def test_a_document_of_ours_adds_up_with_its_cart() -> None:
    check_evaluation(evaluate(CART, RULESET).document(), CART)


SPOILT: list[Callable[[Any], Any]] = [
    lambda document: document.pop("totals"),
    lambda document: document["totals"].update(amount_due=1),
    lambda document: document["totals"].update(currency="JPY"),
    lambda document: document["totals"].update(credits=1),
    lambda document: document["applied"][0].pop("discount"),
    lambda document: document["applied"][0].update(discount=1),
    lambda document: document["applied"][0]["lines"].update(milk=-1),
    lambda document: document["applied"][0]["lines"].update(milk=10**30),
    lambda document: document["applied"][0]["lines"].update(milk=9.5),
    lambda document: document["applied"][0]["lines"].update(beer=5),
    lambda document: document["applied"].append(document["applied"][0]),
    lambda document: document.update(applied=None),
]


@pytest.mark.parametrize("spoil", SPOILT, ids=range(len(SPOILT)))
def test_a_document_that_does_not_add_up_is_refused(spoil: Callable[[Any], Any]) -> None:
    document = evaluate(CART, RULESET).document()
    spoil(document)
    with pytest.raises(DocumentError):
        check_evaluation(document, CART)
