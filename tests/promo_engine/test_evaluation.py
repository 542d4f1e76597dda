"""The evaluation's document and block."""

from promo_engine import evaluate
from promo_engine.testing import a_cart, a_promotion, a_ruleset, percent_off

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


def test_the_document_says_points_in_all_and_by_how_much_it_may_have_missed() -> None:
    bonus = [a_promotion("loyalty_bonus", {"points": 7}, id=promotion_id) for promotion_id in ("a", "b")]
    document = evaluate(a_cart(("MILK", 4990), customer="7"), a_ruleset(*bonus)).document()
    assert (document["points"], document["optimal"], document["missed"]) == (14, True, 0)
    groups = [
        percent_off(5 + i, id=f"{sku}{group}", exclusion_group=f"group {group}", rules={"applicable_items": [sku]})
        for group in range(12)
        for i, sku in enumerate(["MILK", "TEA"])
    ]
    hard = evaluate(a_cart(("TEA", 10000), ("MILK", 11000)), a_ruleset(*groups))
    assert (hard.document()["optimal"], hard.document()["missed"]) == (False, hard.missed)


def test_a_document_without_lines_is_the_same_but_for_them() -> None:
    evaluation = evaluate(a_cart(("MILK", 4990), ("TEA", 1000)), a_ruleset(percent_off(20)))
    whole = evaluation.document()
    assert [one["after"] for one in whole.pop("lines")] == [3992, 800]
    assert evaluation.document(has_lines=False) == whole
