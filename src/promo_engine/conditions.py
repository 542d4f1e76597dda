"""The conditions of a promotion: each answers with a reason why not, or with None.

Of several reasons the first in the order of PRICING.md section 6 is given. Amounts are minor units.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from promo_engine.basket import Basket, Kind
from promo_engine.bench import Standing
from promo_engine.cart import Cart, Destination
from promo_engine.compiled import Candidate, CompiledPromotion
from promo_engine.condition import CartView
from promo_engine.entitlements import Entitlements, UsesLeft
from promo_engine.needs import ANY, Need, Wanted
from promo_engine.promotion import ItemMinimum, Status
from promo_engine.reason import REASONS, Reason
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


def purchase_reason(rules: Rules, current: int, goods: Wanted = ANY) -> Reason | None:
    """Return why an amount is below the minimum or above the maximum that rules ask for; ``goods`` are what counts."""
    if rules.min_purchase_amount is not None:
        required = rules.min_purchase_amount + rules.strict_minimum
        if current < required:
            is_discounted = rules.min_purchase_basis == "discounted"
            need = Need.spend(required - current, goods, after_discounts=is_discounted)
            return Reason("minimum_purchase", _lacking(required, current), (need,))
    allowed = allowed_purchase(rules)
    if allowed is not None and current > allowed:
        return Reason("maximum_purchase", {"allowed": allowed, "current": current})
    return None


def allowed_purchase(rules: Rules) -> int | None:
    """Return the most that a purchase may come to, if there is a most."""
    return None if rules.max_purchase_amount is None else rules.max_purchase_amount - rules.strict_maximum


def counted_purchase(candidate: Candidate, basket: Basket) -> int:
    """Return what minimum and maximum purchase look at, before promotions."""
    basis = candidate.compiled.rules.min_purchase_basis
    if basis == "eligible":
        return sum(kind.total for kind in candidate.kinds)
    return basket.total + (sum(entry.price for entry in basket.parcels) if basis == "with_shipping" else 0)


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
    compiled = candidate.compiled
    goods = compiled.goods if compiled.rules.min_purchase_basis == "eligible" else ANY
    return purchase_reason(compiled.rules, counted_purchase(candidate, occasion.basket), goods)


def _matching_items(candidate: Candidate, occasion: Occasion) -> Reason | None:
    compiled = candidate.compiled
    if candidate.kinds or not compiled.needs_goods:
        return None
    return Reason("no_matching_items", needs=(Need.add((1, compiled.goods)),))


def _required_any(candidate: Candidate, occasion: Occasion) -> Reason | None:
    wanted = candidate.promotion.eligibility.required_any
    if not occasion.basket.by_key.keys().isdisjoint(wanted):
        return None
    return Reason("required_items", {"items": sorted(wanted), "missing": 1}, (Need.add((1, Wanted.bearing(wanted))),))


def _required_all(candidate: Candidate, occasion: Occasion) -> Reason | None:
    lacking = sorted(candidate.promotion.eligibility.required_all.difference(occasion.basket.by_key))
    needs = tuple(Need.add((1, Wanted.bearing([name]))) for name in lacking)
    return Reason("required_items", {"items": lacking, "missing": len(lacking)}, needs) if lacking else None


def _item_minimums(candidate: Candidate, occasion: Occasion) -> Reason | None:
    reasons = [
        reason
        for minimum in candidate.promotion.eligibility.item_minimums
        for reason in _below(minimum, [one for one in occasion.basket.kinds if not minimum.items.isdisjoint(one.keys)])
    ]
    if not reasons:
        return None
    needs = tuple(need for reason in reasons for need in reason.needs)
    return replace(min(reasons, key=in_order), needs=needs)


def _below(minimum: ItemMinimum, kinds: list[Kind]) -> Iterator[Reason]:
    """Yield why some goods are below an amount or a quantity."""
    names = sorted(minimum.items)
    goods, items = Wanted((tuple(names),)), {"items": names}
    amount, units = sum(kind.total for kind in kinds), sum(kind.quantity for kind in kinds)
    if minimum.amount is not None and amount < minimum.amount:
        need = Need.spend(minimum.amount - amount, goods)
        yield Reason("minimum_purchase", _lacking(minimum.amount, amount) | items, (need,))
    if minimum.quantity is not None and units < minimum.quantity:
        need = Need.add((minimum.quantity - units, goods))
        yield Reason("quantity", _lacking(minimum.quantity, units) | items, (need,))


def _quantity(candidate: Candidate, occasion: Occasion) -> Reason | None:
    compiled = candidate.compiled
    rules = compiled.rules
    required = rules.min_quantity or 0
    has_selector = rules.has_selector or bool(compiled.include)  # a type may have selectors of its own
    current = sum(kind.quantity for kind in candidate.kinds) if has_selector else occasion.basket.quantity
    if current >= required:
        return None
    need = Need.add((required - current, compiled.goods if has_selector else ANY))
    return Reason("quantity", _lacking(required, current), (need,))


def _lacking(required: int, current: int) -> dict[str, Any]:
    return {"required": required, "current": current, "missing": required - current}


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
