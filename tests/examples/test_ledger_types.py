"""The recomputation on numbers that were worked out by hand: bundles, buy-x-get-y, shipping, loyalty."""

from decimal import Decimal
from typing import Any

import pytest

from examples.shop.ledger import Customer
from tests.examples.counter import amount, bill, buy, off, offer, percent

DRINKS: dict[str, Any] = {"buy_items": ["drinks"]}
LUNCH: dict[str, Any] = {"bundle_items": [{"items": ["drinks"]}, {"items": ["CHEESE"]}]}
GOLD, SILVER, PLAIN = Customer("1", "gold", 12), Customer("2", "silver", 3), Customer("3")
SENT = ("delivery", 495)


def buy_get(buy_quantity: int, get_quantity: int, priority: int = 0, **rules: Any) -> dict[str, Any]:
    return offer("buy_x_get_y", priority, buy_quantity=buy_quantity, get_quantity=get_quantity, **rules)


def bundle(priority: int = 0, **rules: Any) -> dict[str, Any]:
    return offer("bundle_deal", priority, **LUNCH | rules)


def shipping(priority: int = 0, **rules: Any) -> dict[str, Any]:
    return offer("free_shipping", priority, **rules)


def loyalty(priority: int = 0, **rules: Any) -> dict[str, Any]:
    return offer("loyalty_bonus", priority, **rules)


SIX = (("TEA", 2), ("COFFEE", 1), ("CHEESE", 3))  # 10.00, 10.00, 8.00, 4.99, 4.99, 4.99


def test_each_application_rewards_the_cheapest_of_its_own_units() -> None:
    assert off(buy(*SIX), p=buy_get(2, 1)) == {"p": {"COFFEE": 800, "CHEESE": 499}}


def test_the_whole_cart_rewards_as_many_but_the_cheapest_of_all() -> None:
    assert off(buy(*SIX), p=buy_get(2, 1, pairing="whole_cart")) == {"p": {"CHEESE": 998}}
    # Five units are one application of three; the fifth is cheaper than the third.
    assert off(buy(("TEA", 2), ("COFFEE", 2), ("MILK", 1)), p=buy_get(2, 1, pairing="whole_cart")) == {
        "p": {"MILK": 129}
    }


def test_the_last_application_may_reward_fewer_units_unless_all_are_required() -> None:
    assert off(buy(("TEA", 5)), p=buy_get(1, 2)) == {"p": {"TEA": 3000}}
    assert off(buy(("TEA", 5)), p=buy_get(1, 2, require_full_reward=True)) == {"p": {"TEA": 2000}}


def test_applications_and_rewarded_units_are_bounded() -> None:
    assert off(buy(("TEA", 8)), p=buy_get(1, 1, max_applications=3)) == {"p": {"TEA": 3000}}
    assert off(buy(("TEA", 9)), p=buy_get(1, 2, max_discounted_units=3)) == {"p": {"TEA": 3000}}


def test_other_goods_may_be_the_reward_rounded_once_on_all_of_them() -> None:
    half = buy_get(1, 1, buy_items=["TEA"], get_items=["dairy"], discount_value=50)
    # Three teas reward three of the four cheeses: half of 14.97 is 7.485.
    assert off(buy(("TEA", 3), ("CHEESE", 4), ("MILK", 1)), p=half) == {"p": {"CHEESE": 749}}


def test_a_cap_on_a_reward_is_shared_by_the_prices_of_the_rewarded_units() -> None:
    # 3.00 over 8.00 and 4.99: 184.76 and 115.24 cents.
    capped = buy_get(2, 1, max_discount_amount=3)
    assert off(buy(*SIX), p=capped) == {"p": {"COFFEE": 185, "CHEESE": 115}}


def test_goods_that_can_be_only_bought_or_only_rewarded_come_first() -> None:
    # If cheese paid for cheese, the milk would have nothing left to reward.
    overlapping = buy_get(1, 1, buy_items=["dairy"], get_items=["CHEESE"])
    assert off(buy(("MILK", 2), ("CHEESE", 2)), p=overlapping) == {"p": {"CHEESE": 998}}


def test_excluded_goods_neither_pay_nor_are_rewarded() -> None:
    rules: dict[str, Any] = {"buy_items": ["TEA"], "get_items": ["dairy"], "excluded_items": ["MILK"]}
    assert not off(buy(("TEA", 1), ("MILK", 1)), p=buy_get(1, 1, **rules))
    assert not off(buy(("TEA", 2)), p=buy_get(1, 1, excluded_items=["drinks"]))


def test_two_of_these_use_no_unit_twice() -> None:
    first, second = buy_get(2, 1, 2, **DRINKS), buy_get(1, 1, 1, discount_value=50)
    # The first uses all drinks; milk and milk are left for the second.
    cart = buy(("TEA", 2), ("COFFEE", 1), ("MILK", 2))
    assert off(cart, a=first, b=second) == {"a": {"COFFEE": 800}, "b": {"MILK": 65}}


def test_of_two_that_are_in_each_others_way_the_better_stays() -> None:
    cart = buy(("TEA", 2), ("COFFEE", 1), ("MILK", 2))
    assert off(cart, a=buy_get(2, 1, 2, **DRINKS), b=buy_get(1, 1, 1)) == {"b": {"TEA": 1000, "MILK": 129}}


def test_a_percentage_falls_on_what_is_left_of_used_units() -> None:
    tenth = percent(10, applicable_categories=["drinks"])
    cart = buy(("TEA", 2), ("COFFEE", 1))
    assert off(cart, a=buy_get(2, 1, **DRINKS), b=tenth) == {"a": {"COFFEE": 800}, "b": {"TEA": 200}}


def test_a_bundle_has_a_price_and_what_is_above_it_is_shared_by_price() -> None:
    # 2.99 over 10.00 and 4.99: 199.47 and 99.53 cents.
    assert off(buy(("TEA", 1), ("CHEESE", 1)), p=bundle(bundle_price=12)) == {"p": {"TEA": 199, "CHEESE": 100}}


def test_there_are_as_many_bundles_as_are_complete_of_the_dearest_units() -> None:
    # 14.99 + 12.99 - 24.00 is 3.98, over 10.00, 8.00 and 9.98: 142.24, 113.80 and 141.96 cents.
    cart = buy(("TEA", 1), ("COFFEE", 1), ("CHEESE", 3))
    assert off(cart, p=bundle(bundle_price=12)) == {"p": {"TEA": 142, "COFFEE": 114, "CHEESE": 142}}
    # Only the dearest one: 2.99 as above.
    assert off(cart, p=bundle(bundle_price=12, max_applications=1)) == {"p": {"TEA": 199, "CHEESE": 100}}


def test_a_bundle_that_would_not_be_cheaper_does_not_count() -> None:
    # Coffee and cheese are 12.99. Tea and cheese: 1.99 over 10.00 and 4.99 is 132.76 and 66.24 cents.
    cart = buy(("TEA", 1), ("COFFEE", 1), ("CHEESE", 2))
    assert off(cart, p=bundle(bundle_price=13)) == {"p": {"TEA": 133, "CHEESE": 66}}


def test_a_component_may_ask_for_several_units() -> None:
    parts = [{"items": ["MILK"], "quantity": 2}, {"items": ["TEA"]}]
    assert not off(buy(("MILK", 1), ("TEA", 1)), p=bundle(bundle_items=parts, discount_amount=1))
    # 1.00 over 2.58 and 10.00: 20.5 and 79.5 cents.
    assert off(buy(("MILK", 2), ("TEA", 1)), p=bundle(bundle_items=parts, discount_amount=1)) == {
        "p": {"MILK": 21, "TEA": 79}
    }


def test_a_percentage_off_bundles_is_rounded_once() -> None:
    # 15 % of 14.99 + 14.99 is 4.497.
    cart = buy(("TEA", 2), ("CHEESE", 2), ("MILK", 1))
    assert sum(off(cart, p=bundle(discount_value=15))["p"].values()) == 450


def test_an_amount_is_off_each_bundle_or_each_of_its_units_and_never_more_than_these_cost() -> None:
    cart = buy(("TEA", 2), ("CHEESE", 2))
    assert sum(off(cart, p=bundle(discount_amount=1))["p"].values()) == 200
    assert off(cart, p=bundle(discount_amount=20))["p"] == {"TEA": 2000, "CHEESE": 998}
    assert off(cart, p=bundle(discount_amount_per_unit=Decimal("0.50")))["p"] == {"TEA": 100, "CHEESE": 100}
    assert off(cart, p=bundle(discount_amount_per_unit=6))["p"] == {"TEA": 1200, "CHEESE": 998}


def test_what_a_bundle_has_used_is_not_there_for_a_buy_x_get_y() -> None:
    cart = buy(("TEA", 2), ("COFFEE", 1), ("CHEESE", 1))
    both = {"a": buy_get(2, 1, 9, **DRINKS), "b": bundle(bundle_price=5)}
    # The bundle is first, whatever the priorities, and takes a tea; two drinks reward no third.
    assert off(cart, **both) == {"b": {"TEA": 666, "CHEESE": 333}}


def test_components_that_share_goods_are_an_error_not_a_guess() -> None:
    with pytest.raises(ValueError, match="share goods"):
        bill(buy(("TEA", 2)), p=bundle(bundle_items=[{"items": ["TEA"]}, {}], bundle_price=1))


def test_shipping_is_free_for_its_methods() -> None:
    free = shipping(shipping_methods=["delivery", "express"])
    assert bill(buy(("TEA", 1), shipping=SENT)).due == 1495
    assert off(buy(("TEA", 1), shipping=SENT), p=free) == {"p": {"shipping": 495}}
    assert not off(buy(("TEA", 1), shipping=("freight", 9900)), p=free)


@pytest.mark.parametrize(
    ("rules", "discount"),
    [
        ({"discount_value": 50}, 248),
        ({"discount_amount": 3}, 300),
        ({"discount_amount": 5}, 495),
        ({"target_price": Decimal("1.95")}, 300),
        ({"target_price": 0}, 495),
        ({"max_discount_amount": 2}, 200),
    ],
)
def test_shipping_may_be_cheaper(rules: dict[str, Any], discount: int) -> None:
    assert off(buy(("TEA", 1), shipping=SENT), p=shipping(**rules)) == {"p": {"shipping": discount}}


def test_a_price_for_shipping_never_raises_it() -> None:
    assert not off(buy(("TEA", 1), shipping=SENT), p=shipping(target_price=5))


def test_free_shipping_looks_at_the_goods_before_promotions() -> None:
    cart = buy(("TEA", 1), shipping=SENT)
    assert off(cart, a=amount(9), p=shipping(min_purchase_amount=10))["p"] == {"shipping": 495}
    assert "p" not in off(cart, a=amount(9), p=shipping(min_purchase_amount=Decimal("10.01")))
    assert not off(cart, p=shipping(applicable_items=["MILK"]))


def test_promotions_on_shipping_share_its_running_price_and_leave_the_goods_alone() -> None:
    # Half of 4.95 is 2.475, so 2.48; 2.47 are left for the other. The order's 10 % are 1.00.
    two = {"a": shipping(2, discount_value=50), "b": shipping(1, discount_amount=4), "c": percent(10)}
    assert off(buy(("TEA", 1), shipping=SENT), **two) == {
        "c": {"TEA": 100},
        "a": {"shipping": 248},
        "b": {"shipping": 247},
    }


def test_what_is_off_shipping_counts_when_the_best_is_chosen() -> None:
    cart = buy(("TEA", 1), shipping=SENT)
    assert set(off(cart, a=shipping(stackable=False), b=amount(Decimal("4.94")))) == {"a"}
    assert set(off(cart, a=shipping(stackable=False), b=amount(Decimal("4.96")))) == {"b"}


@pytest.mark.parametrize(("customer", "tea"), [(GOLD, 50), (SILVER, 30), (PLAIN, 10), (None, 10)])
def test_a_tier_may_have_a_value_of_its_own(customer: Customer | None, tea: int) -> None:
    tiers = loyalty(discount_value=1, tier_values={"gold": 5, "silver": 3})
    assert off(buy(("TEA", 1), customer=customer), p=tiers) == {"p": {"TEA": tea}}


def test_a_promotion_may_be_for_some_tiers_only() -> None:
    golden = loyalty(discount_amount=2, eligibility_criteria={"loyalty_tier_requirements": ["gold"]})
    applied = [bool(off(buy(("TEA", 1), customer=one), p=golden)) for one in (GOLD, SILVER, PLAIN, None)]
    assert applied == [True, False, False, False]


def test_a_promotion_may_ask_for_so_many_earlier_orders() -> None:
    regular = loyalty(discount_amount=2, min_order_count=3)
    applied = [bool(off(buy(("TEA", 1), customer=one), p=regular)) for one in (GOLD, SILVER, PLAIN, None)]
    assert applied == [True, True, False, False]


def test_points_are_granted_for_what_the_goods_cost_in_the_end_and_change_no_price() -> None:
    cart = buy(("TEA", 1), ("MILK", 1), shipping=SENT)
    billed = bill(cart, a=percent(50, applicable_items=["TEA"]), p=loyalty(points_per_unit_spent=10))
    # 5.00 + 1.29 without shipping: 62.9 points.
    assert (billed.due, billed.points) == (1124, {"p": 63})
    only_milk = loyalty(points_per_unit_spent=10, applicable_items=["MILK"])
    assert bill(cart, p=only_milk).points == {"p": 13}


def test_points_may_be_multiplied_before_they_are_rounded() -> None:
    # 1.29 * 5 * 1.5 is 9.675; rounded before, 6 * 1.5 were 9.
    double = loyalty(points_per_unit_spent=5, points_multiplier=Decimal("1.5"))
    assert bill(buy(("MILK", 1)), p=double).points == {"p": 10}
    assert bill(buy(("MILK", 1)), p=loyalty(points=100, points_multiplier=2)).points == {"p": 200}


def test_points_need_a_customer_and_may_depend_on_the_tier() -> None:
    tiers = loyalty(points=100, tier_values={"gold": 250})
    granted = [dict(bill(buy(("MILK", 1), customer=one), p=tiers).points) for one in (GOLD, PLAIN, None)]
    assert granted == [{"p": 250}, {"p": 100}, {}]


def test_points_stand_beside_whatever_won_if_both_may_be_combined() -> None:
    points = {"p": loyalty(points=10), "q": loyalty(points=20, stackable=False)}
    assert bill(buy(("TEA", 1)), **points, a=amount(1)).points == {"p": 10}
    assert bill(buy(("TEA", 1)), **points, a=amount(1, stackable=False)).points == {}
    assert bill(buy(("TEA", 1)), q=points["q"]).points == {"q": 20}


def test_points_of_goods_that_are_free_are_none_and_use_nothing_up() -> None:
    once = loyalty(points_per_unit_spent=1, usage_limits={"total_usage_limit": 1})
    assert bill(buy(("TEA", 1)), a=percent(100), p=once).points == {}
