"""The best set for the customer is what trying every allowed set finds."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Cart, Entitlements, Evaluation, Promotion, UsesLeft, evaluate, guard
from promo_engine.application import Till
from promo_engine.bounds import Bounds
from promo_engine.chosen import Chosen
from promo_engine.entitlements import UNKNOWN
from promo_engine.prices import list_prices
from promo_engine.pricing import consider
from promo_engine.testing import a_cart, a_promotion, a_ruleset, amount_off, percent_off
from tests.laws.brute_force import brute_force, judge
from tests.laws.depth import many
from tests.laws.instances import instance
from tests.laws.strategies import carts, promotion_lists

FIFTY = range(12)


def applied(evaluation: Evaluation) -> list[str]:
    return [one.promotion_id for one in evaluation.applied]


def total(evaluation: Evaluation) -> int:
    return sum(one.amount for one in evaluation.applied)


@many
@given(carts, promotion_lists(most=7))
def test_the_search_finds_what_trying_every_set_finds(cart: Cart, promotions: list[Promotion]) -> None:
    unused = Entitlements({one.id: UsesLeft(budget=one.budget) for one in promotions})
    evaluation = evaluate(cart, a_ruleset(*promotions), unused)
    slack = (len(cart.lines) + len(cart.shipping)) * len(promotions)
    assert evaluation.is_optimal
    assert total(evaluation) <= brute_force(cart, promotions, unused) <= total(evaluation) + slack


@pytest.mark.parametrize("seed", range(40))
def test_so_it_does_on_instances_where_much_stands_in_the_way(seed: int) -> None:
    assert judge(seed, least=6, most=8).problem == ""


@pytest.mark.parametrize("seed", FIFTY)
def test_of_fifty_promotions_it_answers_within_its_budget_and_says_what_it_may_have_missed(seed: int) -> None:
    cart, promotions = instance(seed, 50, 50)
    ruleset, budget = a_ruleset(*promotions), 100
    with patch("promo_engine.search.NODES", budget), patch.object(guard, "propose", wraps=guard.propose) as asked:
        found = evaluate(cart, ruleset)
    best = evaluate(cart, ruleset)
    # One beginning of a set is completed whatever it costs, each promotion is bounded, and the best set applied.
    assert asked.call_count <= budget + 5 * len(promotions) + len(promotions) ** 2
    assert total(found) <= total(best) <= total(found) + found.missed + len(cart.lines) * len(promotions)


@pytest.mark.parametrize(("seed", "count"), [(100, 14), (103, 17), (126, 20)])
def test_what_promotions_may_take_at_most_spares_it_most_sets(seed: int, count: int) -> None:
    cart, promotions = instance(seed, count, count)
    with patch("promo_engine.search.NODES", 400):
        assert evaluate(cart, a_ruleset(*promotions)).is_optimal


@pytest.mark.parametrize(("seed", "count"), [(107, 21), (113, 17), (125, 19)])
def test_what_it_may_have_missed_is_no_more_than_is_left_to_pay(seed: int, count: int) -> None:
    cart, promotions = instance(seed, count, count)
    with patch("promo_engine.search.NODES", 400):
        found = evaluate(cart, a_ruleset(*promotions))
    assert 0 < found.missed <= found.amount_due


def test_after_one_set_it_says_by_how_much_the_only_other_one_could_be_better() -> None:
    """The first one takes 1.00 of 10.00; what the second one takes is not looked at."""
    promotions = [percent_off(10, id="a", exclusion_group="g"), percent_off(30, id="b", exclusion_group="g")]
    with patch("promo_engine.search.NODES", 1):
        found = evaluate(a_cart(("MILK", 1000)), a_ruleset(*promotions))
    assert (applied(found), found.missed) == (["a"], 900)


@pytest.mark.parametrize(
    ("nodes", "best", "missed"), [(2, ["a", "c"], 1400 + 1450), (4, ["b", "d"], 1200 + 1350), (4_000, ["b", "d"], 0)]
)
def test_parts_divide_what_may_be_tried_and_what_each_missed_is_added(nodes: int, best: list[str], missed: int) -> None:
    """Each part is two of a group; each says that all 15.00 might have been taken."""
    promotions = [
        percent_off(percent, id=name, exclusion_group=sku, rules={"applicable_items": [sku]})
        for name, sku, percent in [("a", "MILK", 10), ("b", "MILK", 30), ("c", "TEA", 10), ("d", "TEA", 30)]
    ]
    with patch("promo_engine.search.NODES", nodes):
        found = evaluate(a_cart(("MILK", 1000), ("TEA", 500)), a_ruleset(*promotions))
    assert (applied(found), found.missed) == (best, missed)


@many
@given(carts, promotion_lists(types=["buy_x_get_y", "bundle_deal"], most=3), st.lists(st.integers(0, 6), min_size=6))
def test_no_part_of_the_goods_gives_more_than_a_type_says(
    cart: Cart, promotions: list[Promotion], left: list[int]
) -> None:
    ruleset = a_ruleset(*promotions)
    till = Till(cart, ruleset.rounding, UNKNOWN, notes_addressed=False)
    for one in consider(cart, ruleset)._candidates:
        bounds, prices = Bounds(till, [one], [True]), list_prices(cart.basket)
        prices.unused = [min(units) for units in zip(prices.unused, left, strict=False)]
        most = bounds.of(0, Chosen(prices.copy()), frozenset())
        discount = till.apply(one, prices)
        assert discount is None or discount.amount <= most


def test_a_group_over_goods_and_shipping_is_judged_by_what_is_left_to_pay() -> None:
    """6.00 off the goods is 0.90 once 85 % off the order follows; 5.00 off shipping is 5.00."""
    promotions = [
        percent_off(85, id="order"),
        amount_off(600, id="goods", rules={"per": "unit"}, exclusion_group="g"),
        a_promotion("free_shipping", {}, id="shipping", exclusion_group="g"),
    ]
    cart = a_cart(("A", 1000), shipping=500)
    assert applied(evaluate(cart, a_ruleset(*promotions))) == ["order", "shipping"]


def test_units_are_given_where_a_later_percentage_leaves_most_of_them() -> None:
    """A free B saves 10.00 of which 90 % would have gone anyway; a free A saves its whole 8.00."""
    wants_b = a_promotion("buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1, "get_items": ["B"]}, id="b")
    wants_a = a_promotion("buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1, "get_items": ["A"]}, id="a")
    ninety = percent_off(90, id="ninety", rules={"applicable_items": ["B"]})
    evaluation = evaluate(a_cart(("A", 800), ("B", 1000)), a_ruleset(wants_a, wants_b, ninety))
    assert {one.promotion_id: one.amount for one in evaluation.applied} == {"a": 800, "ninety": 900}


def test_units_are_given_where_less_is_lost_of_what_a_floor_leaves_to_a_later_percentage() -> None:
    """Half off down to 10.00 each is 4.00 off two A and 1.00 off B: a free A saves 12.00 of these, a free B 11.00."""
    wants_a = a_promotion(
        "buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1, "buy_items": ["B"], "get_items": ["A"]}, id="a"
    )
    wants_b = a_promotion(
        "buy_x_get_y", {"buy_quantity": 1, "get_quantity": 1, "buy_items": ["A"], "get_items": ["B"]}, id="b"
    )
    half = percent_off(50, id="half", rules={"floor_price": 1000})
    evaluation = evaluate(a_cart(("A", 1200, 2), ("B", 1100)), a_ruleset(wants_a, wants_b, half))
    assert {one.promotion_id: one.amount for one in evaluation.applied} == {"b": 1100, "half": 400}


def test_what_only_moves_a_price_for_goods_together_away_from_free_goods_is_left_out() -> None:
    """A and B for 10.00, then B free, leave 5.00; with 5.00 off B before, more of the 10.00 is A's: 6.67."""
    together = {"target_price": 1000, "per": "order", "applicable_items": ["A", "B"]}
    promotions = [
        amount_off(500, id="off", rules={"applicable_items": ["B"]}, priority=2),
        a_promotion("fixed_amount_discount", together, id="together", priority=1),
        percent_off(100, id="free", rules={"applicable_items": ["B"]}),
    ]
    evaluation = evaluate(a_cart(("A", 1000), ("B", 1000)), a_ruleset(*promotions))
    assert (applied(evaluation), evaluation.amount_due) == (["together", "free"], 500)


def test_so_it_is_though_something_else_moves_that_price_in_between() -> None:
    """1.00 off A leaves 4.74 of the 10.00 on A; with 5.00 off B before that, 6.43."""
    together = {"target_price": 1000, "per": "order", "applicable_items": ["A", "B"]}
    promotions = [
        amount_off(500, id="off b", rules={"applicable_items": ["B"]}, priority=3),
        amount_off(100, id="off a", rules={"applicable_items": ["A"]}, priority=2),
        a_promotion("fixed_amount_discount", together, id="together", priority=1),
        percent_off(100, id="free", rules={"applicable_items": ["B"]}),
    ]
    evaluation = evaluate(a_cart(("A", 1000), ("B", 1000)), a_ruleset(*promotions))
    assert (applied(evaluation), evaluation.amount_due) == (["off a", "together", "free"], 474)


def test_whole_cart_rewards_are_bounded_though_they_are_worth_more_when_cheap_units_are_gone() -> None:
    """Alone it gives 0.01 twice; once others have used the cheap units, 8.00."""
    whole_cart = {"buy_quantity": 1, "get_quantity": 1, "pairing": "whole_cart"}
    cheap = {"buy_quantity": 1, "get_quantity": 1, "applicable_items": ["C"]}
    promotions = [
        a_promotion("buy_x_get_y", whole_cart, id="whole"),
        *[a_promotion("buy_x_get_y", cheap, id=f"c{i}", priority=1) for i in range(5)],
    ]
    evaluation = evaluate(a_cart(("A", 1000), ("B", 800), ("C", 1, 2)), a_ruleset(*promotions))
    assert (applied(evaluation), evaluation.amount_due) == (["c0", "whole"], 1001)
