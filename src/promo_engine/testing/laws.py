"""The laws of PRICING.md section 7 as checks of what was priced; each fails with an ``AssertionError``."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from promo_engine.cart import Cart, read_cart, write_cart
from promo_engine.documents import canonical_json
from promo_engine.evaluation import Evaluation
from promo_engine.pricing import evaluate
from promo_engine.promotion import Promotion
from promo_engine.promotion_type import PromotionType
from promo_engine.rules import Rules
from promo_engine.ruleset import Ruleset, read_ruleset
from promo_engine.testing.builders import a_ruleset, installed_types, percent_off

Types = Mapping[str, PromotionType[Any]] | None


def check_conservation(evaluation: Evaluation) -> None:
    """Check law 1: before − discounts = after, on every line, every unit and in total."""
    cart = evaluation.cart
    by_line = {line.id: line for line in evaluation.lines}
    for line in cart.lines:
        shares = sum(discount.lines.get(line.id, 0) for discount in evaluation.applied)
        assert line.total - shares == by_line[line.id].after, f"line {line.id}"
        units = evaluation.units(line.id)
        assert sum(sum(unit.values()) for unit in units) == shares, f"units of line {line.id}"
    off = sum(discount.amount for discount in evaluation.applied)
    assert off == evaluation.items_discount + evaluation.shipping_discount
    assert evaluation.amount_due == cart.total - off


def check_bounds(evaluation: Evaluation, ruleset: Ruleset) -> None:
    """Check law 2: nothing falls below zero, no price is raised, caps hold."""
    prices = {line.id: line.unit_price for line in evaluation.cart.lines}
    for line in evaluation.lines:
        assert 0 <= line.after <= line.before, f"line {line.id}"
        for unit in evaluation.units(line.id):
            assert min(unit.values(), default=0) >= 0, f"units of line {line.id}"
            assert sum(unit.values()) <= prices[line.id], f"units of line {line.id}"
    for entry in evaluation.shipping:
        assert 0 <= entry.after <= entry.before, f"shipping {entry.id}"
    for discount in evaluation.applied:
        rules = ruleset.promotions[discount.promotion_id].rules
        cap = rules.max_discount_amount if isinstance(rules, Rules) else None
        assert discount.amount > 0 or discount.points > 0, f"{discount.promotion_id} took nothing"
        assert cap is None or discount.amount <= cap, f"{discount.promotion_id} took more than its cap"


def check_order(
    cart: Cart, promotions: Sequence[Promotion], shuffled: Sequence[Promotion], types: Types = None
) -> None:
    """Check law 3: lines the other way round, and promotions in another order, change nothing."""
    turned = replace(cart, lines=cart.lines[::-1], shipping=cart.shipping[::-1], codes=cart.codes[::-1])
    one = evaluate(cart, a_ruleset(*promotions, types=types)).document()
    other = evaluate(turned, a_ruleset(*shuffled, types=types)).document()
    assert canonical_json(one) == canonical_json(other)


def check_splitting(cart: Cart, ruleset: Ruleset, place: int) -> None:
    """Check law 4: a line of n is n lines of 1."""
    line = cart.lines[place]
    ones = [replace(line, id=f"{line.id}.{i}", quantity=1) for i in range(line.quantity)]
    rest = [one for one in cart.lines if one is not line]
    whole, split = evaluate(cart, ruleset), evaluate(replace(cart, lines=[*rest, *ones]), ruleset)
    assert split.amount_due == whole.amount_due
    assert [(one.promotion_id, one.amount) for one in split.applied] == [
        (one.promotion_id, one.amount) for one in whole.applied
    ]


def check_more_is_never_worse(cart: Cart, promotions: Sequence[Promotion], types: Types = None) -> None:
    """Check law 6: the last promotion raises the total by no more than one minor unit per line and promotion."""
    fewer, more = (evaluate(cart, a_ruleset(*some, types=types)) for some in (promotions[:-1], promotions))
    if more.is_optimal:
        assert more.amount_due <= fewer.amount_due + len(cart.lines) * len(promotions)


def check_same_bytes(cart: Cart, promotions: Sequence[Promotion], types: Types = None) -> None:
    """Check law 7: the same again, and through the documents of cart and ruleset, gives the same bytes."""
    ruleset = a_ruleset(*promotions, types=types)
    first = canonical_json(evaluate(cart, ruleset).document())
    assert canonical_json(evaluate(cart, ruleset).document()) == first
    read = read_ruleset(ruleset.document(), types or installed_types())
    assert canonical_json(evaluate(read_cart(write_cart(cart)), read).document()) == first


def check_locality(cart: Cart, promotions: Sequence[Promotion], types: Types = None) -> None:
    """Check law 8: a promotion that matches nothing changes nothing but the revision."""
    stranger = percent_off(50, id="stranger", rules={"applicable_items": ["NOWHERE"]})
    without = evaluate(cart, a_ruleset(*promotions, types=types)).document()
    with_it = evaluate(cart, a_ruleset(*promotions, stranger, types=types)).document()
    assert without | {"revision": ""} == with_it | {"revision": ""}


def check_flat(cart: Cart, promotions: Sequence[Promotion], types: Mapping[str, PromotionType[Any]]) -> None:
    """Check that what a type says is flat is what it proposes: asked each time, it gives the same bytes."""
    told = evaluate(cart, a_ruleset(*promotions, types=types)).document()
    asked = {name: asked_each_time(one) for name, one in types.items()}
    assert canonical_json(evaluate(cart, a_ruleset(*promotions, types=asked)).document()) == canonical_json(told)


def asked_each_time(promotion_type: PromotionType[Any]) -> PromotionType[Any]:
    """Return a type that says of nothing that it is flat."""
    asked = copy(promotion_type)
    asked.flat = _never_flat  # type: ignore[assignment, method-assign]
    return asked


def _never_flat(_rules: Rules) -> None:
    return None


def check_nothing_failed(evaluation: Evaluation) -> None:
    """Check that the guard had nothing to do: what a type proposed was lawful, law 9."""
    failed = [one for one, reason in evaluation.reasons.items() if reason.code == "plugin_failed"]
    assert not failed, f"{failed}: the type failed; the log says how"
