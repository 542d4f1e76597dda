"""Which promotions a shopper could still get, and the smallest change of the cart that does it.

A change is an addition of goods that meets what every failed condition of a promotion needs: so many units of some
goods, or so much spent on them (``promo_engine.needs``). Each need is necessary, all together are enough: goods add up,
whatever else they are, so any goods that meet the needs make the promotion eligible, and less of any does not.
*Eligible* is that its conditions hold and its type has something to offer, whichever other promotions apply.

No opportunity: where something else stands against the promotion as well (the customer, the time, a limit, a way to pay
or deliver), and where no goods can do it: they are excluded, or exceed the maximum purchase. Source: PRICING.md 6.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from promo_engine.application import Till
from promo_engine.compiled import Candidate
from promo_engine.conditions import allowed_purchase, counted_purchase, in_order, purchase_reason
from promo_engine.discount import Discount
from promo_engine.messages import opportunity_message
from promo_engine.needs import Need, Opportunity
from promo_engine.reason import Reason

Applied: TypeAlias = Sequence[tuple[Candidate, Discount]]
"""The promotions that took something, in order of application."""


def opportunities(
    candidates: Iterable[Candidate],
    against: Mapping[Candidate, Sequence[Reason]],
    reasons: Mapping[str, Reason],
    till: Till,
    applied: Applied,
) -> tuple[Opportunity, ...]:
    """Return the opportunities of one cart, in order of application; who has none costs next to nothing."""
    found = []
    for candidate in candidates:
        reason = reasons.get(candidate.promotion.id)
        if reason is not None and reason.needs:
            opportunity = opportunity_of(candidate, against.get(candidate, ()), till, applied)
            if opportunity is not None:
                found.append(opportunity)
    return tuple(found)


def opportunity_of(candidate: Candidate, against: Sequence[Reason], till: Till, applied: Applied) -> Opportunity | None:
    """Return what a promotion lacks, if goods can cure all that is against it; None also where nothing is."""
    if not all(reason.needs for reason in against):
        return None
    counted = _counted(candidate, till, applied)
    reasons = sorted([*against, *_more_against(candidate, till, counted)], key=in_order)
    needs = _necessary([need for reason in reasons for need in reason.needs])
    allowed = allowed_purchase(candidate.compiled.rules)
    at_most = None if allowed is None else allowed - counted
    can_be_met = all(reason.needs for reason in reasons) and all(need.is_possible for need in needs)
    if not needs or not can_be_met or not _fit(needs, candidate, at_most):
        return None
    message = opportunity_message(needs, at_most, candidate.promotion.name, till.cart.currency)
    return Opportunity(candidate.promotion.id, needs, message, at_most)


def _counted(candidate: Candidate, till: Till, applied: Applied) -> int:
    """Return what minimum and maximum purchase look at; after discounts, what they look at at the promotion's turn."""
    if candidate.compiled.rules.min_purchase_basis != "discounted":
        return counted_purchase(candidate, till.basket)
    order = candidate.compiled.order
    earlier = [discount for other, discount in applied if other.compiled.order < order]
    return till.basket.total - sum(sum(discount.lines.values()) for discount in earlier)


def _more_against(candidate: Candidate, till: Till, counted: int) -> Iterable[Reason]:
    """Yield the reasons that only its turn, or its type, can tell."""
    compiled = candidate.compiled
    at_turn = purchase_reason(compiled.rules, counted) if compiled.rules.min_purchase_basis == "discounted" else None
    if at_turn is not None:
        yield at_turn
    explained = till.explain(candidate) if compiled.explains else None
    if explained is not None:
        yield replace(explained, needs=[need.within(compiled.goods) for need in explained.needs])


def _necessary(needs: Iterable[Need]) -> list[Need]:
    """Leave out the needs that another one implies."""
    necessary = list(dict.fromkeys(needs))
    for need in list(necessary):
        if any(other.implies(need) for other in necessary if other is not need):
            necessary.remove(need)
    return necessary


def _fit(needs: Iterable[Need], candidate: Candidate, at_most: int | None) -> bool:
    """Whether goods that meet the needs can stay within what the maximum purchase leaves."""
    if at_most is None:
        return True
    rules, matching = candidate.compiled.rules, candidate.compiled.goods
    if rules.min_purchase_basis == "discounted":
        counting = [need for need in needs if need.after_discounts]
    elif rules.min_purchase_basis == "eligible":
        counting = [need for need in needs if need.within(matching) == need]
    else:
        counting = list(needs)
    return all(need.least_amount <= at_most for need in counting)
