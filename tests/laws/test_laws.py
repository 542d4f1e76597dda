"""The laws of PRICING.md section 7, on random carts and mixes of promotions."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from promo_engine import Cart, Line, Promotion, Ruleset, canonical_json, evaluate, read_cart, read_ruleset, write_cart
from promo_engine.testing import a_cart, a_ruleset, installed_types, percent_off
from tests.laws.strategies import carts, lines, promotion_lists, rulesets

many = settings(max_examples=300, deadline=None)


@many
@given(carts, rulesets)
def test_1_conservation_on_every_line_every_unit_and_in_total(cart: Cart, ruleset: Ruleset) -> None:
    evaluation = evaluate(cart, ruleset)
    by_line = {line.id: line for line in evaluation.lines}
    for line in cart.lines:
        shares = sum(discount.lines.get(line.id, 0) for discount in evaluation.applied)
        assert by_line[line.id].before - shares == by_line[line.id].after
        units = evaluation.units(line.id)
        assert sum(sum(unit.values()) for unit in units) == shares
    off = sum(discount.amount for discount in evaluation.applied)
    assert evaluation.amount_due == cart.total - off


@many
@given(carts, rulesets)
def test_2_bounds_nothing_below_zero_or_a_floor_no_price_raised_caps_hold(cart: Cart, ruleset: Ruleset) -> None:
    evaluation = evaluate(cart, ruleset)
    most = {line.id: max(0, line.unit_price - (line.floor_price or 0)) for line in cart.lines}
    for line in evaluation.lines:
        assert 0 <= line.after <= line.before
        for unit in evaluation.units(line.id):
            assert min(unit.values(), default=0) >= 0
            assert sum(unit.values()) <= most[line.id]
    for discount in evaluation.applied:
        cap = ruleset.promotions[discount.promotion_id].rules.max_discount_amount  # type: ignore[union-attr]
        assert discount.amount > 0 or discount.points > 0
        assert cap is None or discount.amount <= cap


@many
@given(carts, promotion_lists(), st.randoms())
def test_3_order_of_lines_and_promotions_changes_nothing(cart: Cart, drawn: list[Promotion], random: object) -> None:
    shuffled_lines, shuffled = list(cart.lines), list(drawn)
    random.shuffle(shuffled_lines)  # type: ignore[attr-defined]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = evaluate(cart, a_ruleset(*drawn)).document()
    other = evaluate(replace(cart, lines=shuffled_lines), a_ruleset(*shuffled)).document()
    assert canonical_json(one) == canonical_json(other)


@many
@given(carts, rulesets, st.data())
def test_4_a_line_of_n_is_n_lines_of_one(cart: Cart, ruleset: Ruleset, data: st.DataObject) -> None:
    chosen = data.draw(st.integers(0, len(cart.lines) - 1))
    line = cart.lines[chosen]
    ones = [replace(line, id=f"{line.id}.{i}", quantity=1) for i in range(line.quantity)]
    rest = [one for one in cart.lines if one is not line]
    whole, split = evaluate(cart, ruleset), evaluate(replace(cart, lines=[*rest, *ones]), ruleset)
    assert split.amount_due == whole.amount_due
    assert [(one.promotion_id, one.amount) for one in split.applied] == [
        (one.promotion_id, one.amount) for one in whole.applied
    ]


@many
@given(st.lists(lines, min_size=1, max_size=4), st.integers(1, 9), st.decimals("0.01", "100", places=2))
def test_5_scale_of_one_percentage(drawn: list[Line], k: int, percentage: Decimal) -> None:
    numbered = [replace(line, id=f"l{i}") for i, line in enumerate(drawn)]
    scaled = [replace(line, quantity=line.quantity * k) for line in numbered]
    ruleset = a_ruleset(percent_off(percentage))
    once = evaluate(a_cart(*numbered), ruleset).items_discount
    many_times = evaluate(a_cart(*scaled), ruleset).items_discount
    assert 2 * abs(many_times - k * once) <= k + 1


@many
@given(carts, promotion_lists())
def test_6_one_more_promotion_never_raises_the_total_by_more_than_rounding(cart: Cart, drawn: list[Promotion]) -> None:
    if not drawn:
        return
    fewer, more = evaluate(cart, a_ruleset(*drawn[:-1])), evaluate(cart, a_ruleset(*drawn))
    assert more.amount_due <= fewer.amount_due + len(cart.lines) * len(drawn)


@many
@given(carts, rulesets)
def test_7_same_in_same_out_through_the_documents_too(cart: Cart, ruleset: Ruleset) -> None:
    here = canonical_json(evaluate(cart, ruleset).document())
    there = evaluate(read_cart(write_cart(cart)), read_ruleset(ruleset.document(), installed_types()))
    assert canonical_json(there.document()) == here


@many
@given(carts, promotion_lists())
def test_8_a_promotion_that_matches_nothing_changes_nothing_but_the_revision(
    cart: Cart, drawn: list[Promotion]
) -> None:
    stranger = percent_off(50, id="stranger", rules={"applicable_items": ["NOWHERE"]})
    without = evaluate(cart, a_ruleset(*drawn)).document()
    with_it = evaluate(cart, a_ruleset(*drawn, stranger)).document()
    assert without | {"revision": ""} == with_it | {"revision": ""}


@many
@given(carts, promotion_lists().map(lambda drawn: a_ruleset(*drawn)))
def test_no_promotion_is_kept_without_which_the_total_is_the_same(cart: Cart, ruleset: Ruleset) -> None:
    evaluation = evaluate(cart, ruleset)
    kept = [ruleset.promotions[one.promotion_id] for one in evaluation.applied if one.amount]
    for promotion in kept:
        rest = [one for one in kept if one is not promotion]
        assert evaluate(cart, a_ruleset(*rest)).amount_due > evaluation.amount_due or promotion.stackable is False
