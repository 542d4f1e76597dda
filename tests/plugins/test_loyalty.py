"""loyalty_bonus: points and discounts by tier and orders, and what a wrong rule is told."""

from decimal import Decimal
from typing import Any

import pytest

from promo_engine import Currency, Customer, DocumentError, Evaluation, evaluate, write_rules
from promo_engine.testing import USD, a_cart, a_promotion, a_ruleset, installed_types, percent_off

LOYALTY = installed_types()["loyalty_bonus"]


def bonus(*, stackable: bool = True, priority: int = 0, id: str = "bonus", **rules: Any) -> Any:  # noqa: A002
    return a_promotion("loyalty_bonus", rules, id=id, stackable=stackable, priority=priority)


def priced(*promotions: Any, **cart: Any) -> Evaluation:
    return evaluate(a_cart(("TEA", 4000), **{"customer": "7"} | cart), a_ruleset(*promotions))


def applied(evaluation: Evaluation) -> list[str]:
    return [one.promotion_id for one in evaluation.applied]


def test_points_change_no_price() -> None:
    evaluation = priced(bonus(points=100))
    assert (evaluation.points, evaluation.amount_due) == (100, 4000)


def test_points_alone_are_a_promotion_that_applied_and_are_in_the_document() -> None:
    (one,) = priced(bonus(points=100)).document()["applied"]
    assert (one["points"], one["discount"]) == (100, 0)


def test_points_stand_beside_what_may_be_combined() -> None:
    assert applied(priced(bonus(points=5), percent_off(10))) == ["promo_1", "bonus"]


def test_points_do_not_stand_beside_what_stands_alone() -> None:
    evaluation = priced(bonus(points=5), percent_off(10, stackable=False))
    assert applied(evaluation) == ["promo_1"]
    assert evaluation.reasons["bonus"].code == "not_combinable"
    assert evaluation.reasons["bonus"].params == {"with": ["promo_1"]}


def test_points_that_stand_alone_do_where_nothing_else_applies() -> None:
    assert applied(priced(bonus(points=5, stackable=False))) == ["bonus"]
    assert applied(priced(bonus(points=5, stackable=False), percent_off(10))) == ["promo_1"]


def test_of_points_that_stand_alone_the_first_by_priority_is_given() -> None:
    low, high = bonus(points=500, stackable=False, id="low"), bonus(points=5, stackable=False, id="high", priority=3)
    evaluation = priced(low, high)
    assert applied(evaluation) == ["high"]
    assert evaluation.reasons["low"].params == {"with": ["high"]}


def test_points_per_unit_spent_count_what_the_matching_goods_cost_in_the_end() -> None:
    selected = bonus(points_per_unit_spent="2", applicable_items=["TEA"])
    cart = a_cart(("TEA", 1001), ("MILK", 9000), customer="7", shipping=500)
    assert evaluate(cart, a_ruleset(selected, percent_off(50))).points == 10


def test_a_yen_is_a_unit_and_a_dinar_is_a_thousand_fils() -> None:
    for currency, points in ((Currency.of("JPY"), 4000), (Currency.of("KWD"), 4)):
        promotion = a_promotion("loyalty_bonus", {"points_per_unit_spent": "1"}, currency=currency)
        cart = a_cart(("TEA", 4000), customer="7", currency=currency)
        assert evaluate(cart, a_ruleset(promotion)).points == points


@pytest.mark.parametrize(
    ("customer", "orders"),
    [(None, 0), (Customer(guest_key="a@example.com"), 0), (Customer(id="7"), 0), (Customer(id="7", order_count=4), 4)],
    ids=range(4),
)
def test_who_has_not_ordered_often_enough_is_told(customer: Customer | None, orders: int) -> None:
    reason = priced(bonus(discount_value=5, min_order_count=5), customer=customer).reasons["bonus"]
    assert (reason.code, reason.params) == ("nth_order", {"required": 5, "current": orders})


@pytest.mark.parametrize("customer", [None, Customer(guest_key="a@example.com")])
def test_a_guest_gets_no_points(customer: Customer | None) -> None:
    assert priced(bonus(points=5), customer=customer).reasons["bonus"].code == "customer_required"


def test_a_guest_gets_a_discount_without_a_tier() -> None:
    assert priced(bonus(discount_value=5, tier_values={"gold": 50}), customer=None).items_discount == 200


@pytest.mark.parametrize(
    ("rules", "stored"),
    [
        ({"discount_amount": Decimal("5"), "tier_values": {"gold": Decimal("7.50")}}, {"gold": 750}),
        ({"discount_value": Decimal("5"), "tier_values": {"gold": Decimal("7.50")}}, {"gold": "7.50"}),
        ({"points": 5, "tier_values": {"gold": 8}}, {"gold": 8}),
        ({"points_per_unit_spent": 1, "tier_values": {"gold": Decimal("1.5")}}, {"gold": "1.5"}),
    ],
    ids=range(4),
)
def test_the_values_of_tiers_are_read_and_written_as_the_value_they_replace(
    rules: dict[str, Any], stored: dict[str, Any]
) -> None:
    read = LOYALTY.read_rules(rules, USD)
    assert write_rules(read)["tier_values"] == stored
    assert LOYALTY.read_rules(write_rules(read)) == read


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, "points: is required, or one of points_per_unit_spent, discount_value, discount_amount"),
        ({"points": 5, "discount_value": 5}, "discount_value: cannot stand beside points"),
        ({"points": 0}, "points: "),
        ({"points": Decimal("1.5")}, "points: "),
        ({"points_per_unit_spent": 0}, "points_per_unit_spent: "),
        ({"discount_value": 5, "points_multiplier": 2}, "points_multiplier: is for points"),
        ({"points": 5, "max_discount_amount": 2}, "max_discount_amount: is for a discount"),
        ({"discount_value": 5, "tier_values": {"gold": 101}}, "tier_values.gold: Discount percentage cannot exceed"),
        ({"discount_amount": 5, "tier_values": {"gold": Decimal("0.001")}}, "tier_values.gold: USD amounts have"),
        ({"points": 5, "tier_values": {"gold": Decimal("1.5")}}, "tier_values.gold: "),
        ({"points": 5, "tier_values": [5]}, "tier_values: "),
        ({"points": 5, "min_order_count": 0}, "min_order_count: "),
    ],
    ids=range(12),
)
def test_a_wrong_rule_names_its_field(rules: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        LOYALTY.read_rules(rules, USD)


def test_a_customer_without_a_tier_has_no_nameless_one() -> None:
    with pytest.raises(DocumentError, match="tier_values"):
        LOYALTY.read_rules({"discount_value": 5, "tier_values": {"": 50}}, USD)


def test_points_beat_nothing_that_finds_nothing_to_discount() -> None:
    ruleset = a_ruleset(bonus(points=5, stackable=False), percent_off(10))
    reasons = evaluate(a_cart(("FREE", 0), customer="7"), ruleset).reasons
    assert {one: reason.code for one, reason in reasons.items()} == {"promo_1": "nothing_to_discount"}
