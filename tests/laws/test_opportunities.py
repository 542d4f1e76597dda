"""Reasons and opportunities, against brute force: what is named helps always, and what helps is named."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import chain, combinations, product
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from promo_engine import (
    UNKNOWN,
    Cart,
    Eligibility,
    ItemMinimum,
    Line,
    Need,
    Off,
    Opportunity,
    Promotion,
    Rules,
    Schedule,
    Wanted,
    evaluate,
    explain,
)
from promo_engine.application import Till
from promo_engine.prices import list_prices
from promo_engine.reason import REASONS
from promo_engine.testing import NOON, a_line, a_promotion, a_ruleset, installed_types, percent_off
from tests.laws.depth import many
from tests.laws.rules import both
from tests.laws.strategies import CATEGORIES, OF_TYPE, SKUS, carts

CATALOGUE = SKUS + CATEGORIES
BATCHES = 8
"""In a deep run: each example tries many carts."""

demands = both(
    st.just({})
    | st.fixed_dictionaries(
        {
            "min_purchase_amount": st.integers(1, 60_000),
            "min_purchase_basis": st.sampled_from(["cart", "eligible", "eligible", "discounted", "with_shipping"]),
        },
        optional={"strict_minimum": st.booleans()},
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "max_purchase_amount": st.integers(5_000, 90_000),
            "strict_maximum": st.booleans(),
            "min_unit_price": st.integers(0, 5_000),
            "max_unit_price": st.integers(0, 20_000),
            "min_quantity": st.integers(1, 30),
        },
    )
    | st.just({}),
)
"""Rules of every type that say how much of what a cart must hold."""

some_names = st.frozensets(st.sampled_from(CATALOGUE), min_size=1, max_size=2)
item_minimums = st.builds(ItemMinimum, some_names, st.none() | st.integers(1, 30_000), st.none() | st.integers(1, 12))
eligibilities = st.builds(
    Eligibility,
    required_any=st.just(frozenset()) | some_names,
    required_all=st.just(frozenset()) | some_names,
    item_minimums=st.lists(item_minimums, max_size=2).map(tuple),
    segments=st.sampled_from([frozenset(), frozenset(), frozenset(), frozenset({"vip"})]),
)
seldom: dict[str, Any] = {
    "total_limit": 3,
    "code": "CODE",
    "schedule": Schedule(NOON + timedelta(days=1), NOON + timedelta(days=2)),
}


@st.composite
def demanding(draw: st.DrawFn, promotion_id: str = "promo") -> Promotion:
    """A promotion with some conditions, of any type."""
    promotion_type = draw(st.sampled_from([*sorted(OF_TYPE), "buy_x_get_y", "bundle_deal"]))
    rules = draw(OF_TYPE[promotion_type]) | draw(demands)
    if promotion_type == "fixed_amount_discount" and "min_purchase_amount" in rules:
        rules["min_purchase_amount"] += rules.get("discount_value", 0) + 1
    fields = {name: seldom[name] for name in sorted(draw(st.sets(st.sampled_from(sorted(seldom)), max_size=1)))}
    is_seldom = draw(st.integers(0, 7)) == 0
    eligibility = draw(st.just(Eligibility()) | eligibilities)
    return a_promotion(promotion_type, rules, id=promotion_id, eligibility=eligibility, **(fields if is_seldom else {}))


@st.composite
def goods(draw: st.DrawFn, wanted: Wanted, name: str, amount: int) -> Line:
    """One unit that counts, of whatever else it may bear; of this price where it may cost that."""
    bears = [draw(st.sampled_from(names)) for names in wanted.items]
    others = draw(st.sets(st.sampled_from(CATALOGUE), max_size=2)) - set(wanted.excluded)
    least, most = wanted.min_unit_price or 0, 20_000 if wanted.max_unit_price is None else wanted.max_unit_price
    prices = st.integers(least, max(least, most))
    price = amount if amount in range(least, most + 1) and draw(st.booleans()) else draw(prices)
    return a_line(name, price, tags=[*bears, *others])


@st.composite
def changes(draw: st.DrawFn, opportunity: Opportunity) -> list[Line]:
    """Goods that are meant to meet all needs, and no more of them than that."""
    added = []
    for kind, part in [(need.kind, part) for need in opportunity.needs for part in need.parts]:
        unit = draw(goods(part.goods, "NEW", part.missing))
        units = part.missing
        if kind == "spend":
            assume(unit.unit_price > 0 and part.missing <= unit.unit_price * 1000)
            units = -(-part.missing // unit.unit_price)
        added.append(replace(unit, quantity=units))
    return added


def bears(line: Line, names: Sequence[str]) -> bool:
    return not {line.sku, line.product_id, *line.categories, *line.tags}.isdisjoint(names)


def counts(line: Line, wanted: Wanted) -> bool:
    is_dear = (wanted.min_unit_price or 0) <= line.unit_price
    is_cheap = wanted.max_unit_price is None or line.unit_price <= wanted.max_unit_price
    is_named = all(bears(line, names) for names in wanted.items) and not bears(line, wanted.excluded)
    return line.discountable and is_dear and is_cheap and is_named


def meets_need(need: Need, added: Sequence[Line]) -> bool:
    """Whether every part has units of its own: by Hall's theorem, whether no parts together have too few."""
    some = chain.from_iterable(combinations(need.parts, size) for size in range(1, len(need.parts) + 1))
    for parts in some:
        fitting = [line for line in added if any(counts(line, part.goods) for part in parts)]
        there = sum(line.total if need.kind == "spend" else line.quantity for line in fitting)
        if there < sum(part.missing for part in parts):
            return False
    return True


def counted(promotion: Promotion, added: Sequence[Line]) -> int:
    """What a maximum purchase counts of these goods."""
    rules = promotion.rules
    assert isinstance(rules, Rules)
    wanted = Wanted()
    if rules.min_purchase_basis == "eligible":
        include = tuple(installed_types()[promotion.type].selectors(rules))
        bounds = (rules.min_unit_price, rules.max_unit_price)
        wanted = Wanted((include,) if include else (), tuple(rules.excluded_items), *bounds)
    return sum(line.total for line in added if counts(line, wanted))


def makes(opportunity: Opportunity, promotion: Promotion, added: Sequence[Line]) -> bool:
    """Whether goods are the change that an opportunity names."""
    is_within = opportunity.at_most is None or counted(promotion, added) <= opportunity.at_most
    return is_within and all(meets_need(need, added) for need in opportunity.needs)


def with_more(cart: Cart, added: Sequence[Line]) -> Cart:
    return replace(cart, lines=[*cart.lines, *(replace(line, id=f"+{i}") for i, line in enumerate(added))])


def is_eligible(promotion: Promotion, cart: Cart) -> bool:
    evaluation = evaluate(cart, a_ruleset(promotion))
    reason = evaluation.reasons.get(promotion.id)
    is_asked = bool(evaluation.applied) or (reason is not None and reason.code == "nothing_to_discount")
    return is_asked and addresses_units(promotion, cart)


def addresses_units(promotion: Promotion, cart: Cart) -> bool:
    """Whether a bundle is complete, or a unit is rewarded: not what the type explains, but what it proposes."""
    generous: dict[str, Any] = {"bundle_price": None, "discount_value": Decimal(100)}
    if promotion.type not in ("bundle_deal", "buy_x_get_y"):
        return True
    assert isinstance(promotion.rules, Rules)
    ruleset = a_ruleset(replace(promotion, rules=promotion.rules.model_copy(update=generous)))
    till = Till(cart, ruleset.rounding, UNKNOWN, notes_addressed=False)
    view = till.view(ruleset.every_candidate(cart)[0], list_prices(cart.basket))
    return any(off.targets for off in installed_types()[promotion.type].propose(view) if isinstance(off, Off))


def opportunity_for(promotion: Promotion, cart: Cart) -> Opportunity | None:
    explained = explain(cart, a_ruleset(promotion))
    return explained[0].opportunity if explained else None


shoppers = st.tuples(carts, st.sampled_from([(), ("CODE",)])).map(lambda drawn: replace(drawn[0], codes=drawn[1]))


@many
@given(shoppers, demanding(), st.data())
def test_the_named_change_makes_the_promotion_eligible(cart: Cart, promotion: Promotion, data: st.DataObject) -> None:
    opportunity = opportunity_for(promotion, cart)
    assume(opportunity is not None)
    assert opportunity is not None
    added = data.draw(changes(opportunity))
    assume(makes(opportunity, promotion, added))
    assert is_eligible(promotion, with_more(cart, added))


def amounts_near(promotion: Promotion, cart: Cart) -> list[int]:
    """Amounts on both sides of every bound of a promotion, and of what the cart lacks of it."""
    rules = promotion.rules
    assert isinstance(rules, Rules)
    bounds = [rules.min_purchase_amount, rules.max_purchase_amount]
    bounds += [minimum.amount for minimum in promotion.eligibility.item_minimums]
    lines = [line for line in cart.lines if line.discountable]
    items, shipping = sum(line.total for line in lines), sum(entry.price for entry in cart.shipping)
    totals = [items, items + shipping, *(sum(one.total for one in lines if bears(one, [name])) for name in CATALOGUE)]
    near = [bound - total for bound in bounds if bound is not None for total in totals]
    near += [price for price in (rules.min_unit_price, rules.max_unit_price) if price is not None]
    return sorted({0, 1, 20_000, *(price + step for price in near for step in (-1, 0, 1) if price + step >= 0)})


@many
@given(shoppers, demanding(), st.data())
def test_every_promotion_that_one_unit_or_amount_makes_eligible_is_an_opportunity(
    cart: Cart, promotion: Promotion, data: st.DataObject
) -> None:
    assume(not is_eligible(promotion, cart))
    opportunity = opportunity_for(promotion, cart)
    prices = data.draw(st.lists(st.sampled_from(amounts_near(promotion, cart)), min_size=4, max_size=4))
    for price, sku, categories in product(prices, [*SKUS, "E"], [(), ("x",), ("y", "z")]):
        added = [a_line(sku, price, categories=categories)]
        if is_eligible(promotion, with_more(cart, added)):
            assert opportunity is not None
            check_bounds(opportunity, promotion, added)


@many
@given(shoppers, demanding(), st.data())
def test_nothing_but_the_named_change_does(cart: Cart, promotion: Promotion, data: st.DataObject) -> None:
    """But where a unit fits several components of a bundle, others than those named may be cured instead."""
    assume(not is_eligible(promotion, cart))
    opportunity = opportunity_for(promotion, cart)
    near = st.sampled_from(amounts_near(promotion, cart))
    sets = st.sets(st.sampled_from(CATEGORIES), max_size=2)
    units = st.builds(a_line, st.sampled_from([*SKUS, "E"]), near, st.integers(1, 6), categories=sets)
    added = data.draw(st.lists(units, min_size=1, max_size=3))
    is_made = opportunity is not None and makes(opportunity, promotion, added)
    if is_eligible(promotion, with_more(cart, added)):
        assert opportunity is not None
        check_bounds(opportunity, promotion, added)
        assert is_made or promotion.type == "bundle_deal"
    else:
        assert not is_made


def check_bounds(opportunity: Opportunity, promotion: Promotion, added: Sequence[Line]) -> None:
    """Check that goods that made a promotion eligible are not less than what was named, nor more than allowed."""
    for need in opportunity.needs:
        amount = sum(line.total if need.kind == "spend" else line.quantity for line in added)
        assert need.missing <= amount
    assert opportunity.at_most is None or counted(promotion, added) <= opportunity.at_most


@many
@given(shoppers, st.integers(0, 5).flatmap(lambda count: st.tuples(*(demanding(f"p{i}") for i in range(count)))))
def test_every_promotion_that_did_not_apply_has_one_reason_with_a_sentence(
    cart: Cart, drawn: tuple[Promotion, ...]
) -> None:
    drawn = tuple(replace(one, code=one.code and f"CODE{i}") for i, one in enumerate(drawn))
    cart = replace(cart, codes=[code.replace("CODE", "CODE1") for code in cart.codes])
    ruleset = a_ruleset(*drawn)
    evaluation, explained = evaluate(cart, ruleset), explain(cart, ruleset)
    told = [one.promotion_id for one in explained]
    assert sorted([*told, *(one.promotion_id for one in evaluation.applied)]) == sorted(ruleset.promotions)
    for one in explained:
        assert one.reason.code in REASONS
        assert one.message.endswith(".")
        assert evaluation.reasons.get(one.promotion_id, one.reason) == one.reason
    offered = {one.promotion_id: one for one in evaluation.opportunities}
    assert {one.promotion_id: one.opportunity for one in explained if one.opportunity}.items() >= offered.items()


@many
@given(shoppers, st.integers(1, 90), st.integers(1, 60_000), st.integers(100, 20_000))
def test_a_minimum_after_discounts_is_reached_by_what_is_named(
    cart: Cart, percentage: int, minimum: int, price: int
) -> None:
    earlier = percent_off(percentage, id="earlier", priority=9)
    late = percent_off(5, id="late", rules={"min_purchase_amount": minimum, "min_purchase_basis": "discounted"})
    ruleset = a_ruleset(earlier, late)
    found = [one for one in evaluate(cart, ruleset).opportunities if one.promotion_id == "late"]
    assume(found)
    reached = left_after(earlier, cart) + found[0].missing

    def more(units: int) -> Cart:
        return with_more(cart, [a_line("E", price, units)])

    units = bisect_left(range(100_000), reached, lo=1, key=lambda units: left_after(earlier, more(units)))
    reason = evaluate(more(units), ruleset).reasons.get("late")
    assert reason is None or reason.code != "minimum_purchase"


def left_after(promotion: Promotion, cart: Cart) -> int:
    """What goods that may be discounted cost after one promotion."""
    evaluation = evaluate(cart, a_ruleset(promotion))
    fixed = sum(line.total for line in cart.lines if not line.discountable)
    return evaluation.items - evaluation.items_discount - fixed
