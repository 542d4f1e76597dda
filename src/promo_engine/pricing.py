"""How a cart becomes a price; reads like PRICING.md section 3."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from promo_engine.application import Till
from promo_engine.cart import Cart, code_form
from promo_engine.chosen import Chosen
from promo_engine.combination import all_that_matter, best_for_customer, by_priority
from promo_engine.compiled import Candidate
from promo_engine.conditions import ALWAYS, Occasion, in_order, limit_reason
from promo_engine.credits import pay
from promo_engine.discount import Discount
from promo_engine.entitlements import NO_CODES, UNKNOWN, Entitlements, KnownCode, may_be_known
from promo_engine.evaluation import Evaluation
from promo_engine.messages import reason_message
from promo_engine.observers import tell
from promo_engine.opportunities import opportunities
from promo_engine.personal import NOBODYS, Personal, personal, reached
from promo_engine.promotion import Combination
from promo_engine.reason import CodeResult, Reason
from promo_engine.ruleset import Ruleset
from promo_engine.value_store import ValueStore

_BY_PRIORITY = Combination.BY_PRIORITY
_NO_REASONS: Mapping[str, Reason] = MappingProxyType({})


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
    return consider(cart, ruleset, entitlements.codes, entitlements.values).price(entitlements)


def consider(
    cart: Cart,
    ruleset: Ruleset,
    codes: Mapping[str, KnownCode | None] = NO_CODES,
    values: Sequence[ValueStore] | None = None,
) -> "Considered":
    """Look at a cart once: which promotions it may get, and what stands against them besides their limits.

    ``codes`` are what is known of codes that are not in the ruleset, ``values`` the value stores of the shopper and of
    the codes. The result says which uses left must be known, and prices the cart with them.

    >>> from promo_engine.testing import a_cart, a_ruleset, percent_off, uses_left
    >>> ruleset = a_ruleset(percent_off(5, id="p1", auto_apply=True, total_limit=40))
    >>> considered = consider(a_cart(("MILK", 500)), ruleset)
    >>> considered.needed, considered.price(uses_left(p1=40)).amount_due
    (('p1',), 475)
    """
    if codes:
        codes = ruleset.known_of(cart, codes)
    candidates = ruleset.candidates(cart, codes)
    own = NOBODYS
    if values is not None or ruleset.has_value_stores:
        own = personal(cart, reached(cart, values), ruleset.promotions)
        if own.promotions:
            candidates = sorted([*candidates, *own.promotions], key=lambda one: one.compiled.order)
    occasion = Occasion(cart, ruleset.zone)
    currency = cart.currency
    against: dict[Candidate, list[Reason]] = {}
    demands = 0
    for candidate in candidates:
        compiled = candidate.compiled
        demands += compiled.demands
        checks = compiled.checks
        has_goods = candidate.kinds or not compiled.needs_goods
        if candidate.code is not None or compiled.currency is not currency or not has_goods:
            checks = (*ALWAYS, *checks)  # of those without a code the index has looked at the clock
        for check in checks:
            reason = check(candidate, occasion)
            if reason is not None:
                against.setdefault(candidate, []).append(reason)
    for candidate in _by_used_up_codes(candidates, codes) if codes else ():
        against.setdefault(candidate, []).append(Reason("limit_code"))
    for reasons in against.values():
        reasons.sort(key=in_order)
    return Considered(cart, ruleset, codes, candidates, against, demands, own)


class Considered:
    """A cart and the promotions that it may get, in order of application, with the reasons against some of them.

    ``unlisted`` are the forms of the cart's codes of which only a look-up can tell what they stand for.
    """

    __slots__ = ("_against", "_candidates", "_codes", "_demands", "_limited", "_own", "_ruleset", "cart", "unlisted")

    def __init__(
        self,
        cart: Cart,
        ruleset: Ruleset,
        codes: Mapping[str, KnownCode | None],
        candidates: Sequence[Candidate],
        against: Mapping[Candidate, list[Reason]],
        demands: int,
        own: Personal = NOBODYS,
    ) -> None:
        self.cart = cart
        self.unlisted = ruleset.unlisted(cart)
        self._ruleset = ruleset
        self._codes = codes
        self._candidates = candidates
        self._limited = [one for one in candidates if one.compiled.is_limited]
        self._against = against
        self._demands = demands
        self._own = own

    @property
    def needed(self) -> tuple[str, ...]:
        """The ids of the promotions of which only uses left stand between this cart and them."""
        limited = self._limited
        return tuple([one.promotion.id for one in limited if one not in self._against]) if limited else ()

    @property
    def may_have_value_stores(self) -> bool:
        """Whether only asking tells which value stores the customer has, or the codes stand for."""
        customer = self.cart.customer
        is_theirs = customer is not None and customer.id is not None
        return self._ruleset.has_value_stores and (is_theirs or bool(self.unlisted))

    def knowing(
        self, codes: Mapping[str, KnownCode | None], values: Sequence[ValueStore] | None = None
    ) -> "Considered":
        """Return the same cart, looked at with what is known of its codes and value stores by now."""
        known = self._ruleset.known_of(self.cart, codes) if codes else NO_CODES
        stores = self._own.known if values is None else reached(self.cart, values)
        is_same = known == self._codes and stores == self._own.known
        return self if is_same else consider(self.cart, self._ruleset, known, stores)

    def price(self, entitlements: Entitlements) -> Evaluation:
        """Price the cart with what is known of the shopper, and of the codes."""
        if entitlements.codes is not self._codes or entitlements.values is not self._own.known:
            known = self.knowing(entitlements.codes, entitlements.values)
            entitlements = Entitlements(entitlements.uses, known._codes, known._own.known)
            if known is not self:
                return known.price(entitlements)
        cart, candidates = self.cart, self._candidates
        against = self._with_limits(entitlements)
        eligible = [one for one in candidates if one not in against] if against else candidates
        looks = self._demands > 1 and any(one.compiled.looks_at_others for one in eligible)
        till = Till(cart, self._ruleset.rounding, entitlements, notes_addressed=looks)
        best = self._best(till, eligible)
        reasons: Mapping[str, Reason] = _NO_REASONS
        if len(best.candidates) < len(candidates):
            effective = set(best.candidates)
            reasons = {
                one.promotion.id: against[one][0] if one in against else _reason(one, best, till)
                for one in candidates
                if one not in effective
            }
        evaluation = Evaluation(
            cart,
            self._ruleset,
            best.discounts,
            (),
            opportunities(candidates, against, reasons, till, best.applied) if reasons else (),
            reasons,
            best.missed,
            entitlements,
        )
        if self._own is not NOBODYS:
            self._pay(evaluation)
        if cart.codes:
            evaluation.codes = self._code_results(evaluation)
        if self._ruleset.observers:
            tell(self._ruleset.observers, evaluation)
        return evaluation

    def _pay(self, evaluation: Evaluation) -> None:
        """Let credits pay what is left, and say what became of the value stores that gave nothing."""
        own, reasons = self._own, dict(evaluation.reasons)
        if own.credits:
            evaluation.credits = pay(own.credits, evaluation.lines, evaluation.shipping)
        paid = {one.id for one in evaluation.credits}
        reasons |= {one.id: Reason("nothing_to_discount") for one, _ in own.credits if one.id not in paid}
        evaluation.reasons = {**reasons, **own.reasons}

    def _code_results(self, evaluation: Evaluation) -> tuple[CodeResult, ...]:
        ruleset, reasons = self._ruleset, evaluation.reasons
        results = []
        for code in sorted(self.cart.codes, key=lambda code: (code_form(code), code)):
            promotion = ruleset.by_code(code)
            stands_for = self._own.by_code.get(code_form(code)) if promotion is None else promotion.id
            if stands_for is not None:
                promotion_id: str | None = stands_for
                reason = reasons.get(stands_for)
            else:
                promotion_id, reason = _unlisted_result(code, ruleset, reasons, self._codes, evaluation.applied)
            if reason is None:
                results.append(CodeResult(code, promotion_id))
                continue
            message = reason_message(reason, code, self.cart.currency)
            results.append(CodeResult(code, None, reason, message))
        return tuple(results)

    def _best(self, till: Till, eligible: Sequence[Candidate]) -> Chosen:
        """Apply the best set, and every reward that it admits."""
        if self._ruleset.combination is _BY_PRIORITY:
            choose = by_priority
        elif self._demands > 1:
            choose = best_for_customer
        else:
            return all_that_matter(till, eligible)
        best = choose(till, [one for one in eligible if not one.compiled.is_reward])
        for reward in eligible:
            if reward.compiled.is_reward and best.admits(reward):
                points = till.apply(reward, best.prices)
                if points is not None:
                    best.add(reward, points)
        return best

    def _with_limits(self, entitlements: Entitlements) -> Mapping[Candidate, list[Reason]]:
        against = self._against
        for one in self._limited:
            spent = limit_reason(one.compiled, entitlements)
            if spent is not None:
                against = {**against, one: sorted([*against.get(one, ()), spent], key=in_order)}
        return against


def _reason(candidate: Candidate, best: Chosen, till: Till) -> Reason:
    """Say why a promotion that was eligible took nothing."""
    if candidate.promotion.id in till.refused:
        return till.refused[candidate.promotion.id]
    if candidate.compiled.explains:
        explained = till.explain(candidate)
        if explained is not None:
            return explained
    # Points compete with nothing that takes something off.
    is_reward = candidate.compiled.is_reward
    others = [one for one in best.candidates if is_reward or not one.compiled.is_reward]
    stronger = [other for other in others if not candidate.admits(other)]
    if candidate in best.beaten and not stronger:
        stronger = [other for other in others if other.stands_in_the_way_of(candidate)]
    if not stronger:
        return Reason("nothing_to_discount")
    winners = [other.promotion.id for other in stronger]
    return Reason("not_combinable", {"with": winners}) if is_reward else Reason("beaten", {"by": winners})


def _by_used_up_codes(candidates: Sequence[Candidate], codes: Mapping[str, KnownCode | None]) -> list[Candidate]:
    """Return those that were asked for by a code that was looked up, and is used up."""
    used_up = {form for form, known in codes.items() if known is not None and known.is_used_up}
    return [one for one in candidates if one.code is not None and code_form(one.code) in used_up]


def _unlisted_result(
    code: str,
    ruleset: Ruleset,
    reasons: Mapping[str, Reason],
    codes: Mapping[str, KnownCode | None],
    discounts: Sequence[Discount],
) -> tuple[str | None, Reason | None]:
    """Say what became of a code that is not in the ruleset: the promotion that it applied, or why it did not."""
    form = code_form(code)
    known = codes.get(form)
    if known is not None and known.is_value_store:
        return None, Reason("cannot_verify")  # of the value store itself nothing is known
    if known is not None and known.promotion_id in ruleset.promotions:
        reason = _reason_of_known(code, known, reasons, discounts)
        return (known.promotion_id, None) if reason is None else (None, reason)
    is_to_be_asked = ruleset.has_unlisted_codes and form not in codes and may_be_known(form)
    return None, Reason("cannot_verify" if is_to_be_asked else "not_found")


def _reason_of_known(
    code: str, known: KnownCode, reasons: Mapping[str, Reason], discounts: Sequence[Discount]
) -> Reason | None:
    """Say why a code that was looked up did not apply its promotion; None where it did."""
    own = [Reason("limit_code")] if known.is_used_up else []
    if known.promotion_id in reasons:
        return min([reasons[known.promotion_id], *own], key=in_order)
    if any(one.promotion_id == known.promotion_id and one.code == code for one in discounts):
        return None
    return own[0] if own else Reason("not_combinable", {"with": [known.promotion_id]})
