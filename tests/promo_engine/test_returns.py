"""What returns give back: units in their order, the two policies, points, uses, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from promo_engine import Cart, Customer, DocumentError, Promotion, Ruleset, Shipping, UsesLeft, canonical_json, evaluate
from promo_engine.entitlements import Entitlements, KnownCode
from promo_engine.returns import (
    NOTHING,
    Order,
    Refund,
    Return,
    Returned,
    give_back,
    give_back_repriced,
    read_order,
    read_return,
    read_returned,
)
from promo_engine.testing import a_cart, a_promotion, a_ruleset, amount_off, percent_off, uses_left

FROM_20 = amount_off(500, rules={"min_purchase_amount": 2000})
FREE_SHIPPING = a_promotion("free_shipping", {"min_purchase_amount": 2000}, id="ship")
BONUS = a_promotion("loyalty_bonus", {"points_per_unit_spent": Decimal(1)}, id="bonus")


def ordered(cart: Cart, ruleset: Ruleset, entitlements: Entitlements | None = None) -> Order:
    return read_order(evaluate(cart, ruleset, entitlements or Entitlements()).document(), cart)


def an_order(*lines: tuple[str, int, int], off: Promotion | None = None, **fields: Any) -> Order:
    return ordered(a_cart(*lines, **fields), a_ruleset(*([off] if off else [])))


def repriced(order: Order, ruleset: Ruleset, *backs: Return) -> list[Refund]:
    refunds: list[Refund] = []
    so_far = NOTHING
    for back in backs:
        refunds.append(give_back_repriced(order, back, so_far, ruleset))
        so_far = refunds[-1].returned
    return refunds


def test_units_come_back_in_the_order_of_the_evaluation() -> None:
    cart, ruleset = a_cart(("MILK", 350, 3)), a_ruleset(amount_off(50))
    paid = [350 - sum(unit.values()) for unit in evaluate(cart, ruleset).units("milk")]
    order, so_far = ordered(cart, ruleset), NOTHING
    for expected in paid:
        refund = give_back(order, Return({"milk": 1}), so_far)
        so_far = refund.returned
        assert refund.amount == expected
    assert paid == [333, 333, 334]


def test_a_partial_return_is_never_more_than_its_even_part() -> None:
    order = an_order(("MILK", 350, 3), off=amount_off(50))
    for units in (1, 2, 3):
        assert 3 * give_back(order, Return({"milk": units})).amount <= units * order.paid


def test_what_was_paid_is_said_per_line_and_shipping_entry() -> None:
    order = an_order(("MILK", 1000, 2), ("TEA", 500, 1), off=percent_off(10), shipping=590)
    refund = give_back(order, Return({"milk": 1, "tea": 1}, ["s1"]))
    assert refund.lines == {"milk": 900, "tea": 450}
    assert refund.shipping == {"s1": 590}
    assert refund.amount == 900 + 450 + 590


def test_shipping_is_given_back_only_when_it_is_named() -> None:
    order = an_order(("MILK", 1000, 1), shipping=590)
    goods = give_back(order, Return({"milk": 1}))
    assert goods.amount == 1000
    assert give_back(order, Return(shipping=["s1"]), goods.returned).amount == 590


def test_a_free_unit_gives_nothing_back_but_a_mixed_line_its_even_part() -> None:
    offer = a_promotion("buy_x_get_y", {"buy_quantity": 2, "get_quantity": 1})
    apart = an_order(("MILK", 1000, 2), ("TEA", 400, 1), off=offer)
    assert give_back(apart, Return({"tea": 1})).amount == 0
    together = an_order(("MILK", 1000, 3), off=offer)
    assert give_back(together, Return({"milk": 1})).amount == 666


def test_keep_leaves_the_discount_on_what_was_kept() -> None:
    order = an_order(("MILK", 1500, 1), ("TEA", 1000, 1), off=FROM_20)
    assert give_back(order, Return({"tea": 1})).amount == 800


def test_reprice_gives_back_what_is_paid_above_the_price_of_the_rest() -> None:
    order = an_order(("MILK", 1500, 1), ("TEA", 1000, 1), off=FROM_20)
    (refund,) = repriced(order, a_ruleset(FROM_20), Return({"tea": 1}))
    assert refund.amount == 2000 - 1500
    assert refund.lines == {"tea": 800}


def test_reprice_never_takes_money_and_carries_what_is_missing() -> None:
    order = an_order(("MILK", 1800, 1), ("TEA", 300, 1), off=FROM_20)
    first, last = repriced(order, a_ruleset(FROM_20), Return({"tea": 1}), Return({"milk": 1}))
    assert (first.amount, first.missing) == (0, 1800 - 1600)
    assert (last.amount, last.missing) == (1600, 0)


def test_reprice_sees_shipping_that_is_no_longer_free() -> None:
    ruleset = a_ruleset(FREE_SHIPPING)
    order = ordered(a_cart(("MILK", 1500), ("TEA", 1000), shipping=590), ruleset)
    first, goods, shipping = repriced(order, ruleset, Return({"tea": 1}), Return({"milk": 1}), Return(shipping=["s1"]))
    assert [first.amount, goods.amount, shipping.amount] == [1000 - 590, 1500, 590]


def test_reprice_looks_at_the_moment_of_the_evaluation_not_of_the_cart() -> None:
    ruleset = a_ruleset(percent_off(10))
    cart = a_cart(("MILK", 1000, 2))
    document = evaluate(cart, ruleset).document()
    order = read_order(document, cart.moved_to(cart.at.replace(year=2030)))
    assert give_back_repriced(order, Return({"milk": 1}), NOTHING, ruleset).amount == 900


def test_reprice_gives_back_more_than_was_paid_for_units_that_made_the_rest_dearer() -> None:
    small = amount_off(500, rules={"max_purchase_amount": 1500})
    order = an_order(("MILK", 1000, 1), ("TEA", 1000, 1), off=small)
    (refund,) = repriced(order, a_ruleset(small), Return({"tea": 1}))
    assert refund.amount == 1500
    assert refund.lines == {"tea": 1000}


def test_a_promotion_that_the_order_had_needs_no_entitlements_to_be_priced_again() -> None:
    limited = percent_off(10, total_limit=1, rules={"budget_amount": 5000})
    ruleset = a_ruleset(limited)
    order = ordered(a_cart(("MILK", 1000, 2)), ruleset, Entitlements({"promo_1": UsesLeft(total=1, budget=5000)}))
    assert order.paid == 1800
    assert give_back_repriced(order, Return({"milk": 1}), NOTHING, ruleset).amount == 900


def test_a_promotion_that_the_order_had_by_a_looked_up_code_needs_no_look_up_to_be_priced_again() -> None:
    ruleset = a_ruleset(percent_off(10, code="TEN10"), has_unlisted_codes=True)
    known = Entitlements({}, {"q7xk": KnownCode("promo_1", 1)})
    order = ordered(a_cart(("MILK", 1000, 2), codes=["Q7XK"]), ruleset, known)
    assert order.paid == 1800
    assert give_back_repriced(order, Return({"milk": 1}), NOTHING, ruleset).amount == 900


def test_points_of_a_limited_promotion_are_earned_again_by_the_rest() -> None:
    ruleset = a_ruleset(a_promotion("loyalty_bonus", {"points": 100}, id="hundred", total_limit=1))
    order = ordered(a_cart(("MILK", 1000, 2), customer="7"), ruleset, uses_left(hundred=1))
    assert order.points == 100
    assert give_back_repriced(order, Return({"milk": 1}), NOTHING, ruleset).points == 0


def test_entitlements_that_are_given_are_what_counts() -> None:
    ruleset = a_ruleset(percent_off(10, total_limit=1))
    order = ordered(a_cart(("MILK", 1000, 2)), ruleset, uses_left(promo_1=1))
    spent = give_back_repriced(order, Return({"milk": 1}), NOTHING, ruleset, uses_left(promo_1=0))
    assert spent.amount == 800


def test_the_policies_may_be_mixed_and_end_at_what_was_paid() -> None:
    order = an_order(("MILK", 1800, 1), ("TEA", 300, 2), off=FROM_20)
    first = give_back(order, Return({"tea": 1}))
    second = give_back_repriced(order, Return({"tea": 1}), first.returned, a_ruleset(FROM_20))
    last = give_back(order, Return({"milk": 1}), second.returned)
    assert second.amount == 0
    assert first.amount + second.amount + last.amount == order.paid


def test_points_are_taken_back_by_what_was_paid_and_all_at_the_end() -> None:
    order = an_order(("MILK", 999, 1), ("TEA", 500, 2), off=BONUS, customer="7", shipping=100)
    assert order.points == 20
    first = give_back(order, Return({"milk": 1}))
    second = give_back(order, Return({"tea": 1}), first.returned)
    last = give_back(order, Return({"tea": 1}), second.returned)
    assert [first.points, second.points, last.points] == [9, 5, 6]


def test_points_for_goods_that_cost_nothing_are_taken_back_by_units() -> None:
    hundred = a_promotion("loyalty_bonus", {"points": 100}, id="hundred")
    order = ordered(a_cart(("MILK", 500, 3), customer="7"), a_ruleset(hundred, percent_off(100)))
    assert (order.paid, order.points) == (0, 100)
    assert give_back(order, Return({"milk": 2})).points == 66


def test_reprice_leaves_the_points_that_the_rest_earns_alone() -> None:
    hundred = a_promotion("loyalty_bonus", {"points": 100, "min_purchase_amount": 2000}, id="hundred")
    order = an_order(("MILK", 1000, 3), off=hundred, customer=Customer(id="7"))
    first, second, last = repriced(order, a_ruleset(hundred), *[Return({"milk": 1})] * 3)
    assert [first.points, second.points, last.points] == [0, 100, 0]


def test_uses_come_back_once_with_the_last_unit_whatever_becomes_of_shipping() -> None:
    order = an_order(("MILK", 1000, 2), off=percent_off(10), shipping=590)
    first = give_back(order, Return({"milk": 1}))
    last = give_back(order, Return({"milk": 1}), first.returned)
    shipping = give_back(order, Return(shipping=["s1"]), last.returned)
    assert [first.uses, last.uses, shipping.uses] == [(), ("promo_1",), ()]


def test_an_order_of_shipping_alone_is_back_with_its_last_entry() -> None:
    order = an_order(shipping=590, off=a_promotion("free_shipping", {"discount_amount": 90}))
    refund = give_back(order, Return(shipping=["s1"]))
    assert (refund.amount, refund.uses) == (500, ("promo_1",))


def test_points_that_no_goods_earned_are_taken_back_with_the_last_entry() -> None:
    cart = a_cart(shipping=590)
    document = evaluate(cart, a_ruleset(a_promotion("free_shipping", {"discount_amount": 90}))).document()
    document["applied"][0]["points"] = document["points"] = 10
    assert give_back(read_order(document, cart), Return(shipping=["s1"])).points == 10


def test_points_that_no_goods_earned_stay_while_an_entry_is_kept() -> None:
    cart = replace(a_cart(), shipping=[Shipping(id="s1", price=590), Shipping(id="s2", price=590)])
    document = evaluate(cart, a_ruleset(a_promotion("free_shipping", {"discount_amount": 90}))).document()
    document["applied"][0]["points"] = document["points"] = 10
    assert give_back(read_order(document, cart), Return(shipping=["s1"])).points == 0


def test_an_order_is_read_with_its_rules_and_what_each_line_and_entry_is() -> None:
    ruleset = a_ruleset(percent_off(10))
    order = ordered(a_cart(("MILK", 1000, 2), shipping=590), ruleset)
    assert order.revision == ruleset.revision
    assert {name: line.id for name, line in order.lines.items()} == {"milk": "milk"}
    assert {name: entry.id for name, entry in order.shipping.items()} == {"s1": "s1"}


def test_documents_survive_json_and_are_canonical() -> None:
    order = an_order(("MILK", 1000, 2), off=BONUS, customer="7", shipping=590)
    refund = give_back(order, read_return({"shipping": ["s1"], "lines": {"milk": 1}}))
    assert canonical_json(refund.document()).decode() == (
        '{"amount":1590,"lines":{"milk":1000},"missing":0,"points":10,"returned":'
        '{"amount":1590,"lines":{"milk":1},"points":10,"shipping":["s1"]},"shipping":{"s1":590},"uses":[]}'
    )
    assert read_returned(refund.returned.document()) == refund.returned


def test_the_order_in_which_things_are_named_says_nothing() -> None:
    one, other = Returned({"a": 1, "b": 2}, ["s1", "s2"]), Returned({"b": 2, "a": 1}, ["s2", "s1", "s1"])
    assert str(one.document()) == str(other.document())


def test_nothing_that_is_given_is_changed() -> None:
    lines = {"milk": 1}
    back, so_far = Return(lines), Returned()
    give_back(an_order(("MILK", 1000, 2)), back, so_far)
    assert (lines, back.lines, so_far) == ({"milk": 1}, {"milk": 1}, NOTHING)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "must be an object, not a list"),
        ({}, "lines: must name a unit to return, or shipping an entry"),
        ({"lines": {}, "shipping": []}, "lines: must name a unit"),
        ({"line": {"milk": 1}}, "line: is not a known field; did you mean 'lines'?"),
        ({"lines": ["milk"]}, "lines: must be an object of units by line id, not a list"),
        ({"lines": {"milk": 0}}, r"lines\.milk: must be a whole number from 1 to 1000000, not 0"),
        ({"lines": {"milk": -1}}, r"lines\.milk: must be a whole number"),
        ({"lines": {"milk": True}}, r"lines\.milk: must be a whole number"),
        ({"lines": {"milk": 1.0}}, r"lines\.milk: must be a whole number from 1 to 1000000, not a float"),
        ({"lines": {"": 1}}, "lines: must have 1 to 255 characters"),
        ({"lines": {f"l{i}": 1 for i in range(1001)}}, "lines: must have at most 1000 entries"),
        ({"shipping": "s1"}, "shipping: must be a list of strings"),
        ({"shipping": ["s1", "s2", "s1"]}, r"shipping\[2\]: is named twice: 's1'"),
    ],
)
def test_a_wrong_return_says_where_and_what(document: Any, said: str) -> None:
    with pytest.raises(DocumentError, match=f"^{said}"):
        read_return(document)


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (Return({"tea": 1}), "lines.tea: is not a line of this order"),
        (Return({"milk": 2}), "lines.milk: must be at most 1, the units left to return, not 2"),
        (Return({"oil": 1}), "lines.oil: is back already"),
        (Return(shipping=["s3"]), "shipping[0]: is not a shipping entry of this order: 's3'"),
        (Return({"milk": 1}, ["s1"]), "shipping[0]: is back already: 's1'"),
        (Return(shipping=["s1", "a"]), "shipping[0]: is back already: 's1'"),
    ],
)
def test_what_is_not_there_to_return_is_refused(back: Return, said: str) -> None:
    order = an_order(("MILK", 1000, 3), ("OIL", 700, 1), shipping=590)
    so_far = give_back(order, Return({"milk": 2, "oil": 1}, ["s1"])).returned
    with pytest.raises(DocumentError) as kept:
        give_back(order, back, so_far)
    with pytest.raises(DocumentError) as repriced:
        give_back_repriced(order, back, so_far, a_ruleset())
    assert str(kept.value) == str(repriced.value) == said


@pytest.mark.parametrize(
    ("so_far", "said"),
    [
        (Returned({"tea": 1}), "returned.lines.tea: is not a line of this order"),
        (Returned({"milk": 4}), "returned.lines.milk: must be at most 3"),
        (Returned(shipping=["s3"]), r"returned.shipping\[0\]: is not a shipping entry"),
        (Returned(amount=3001), "returned.amount: must be a whole number from 0 to 3000, not 3001"),
        (Returned(points=1), "returned.points: must be a whole number from 0 to 0, not 1"),
    ],
)
def test_a_state_of_another_order_is_refused(so_far: Returned, said: str) -> None:
    with pytest.raises(DocumentError, match=f"^{said}"):
        give_back(an_order(("MILK", 1000, 3)), Return({"milk": 1}), so_far)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"amount": -1}, "amount"),
        ({"points": -1}, "points"),
        ({"amount": 1.5}, "amount"),
        ({"lines": {"milk": 0}}, "lines.milk"),
        ({"lines": 1}, "lines"),
        ({"shipping": 1}, "shipping"),
    ],
)
def test_a_wrong_state_is_refused(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read_returned(NOTHING.document() | wrong)
    assert refused.value.path == path


@pytest.mark.parametrize("read", [read_return, read_returned])
def test_what_is_no_object_has_no_path(read: Callable[[object], object]) -> None:
    with pytest.raises(DocumentError) as refused:
        read([])
    assert refused.value.path == ""


SPOILT: dict[str, Callable[[Any], Any]] = {
    "totals.amount_due": lambda document: document["totals"].update(amount_due=1),
    "lines[0].discount": lambda document: document["applied"][0].update(lines={"milk": 2000}, discount=2000),
    "applied[0].id": lambda document: document["applied"][0].update(id=7),
    "applied[0].points": lambda document: document["applied"][0].update(points=-5),
    "revision": lambda document: document.update(revision=""),
    "at": lambda document: document.pop("at"),
}


@pytest.mark.parametrize("path", SPOILT)
def test_an_evaluation_that_does_not_add_up_is_refused(path: str) -> None:
    cart = a_cart(("MILK", 1000))
    document = evaluate(cart, a_ruleset(percent_off(10))).document()
    SPOILT[path](document)
    with pytest.raises(DocumentError) as refused:
        read_order(document, cart)
    assert refused.value.path == path


def test_an_evaluation_of_another_cart_is_refused() -> None:
    document = evaluate(a_cart(("MILK", 1000)), a_ruleset(percent_off(10))).document()
    with pytest.raises(DocumentError, match="does not add up with the cart"):
        read_order(document, a_cart(("MILK", 900)))


@pytest.mark.parametrize("document", [None, [], "order"])
def test_an_order_that_is_no_object_has_no_moment(document: object) -> None:
    with pytest.raises(DocumentError) as refused:
        read_order(document, a_cart(("MILK", 1000)))
    assert refused.value.path == "at"
