"""Why each promotion of a ruleset did not apply to a cart: for a merchant, a test, the command line.

Pricing a cart looks only at the promotions that it may get; this looks at all of them, and takes as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from promo_engine.application import Till
from promo_engine.cart import Cart
from promo_engine.compiled import Candidate
from promo_engine.conditions import ALWAYS, Occasion, in_order, limit_reason
from promo_engine.documents import Document
from promo_engine.entitlements import UNKNOWN, Entitlements
from promo_engine.messages import reason_message
from promo_engine.needs import Opportunity
from promo_engine.opportunities import opportunity_of
from promo_engine.pricing import evaluate
from promo_engine.reason import Reason
from promo_engine.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one promotion did not apply: a reason, a sentence, and what would make it eligible, if goods can."""

    promotion_id: str
    reason: Reason
    message: str
    opportunity: Opportunity | None = None

    def document(self) -> Document:
        """Return the document of an explanation."""
        return {
            "id": self.promotion_id,
            "reason": self.reason.code,
            "params": dict(self.reason.params),
            "message": self.message,
            "opportunity": self.opportunity and self.opportunity.document(),
        }


def explain(cart: Cart, ruleset: Ruleset, entitlements: Entitlements = UNKNOWN) -> tuple[Explanation, ...]:
    """Say of every promotion that did not apply why not, in order of application.

    Of those that the evaluation looked at, reason and opportunity are the evaluation's own. One that waits for a code
    that nobody entered has at least the reason ``condition``, with ``{"condition": "promotion_code"}``.

    >>> from promo_engine.testing import a_cart, a_ruleset, percent_off
    >>> ruleset = a_ruleset(percent_off(20, id="tea", rules={"applicable_items": ["TEA"]}))
    >>> (found,) = explain(a_cart(("MILK", 129)), ruleset)
    >>> found.reason.code, found.opportunity.message
    ('no_matching_items', '1 more of TEA for tea.')
    """
    evaluation = evaluate(cart, ruleset, entitlements)
    occasion = Occasion(cart, ruleset.zone)
    till = Till(cart, ruleset.rounding, entitlements, notes_addressed=False)
    discounts = {one.promotion_id: one for one in evaluation.applied}
    offered = {one.promotion_id: one for one in evaluation.opportunities}
    candidates = ruleset.every_candidate(cart, evaluation.entitlements.codes)
    applied = [(one, discounts[one.promotion.id]) for one in candidates if one.promotion.id in discounts]
    explanations = []
    for candidate in candidates:
        promotion = candidate.promotion
        reason, opportunity = evaluation.reasons.get(promotion.id), offered.get(promotion.id)
        if promotion.id in discounts:
            continue
        if reason is None:
            against = _against(candidate, occasion, entitlements)
            reason, opportunity = against[0], opportunity_of(candidate, against, till, applied)
        message = reason_message(reason, promotion.code or promotion.name, cart.currency)
        explanations.append(Explanation(promotion.id, reason, message, opportunity))
    return tuple(explanations)


def _against(candidate: Candidate, occasion: Occasion, entitlements: Entitlements) -> Sequence[Reason]:
    """Return every reason against a promotion that the evaluation did not look at: there is one."""
    checks = (*ALWAYS, *candidate.compiled.checks)
    reasons = [reason for check in checks if (reason := check(candidate, occasion)) is not None]
    limit = limit_reason(candidate.compiled, entitlements)
    if limit is not None:
        reasons.append(limit)
    if candidate.code is None and not candidate.promotion.auto_apply:
        reasons.append(Reason("condition", {"condition": "promotion_code"}))
    return sorted(reasons, key=in_order) or [Reason("no_matching_items")]
