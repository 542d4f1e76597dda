"""The order arithmetic, step by step; what the published orders do not show."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from promo_engine.documents import DocumentError
from promo_engine.money import Rounding
from promo_server.lightrail_order import (
    CardChargeTooSmall,
    CardSource,
    InsufficientBalance,
    InternalSource,
    OrderLine,
    RuleTooCostly,
    Source,
)
from tests.promo_server.orders import LEFT, NOW, SUBTOTAL, line, priced, promo, store, used


def test_the_largest_lines_come_first_and_equal_ones_as_asked() -> None:
    order = priced([line(300), line(100, 9), line(300, id="twin"), line(900)], store("gift", 2000))
    assert [one.place for one in order.lines] == [1, 3, 0, 2]
    assert [one.remainder for one in order.lines] == [0, 0, 100, 300]


def test_an_order_of_no_lines_costs_nothing() -> None:
    order = priced([], store("gift", 500), CardSource(), allow_remainder=False)
    assert (order.totals.payable, order.steps) == (0, ())


@pytest.mark.parametrize(
    ("price", "rate", "half_even", "half_up"),
    [(10, "0.05", 0, 1), (30, "0.05", 2, 2), (225, "0.1", 22, 23), (100, "0.085", 8, 9), (100, "0.08500001", 9, 9)],
)
def test_tax_is_rounded_on_each_line_as_the_order_says(price: int, rate: str, half_even: int, half_up: int) -> None:
    assert priced([line(price, tax=rate)]).totals.tax == half_even
    assert priced([line(price, tax=rate)], tax_rounding=Rounding.HALF_UP).totals.tax == half_up


def test_a_negative_rate_means_no_tax() -> None:
    assert priced([line(1000, tax="-0.1")]).totals.tax == 0


def test_a_discount_before_tax_lowers_tax_and_one_after_tax_does_not() -> None:
    before = priced([line(1000, tax="0.1")], promo("p", 200)).totals
    after = priced([line(1000, tax="0.1")], promo("p", 200, pre_tax=False)).totals
    assert (before.tax, before.discount, before.payable) == (80, 200, 880)
    assert (after.tax, after.discount, after.payable) == (100, 200, 900)


def test_a_payment_before_tax_lowers_tax_but_is_no_discount() -> None:
    totals = priced([line(1000, tax="0.1")], store("gift", 400, pre_tax=True)).totals
    assert (totals.tax, totals.discount, totals.payable, totals.remainder) == (60, 0, 1060, 660)


def test_amount_off_an_order_is_a_rule_of_what_was_given_already() -> None:
    order = priced([line(300), line(400), line(100)], promo("five off", "500 + value.balanceChange"))
    assert used(order) == [("five off", 500)]
    assert [one.discount for one in order.lines] == [400, 100, 0]


def test_a_rule_sees_what_lines_have_come_to() -> None:
    one_per_order = "!(lineItems.find(item => item.lineTotal.discount > 0)) || value.balanceChange < 0"
    order = priced(
        [line(500), line(400)], promo("a", f"{SUBTOTAL} * 0.1", one_per_order), promo("b", "30", one_per_order)
    )
    assert used(order) == [("a", 90)]


def test_a_rule_reads_the_line_the_order_and_the_value_store() -> None:
    rule = (
        "currentLineItem.unitPrice + currentLineItem.quantity + totals.subtotal + metadata.bonus + value.metadata.own"
    )
    given = store("v", rule, "currentLineItem.tags.some(tag => tag == 'tea')", metadata={"own": 1000})
    order = priced([line(10, 3, tags=["tea"]), line(5)], given, metadata={"bonus": 100}, allow_remainder=True)
    assert used(order) == [("v", 30)]
    assert order.lines[0].applied == (("v", 30),)
    huge = priced([line(9000, tags=["tea"])], given, metadata={"bonus": 100})
    assert used(huge) == [("v", 9000)]
    some = priced([line(10, 300, tags=["tea"])], store("v", "metadata.bonus + value.metadata.own", metadata={"own": 7}))
    assert used(some) == [("v", 7)]


def test_a_rule_cannot_lie_about_price_and_quantity() -> None:
    assert used(priced([line(10, unitPrice=900)], promo("p", "currentLineItem.unitPrice / 2"))) == [("p", 5)]


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        *[("22.5", 22), ("37.5", 38), ("0.49", 0), ("999.6", 1000), ("1000.4", 1000), ("1e300", 1000), ("1 / 0", 1000)],
        *[("-5", 0), ("0 / 0", 0), ("1e-300", 0), ("'7'", 7), ("'x'", 0), ("[5]", 0), ("true", 1), ("null", 0)],
    ],
)
def test_what_a_value_rule_gives_is_rounded_half_even_and_never_below_zero(rule: str, given: int) -> None:
    assert priced([line(1000)], promo("p", rule)).totals.discount == given


def test_a_use_is_taken_once_for_an_order_and_not_where_nothing_was_given() -> None:
    both, none = promo("both", "10", uses=2), promo("none", "0", uses=2)
    order = priced([line(100), line(100)], both, none)
    assert [(step.source, step.uses_before, step.uses_after) for step in order.steps] == [(both, 2, 1)]


def test_value_stores_come_by_discount_end_and_redemption_rule_then_by_balance() -> None:
    soon, later = NOW + timedelta(days=1), NOW + timedelta(days=2)
    sources = [
        store("ruled", 1, "true"),
        store("large", 3),
        store("small", 2),
        store("later", 1, ends=later),
        store("soon, ruled", 1, "true", ends=soon),
        store("soon", 1, ends=soon),
        promo("promo, ruled", 1, "true", pre_tax=False),
        promo("promo", 1, pre_tax=False),
    ]
    order = priced([line(100)], *sources)
    names = ["promo", "promo, ruled", "soon", "soon, ruled", "later", "small", "large", "ruled"]
    assert [name for name, _ in used(order)] == names


def test_those_of_equal_rank_come_by_what_they_save_and_equal_ones_as_asked() -> None:
    tenth, fifth, tenth_again = (promo(name, f"{LEFT} * {part}") for name, part in [("a", 0.1), ("b", 0.2), ("c", 0.1)])
    assert used(priced([line(1000)], tenth, fifth, tenth_again)) == [("b", 200), ("a", 80), ("c", 72)]
    assert used(priced([line(1000)], tenth_again, fifth, tenth)) == [("b", 200), ("c", 80), ("a", 72)]


def test_of_plain_value_stores_beside_a_ruled_one_the_smaller_still_comes_first() -> None:
    order = priced([line(1000)], promo("large", 500), promo("rule", "100"), promo("small", 50))
    assert used(order) == [("rule", 100), ("small", 50), ("large", 500)]


def test_internal_sources_and_cards_stand_around_value_stores() -> None:
    sources: list[Source] = [
        CardSource(maximum=400),
        InternalSource(id="after", balance=100),
        store("gift", 200),
        InternalSource(id="before", balance=50, before_lightrail=True),
        CardSource(),
    ]
    order = priced([line(600), line(400)], *sources, allow_remainder=False)
    assert used(order) == [("before", 50), ("gift", 200), ("after", 100), ("card", 400), ("card", 250)]
    totals = order.totals
    assert (totals.paid_internal, totals.paid_lightrail, totals.paid_card) == (150, 200, 650)


def test_a_value_store_is_used_once_however_often_it_is_named() -> None:
    gift = store("gift", 200)
    assert used(priced([line(600)], gift, gift)) == [("gift", 200)]


@pytest.mark.parametrize(
    "given",
    [{"active": False}, {"frozen": True}, {"canceled": True}, {"uses": 0}, {"starts": NOW}, {"ends": NOW}],
)
def test_a_value_store_that_cannot_be_used_is_left_out_silently(given: dict[str, Any]) -> None:
    assert used(priced([line(600)], store("gift", 200, **given), store("other", 100))) == [("other", 100)]


def test_what_is_left_to_pay_is_refused_unless_the_order_allows_it() -> None:
    with pytest.raises(InsufficientBalance, match="leave 400 unpaid") as refused:
        priced([line(600)], store("gift", 200), allow_remainder=False)
    assert (refused.value.code, refused.value.remainder) == ("InsufficientBalance", 400)


def test_a_charge_that_is_too_small_is_refused_forgiven_or_left() -> None:
    lines, forgiving = [line(640)], CardSource(forgive_below_minimum=True)
    with pytest.raises(CardChargeTooSmall, match="charged 40, less than its minimum of 50") as refused:
        priced(lines, store("gift", 600), CardSource(), allow_remainder=False)
    assert (refused.value.code, refused.value.amount, refused.value.minimum) == ("StripeAmountTooSmall", 40, 50)
    forgiven = priced(lines, store("gift", 600), forgiving, allow_remainder=False).totals
    assert (forgiven.forgiven, forgiven.remainder, forgiven.paid_card, forgiven.payable) == (40, 0, 0, 640)
    left = priced(lines, store("gift", 600), forgiving).totals
    assert (left.forgiven, left.remainder, left.paid_card) == (0, 40, 0)


def test_a_card_may_be_charged_its_minimum_or_by_one_of_its_own() -> None:
    assert used(priced([line(50)], CardSource(), allow_remainder=False)) == [("card", 50)]
    assert used(priced([line(10)], CardSource(minimum=10), allow_remainder=False)) == [("card", 10)]


def test_a_rule_that_never_ends_refuses_the_order_and_names_the_value_store() -> None:
    endless = "[1,2,3,4,5,6,7,8].reduce((a, x) => a + a, [1, 2]).map(x => lineItems.map(y => [x, y]))"
    lines = [line(100 + price) for price in range(60)]
    with pytest.raises(
        RuleTooCostly, match=r"A rule of the value store 'slow' takes more than 20000 steps\."
    ) as refused:
        priced(lines, promo("slow", endless))
    assert (refused.value.code, refused.value.store_id) == ("RuleTooCostly", "slow")


def test_all_rules_of_an_order_share_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promo_server.lightrail_order.MAX_ORDER_STEPS", 50_000)
    costly = "lineItems.reduce((sum, item) => sum + item.lineTotal.remainder % 7, 0) % 5"
    lines = [line(100 + price) for price in range(20)]
    many = [promo(f"p{number}", costly) for number in range(6)]
    with pytest.raises(RuleTooCostly, match="takes more than 50000 steps"):
        priced(lines, *many)
    assert priced(lines, *many[:2]).totals.discount > 0


def test_balances_before_and_after_stand_where_there_is_a_balance() -> None:
    order = priced([line(600)], promo("rule", "100"), store("gift", 900), CardSource())
    assert [(step.rail.value, step.balance_before, step.balance_after) for step in order.steps] == [
        ("lightrail", None, None),
        ("lightrail", 900, 400),
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"unit_price": -1}, "unitPrice: must not be negative, as -1 is"),
        ({"unit_price": 1, "quantity": 0}, "quantity: must be at least 1, not 0"),
        ({"unit_price": 10**9, "quantity": 10**9}, "unitPrice: times the quantity must be at most 1000000000000000"),
        ({"unit_price": 1, "tax_rate": Decimal("1.01")}, "taxRate: must be at most 1, not 1.01"),
        ({"unit_price": 1, "tax_rate": Decimal("NaN")}, "taxRate: must be at most 1, not NaN"),
    ],
)
def test_a_line_that_cannot_be_is_refused_by_field(given: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        OrderLine(**given)
