"""A cart becomes a price: phases, running prices, reasons."""

from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any

import pytest

from promo_engine import (
    UNKNOWN,
    Customer,
    Entitlements,
    Evaluation,
    Hours,
    Off,
    Phase,
    Promotion,
    PromotionType,
    Rounding,
    Rules,
    Schedule,
    UsesLeft,
    View,
    consider,
    evaluate,
)
from promo_engine.testing import (
    NOON,
    a_cart,
    a_line,
    a_promotion,
    a_ruleset,
    amount_off,
    installed_types,
    percent_off,
    uses_left,
)

MILK = {"applicable_items": ["MILK"]}


def price(*promotions: Promotion, left: Entitlements = UNKNOWN, **cart: Any) -> Evaluation:
    return evaluate(a_cart(("MILK", 1000, 2), ("TEA", 500), **cart), a_ruleset(*promotions), left)


def test_without_promotions_a_cart_costs_what_it_costs() -> None:
    evaluation = price(shipping=700)
    assert evaluation.amount_due == 3200
    assert list(evaluation.applied) == []


def test_items_come_before_the_order_and_each_works_on_what_is_left() -> None:
    evaluation = price(percent_off(10, id="order"), percent_off(50, id="milk", rules=MILK))
    assert [(one.promotion_id, one.amount) for one in evaluation.applied] == [("milk", 1000), ("order", 150)]
    assert evaluation.amount_due == 1350


def test_shares_of_a_promotion_sum_to_its_discount() -> None:
    applied = price(amount_off(100)).applied[0]
    assert applied.lines == {"milk": 80, "tea": 20}
    assert applied.amount == 100


def test_a_discount_is_rounded_once_on_its_total() -> None:
    cart = a_cart(*[a_line(f"S{i}", 5) for i in range(3)])
    assert evaluate(cart, a_ruleset(percent_off(10))).items_discount == 2  # 1.5, not three times 0.5


@pytest.mark.parametrize("floor", [None, 1])  # with one, the type is asked
@pytest.mark.parametrize(("rounding", "taken"), [("half_up", 3), ("half_even", 2), ("down", 2)])
def test_a_discount_is_rounded_as_the_ruleset_says(rounding: str, taken: int, floor: int | None) -> None:
    ruleset = a_ruleset(percent_off(25), rounding=Rounding(rounding))
    assert evaluate(a_cart(a_line("MILK", 10, floor_price=floor)), ruleset).items_discount == taken


@pytest.mark.parametrize(("zone", "taken"), [("Asia/Tokyo", 250), ("UTC", 0)])
def test_hours_are_those_of_the_companys_clock(zone: str, taken: int) -> None:
    """Noon is 21:00 in Tokyo."""
    hours = Schedule(NOON - timedelta(days=9), NOON + timedelta(days=9), hours=Hours(time(20), time(22)))
    ruleset = a_ruleset(percent_off(25, schedule=hours), time_zone=zone)
    assert evaluate(a_cart(("MILK", 1000)), ruleset).items_discount == taken


def test_a_cap_holds() -> None:
    assert price(percent_off(50, rules={"max_discount_amount": 300})).items_discount == 300


def test_what_a_fixed_amount_cannot_use_up_is_said() -> None:
    applied = price(amount_off(9999)).applied[0]
    assert (applied.amount, applied.unapplied) == (2500, 7499)


def test_per_unit_takes_the_amount_off_each_unit_and_stops_at_its_price() -> None:
    rules = {"per": "unit"}
    assert price(amount_off(600, rules=rules)).applied[0].lines == {"milk": 1200, "tea": 500}


def test_shipping_is_not_touched_by_goods() -> None:
    evaluation = price(percent_off(100), shipping=700)
    assert evaluation.amount_due == 700
    assert evaluation.shipping_discount == 0


def test_a_gift_card_is_not_discounted_and_counts_toward_nothing() -> None:
    cart = a_cart(a_line("CARD", 5000, discountable=False), a_line("TEA", 500))
    ruleset = a_ruleset(percent_off(10, id="a"), percent_off(50, id="b", rules={"min_purchase_amount": 600}))
    evaluation = evaluate(cart, ruleset)
    assert evaluation.amount_due == 5450
    assert evaluation.reasons["b"].code == "minimum_purchase"


def test_an_exclusion_beats_an_inclusion() -> None:
    rules = {"applicable_items": ["MILK", "TEA"], "excluded_items": ["TEA"]}
    assert price(percent_off(10, rules=rules)).applied[0].lines == {"milk": 200}


@pytest.mark.parametrize(
    ("promotion", "cart", "left", "reason"),
    [
        (percent_off(5, code="A", rules={"min_purchase_amount": 2501}), {}, UNKNOWN, "minimum_purchase"),
        (percent_off(5, code="A", rules={"applicable_items": ["BEER"]}), {}, UNKNOWN, "no_matching_items"),
        (percent_off(5, code="A", rules={"min_quantity": 4}), {}, UNKNOWN, "quantity"),
        (percent_off(5, code="A", rules={"min_quantity": 3} | MILK), {}, UNKNOWN, "quantity"),
        (percent_off(5, code="A", customer_limit=1), {}, UNKNOWN, "customer_required"),
        (percent_off(5, code="A", total_limit=1), {}, UNKNOWN, "cannot_verify"),
        (percent_off(5, code="A", total_limit=1), {}, uses_left(promo_1=0), "limit_total"),
        (percent_off(5, code="A", daily_limit=1), {}, Entitlements({"promo_1": UsesLeft(daily=0)}), "limit_daily"),
        (
            percent_off(5, code="A", customer_limit=1),
            {"customer": "7"},
            Entitlements({"promo_1": UsesLeft(customer=0)}),
            "limit_customer",
        ),
    ],
)
def test_a_code_that_does_not_apply_has_its_reason(
    promotion: Promotion, cart: dict[str, Any], left: Entitlements, reason: str
) -> None:
    result = price(promotion, left=left, codes=["a"], **cart).codes[0]
    assert result.reason is not None
    assert result.reason.code == reason
    assert "a" in result.message


def test_an_unknown_code_is_not_found() -> None:
    result = price(percent_off(5, code="A"), codes=["B"]).codes[0]
    assert result.reason is not None
    assert (result.reason.code, result.message) == ("not_found", "B is not a valid code.")


def test_a_code_that_applied_is_reported_as_typed() -> None:
    evaluation = price(percent_off(5, code="SAVE5"), codes=["save5 "])
    assert evaluation.codes[0].promotion_id == "promo_1"
    assert evaluation.applied[0].code == "save5 "


def test_only_promotions_that_nothing_but_a_count_keeps_away_need_entitlements() -> None:
    ruleset = a_ruleset(
        percent_off(5, id="free"),
        percent_off(5, id="limited", total_limit=3),
        percent_off(5, id="elsewhere", total_limit=3, rules={"min_purchase_amount": 99_999}),
    )
    assert consider(a_cart(("MILK", 1000)), ruleset).needed == ("limited",)


class Raises(PromotionType[Rules]):
    name, title, version = "raises", "Raises", "1.0"
    rules_model = Rules

    def propose(self, view: View[Rules]) -> Iterable[Off]:
        raise ZeroDivisionError("oops")


def test_a_plugin_that_fails_is_named_and_the_checkout_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    types = {"raises": Raises()}
    broken = a_promotion("raises", {}, id="broken", types=types)
    evaluation = evaluate(a_cart(("MILK", 1000)), a_ruleset(broken, types=types))
    assert evaluation.reasons["broken"].code == "plugin_failed"
    assert evaluation.amount_due == 1000
    assert "promotion broken: type raises failed: ZeroDivisionError: oops" in caplog.text


class NoPhase(Raises):
    name = "no_phase"

    def phase(self, rules: Rules) -> Phase:
        raise RuntimeError("boom")


def test_a_plugin_that_cannot_say_its_phase_drops_out_alone(caplog: pytest.LogCaptureFixture) -> None:
    types: dict[str, Any] = {"no_phase": NoPhase(), **installed_types()}
    broken = a_promotion("no_phase", {}, id="broken", types=types)
    evaluation = evaluate(a_cart(("MILK", 1000)), a_ruleset(broken, percent_off(10), types=types))
    assert evaluation.reasons["broken"].code == "plugin_failed"
    assert evaluation.amount_due == 900
    assert "cannot say its phase" in caplog.text


def test_units_of_a_line_get_their_shares_evenly() -> None:
    evaluation = evaluate(a_cart(("MILK", 100, 3)), a_ruleset(amount_off(50), percent_off(10, id="p", priority=-1)))
    units = evaluation.units("milk")
    assert [unit["promo_1"] for unit in units] == [17, 17, 16]
    assert sum(unit["p"] for unit in units) == 25
    assert max(sum(unit.values()) for unit in units) - min(sum(unit.values()) for unit in units) <= 1


def test_a_guest_is_never_a_first_order() -> None:
    from promo_engine import Eligibility

    first = percent_off(5, eligibility=Eligibility(first_order_only=True))
    assert price(first).reasons["promo_1"].code == "first_order_only"
    assert price(first, customer=Customer(id="1", order_count=0)).applied


def test_no_unit_is_discounted_below_zero_where_some_of_its_kind_were_addressed() -> None:
    def all_off(promotion_id: str, priority: int, **rules: Any) -> Promotion:
        return percent_off(100, id=promotion_id, priority=priority, rules=rules)

    rest = all_off("z", 1, exclude_discounted=True, max_units=50)
    ruleset = a_ruleset(all_off("x", 3, max_units=1), all_off("y", 2, max_units=1), rest)
    assert evaluate(a_cart(("TEA", 1000, 2)), ruleset).amount_due == 0
    two_lines = a_cart(a_line("TEA", 1000, 5), a_line("TEA", 1000, 5, id="t2"))
    by_line = a_ruleset(all_off("x", 3, max_units_per_line=2), rest)
    assert evaluate(two_lines, by_line).amount_due == 0
