"""What somebody else computed is checked field by field: each lie is named where it stands."""

from collections.abc import Callable
from typing import Any

import pytest

from promo_engine import Cart, DocumentError, Evaluation, check_evaluation, evaluate
from promo_engine.testing import a_cart, a_promotion, a_ruleset, percent_off

RULESET = a_ruleset(
    percent_off(20, id="spring", code="SPRING20", display={"message": "Save 20%"}),
    percent_off(50, id="big", rules={"min_purchase_amount": 9000}),
    a_promotion("free_shipping", {"discount_value": 50}, id="ship"),
    a_promotion("loyalty_bonus", {"points": 7}, id="points"),
)
CART = a_cart(("MILK", 4990), ("TEA", 1000, 2), codes=["SPRING20", "OLD"], customer="7", shipping=590)


def need_of(document: Any) -> Any:
    return document["opportunities"][0]["needs"][0]


LIES: dict[str, Callable[[Any], Any]] = {
    "revision": lambda it: it.update(revision=""),
    "at": lambda it: it.update(at="2026-11-22T12:00:01Z"),
    "points": lambda it: it.update(points=8),
    "optimal": lambda it: it.update(optimal=False),
    "missed": lambda it: it.update(missed=-1),
    "totals.items": lambda it: it["totals"].update(items=6990.0),
    "totals.items_discount": lambda it: it["totals"].update(items_discount=1),
    "totals.shipping": lambda it: it["totals"].pop("shipping"),
    "totals.shipping_discount": lambda it: it["totals"].update(shipping_discount=0),
    "totals.tax": lambda it: it["totals"].update(tax=0),
    "totals.credits": lambda it: it["totals"].update(credits=False),
    "totals.amount_due": lambda it: it["totals"].update(amount_due=1),
    "totals.currency": lambda it: it["totals"].update(currency="JPY"),
    "totals.exponent": lambda it: it["totals"].update(exponent=0),
    "totals": lambda it: it["totals"].update(gift=1),
    "lines": lambda it: it["lines"].append(it["lines"][0]),
    "lines[0].id": lambda it: it["lines"].reverse(),
    "lines[1]": lambda it: it["lines"].pop(),
    "lines[0].quantity": lambda it: it["lines"][0].update(quantity=2),
    "lines[0].unit_price": lambda it: it["lines"][0].update(unit_price=1),
    "lines[0].before": lambda it: it["lines"][0].update(before=1),
    "lines[0].discount": lambda it: it["lines"][0].update(discount=1),
    "lines[0].after": lambda it: it["lines"][0].update(after=1),
    "shipping[0].id": lambda it: it["shipping"][0].update(id="s2"),
    "shipping[0].before": lambda it: it["shipping"][0].update(before=591),
    "shipping[0].discount": lambda it: it["applied"][1].update(shipping={"s1": 591}, discount=591),
    "shipping[0].after": lambda it: it["shipping"][0].pop("after"),
    "applied[0].id": lambda it: it["applied"][0].update(id=7),
    "applied[1].id": lambda it: it["applied"].insert(0, it["applied"][0]),
    "applied[0].name": lambda it: it["applied"][0].update(name=None),
    "applied[0].type": lambda it: it["applied"][0].update(type=5),
    "applied[0].discount": lambda it: it["applied"][0].update(discount=1),
    "applied[0].unapplied": lambda it: it["applied"][0].update(unapplied=-1),
    "applied[0].points": lambda it: it["applied"][0].update(points=True),
    "applied[0].lines.milk": lambda it: it["applied"][0]["lines"].update(milk=9.5),
    "applied[0].lines.tea": lambda it: it["applied"][0]["lines"].update(tea=10**30),
    "applied[0].lines.beer": lambda it: it["applied"][0].update(lines={"beer": 1398}),
    "applied[1].shipping.s2": lambda it: it["applied"][1].update(shipping={"s2": 295}),
    "applied[0].display.message": lambda it: it["applied"][0]["display"].update(message=5),
    "applied[2]": lambda it: it["applied"][2].update(amount=0),
    "codes": lambda it: it["codes"].pop(),
    "codes[0].reason": lambda it: it["codes"][0].update(reason="because"),
    "codes[0].applied": lambda it: it["codes"][0].update(applied=0),
    "codes[0].message": lambda it: it["codes"][0].update(message=None),
    "codes[1]": lambda it: it["codes"][1].update(message="twice the price"),
    "opportunities[0].id": lambda it: it["opportunities"][0].update(id="ship"),
    "opportunities[0].kind": lambda it: it["opportunities"][0].update(kind=1),
    "opportunities[0].missing": lambda it: it["opportunities"][0].update(missing=0),
    "opportunities[0].message": lambda it: it["opportunities"][0].update(message=[]),
    "opportunities[0].at_most": lambda it: it["opportunities"][0].update(at_most=-1),
    "opportunities[0].needs": lambda it: it["opportunities"][0].update(needs=[]),
    "opportunities[0].needs[0]": lambda it: need_of(it).update(kind="steal"),
    "opportunities[0].needs[0].missing": lambda it: need_of(it).update(missing=1),
    "opportunities[0].needs[0].after_discounts": lambda it: need_of(it).update(after_discounts=0),
    "opportunities[0].needs[0].goods[0].missing": lambda it: need_of(it)["goods"][0].update(missing=0),
    "opportunities[0].needs[0].goods[0].items[0]": lambda it: need_of(it)["goods"][0].update(items=[[7]]),
    "opportunities[0].needs[0].goods[0].excluded": lambda it: need_of(it)["goods"][0].update(excluded=[None]),
    "opportunities[0].needs[0].goods[0].max_unit_price": lambda it: need_of(it)["goods"][0].update(max_unit_price="1"),
}

NO_DOCUMENTS: list[Callable[[Any], Any]] = [
    lambda it: it.pop("totals"),
    lambda it: it.update(totals=None),
    lambda it: it.update(applied=None),
    lambda it: it["applied"][0].pop("discount"),
    lambda it: it["applied"][0].update(lines=[]),
    lambda it: it["applied"][0].update(code=["SPRING20"]),
    lambda it: it["codes"][0].update(params=7),
    lambda it: it["codes"][1].pop("promotion"),
    lambda it: it.update(opportunities=["spend more"]),
    lambda it: it.clear(),
]


def evaluation(cart: Cart = CART) -> Evaluation:
    return evaluate(cart, RULESET)


def test_a_document_of_ours_adds_up_with_its_cart() -> None:
    check_evaluation(evaluation().document(), CART)
    assert [one.promotion_id for one in evaluation().applied] == ["spring", "ship", "points"]
    assert [one.promotion_id for one in evaluation().opportunities] == ["big"]


@pytest.mark.parametrize("path", LIES)
def test_each_lie_is_named_where_it_stands(path: str) -> None:
    document = evaluation().document()
    LIES[path](document)
    with pytest.raises(DocumentError) as refused:
        check_evaluation(document, CART)
    assert refused.value.path == path


@pytest.mark.parametrize("spoil", NO_DOCUMENTS, ids=range(len(NO_DOCUMENTS)))
def test_what_has_another_shape_is_refused(spoil: Callable[[Any], Any]) -> None:
    document = evaluation().document()
    spoil(document)
    with pytest.raises(DocumentError):
        check_evaluation(document, CART)


def test_a_lie_is_told_what_would_be_right() -> None:
    document = evaluation().document()
    document["totals"]["amount_due"] = 1
    with pytest.raises(DocumentError, match=r"totals.amount_due: does not add up with the cart: must be 5887"):
        check_evaluation(document, CART)


def test_a_code_cannot_claim_a_promotion_that_another_applied() -> None:
    document = evaluation().document()
    document["applied"][0]["code"] = None
    with pytest.raises(DocumentError, match="codes: do not agree with what is applied"):
        check_evaluation(document, CART)


def test_fields_that_a_later_version_writes_are_not_looked_at() -> None:
    check_evaluation(evaluation().document() | {"weather": "fine"}, CART)
