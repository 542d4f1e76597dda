"""The laws of returns, on random carts, mixes of promotions, and ways to cut a return into several."""

from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from promo_engine import Evaluation, PricedLine, Promotion, Ruleset, evaluate
from promo_engine.returns import (
    NOTHING,
    Order,
    Refund,
    Return,
    Returned,
    give_back,
    give_back_repriced,
    paid_for,
    read_order,
    read_returned,
)
from promo_engine.testing import a_promotion, a_ruleset, percent_off
from tests.laws.depth import many
from tests.laws.strategies import carts, promotion_lists

MOST = 5
"""Into how many returns an order is cut."""

POINTS = a_promotion("loyalty_bonus", {"points_per_unit_spent": 3}, id="points")
THRESHOLD = percent_off(30, id="threshold", rules={"min_purchase_amount": 8_000})


@dataclass(frozen=True)
class Case:
    """An order with its evaluation and rules, and returns that bring everything back."""

    evaluation: Evaluation
    ruleset: Ruleset
    order: Order
    backs: list[Return]


def kept(order: Order, backs: list[Return], so_far: Returned = NOTHING) -> list[Refund]:
    refunds: list[Refund] = []
    for back in backs:
        refunds.append(give_back(order, back, so_far))
        so_far = refunds[-1].returned
    return refunds


def repriced(case: Case) -> list[Refund]:
    refunds: list[Refund] = []
    so_far = NOTHING
    for back in case.backs:
        refunds.append(give_back_repriced(case.order, back, so_far, case.ruleset))
        so_far = refunds[-1].returned
    return refunds


Part: TypeAlias = tuple[str, str]
"""One unit of a line, or one shipping entry: what it is, and the id."""


def parts_of(back: Return) -> list[Part]:
    units = [("line", name) for name, count in back.lines.items() for _ in range(count)]
    return units + [("shipping", name) for name in back.shipping]


def one_return(parts: list[Part]) -> Return:
    units = Counter(name for what, name in parts if what == "line")
    return Return(units, [name for what, name in parts if what == "shipping"])


def costs_of(evaluation: Evaluation, line: PricedLine) -> list[int]:
    return [line.unit_price - sum(unit.values()) for unit in evaluation.units(line.id)]


def everything(order: Order) -> Return:
    return Return({line.id: line.quantity for line in order.lines.values()}, list(order.shipping))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    drawn: list[Promotion] = draw(promotion_lists())
    ruleset = a_ruleset(*drawn, *draw(st.sampled_from([[], [POINTS], [THRESHOLD], [POINTS, THRESHOLD]])))
    evaluation = evaluate(draw(carts), ruleset)
    order = read_order(evaluation.document(), evaluation.cart)
    parts = parts_of(everything(order))
    turns = draw(st.binary(min_size=len(parts), max_size=len(parts)))
    cut = [[part for part, turn in zip(parts, turns, strict=True) if turn % MOST == now] for now in range(MOST)]
    return Case(evaluation, ruleset, order, [one_return(some) for some in cut if some])


@many
@given(cases())
def test_any_sequence_of_returns_gives_back_exactly_what_was_paid(case: Case) -> None:
    refunds = kept(case.order, case.backs)
    assert sum(refund.amount for refund in refunds) == case.evaluation.amount_due
    assert sum(refund.points for refund in refunds) == case.evaluation.points
    assert all(refund.amount >= 0 and refund.points >= 0 and refund.missing == 0 for refund in refunds)


@many
@given(cases())
def test_a_full_return_is_the_amount_paid(case: Case) -> None:
    refund = give_back(case.order, everything(case.order))
    assert refund.amount == case.order.paid == case.evaluation.amount_due
    assert refund.points == case.evaluation.points
    assert refund.uses == tuple(one.promotion_id for one in case.evaluation.applied)


@many
@given(cases())
def test_each_refund_is_what_was_paid_for_exactly_these_units(case: Case) -> None:
    costs = {line.id: costs_of(case.evaluation, line) for line in case.evaluation.lines}
    shipping = {entry.id: entry.after for entry in case.evaluation.shipping}
    for back, refund in zip(case.backs, kept(case.order, case.backs), strict=True):
        expected = {name: sum(costs[name].pop(0) for _ in range(units)) for name, units in back.lines.items()}
        assert refund.lines == expected
        assert refund.shipping == {name: shipping[name] for name in back.shipping}
        assert refund.amount == sum(expected.values()) + sum(refund.shipping.values())


@many
@given(cases())
def test_no_part_of_a_line_gives_back_more_than_its_even_part(case: Case) -> None:
    for line in case.order.lines.values():
        for units in range(line.quantity + 1):
            assert line.quantity * paid_for(line, units) <= units * line.after


@many
@given(cases())
def test_a_return_in_single_units_gives_back_the_same(case: Case) -> None:
    so_far = NOTHING
    for back in case.backs:
        at_once = give_back(case.order, back, so_far)
        one_by_one = kept(case.order, [one_return([part]) for part in parts_of(back)], so_far)
        assert one_by_one[-1].returned == at_once.returned
        assert sum(refund.amount for refund in one_by_one) == at_once.amount
        so_far = at_once.returned


@many
@given(cases(), st.randoms())
def test_the_order_in_which_lines_come_back_changes_no_sum(case: Case, random: object) -> None:
    by_line = [Return({line.id: line.quantity}) for line in case.order.lines.values()]
    shuffled = list(by_line)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = kept(case.order, by_line), kept(case.order, shuffled)
    amounts = {name: amount for refund in one for name, amount in refund.lines.items()}
    assert amounts == {name: amount for refund in other for name, amount in refund.lines.items()}
    assert one[-1].returned == other[-1].returned


@many
@given(cases())
def test_what_came_back_so_far_says_it_all_however_it_came_back(case: Case) -> None:
    refunds = kept(case.order, case.backs)
    for refund in refunds:
        returned = refund.returned
        at_once = give_back(case.order, Return(returned.lines, returned.shipping))
        assert at_once.returned == returned
        assert read_returned(returned.document()) == returned


@many
@given(cases())
def test_reprice_gives_back_all_that_was_paid_in_the_end_and_never_more(case: Case) -> None:
    refunds = repriced(case)
    assert all(refund.amount >= 0 and refund.points >= 0 for refund in refunds)
    assert all(0 <= refund.returned.amount <= case.order.paid for refund in refunds)
    assert refunds[-1].returned.amount == case.order.paid
    assert refunds[-1].returned.points == case.order.points
    assert refunds[-1].missing == 0


@many
@given(cases())
def test_reprice_leaves_what_the_rest_costs_alone_or_says_what_is_missing(case: Case) -> None:
    for refund in repriced(case):
        rest = case.order.rest(refund.returned)
        alone = evaluate(rest, case.ruleset, case.order.granted).amount_due
        still_paid = case.order.paid - refund.returned.amount
        assert still_paid + refund.missing == alone
        assert not (refund.missing and refund.amount)


@many
@given(cases(), st.lists(st.booleans(), min_size=MOST, max_size=MOST))
def test_policies_in_any_mix_end_at_what_was_paid(case: Case, is_repriced: list[bool]) -> None:
    so_far = NOTHING
    for back, anew in zip(case.backs, is_repriced, strict=False):
        refund = (
            give_back_repriced(case.order, back, so_far, case.ruleset) if anew else give_back(case.order, back, so_far)
        )
        assert so_far.amount <= refund.returned.amount <= case.order.paid
        assert so_far.points <= refund.returned.points <= case.order.points
        so_far = refund.returned
    assert (so_far.amount, so_far.points) == (case.order.paid, case.order.points)


@many
@given(cases())
def test_uses_come_back_once_with_the_last_unit(case: Case) -> None:
    told = [refund.uses for refund in kept(case.order, case.backs) if refund.uses]
    assert told == ([tuple(case.order.promotions)] if case.order.promotions else [])
