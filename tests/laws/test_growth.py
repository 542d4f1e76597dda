"""Law 10 of PRICING.md section 7: growth, of a buy-x-get-y or bundle alone in the ruleset."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Line, Rounding, Ruleset, evaluate
from promo_engine.testing import a_cart, a_promotion, a_ruleset
from tests.laws.depth import many
from tests.laws.rules import Drawn, both, bundle, common, pairing, same_goods
from tests.laws.strategies import lines, with_ids

CAPS = frozenset({"max_applications", "max_discounted_units", "max_discount_amount"})
MINIMUMS = frozenset({"min_purchase_amount", "min_quantity"})
NOT_OF_GROWTH = frozenset({"budget_amount", "max_purchase_amount"})
"""A larger cart may overrun a budget or a maximum."""

disjoint_goods = st.sampled_from(
    [{"buy_items": ["A", "B"], "get_items": ["C"]}, {"buy_items": ["A"], "get_items": ["B", "D"]}]
)
OF_GROWTH: dict[str, Drawn] = {
    "buy_x_get_y": both(common, pairing, same_goods | disjoint_goods),
    "bundle_deal": both(common, bundle),
}
some_lines = st.lists(lines.map(lambda line: replace(line, floor_price=None)), max_size=4)
"""Without floors: units are chosen by price, so that one more may take the place of another that has no floor."""


def without(names: frozenset[str], rules: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rules.items() if name not in names}


@st.composite
def rulesets(draw: st.DrawFn, left_out: frozenset[str] = frozenset()) -> Ruleset:
    promotion_type = draw(st.sampled_from(sorted(OF_GROWTH)))
    rules = without(NOT_OF_GROWTH | left_out, draw(OF_GROWTH[promotion_type]))
    return a_ruleset(a_promotion(promotion_type, rules), rounding=draw(st.sampled_from(list(Rounding))))


def off(ruleset: Ruleset, goods: Sequence[Line]) -> int:
    return evaluate(a_cart(*with_ids(goods)), ruleset).items_discount


@many
@given(rulesets(), some_lines, some_lines)
def test_10_growth_adding_goods_never_lowers_the_discount(ruleset: Ruleset, few: list[Line], more: list[Line]) -> None:
    assert off(ruleset, few) <= off(ruleset, [*few, *more])


@many
@given(rulesets(CAPS | MINIMUMS), some_lines, some_lines)
def test_10_growth_two_orders_never_beat_one_by_more_than_rounding(
    ruleset: Ruleset, one: list[Line], other: list[Line]
) -> None:
    assert off(ruleset, one) + off(ruleset, other) <= off(ruleset, [*one, *other]) + 1
