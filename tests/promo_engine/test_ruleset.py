"""Rulesets: an index, and a document that comes back the same."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from promo_engine import (
    Customer,
    DocumentError,
    Promotion,
    Ruleset,
    Schedule,
    canonical_json,
    evaluate,
    lenient_rules,
    read_ruleset,
)
from promo_engine.testing import (
    NOON,
    USD,
    a_cart,
    a_line,
    a_promotion,
    a_ruleset,
    amount_off,
    installed_types,
    percent_off,
)

ALWAYS = Schedule(NOON - timedelta(days=1), NOON + timedelta(days=1))
DAIRY = {"applicable_categories": ["dairy"]}


def ids(ruleset: Ruleset, *skus: str, codes: tuple[str, ...] = ()) -> list[str]:
    lines = [a_line(sku, 100, categories=["dairy"] if sku == "MILK" else []) for sku in skus]
    cart = a_cart(*lines, codes=codes)
    return [candidate.promotion.id for candidate in ruleset.candidates(cart)]


def test_only_promotions_that_name_something_in_the_cart_are_looked_at() -> None:
    ruleset = a_ruleset(
        percent_off(5, id="dairy", rules=DAIRY),
        percent_off(5, id="tea", rules={"applicable_items": ["TEA"]}),
        percent_off(5, id="all"),
        percent_off(5, id="coded", code="SAVE5"),
    )
    assert ids(ruleset, "MILK") == ["dairy", "all"]
    assert ids(ruleset, "TEA", codes=("save5",)) == ["tea", "all", "coded"]


def test_the_order_is_phase_then_priority_then_id() -> None:
    ruleset = a_ruleset(
        percent_off(5, id="b"),
        percent_off(5, id="a"),
        percent_off(5, id="c", priority=9),
        percent_off(5, id="z", rules=DAIRY, priority=-1),
    )
    assert ids(ruleset, "MILK") == ["z", "c", "a", "b"]


def test_two_promotions_of_one_code_form_are_an_error() -> None:
    with pytest.raises(DocumentError, match="have one code"):
        a_ruleset(percent_off(5, id="a", code="SAVE5"), percent_off(5, id="b", code="save5 "))


def document() -> dict[str, Any]:
    promotions = [
        percent_off(Decimal("12.5"), id="a", rules=DAIRY),
        amount_off(500, id="b", code="FIVE", total_limit=3),
    ]
    loaded: dict[str, Any] = json.loads(canonical_json(a_ruleset(*promotions).document()))
    return loaded


def test_a_document_comes_back_as_the_same_ruleset() -> None:
    ruleset = read_ruleset(document(), installed_types())
    assert canonical_json(ruleset.document()) == canonical_json(document())
    assert ruleset.promotions["a"].rules.discount_value == Decimal("12.5")  # type: ignore[union-attr]


def test_a_document_that_was_changed_is_refused() -> None:
    changed = document()
    changed["promotions"][1]["rules"]["discount_value"] = 50_000
    with pytest.raises(DocumentError, match="is not the revision of this content"):
        read_ruleset(changed, installed_types())


def test_the_order_of_promotions_does_not_change_the_revision() -> None:
    a, b = percent_off(5, id="a"), percent_off(6, id="b")
    assert a_ruleset(a, b).revision == a_ruleset(b, a).revision
    assert a_ruleset(a, b).revision != a_ruleset(a).revision


def test_a_promotion_whose_type_is_not_here_drops_out_with_a_reason() -> None:
    strange = a_promotion("bogo", {"anything": 1}, id="s", code="BOGO")
    read = read_ruleset(json.loads(canonical_json(a_ruleset(strange).document())), installed_types())
    evaluation = evaluate(a_cart(("MILK", 100), codes=["BOGO"], customer=Customer(id="1")), read)
    assert evaluation.reasons["s"].code == "type_missing"
    assert evaluation.amount_due == 100


def test_rules_that_a_type_does_not_read_any_more_leave_the_others_alone(caplog: pytest.LogCaptureFixture) -> None:
    rules = lenient_rules(installed_types()["percentage_discount"], {"percent": 5}, "old")
    old = Promotion(
        id="old", name="old", type="percentage_discount", rules=rules, currency=USD, schedule=ALWAYS, auto_apply=True
    )
    evaluation = evaluate(a_cart(("MILK", 1000)), a_ruleset(old, percent_off(10, id="new")))
    assert (evaluation.amount_due, evaluation.reasons["old"].code) == (900, "type_missing")
    assert "promotion old: type percentage_discount does not read its rules" in caplog.text
