"""The conditions of a promotion: each answers with a reason why not, or with None.

Of several reasons the first in the order of PRICING.md section 6 is given. Amounts are minor units.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias
from zoneinfo import ZoneInfo

from promo_engine.basket import Basket
from promo_engine.entitlements import Entitlements, UsesLeft
from promo_engine.evaluation import REASONS, Reason
from promo_engine.promotion import Promotion, Status
from promo_engine.ruleset import Candidate


@dataclass(frozen=True, slots=True)
class Occasion:
    """What conditions look at besides the promotion: the basket, and the company's clock."""

    basket: Basket
    zone: ZoneInfo


Condition: TypeAlias = Callable[[Candidate, Occasion], Reason | None]

_ORDER = {code: place for place, code in enumerate(REASONS)}

ACTIONABLE = {"minimum_purchase": "spend", "required_items": "add", "quantity": "add"}
"""Reasons that the shopper can act on, and the kind of opportunity that they are."""


def reasons_against(candidate: Candidate, occasion: Occasion) -> Iterator[Reason]:
    """Yield every reason why a promotion does not apply, the first one first; nothing when it is eligible."""
    for condition in CONDITIONS:
        reason = condition(candidate, occasion)
        if reason is not None:
            yield reason


def in_order(reasons: Iterable[Reason]) -> list[Reason]:
    """Sort reasons: the first is the one to give; what the list does not know comes last."""
    return sorted(reasons, key=lambda reason: _ORDER.get(reason.code, len(_ORDER)))


def limit_reason(promotion: Promotion, entitlements: Entitlements) -> Reason | None:
    """Return why a promotion's limits keep it away: used up, or nothing is known of them."""
    if not promotion.limits:
        return None
    left = entitlements.uses.get(promotion.id)
    return Reason("cannot_verify") if left is None else _exhausted(left)


def _started(candidate: Candidate, occasion: Occasion) -> Reason | None:
    started = candidate.promotion.schedule.has_started(occasion.basket.cart.at)
    return None if started else Reason("not_started")


def _not_expired(candidate: Candidate, occasion: Occasion) -> Reason | None:
    ended = candidate.promotion.schedule.has_ended(occasion.basket.cart.at)
    return Reason("expired") if ended else None


def _not_paused(candidate: Candidate, occasion: Occasion) -> Reason | None:
    return Reason("paused") if candidate.promotion.status is Status.PAUSED else None


def _within_hours(candidate: Candidate, occasion: Occasion) -> Reason | None:
    is_open = candidate.promotion.schedule.is_open(occasion.basket.cart.at, occasion.zone)
    return None if is_open else Reason("outside_hours")


def _minimum_purchase(candidate: Candidate, occasion: Occasion) -> Reason | None:
    required = candidate.compiled.rules.min_purchase_amount
    current = occasion.basket.total
    if required is None or current >= required:
        return None
    missing = required - current
    return Reason("minimum_purchase", {"required": required, "current": current, "missing": missing})


def _matching_items(candidate: Candidate, occasion: Occasion) -> Reason | None:
    return None if candidate.kinds or not candidate.compiled.needs_goods else Reason("no_matching_items")


def _quantity(candidate: Candidate, occasion: Occasion) -> Reason | None:
    required = candidate.compiled.rules.min_quantity
    if required is None:
        return None
    kinds = occasion.basket.kinds
    current = sum(kinds[index].quantity for index in candidate.kinds)
    if current >= required:
        return None
    missing = required - current
    return Reason("quantity", {"required": required, "current": current, "missing": missing})


def _countable_customer(candidate: Candidate, occasion: Occasion) -> Reason | None:
    customer = occasion.basket.cart.customer
    is_countable = customer is not None and customer.is_countable
    needed = candidate.promotion.limits.customer is not None
    return Reason("customer_required") if needed and not is_countable else None


def _segment(candidate: Candidate, occasion: Occasion) -> Reason | None:
    wanted = candidate.promotion.eligibility.segments
    customer = occasion.basket.cart.customer
    held = customer.segments if customer else ()
    return Reason("segment") if wanted and wanted.isdisjoint(held) else None


def _first_order(candidate: Candidate, occasion: Occasion) -> Reason | None:
    if not candidate.promotion.eligibility.first_order_only:
        return None
    customer = occasion.basket.cart.customer
    is_first = customer is not None and customer.id is not None and customer.order_count == 0
    return None if is_first else Reason("first_order_only")


def _tier(candidate: Candidate, occasion: Occasion) -> Reason | None:
    wanted = candidate.promotion.eligibility.tiers
    customer = occasion.basket.cart.customer
    tier = customer.loyalty_tier if customer else None
    return Reason("tier") if wanted and tier not in wanted else None


def _region(candidate: Candidate, occasion: Occasion) -> Reason | None:
    wanted = candidate.promotion.eligibility.regions
    destination = occasion.basket.cart.destination
    there = {destination.country, destination.region} if destination else set()
    return Reason("region") if wanted and wanted.isdisjoint(there) else None


def _currency(candidate: Candidate, occasion: Occasion) -> Reason | None:
    is_same = candidate.promotion.currency == occasion.basket.cart.currency
    return None if is_same else Reason("currency")


def _exhausted(left: UsesLeft) -> Reason | None:
    for limit, uses in (("total", left.total), ("daily", left.daily), ("customer", left.customer)):
        if uses is not None and uses <= 0:
            return Reason(f"limit_{limit}")
    return None


def _type_there(candidate: Candidate, occasion: Occasion) -> Reason | None:
    if candidate.compiled.has_failed:
        return Reason("plugin_failed", {"type": candidate.promotion.type})
    return None if candidate.compiled.type else Reason("type_missing", {"type": candidate.promotion.type})


CONDITIONS: tuple[Condition, ...] = (
    _started,
    _not_expired,
    _not_paused,
    _within_hours,
    _minimum_purchase,
    _matching_items,
    _quantity,
    _countable_customer,
    _segment,
    _first_order,
    _tier,
    _region,
    _currency,
    _type_there,
)
