"""Value stores in a shopper's cart: personal promotions discount it, credits pay what is left."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine import (
    NOTHING,
    UNKNOWN,
    DocumentError,
    Entitlements,
    Evaluation,
    KnownCode,
    Return,
    ValueStore,
    Worth,
    check_evaluation,
    consider,
    evaluate,
    give_back_repriced,
    goods_of,
    read_entitlements,
    read_order,
    write_entitlements,
)
from promo_engine.testing import a_cart, a_ruleset, amount_off, percent_off

SIGN_UP = ValueStore("sign-up", "USD", 500, is_discount=True, name="Spring Promotion")
GIFT = ValueStore("gift", "USD", 2_500, code="gift-x7")
FIFTH = percent_off(20, id="fifth", auto_apply=True, stackable=True)


ONLY_MILK, ONLY_TEA = {"applicable_items": ["MILK"]}, {"applicable_items": ["TEA"]}


def price(
    *values: ValueStore, goods: Sequence[Any] = (("MILK", 4_990), ("TEA", 1_000)), promotions: Any = (), **cart: Any
) -> Evaluation:
    """Price a cart of 59.90 with these value stores."""
    ruleset = a_ruleset(*promotions, has_value_stores=True)
    codes = {one.code: KnownCode(one.id, is_value_store=True) for one in values if one.code}
    return evaluate(a_cart(*goods, **cart), ruleset, Entitlements({}, codes, values))


def result(evaluation: Evaluation) -> tuple[dict[str, int], dict[str, int], int]:
    off = {one.promotion_id: one.amount for one in evaluation.applied}
    return off, {one.id: one.amount for one in evaluation.credits}, evaluation.amount_due


def reason_of(evaluation: Evaluation, own_id: str) -> str:
    return evaluation.reasons[own_id].code


def test_no_more_is_taken_of_a_value_store_than_other_promotions_leave() -> None:
    """4.00 off, and 6.00 of the value store: it could pay all of the 10.00, but what it keeps is there next time."""
    store = replace(SIGN_UP, amount=5_000)
    alone = amount_off(400, id="four", stackable=True, exclusion_group="g")
    other = amount_off(300, id="three", stackable=True, exclusion_group="g")
    for promotions in ([alone], [alone, other]):
        assert result(price(store, goods=[("TEA", 1_000)], promotions=promotions))[0] == {"four": 400, "sign-up": 600}


def test_a_personal_promotion_comes_after_all_others_and_a_credit_pays_what_is_left() -> None:
    evaluation = price(SIGN_UP, GIFT, promotions=[FIFTH], codes=["GIFT-X7"])
    assert result(evaluation) == ({"fifth": 1_198, "sign-up": 500}, {"gift": 2_500}, 1_792)
    document = evaluation.document()
    totals = document["totals"]
    assert (totals["items_discount"], totals["credits"], totals["amount_due"]) == (1_698, 2_500, 1_792)
    assert document["applied"][1]["name"] == "Spring Promotion"
    assert document["credits"] == [{"id": "gift", "name": "gift", "code": "GIFT-X7", "amount": 2_500}]
    assert document["codes"] == [{"code": "GIFT-X7", "applied": True, "promotion": "gift"}]
    assert evaluation.block()["credits"] == document["credits"]


def test_nothing_is_taken_for_a_code_that_is_not_entered_any_more() -> None:
    assert result(price(GIFT)) == ({}, {}, 5_990)


def test_a_cart_that_was_looked_at_takes_in_what_is_known_since() -> None:
    ruleset = a_ruleset(percent_off(20, id="fifth", code="FIFTH"), has_value_stores=True, has_unlisted_codes=True)
    cart = a_cart(("MILK", 1_000), codes=["Q7XK"])
    looked_up = {"q7xk": KnownCode("fifth", 1)}
    before = consider(cart, ruleset)
    assert before.price(Entitlements({}, values=(SIGN_UP,))).amount_due == 500
    assert before.price(Entitlements({}, looked_up, (SIGN_UP,))).amount_due == 300
    with_store = before.knowing({}, (SIGN_UP,))
    assert with_store.price(UNKNOWN).amount_due == 500
    assert with_store.price(Entitlements({}, looked_up)).amount_due == 300
    assert with_store.knowing(looked_up).price(UNKNOWN).amount_due == 500  # of that code nothing is known any more
    assert with_store.price(Entitlements({}, values=())).amount_due == 1_000


def test_a_receipt_covers_the_value_stores_that_the_cart_reached() -> None:
    considered = consider(a_cart(("MILK", 1_000)), a_ruleset(has_value_stores=True))
    evaluation = considered.price(Entitlements({}, values=(SIGN_UP, GIFT)))
    assert evaluation.entitlements.values == (SIGN_UP,)
    assert evaluation.receipt() == considered.knowing({}, (SIGN_UP,)).price(UNKNOWN).receipt()


def test_a_rule_for_some_goods_competes_with_promotions_on_them() -> None:
    """30 % of the milk is more than 29 % of the tea, but it leaves the value store less of the milk."""
    milk = percent_off(30, id="milk", auto_apply=True, stackable=True, exclusion_group="g", rules=ONLY_MILK)
    tea = percent_off(29, id="tea", auto_apply=True, stackable=True, exclusion_group="g", rules=ONLY_TEA)
    goods = [("MILK", 1_000), ("TEA", 1_000)]
    worth = Worth(goods_of(a_cart(*goods)), {"milk": 1_000, "tea": 1})
    store = replace(SIGN_UP, amount=5_000, worth=worth)
    assert result(price(store, goods=goods, promotions=[milk, tea]))[0] == {"tea": 290, "sign-up": 1_001}


def test_what_is_larger_than_the_cart_takes_no_more_than_the_cart() -> None:
    large = replace(SIGN_UP, amount=10_000)
    assert result(price(large, GIFT, codes=["gift-x7"])) == ({"sign-up": 5_990}, {}, 0)
    shipped = price(large, GIFT, codes=["gift-x7"], shipping=400)
    assert result(shipped) == ({"sign-up": 5_990}, {"gift": 400}, 0)


def test_a_credit_with_nothing_left_to_pay_says_so() -> None:
    evaluation = price(replace(SIGN_UP, amount=10_000), GIFT, codes=["gift-x7"])
    assert evaluation.document()["codes"][0]["reason"] == "nothing_to_discount"


def test_value_stores_are_used_in_the_order_that_they_come_in() -> None:
    one, two = ValueStore("one", "USD", 4_000), ValueStore("two", "USD", 4_000)
    assert result(price(one, two))[1] == {"one": 4_000, "two": 1_990}
    assert result(price(two, one))[1] == {"two": 4_000, "one": 1_990}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": 0}, "limit_total"),
        ({"currency": "EUR"}, "currency"),
        ({"against": "expired"}, "expired"),
        ({"worth": Worth("another cart")}, "cannot_verify"),
    ],
)
def test_a_value_store_that_cannot_be_used_says_why(change: dict[str, Any], reason: str) -> None:
    for store in (SIGN_UP, replace(GIFT, code=None)):
        evaluation = price(replace(store, **change))
        assert (result(evaluation), reason_of(evaluation, store.id)) == (({}, {}, 5_990), reason)


def test_a_rule_says_what_it_gives_for_each_line() -> None:
    cart = a_cart(("MILK", 4_990), ("TEA", 1_000))
    tea = Worth(goods_of(cart), {"tea": 600})
    assert result(price(replace(SIGN_UP, amount=5_990, worth=tea)))[0] == {"sign-up": 600}
    assert price(replace(SIGN_UP, amount=5_990, worth=tea)).applied[0].lines == {"tea": 600}
    assert result(price(replace(SIGN_UP, amount=250, worth=tea)))[0] == {"sign-up": 250}
    assert result(price(replace(GIFT, code=None, worth=tea)))[1] == {"gift": 600}


def test_a_promotion_that_stands_alone_competes_with_personal_ones() -> None:
    half = percent_off(50, id="half", auto_apply=True, stackable=False)
    evaluation = price(SIGN_UP, promotions=[half])
    assert (result(evaluation)[0], reason_of(evaluation, "sign-up")) == ({"half": 2_995}, "beaten")
    tenth = percent_off(5, id="tenth", auto_apply=True, stackable=False)
    assert result(price(SIGN_UP, promotions=[tenth]))[0] == {"sign-up": 500}


def test_what_is_not_known_is_not_given_and_says_that_it_cannot_be_verified() -> None:
    cart = a_cart(("MILK", 4_990), customer="cus_123", codes=["GIFT-X7"])
    evaluation = evaluate(cart, a_ruleset(has_value_stores=True))
    assert (evaluation.amount_due, reason_of(evaluation, "value_stores")) == (4_990, "cannot_verify")
    assert evaluation.document()["codes"][0]["reason"] == "cannot_verify"
    known = Entitlements({}, {"gift-x7": KnownCode("gift", is_value_store=True)})
    assert evaluate(cart, a_ruleset(has_value_stores=True), known).codes[0].reason is not None


def test_a_value_store_with_the_id_of_a_promotion_gives_way_to_it() -> None:
    evaluation = price(replace(SIGN_UP, id="fifth"), promotions=[FIFTH])
    assert result(evaluation)[0] == {"fifth": 1_198}


def test_entitlements_are_read_as_they_are_written() -> None:
    worth = Worth("goods", {"l1": 5}, {"post": 1})
    values = (SIGN_UP, GIFT, replace(SIGN_UP, id="other", worth=worth, against="paused"))
    known = Entitlements({}, {"gift-x7": KnownCode("gift", is_value_store=True)}, values)
    document = write_entitlements(known)
    assert document["codes"] == {"gift-x7": {"value_store": "gift"}}
    assert read_entitlements(document) == known
    assert read_entitlements({"uses": {}, "values": []}).values == ()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"amount": -1}, "values[0].amount"),
        ({"amount": 1.5}, "values[0].amount"),
        ({"discount": 1}, "values[0].discount"),
        ({"against": "no reason"}, "values[0].against"),
        ({"code": 5}, "values[0].code"),
        ({"worth": {"goods": "x", "lines": {"l1": -1}, "shipping": {}}}, "values[0].worth.lines.l1"),
        ({"worth": {"goods": "x", "lines": [], "shipping": {}}}, "values[0].worth.lines"),
    ],
)
def test_entitlements_that_cannot_be_are_refused_with_their_path(change: dict[str, Any], path: str) -> None:
    store = {"id": "gift", "currency": "USD", "amount": 5, "discount": True} | change
    with pytest.raises(DocumentError) as raised:
        read_entitlements({"uses": {}, "values": [store]})
    assert raised.value.path == path


def test_an_evaluation_with_credits_adds_up_and_no_other_does() -> None:
    evaluation = price(SIGN_UP, GIFT, codes=["GIFT-X7"])
    document = evaluation.document()
    check_evaluation(document, evaluation.cart)
    for amount, problem in ((2_499, "totals.credits"), (9_999, "credits"), (0, "credits[0].amount")):
        credit = document["credits"][0] | {"amount": amount}
        with pytest.raises(DocumentError) as raised:
            check_evaluation(document | {"credits": [credit]}, evaluation.cart)
        assert raised.value.path == problem


def test_a_return_that_is_priced_anew_keeps_the_personal_promotion() -> None:
    evaluation = price(SIGN_UP, GIFT, codes=["GIFT-X7"])
    order = read_order(evaluation.document(), evaluation.cart)
    refund = give_back_repriced(order, Return({"tea": 1}), NOTHING, a_ruleset(has_value_stores=True))
    assert (order.paid, refund.amount) == (5_490, 1_000)
    known = Entitlements({}, {"gift-x7": KnownCode("gift", is_value_store=True)}, (SIGN_UP, GIFT))
    again = give_back_repriced(order, Return({"tea": 1}), NOTHING, a_ruleset(has_value_stores=True), known)
    assert again.amount == 1_000


def test_a_personal_promotion_by_a_code_is_given_again_without_asking_for_it() -> None:
    evaluation = price(replace(SIGN_UP, code="spring"), codes=["SPRING"])
    order = read_order(evaluation.document(), evaluation.cart)
    refund = give_back_repriced(order, Return({"tea": 1}), NOTHING, a_ruleset(has_value_stores=True))
    assert (order.paid, refund.amount) == (5_490, 1_000)


amounts = st.integers(0, 3_000)


@given(
    prices=st.lists(st.integers(0, 2_000), min_size=1, max_size=4),
    shipping=st.none() | st.integers(0, 500),
    stores=st.lists(st.tuples(amounts, st.booleans(), st.booleans()), max_size=4),
    percent=st.integers(1, 100),
)
def test_what_value_stores_give_is_what_the_cart_costs_less(
    prices: list[int], shipping: int | None, stores: list[tuple[int, bool, bool]], percent: int
) -> None:
    goods = [(f"G{place}", one) for place, one in enumerate(prices)]
    cart = a_cart(*goods, shipping=shipping)
    worth = Worth(goods_of(cart), {line.id: line.total // 2 for line in cart.lines})
    values = [
        ValueStore(f"v{place}", "USD", amount, is_discount, worth=worth if has_rule else None)
        for place, (amount, is_discount, has_rule) in enumerate(stores)
    ]
    ruleset = a_ruleset(percent_off(percent, id="some", auto_apply=True, stackable=True), has_value_stores=True)
    evaluation = evaluate(cart, ruleset, Entitlements({}, values=values))
    off, paid, due = result(evaluation)
    assert sum(off.values()) + sum(paid.values()) + due == cart.total
    assert due >= 0
    given_by = {**off, **paid}
    assert all(given_by.get(one.id, 0) <= one.amount for one in values)
    check_evaluation(evaluation.document(), cart)
