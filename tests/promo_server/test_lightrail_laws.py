"""What holds for any order of the value-store contract."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from promo_server.lightrail_order import (
    CardSource,
    InternalSource,
    Order,
    OrderLine,
    OrderRefused,
    PricedOrder,
    Source,
    ValueStore,
    price_order,
)
from tests.laws.depth import EXAMPLES, many
from tests.promo_server.orders import LEFT, NOW, SUBTOTAL, line, promo, store

some = settings(many, max_examples=EXAMPLES // 3)

VALUE_RULES = [f"{SUBTOTAL} * 0.2", f"{LEFT} * 0.15", "500 + value.balanceChange", "currentLineItem.unitPrice / 3"]
VALUE_RULES += ["-5", "0 / 0", "1 / 0", "'12.5'", "lineItems.size() * 7", f"max(0, {LEFT} - 300)"]
REDEMPTION_RULES = ["", "", "currentLineItem.kind == 'tea'", "currentLineItem.lineTotal.discount == 0"]
REDEMPTION_RULES += [
    "totals.subtotal >= 1000",
    "!(lineItems.find(i => i.lineTotal.discount > 0)) || value.balanceChange < 0",
]

RATES = st.sampled_from(["0", "0", "0.05", "0.0825", "0.13", "0.5", "1", "-1"])
LINES = st.lists(
    st.builds(
        lambda price, quantity, tax, kind: line(price, quantity, tax, kind=kind),
        st.integers(0, 1500),
        st.integers(1, 3),
        RATES,
        st.sampled_from(["tea", "pot"]),
    ),
    max_size=4,
)
FLAGS = st.fixed_dictionaries(
    {
        "discount": st.booleans(),
        "pre_tax": st.booleans(),
        "uses": st.sampled_from([None, None, 0, 1, 3]),
        "ends": st.sampled_from([None, None, NOW + timedelta(1), NOW + timedelta(2), NOW - timedelta(1)]),
    }
)
BALANCES = st.integers(0, 2000)
NUMBERS = st.integers(0, 9).map(str)
PLAIN = st.builds(lambda name, balance, flags: store(name, balance, **flags), NUMBERS, BALANCES, FLAGS)
RULED = st.builds(
    lambda name, balance, only_if, flags: store(name, balance, only_if, **flags),
    NUMBERS,
    BALANCES | st.sampled_from(VALUE_RULES),
    st.sampled_from(REDEMPTION_RULES),
    FLAGS,
)
INTERNALS = st.builds(
    InternalSource, id=st.just("i"), balance=BALANCES, pre_tax=st.booleans(), before_lightrail=st.booleans()
)
CARDS = st.builds(
    CardSource,
    minimum=st.none() | st.integers(0, 200),
    maximum=st.none() | st.integers(1, 1000),
    forgive_below_minimum=st.booleans(),
)
ORDERS = st.builds(
    Order,
    currency=st.just("USD"),
    lines=LINES,
    sources=st.lists(RULED | PLAIN | INTERNALS | CARDS, max_size=6),
    allow_remainder=st.just(True),
)
PLAIN_ORDERS = st.builds(
    Order,
    currency=st.just("USD"),
    lines=LINES,
    sources=st.lists(PLAIN, max_size=6, unique_by=lambda one: one.id),
    allow_remainder=st.just(True),
)


def price(order: Order, *more: Source) -> PricedOrder:
    return price_order(replace(order, sources=[*order.sources, *more]), NOW)


@some
@given(order=ORDERS)
def test_what_value_stores_lose_is_what_lines_gain(order: Order) -> None:
    priced = price(order)
    given_by = {step.source.id: step.amount for step in priced.steps if isinstance(step.source, ValueStore)}
    gained: dict[str, int] = {}
    for one in priced.lines:
        for name, amount in one.applied:
            gained[name] = gained.get(name, 0) + amount
    assert gained == given_by
    discounts = [step.amount for step in priced.steps if isinstance(step.source, ValueStore) and step.source.discount]
    assert priced.totals.discount == priced.totals.discount_lightrail == sum(discounts)


@some
@given(order=ORDERS, allow=st.booleans())
def test_what_an_order_costs_is_paid_remains_or_is_forgiven(order: Order, allow: bool) -> None:
    try:
        priced = price(replace(order, allow_remainder=allow))
    except OrderRefused:
        assume(False)
    totals = priced.totals
    paid = totals.paid_lightrail + totals.paid_internal + totals.paid_card
    assert totals.payable == totals.subtotal + totals.tax - totals.discount
    assert totals.payable == paid + totals.remainder + totals.forgiven
    assert paid + totals.discount == sum(step.amount for step in priced.steps)


@some
@given(order=ORDERS)
def test_totals_are_the_sums_of_the_lines(order: Order) -> None:
    priced = price(order)
    for name in ("subtotal", "tax", "discount", "payable"):
        assert getattr(priced.totals, name) == sum(getattr(one, name) for one in priced.lines)
    too_small = priced.totals.remainder - sum(one.remainder for one in priced.lines)
    cards = [one for one in order.sources if isinstance(one, CardSource)]
    assert 0 <= too_small <= sum(card.least("USD") for card in cards)


@some
@given(order=ORDERS)
def test_nothing_is_ever_negative_or_overdrawn(order: Order) -> None:
    priced = price(order)
    for one in priced.lines:
        assert min(one.taxable, one.tax, one.discount, one.payable, one.remainder) >= 0
        assert one.remainder <= one.payable
    for step in priced.steps:
        assert step.amount > 0
        assert step.balance_after is None or step.balance_after >= 0
        assert step.uses_after is None or step.uses_after >= 0
        if isinstance(step.source, CardSource) and step.source.maximum is not None:
            assert step.amount <= step.source.maximum


@some
@given(order=ORDERS)
def test_lines_stand_by_subtotal_and_then_as_asked(order: Order) -> None:
    priced = price(order)
    assert [(one.place, one.line) for one in priced.lines] == sorted(
        enumerate(order.lines), key=lambda one: (-one[1].subtotal, one[0])
    )


@some
@given(order=ORDERS)
def test_tax_is_within_half_a_unit_of_the_exact_one(order: Order) -> None:
    for one in price(order).lines:
        exact = max(Fraction(one.line.tax_rate), Fraction(0)) * one.taxable
        assert abs(one.tax - exact) <= Fraction(1, 2) + Fraction(1, 10**8)


@some
@given(order=ORDERS)
def test_an_order_that_allows_no_remainder_is_the_same_or_refused(order: Order) -> None:
    allowed, strict = price(order), replace(order, allow_remainder=False)
    if allowed.totals.remainder == 0:
        assert price(strict) == allowed
    elif not any(isinstance(one, CardSource) for one in order.sources):
        with pytest.raises(OrderRefused):
            price(strict)


@some
@given(order=ORDERS, balance=BALANCES, given=FLAGS)
def test_what_cannot_be_used_changes_nothing(order: Order, balance: int, given: dict[str, Any]) -> None:
    assert price(order, store("frozen", balance, **{**given, "frozen": True})) == price(order)
    assert price(order, *order.sources[:1]) == price(order) or not isinstance(order.sources[0], ValueStore)


@some
@given(order=ORDERS)
def test_a_card_without_limits_pays_all_that_is_left(order: Order) -> None:
    before, after = price(order), price(order, CardSource(minimum=0))
    assert after.totals.payable == before.totals.payable
    assert sum(one.remainder for one in after.lines) == 0


@some
@given(order=PLAIN_ORDERS, random=st.randoms(use_true_random=False))
def test_without_rules_totals_do_not_depend_on_the_order_of_the_request(order: Order, random: Random) -> None:
    shuffled = list(order.sources)
    random.shuffle(shuffled)
    assert price(replace(order, sources=shuffled)).totals == price(order).totals


@some
@given(order=PLAIN_ORDERS, balance=BALANCES, discount=st.booleans())
def test_without_rules_one_more_source_after_tax_never_costs_more(order: Order, balance: int, discount: bool) -> None:
    before = price(order).totals
    after = price(order, store("more", balance, discount=discount)).totals
    assert after.payable <= before.payable
    assert after.remainder <= before.remainder
    assert after.payable == before.payable or discount


@some
@given(lines=LINES, rules=st.lists(st.sampled_from(VALUE_RULES), min_size=2, max_size=4))
def test_of_equal_rank_the_first_is_the_one_that_alone_saves_most(lines: list[OrderLine], rules: list[str]) -> None:
    promos = [promo(str(number), rule) for number, rule in enumerate(rules)]
    order = Order("USD", lines, promos, allow_remainder=True)
    steps = price(order).steps
    alone = [price(replace(order, sources=[one])).totals.payable for one in promos]
    first = steps[0].source if steps else promos[0]
    assert isinstance(first, ValueStore)
    assert alone[int(first.id)] == min(alone)
    assert alone.index(min(alone)) == int(first.id)


def test_a_payment_before_tax_may_make_an_order_dearer() -> None:
    """Known: it takes what a discount after tax would have taken."""
    order = Order("USD", [line(1000)], [promo("p", 1000, pre_tax=False)], allow_remainder=True)
    assert price(order).totals.payable == 0
    assert price(order, store("gift", 1000, pre_tax=True)).totals.payable == 1000
