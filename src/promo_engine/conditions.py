"""The conditions of a promotion: each answers with a reason why not, or with None.

Of several reasons the first in the order of PRICING.md section 6 is given. Amounts are minor units.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias
from zoneinfo import ZoneInfo

from promo_engine.basket import Kind
from promo_engine.bench import Standing
from promo_engine.cart import Cart, Destination
from promo_engine.compiled import Candidate, CompiledPromotion
from promo_engine.condition import CartView
from promo_engine.entitlements import Entitlements, UsesLeft
from promo_engine.evaluation import REASONS, Reason
from promo_engine.promotion import ItemMinimum, Status
from promo_engine.rules import Rules, RulesPart

_ORDER = {code: place for place, code in enumerate(REASONS)}


class Occasion:
    """What conditions look at besides the promotion: the cart, as plugins see it, too, and the company's clock."""

    __slots__ = ("basket", "cart", "failed", "seen", "zone")

    def __init__(self, cart: Cart, zone: ZoneInfo) -> None:
        self.cart = cart
        self.basket = cart.basket
        self.failed: set[Standing] = set()
        self.seen: CartView[RulesPart] | None = None
        self.zone = zone


Check: TypeAlias = Callable[[Candidate, Occasion], Reason | None]


def in_order(reason: Reason) -> int:
    """Return the place of a reason in the list: the first is the one to give; what the list does not know is last."""
    return _ORDER.get(reason.code, len(_ORDER))


def checks_of(compiled: CompiledPromotion) -> tuple[Check, ...]:
    """Return the conditions that a promotion has besides schedule, currency and goods; nobody pays for the others."""
    promotion, rules = compiled.promotion, compiled.rules
    wanted, schedule = promotion.eligibility, promotion.schedule
    asked: dict[Check, object] = {
        _not_paused: promotion.status is Status.PAUSED,
        _within_hours: schedule.days or schedule.hours,
        _purchase: _has_purchase_bounds(rules) and rules.min_purchase_basis != "discounted",
        _required_any: wanted.required_any,
        _required_all: wanted.required_all,
        _item_minimums: wanted.item_minimums,
        _quantity: rules.min_quantity is not None,
        _countable_customer: promotion.limits.customer is not None,
        _segment: wanted.segments,
        _segments_all: wanted.segments_all,
        _first_order: wanted.first_order_only,
        _nth_order: wanted.nth_order is not None,
        _tier: wanted.tiers,
        _region: wanted.regions,
        _shipping_method: wanted.shipping_methods,
        _channel: wanted.channels,
        _payment_method: wanted.payment_methods,
        _type_there: compiled.type is None or compiled.has_failed,
    }
    return tuple(condition for condition, is_asked in asked.items() if is_asked)


def limit_reason(compiled: CompiledPromotion, entitlements: Entitlements) -> Reason | None:
    """Return why a promotion's limits keep it away: used up, or nothing is known of them."""
    if not compiled.is_limited:
        return None
    left = entitlements.uses.get(compiled.promotion.id)
    return Reason("cannot_verify") if left is None else _exhausted(left)


def purchase_reason(rules: Rules, current: int) -> Reason | None:
    """Return why an amount is below the minimum or above the maximum that rules ask for."""
    least, most = rules.min_purchase_amount, rules.max_purchase_amount
    if least is not None:
        required = least + rules.strict_minimum
        if current < required:
            missing = required - current
            return Reason("minimum_purchase", {"required": required, "current": current, "missing": missing})
    if most is not None and current > most - rules.strict_maximum:
        return Reason("maximum_purchase", {"allowed": most - rules.strict_maximum, "current": current})
    return None


def _started(candidate: Candidate, occasion: Occasion) -> Reason | None:
    return None if candidate.compiled.starts <= occasion.cart.at else Reason("not_started")


def _not_expired(candidate: Candidate, occasion: Occasion) -> Reason | None:
    return None if occasion.cart.at < candidate.compiled.ends else Reason("expired")


def _currency(candidate: Candidate, occasion: Occasion) -> Reason | None:
    return None if candidate.compiled.currency == occasion.cart.currency else Reason("currency")


def _not_paused(candidate: Candidate, occasion: Occasion) -> Reason | None:
    return Reason("paused")


def _within_hours(candidate: Candidate, occasion: Occasion) -> Reason | None:
    is_open = candidate.promotion.schedule.is_open(occasion.cart.at, occasion.zone)
    return None if is_open else Reason("outside_hours")


def _has_purchase_bounds(rules: Rules) -> bool:
    return rules.min_purchase_amount is not None or rules.max_purchase_amount is not None


def _purchase(candidate: Candidate, occasion: Occasion) -> Reason | None:
    rules, basket = candidate.compiled.rules, occasion.basket
    current = basket.total
    if rules.min_purchase_basis == "eligible":
        current = sum(kind.total for kind in candidate.kinds)
    elif rules.min_purchase_basis == "with_shipping":
        current += sum(entry.price for entry in basket.parcels)
    return purchase_reason(rules, current)


def _matching_items(candidate: Candidate, occasion: Occasion) -> Reason | None:
    return None if candidate.kinds or not candidate.compiled.needs_goods else Reason("no_matching_items")


def _required_any(candidate: Candidate, occasion: Occasion) -> Reason | None:
    wanted = candidate.promotion.eligibility.required_any
    is_there = not occasion.basket.by_key.keys().isdisjoint(wanted)
    return None if is_there else Reason("required_items", {"items": sorted(wanted), "missing": 1})


def _required_all(candidate: Candidate, occasion: Occasion) -> Reason | None:
    lacking = candidate.promotion.eligibility.required_all - occasion.basket.by_key.keys()
    return Reason("required_items", {"items": sorted(lacking), "missing": len(lacking)}) if lacking else None


def _item_minimums(candidate: Candidate, occasion: Occasion) -> Reason | None:
    for minimum in candidate.promotion.eligibility.item_minimums:
        kinds = [kind for kind in occasion.basket.kinds if not minimum.items.isdisjoint(kind.keys)]
        reason = _below(minimum, kinds)
        if reason is not None:
            return reason
    return None


def _below(minimum: ItemMinimum, kinds: list[Kind]) -> Reason | None:
    """Return why some goods are below an amount or a quantity."""
    bounds = (
        ("minimum_purchase", minimum.amount, sum(kind.total for kind in kinds)),
        ("quantity", minimum.quantity, sum(kind.quantity for kind in kinds)),
    )
    for code, required, current in bounds:
        if required is not None and current < required:
            params = {"required": required, "current": current, "missing": required - current}
            return Reason(code, {**params, "items": sorted(minimum.items)})
    return None


def _quantity(candidate: Candidate, occasion: Occasion) -> Reason | None:
    rules = candidate.compiled.rules
    required = rules.min_quantity or 0
    has_selector = rules.has_selector or bool(candidate.compiled.include)  # a type may have selectors of its own
    current = sum(kind.quantity for kind in candidate.kinds) if has_selector else occasion.basket.quantity
    if current >= required:
        return None
    return Reason("quantity", {"required": required, "current": current, "missing": required - current})


def _countable_customer(candidate: Candidate, occasion: Occasion) -> Reason | None:
    customer = occasion.cart.customer
    return None if customer is not None and customer.is_countable else Reason("customer_required")


def _segment(candidate: Candidate, occasion: Occasion) -> Reason | None:
    customer = occasion.cart.customer
    held = customer.segments if customer else ()
    return Reason("segment") if candidate.promotion.eligibility.segments.isdisjoint(held) else None


def _segments_all(candidate: Candidate, occasion: Occasion) -> Reason | None:
    customer = occasion.cart.customer
    held = customer.segments if customer else ()
    return None if candidate.promotion.eligibility.segments_all.issubset(held) else Reason("segment")


def _orders(occasion: Occasion) -> int | None:
    """Return how many orders the customer has placed; None for a guest, who is never a first or nth order."""
    customer = occasion.cart.customer
    return None if customer is None or customer.id is None else customer.order_count


def _first_order(candidate: Candidate, occasion: Occasion) -> Reason | None:
    return None if _orders(occasion) == 0 else Reason("first_order_only")


def _nth_order(candidate: Candidate, occasion: Occasion) -> Reason | None:
    nth, orders = candidate.promotion.eligibility.nth_order, _orders(occasion)
    return None if orders is not None and orders + 1 == nth else Reason("nth_order", {"required": nth})


def _tier(candidate: Candidate, occasion: Occasion) -> Reason | None:
    customer = occasion.cart.customer
    tier = customer.loyalty_tier if customer else None
    return None if tier in candidate.promotion.eligibility.tiers else Reason("tier")


def _region(candidate: Candidate, occasion: Occasion) -> Reason | None:
    destination = occasion.cart.destination
    there = _places(destination) if destination else set()
    return Reason("region") if candidate.promotion.eligibility.regions.isdisjoint(there) else None


def _places(destination: Destination) -> set[str]:
    """Return the names of a destination: two letters are a country, so California is US-CA and never CA."""
    country, region = destination.country, destination.region
    return {country, f"{country}-{region}", *([region] if len(region) > 2 else [])}


def _shipping_method(candidate: Candidate, occasion: Occasion) -> Reason | None:
    wanted = candidate.promotion.eligibility.shipping_methods
    chosen = [entry.method for entry in occasion.basket.parcels]
    return Reason("shipping_method", {"methods": sorted(wanted)}) if wanted.isdisjoint(chosen) else None


def _channel(candidate: Candidate, occasion: Occasion) -> Reason | None:
    return None if occasion.cart.channel in candidate.promotion.eligibility.channels else Reason("channel")


def _payment_method(candidate: Candidate, occasion: Occasion) -> Reason | None:
    is_one = occasion.cart.payment_method in candidate.promotion.eligibility.payment_methods
    return None if is_one else Reason("payment_method")


def _exhausted(left: UsesLeft) -> Reason | None:
    limits = (("total", left.total), ("daily", left.daily), ("customer", left.customer), ("budget", left.budget))
    for limit, uses in limits:
        if uses is not None and uses <= 0:
            return Reason(f"limit_{limit}")
    return None


def _type_there(candidate: Candidate, occasion: Occasion) -> Reason | None:
    code = "plugin_failed" if candidate.compiled.has_failed else "type_missing"
    return Reason(code, {"type": candidate.promotion.type})


ALWAYS: Sequence[Check] = (_started, _not_expired, _currency, _matching_items)
"""The conditions that every promotion has."""
