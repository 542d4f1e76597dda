"""How a cart becomes a price; reads like PRICING.md section 3."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from promo_engine import guard
from promo_engine.basket import Basket, RunningPrices
from promo_engine.cart import Cart, code_form
from promo_engine.combination import best_for_customer
from promo_engine.conditions import ACTIONABLE, Occasion, in_order, limit_reason, reasons_against
from promo_engine.entitlements import UNKNOWN, Entitlements
from promo_engine.evaluation import (
    CodeResult,
    Discount,
    Evaluation,
    Opportunity,
    PricedLine,
    PricedShipping,
    Reason,
)
from promo_engine.messages import opportunity_message, reason_message
from promo_engine.money import Rounding
from promo_engine.promotion_type import Goods, Parcel, View
from promo_engine.rules import Rules
from promo_engine.ruleset import Candidate, Ruleset

logger = logging.getLogger(__name__)


def evaluate(cart: Cart, ruleset: Ruleset, entitlements: Entitlements = UNKNOWN) -> Evaluation:
    """Price a cart: find the promotions it may get, choose the best set, apply it, and give reasons for the rest.

    Pure: the same cart, ruleset and entitlements give the same bytes. All amounts are minor units of ``cart.currency``;
    the moment is ``cart.at``. Never raises for a promotion's sake: a plugin that fails is named in a reason.

    >>> from promo_engine.testing import a_cart, a_ruleset, percent_off
    >>> ruleset = a_ruleset(percent_off(20, code="SPRING20"))
    >>> evaluation = evaluate(a_cart(("MILK", 4990), ("TEA", 1000), codes=["spring20"]), ruleset)
    >>> evaluation.amount_due, evaluation.applied[0].amount
    (4792, 1198)
    """
    return consider(cart, ruleset).price(entitlements)


def consider(cart: Cart, ruleset: Ruleset) -> "Considered":
    """Look at a cart once: which promotions it may get, and what stands against them besides their limits.

    The result says which uses left must be known, and prices the cart with them.

    >>> from promo_engine.testing import a_cart, a_ruleset, percent_off, uses_left
    >>> ruleset = a_ruleset(percent_off(5, id="p1", auto_apply=True, total_limit=40))
    >>> considered = consider(a_cart(("MILK", 500)), ruleset)
    >>> considered.needed, considered.price(uses_left(p1=40)).amount_due
    (('p1',), 475)
    """
    basket = Basket(cart)
    occasion = Occasion(basket, ruleset.zone)
    candidates = ruleset.candidates(basket)
    at_list = RunningPrices(basket)
    against = {
        one.promotion.id: in_order([*reasons_against(one, occasion), *_explained(one, basket, at_list)])
        for one in candidates
    }
    return Considered(basket, ruleset, candidates, against)


@dataclass(frozen=True, slots=True)
class Considered:
    """A cart and the promotions that it may get, in order of application, each with the reasons against it."""

    basket: Basket
    ruleset: Ruleset
    candidates: Sequence[Candidate]
    against: Mapping[str, list[Reason]]

    @property
    def needed(self) -> tuple[str, ...]:
        """The ids of the promotions of which only uses left stand between this cart and them."""
        return tuple(
            one.promotion.id for one in self.candidates if one.promotion.limits and not self.against[one.promotion.id]
        )

    def price(self, entitlements: Entitlements) -> Evaluation:
        """Price the cart with what is known of the shopper."""
        against = {one.promotion.id: self._against(one, entitlements) for one in self.candidates}
        eligible = [one for one in self.candidates if not against[one.promotion.id]]
        best = self._best(eligible)
        reasons = {
            one.promotion.id: _reason(one, against[one.promotion.id], best)
            for one in self.candidates
            if one not in best.effective
        }
        cart = self.basket.cart
        return Evaluation(
            currency=cart.currency,
            at=cart.at,
            revision=self.ruleset.revision,
            lines=_priced_lines(cart, best.prices),
            shipping=_priced_shipping(self.basket, best.prices),
            applied=best.discounts,
            codes=_code_results(cart, self.ruleset, reasons),
            opportunities=_opportunities(self.candidates, against, cart),
            reasons=reasons,
        )

    def _best(self, eligible: Sequence[Candidate]) -> "Applied":
        """Apply the best set, and every reward that it admits."""
        price = partial(apply, self.basket, self.ruleset.rounding)
        best = best_for_customer([one for one in eligible if not one.is_reward], price)
        for reward in (one for one in eligible if one.is_reward):
            if all(one.is_combinable_with(reward) for one in best.effective):
                best = price([*best.effective, reward]).after(best)
        return best

    def _against(self, candidate: Candidate, entitlements: Entitlements) -> list[Reason]:
        spent = limit_reason(candidate.promotion, entitlements)
        reasons = self.against[candidate.promotion.id]
        return reasons if spent is None else in_order([*reasons, spent])


@dataclass(frozen=True, slots=True)
class Applied:
    """A set of promotions, applied one after the other in order."""

    prices: RunningPrices
    effective: tuple[Candidate, ...]
    discounts: tuple[Discount, ...]
    failed: dict[str, Reason]

    @property
    def total(self) -> int:
        """The total discount, in minor units."""
        return sum(discount.amount for discount in self.discounts)

    def after(self, earlier: "Applied") -> "Applied":
        """Return the same, knowing also what failed before."""
        return replace(self, failed={**earlier.failed, **self.failed})

    @property
    def may_hold_idle(self) -> bool:
        """Whether the total could be the same without one of the promotions; False is certain.

        Without one, the later ones find more to take, but where they take in proportion they leave of what it took no
        smaller part than of the list price; and each may make up for one minor unit by rounding.
        """
        if not all(candidate.compiled.is_proportional for candidate in self.effective):
            return len(self.effective) > 1
        smallest = min((discount.amount for discount in self.discounts if discount.amount), default=1)
        return any(smallest * left <= len(self.discounts) * price for left, price in self.prices.left_of_list())


def apply(basket: Basket, rounding: Rounding, chosen: Sequence[Candidate]) -> Applied:
    """Apply promotions in order, each on the running prices that the earlier ones left."""
    prices = RunningPrices(basket)
    effective: list[Candidate] = []
    discounts: list[Discount] = []
    failed: dict[str, Reason] = {}
    for candidate in chosen:
        try:
            discount = _apply_one(candidate, basket, prices, rounding)
        except guard.ProposalError as error:
            failed[candidate.promotion.id] = _plugin_failed(candidate, error)
            continue
        if discount.amount or discount.points:
            effective.append(candidate)
            discounts.append(discount)
    return Applied(prices, tuple(effective), tuple(discounts), failed)


def _apply_one(candidate: Candidate, basket: Basket, prices: RunningPrices, rounding: Rounding) -> Discount:
    assert candidate.compiled.type is not None  # a condition of eligibility
    view = _view(candidate, basket, prices)
    lawful = guard.propose(candidate.compiled.type, view, candidate.compiled.phase, rounding)
    lines: dict[str, int] = {}
    for index, share in lawful.goods.items():
        lines |= prices.take_from_kind(index, share)
    shipping = {prices.take_from_parcel(index, share): share for index, share in lawful.parcels.items()}
    if lines:  # what takes nothing off uses nothing
        for index, units in lawful.used.items():
            prices.unused[index] -= units
    promotion = candidate.promotion
    return Discount(
        promotion_id=promotion.id,
        name=promotion.name,
        type=promotion.type,
        code=candidate.code,
        lines=dict(sorted(lines.items())),
        shipping=dict(sorted(shipping.items())),
        unapplied=lawful.unapplied,
        points=lawful.points,
        display=promotion.display,
    )


def _explained(candidate: Candidate, basket: Basket, at_list: RunningPrices) -> Sequence[Reason]:
    """Ask the type why it has nothing to offer; only one that has something to say is asked."""
    compiled = candidate.compiled
    if compiled.type is None or not compiled.explains or (compiled.needs_goods and not candidate.kinds):
        return ()
    try:
        reason = guard.explain(compiled.type, _view(candidate, basket, at_list))
    except guard.ProposalError as error:
        reason = _plugin_failed(candidate, error)
    return (reason,) if reason else ()


def _view(candidate: Candidate, basket: Basket, prices: RunningPrices) -> View[Rules]:
    uses_units = candidate.compiled.phase.uses_units
    goods = tuple(
        _goods(index, basket, prices, uses_units) for index in candidate.kinds if prices.unused[index] or not uses_units
    )
    parcels = tuple(Parcel(index, parcel.method, prices.parcels[index]) for index, parcel in enumerate(basket.parcels))
    cart = basket.cart
    return View(candidate.compiled.rules, cart.currency, goods, parcels, cart.customer)


def _goods(index: int, basket: Basket, prices: RunningPrices, uses_units: bool) -> Goods:
    kind = basket.kinds[index]
    line, price = kind.line, prices.kinds[index]
    quantity = prices.unused[index] if uses_units else kind.quantity
    return Goods(
        index=index,
        sku=line.sku,
        product_id=line.product_id,
        categories=line.categories,
        tags=line.tags,
        attributes=line.attributes,
        unit_price=line.unit_price,
        quantity=quantity,
        price=min(price, line.unit_price * quantity) if uses_units else price,
    )


def _plugin_failed(candidate: Candidate, error: guard.ProposalError) -> Reason:
    promotion = candidate.promotion
    logger.error("promotion %s: type %s failed: %s", promotion.id, promotion.type, error)
    return Reason("plugin_failed", {"type": promotion.type})


def _reason(candidate: Candidate, against: list[Reason], best: Applied) -> Reason:
    if against:
        return against[0]
    if candidate.promotion.id in best.failed:
        return best.failed[candidate.promotion.id]
    # Points compete with nothing that takes something off.
    others = [one for one in best.effective if candidate.is_reward or not one.is_reward]
    if all(candidate.is_combinable_with(other) for other in others):
        return Reason("nothing_to_discount")
    winners = [other.promotion.id for other in others]
    if candidate.is_reward:
        return Reason("not_combinable", {"with": winners})
    return Reason("beaten", {"by": winners})


def _priced_lines(cart: Cart, prices: RunningPrices) -> tuple[PricedLine, ...]:
    return tuple(
        PricedLine(line.id, line.quantity, line.unit_price, line.total - prices.lines[line.id])
        for line in sorted(cart.lines, key=lambda line: line.id)
    )


def _priced_shipping(basket: Basket, prices: RunningPrices) -> tuple[PricedShipping, ...]:
    return tuple(
        PricedShipping(parcel.id, parcel.price, parcel.price - left)
        for parcel, left in zip(basket.parcels, prices.parcels, strict=True)
    )


def _code_results(cart: Cart, ruleset: Ruleset, reasons: dict[str, Reason]) -> tuple[CodeResult, ...]:
    results = []
    for code in sorted(cart.codes, key=lambda code: (code_form(code), code)):
        promotion = ruleset.by_code(code)
        if promotion is not None and promotion.id not in reasons:
            results.append(CodeResult(code, promotion.id))
            continue
        reason = reasons[promotion.id] if promotion else Reason("not_found")
        message = reason_message(reason, code, cart.currency)
        results.append(CodeResult(code, None, reason, message))
    return tuple(results)


def _opportunities(
    candidates: Sequence[Candidate], against: Mapping[str, list[Reason]], cart: Cart
) -> tuple[Opportunity, ...]:
    found = []
    for candidate in candidates:
        promotion = candidate.promotion
        reasons = against[promotion.id]
        if len(reasons) == 1 and reasons[0].code in ACTIONABLE:
            missing = reasons[0].params["missing"]
            kind = ACTIONABLE[reasons[0].code]
            message = opportunity_message(kind, missing, promotion.name, cart.currency)
            found.append(Opportunity(promotion.id, kind, missing, message))
    return tuple(found)
