"""The laws of PRICING.md section 7, on random carts and mixes of promotions; law 10 is in test_growth.py."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from promo_engine import (
    VALUE_STORE,
    Cart,
    Combination,
    Entitlements,
    Evaluation,
    KnownCode,
    Line,
    Promotion,
    Rounding,
    Rules,
    canonical_json,
    code_form,
    evaluate,
    read_cart,
    read_entitlements,
    read_ruleset,
    write_cart,
    write_entitlements,
)
from promo_engine.testing import a_cart, a_promotion, a_ruleset, installed_types, percent_off
from promo_engine.testing.laws import check_flat
from tests.laws.depth import many
from tests.laws.rules import OF_LINES, OF_TYPE
from tests.laws.strategies import SKUS, Case, carts, cases, lines, promotions, with_ids

BEST = [Combination.BEST_FOR_CUSTOMER]


@many
@given(cases())
def test_1_conservation_on_every_line_every_unit_and_in_total(case: Case) -> None:
    evaluation = case.priced()
    for line in evaluation.lines:
        shares = sum(discount.lines.get(line.id, 0) for discount in evaluation.applied)
        assert line.before - shares == line.after
        assert sum(sum(unit.values()) for unit in evaluation.units(line.id)) == shares
    for entry in evaluation.shipping:
        assert entry.before - sum(one.shipping.get(entry.id, 0) for one in evaluation.applied) == entry.after
    for one in evaluation.applied:
        assert sum(one.lines.values()) + sum(one.shipping.values()) == one.amount
    after = sum(line.after for line in evaluation.lines) + sum(entry.after for entry in evaluation.shipping)
    assert after == case.cart.total - sum(one.amount for one in evaluation.applied)
    assert evaluation.amount_due == after - sum(one.amount for one in evaluation.credits)


@many
@given(cases())
def test_2_bounds_nothing_below_zero_and_no_price_raised(case: Case) -> None:
    evaluation = case.priced()
    for line in evaluation.lines:
        assert 0 <= line.after <= line.before
        for unit in evaluation.units(line.id):
            assert min(unit.values(), default=0) >= 0
            assert sum(unit.values()) <= line.unit_price
    assert all(0 <= entry.after <= entry.before for entry in evaluation.shipping)
    gift_cards = {line.id for line in case.cart.lines if not line.discountable}
    assert all(gift_cards.isdisjoint(one.lines) for one in evaluation.applied)
    assert all(one.amount > 0 or one.points > 0 for one in evaluation.applied)


@many
@given(cases())
def test_2_bounds_caps_and_budgets_hold(case: Case) -> None:
    for one in case.priced().applied:
        rules = one.promotion.rules
        assert isinstance(rules, Rules)
        assert rules.max_discount_amount is None or one.amount <= rules.max_discount_amount
        assert rules.budget_amount is None or one.amount <= (case.uses[one.promotion_id].budget or 0)


@many
@given(cases())
def test_2_bounds_no_value_store_gives_more_than_it_has_nor_more_than_is_due(case: Case) -> None:
    evaluation = case.priced()
    held = {one.id: one.amount for one in case.values or ()}
    given = [(one.promotion_id, one.amount) for one in evaluation.applied if one.promotion.type == VALUE_STORE]
    given += [(one.id, one.amount) for one in evaluation.credits]
    assert all(0 < amount <= held[name] for name, amount in given)
    assert len(dict(given)) == len(given)
    assert evaluation.amount_due >= 0


@many
@given(carts, st.data())
def test_2_bounds_a_floor_stops_a_promotion(cart: Cart, data: st.DataObject) -> None:
    rules = data.draw(st.sampled_from([OF_TYPE, OF_LINES]).flatmap(lambda of: of["percentage_discount"]))
    floor = data.draw(st.integers(0, 2_000))
    evaluation = evaluate(cart, a_ruleset(a_promotion("percentage_discount", rules | {"floor_price": floor})))
    for line in evaluation.lines:
        assert line.after >= min(line.before, floor * line.quantity)


@many
@given(cases())
def test_2_bounds_no_line_goes_below_a_floor_of_its_own(case: Case) -> None:
    floors = {line.id: (line.floor_price or 0) * line.quantity for line in case.cart.lines}
    for line in case.priced().lines:
        assert line.after >= min(line.before, floors[line.id])


@many
@given(cases(), st.randoms())
def test_3_order_of_lines_codes_and_promotions_changes_nothing(case: Case, random: Any) -> None:
    def shuffled(values: Any) -> Any:
        return random.sample(list(values), len(values))

    cart = case.cart
    mixed = {name: shuffled(getattr(cart, name)) for name in ("lines", "shipping", "codes")}
    other = case.of(*shuffled(case.promotions)).with_cart(**mixed).priced()
    assert canonical_json(other.document()) == canonical_json(case.priced().document())


@many
@given(cases(has_lines_rules=False), st.data())
def test_4_a_line_of_n_is_n_lines_of_one(case: Case, data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(case.cart.lines))
    ones = [replace(line, id=f"{line.id}.{i}", quantity=1) for i in range(line.quantity)]
    rest = [one for one in case.cart.lines if one is not line]
    whole, split = case.priced(), case.with_cart(lines=[*rest, *ones]).priced()
    assert split.amount_due == whole.amount_due
    assert [(one.promotion_id, one.amount, one.points) for one in split.applied] == [
        (one.promotion_id, one.amount, one.points) for one in whole.applied
    ]


@many
@given(
    st.lists(lines, min_size=1, max_size=4),
    st.integers(1, 9),
    st.decimals("0.01", "100", places=2),
    st.sampled_from([Rounding.HALF_UP, Rounding.HALF_EVEN]),
)
def test_5_scale_of_one_percentage(drawn: list[Line], k: int, percentage: Decimal, rounding: Rounding) -> None:
    numbered = with_ids(drawn)
    scaled = [replace(line, quantity=line.quantity * k) for line in numbered]
    ruleset = a_ruleset(percent_off(percentage), rounding=rounding)
    once = evaluate(a_cart(*numbered), ruleset).items_discount
    many_times = evaluate(a_cart(*scaled), ruleset).items_discount
    assert 2 * abs(many_times - k * once) <= k + 1


@many
@given(cases(BEST))
def test_6_one_more_promotion_never_raises_the_total_by_more_than_rounding(case: Case) -> None:
    more, fewer = case.priced(), case.of(*case.promotions[:-1]).priced()
    assert not more.is_optimal or more.amount_due <= fewer.amount_due + case.slack


@many
@given(cases(BEST), st.data())
def test_6_entering_a_code_never_raises_the_total_by_more_than_rounding(case: Case, data: st.DataObject) -> None:
    code = f"P{data.draw(st.integers(0, 4))}"
    fewer, more = case.priced(), case.with_cart(codes=[*case.cart.codes, code]).priced()
    assert not more.is_optimal or more.amount_due <= fewer.amount_due + case.slack


@many
@given(cases())
def test_7_same_in_same_out_through_the_documents_too(case: Case) -> None:
    if case.cart.customer and case.cart.customer.guest_key:
        case = case.with_cart(customer=replace(case.cart.customer, guest_key=None, guest="0a1b"))
    there = evaluate(
        read_cart(write_cart(case.cart)),
        read_ruleset(case.ruleset.document(), installed_types()),
        read_entitlements(write_entitlements(case.entitlements)),
    )
    assert canonical_json(there.document()) == canonical_json(case.priced().document())


@many
@given(cases())
def test_a_code_is_worth_the_same_whether_it_is_in_the_ruleset_or_was_looked_up(case: Case) -> None:
    found = {code_form(one.code): KnownCode(one.id, 1) for one in case.promotions if one.code is not None}
    codes = dict.fromkeys(map(code_form, case.cart.codes)) | found
    unlisted = [replace(one, code=None) for one in case.promotions]
    ruleset = a_ruleset(*unlisted, **case.settings, has_unlisted_codes=True)
    looked_up = evaluate(case.cart, ruleset, Entitlements(case.uses, codes, case.values))
    assert looked_up.document() | {"revision": ""} == case.priced().document() | {"revision": ""}


@many
@given(cases(), promotions("stranger"))
def test_8_a_promotion_that_matches_nothing_changes_nothing_but_the_revision(case: Case, drawn: Promotion) -> None:
    assert isinstance(drawn.rules, Rules)
    stranger = replace(drawn, rules=drawn.rules.model_copy(update={"excluded_items": tuple(SKUS)}))
    without, with_it = case.priced(), case.of(*case.promotions, stranger).priced()
    others = [one for one in with_it.document()["opportunities"] if one["id"] != "stranger"]  # it may offer itself
    assert without.document() | {"revision": ""} == with_it.document() | {"revision": "", "opportunities": others}


@many
@given(cases())
def test_what_is_flat_is_what_would_be_proposed(case: Case) -> None:
    check_flat(case.cart, case.promotions, installed_types())


@many
@given(cases(BEST))
def test_no_promotion_is_kept_without_which_the_total_is_the_same(case: Case) -> None:
    evaluation = case.priced()
    kept = [one.promotion for one in evaluation.applied if one.amount and one.promotion.type != VALUE_STORE]
    for promotion in kept:
        rest = case.of(*(one for one in kept if one is not promotion)).priced()
        assert (rest.amount_due + rest.credit, drawn(rest)) > (
            evaluation.amount_due + evaluation.credit,
            drawn(evaluation),
        )


def drawn(evaluation: Evaluation) -> int:
    """Return what is taken of value stores that discount."""
    return sum(one.amount for one in evaluation.applied if one.promotion.type == VALUE_STORE)
