"""The recomputation on numbers that were worked out by hand: what all promotions have in common."""

import ast
import doctest
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from examples.shop import ledger
from examples.shop.ledger import Customer, book, checkout, discounts, offer, purse, recompute, till
from examples.shop.ledger.till import spread
from tests.examples.counter import CATALOGUE, amount, bill, buy, off, percent

MODULES = [ledger, book, checkout, discounts, offer, purse, till]


def test_a_percentage_is_rounded_once_on_all_matching_goods() -> None:
    # 30 % of 1.29 + 4.99 is 1.884, so 1.88, and not 0.39 + 1.50. In proportion that is 38.6 and 149.4 cents.
    assert off(buy(("MILK", 1), ("CHEESE", 1)), p=percent(30)) == {"p": {"MILK": 39, "CHEESE": 149}}
    # 5 % of 3 * 1.29 is 0.1935, so 0.19, and not 3 * 0.06.
    assert off(buy(("MILK", 3)), p=percent(5)) == {"p": {"MILK": 19}}


def test_half_a_cent_is_rounded_up() -> None:
    assert off(buy(("TEA", 1)), p=percent(Decimal("0.05"))) == {"p": {"TEA": 1}}


def test_a_cap_holds_for_the_whole_promotion() -> None:
    capped = bill(buy(("TEA", 2), ("CHEESE", 1)), p=percent(50, max_discount_amount=Decimal("1.00")))
    # 1.00 over 20.00 and 4.99: 80.03 and 19.97 cents.
    assert (capped.due, capped.discounts) == (2399, {"p": {"TEA": 80, "CHEESE": 20}})


def test_an_amount_never_takes_more_than_the_goods_cost() -> None:
    assert bill(buy(("MILK", 1), ("TEA", 1)), p=amount(5, applicable_items=["MILK"])).due == 1000


def test_offers_on_goods_come_before_offers_on_the_order_whatever_their_priority() -> None:
    two = {"order": percent(10, 9), "item": amount(5, 1, applicable_items=["TEA"])}
    assert off(buy(("TEA", 1)), **two) == {"item": {"TEA": 500}, "order": {"TEA": 50}}


def test_within_a_phase_the_higher_priority_comes_first_then_the_smaller_id() -> None:
    assert off(buy(("TEA", 1)), a=percent(10, 1), b=amount(5, 2)) == {"b": {"TEA": 500}, "a": {"TEA": 50}}
    assert off(buy(("TEA", 1)), a=percent(10), b=amount(5)) == {"a": {"TEA": 100}, "b": {"TEA": 500}}


def test_the_minimum_is_compared_with_list_prices() -> None:
    first = amount(5, applicable_items=["TEA"])
    assert bill(buy(("TEA", 1)), first=first, p=percent(10, min_purchase_amount=10)).due == 450
    assert bill(buy(("TEA", 1)), first=first, p=percent(10, min_purchase_amount=Decimal("10.01"))).due == 500


def test_exclusion_beats_inclusion_and_a_category_or_an_item_suffices() -> None:
    rules: dict[str, Any] = {
        "applicable_categories": ["dairy"],
        "applicable_items": ["TEA"],
        "excluded_items": ["MILK"],
    }
    assert bill(buy(("MILK", 1), ("CHEESE", 1), ("TEA", 1)), p=percent(100, **rules)).due == 129


def test_an_offer_that_stands_alone_wins_only_with_more_off() -> None:
    two = {"a": percent(10), "b": percent(10)}  # together 1.00 + 0.90
    assert set(off(buy(("TEA", 1)), **two, alone=amount(2, stackable=False))) == {"alone"}
    assert set(off(buy(("TEA", 1)), **two, alone=amount(Decimal("1.80"), stackable=False))) == {"a", "b"}


def test_of_equal_discounts_fewer_promotions_win_then_priorities_then_ids() -> None:
    two = {"a": percent(10), "b": percent(10)}
    assert set(off(buy(("TEA", 1)), **two, alone=amount(Decimal("1.90"), stackable=False))) == {"alone"}
    low, high = amount(2, 1, stackable=False), amount(2, 2, stackable=False)
    assert set(off(buy(("TEA", 1)), a=low, b=high)) == {"b"}
    assert set(off(buy(("TEA", 1)), b=low, a=low)) == {"a"}


def test_a_promotion_that_changes_nothing_is_dropped_and_its_use_not_taken() -> None:
    whole = percent(100, 2, applicable_items=["TEA"])
    once = amount(1, 1, applicable_items=["TEA"], usage_limits={"total_usage_limit": 1})
    bills = recompute(CATALOGUE, {"whole": whole, "once": once}, [buy(("TEA", 1)), buy(("TEA", 1), ("MILK", 1))])
    assert [set(one.discounts) for one in bills] == [{"whole"}, {"whole"}]


@pytest.mark.parametrize(
    ("limit", "granted"),
    [
        ("total_usage_limit", [True, False, False, False]),
        ("per_customer_limit", [True, False, True, False]),
        ("daily_usage_limit", [True, False, False, True]),
    ],
)
def test_limits_are_counted_in_the_order_of_the_grants(limit: str, granted: list[bool]) -> None:
    limited = percent(10, usage_limits={limit: 1})
    visits = [("7", "monday"), ("7", "monday"), ("8", "monday"), ("7", "tuesday")]
    checkouts = [buy(("TEA", 1), customer=Customer(customer), day=day) for customer, day in visits]
    assert [bool(one.discounts) for one in recompute(CATALOGUE, {"p": limited}, checkouts)] == granted


def test_a_code_counts_however_it_is_typed() -> None:
    coded = percent(10, promotion_code="SPRING20", auto_apply=False)
    assert bill(buy(("TEA", 1), codes=(" \uff33pring20",)), p=coded).due == 900
    assert bill(buy(("TEA", 1), codes=("SPRING2",)), p=coded).due == 1000


def test_several_lines_of_one_product_are_one() -> None:
    assert bill(buy(("MILK", 1), ("MILK", 2)), p=percent(10)) == bill(buy(("MILK", 3)), p=percent(10))


def test_odd_cents_go_to_the_largest_remainder_then_the_larger_price_then_the_smaller_id() -> None:
    assert spread(2, {"a": 1, "b": 1, "c": 1}) == {"a": 1, "b": 1}
    assert spread(1, {"a": 3, "b": 9}) == {"b": 1}
    assert spread(0, {}) == {}


def test_a_promotion_that_starts_later_waits() -> None:
    assert bill(buy(("TEA", 1)), p=percent(10, start_day=1)).due == 1000


def test_a_rule_that_it_does_not_know_is_an_error_not_a_guess() -> None:
    with pytest.raises(ValueError, match="does not know per"):
        bill(buy(("TEA", 1)), p=amount(1, per="unit"))


def test_a_guest_has_no_uses_to_count() -> None:
    once = percent(10, usage_limits={"per_customer_limit": 1})
    assert not off(buy(("TEA", 1), customer=None), p=once)
    assert off(buy(("TEA", 1), customer=None), p=percent(10))


def test_it_imports_the_standard_library_and_itself_alone() -> None:
    trees = [ast.parse(Path(str(module.__file__)).read_text()) for module in MODULES]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    others = {name for name in imported if not name.startswith("examples.shop.ledger")}
    assert {name.partition(".")[0] for name in others} <= set(sys.stdlib_module_names)


def test_all_of_its_modules_are_looked_at() -> None:
    folder = Path(str(ledger.__file__)).parent
    assert {Path(str(module.__file__)) for module in MODULES} == {*folder.glob("*.py")}


def test_its_worked_examples_hold() -> None:
    results = [doctest.testmod(module) for module in MODULES]
    assert sum(result.attempted for result in results)
    assert not sum(result.failed for result in results)
