"""Who gets a promotion, when and how often, in our words."""

from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from promo_engine import Eligibility, Limits, Schedule, UsesLeft
from promo_engine.promotion import ItemMinimum
from tests.peer_cases.fields import Fields, UnsupportedError
from tests.peer_cases.goods import Filter, Shelf, category_selector

ALWAYS = Schedule(datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
"""What runs where neither start nor end is given."""

BASES = {"subtotal": "cart", "subtotal_plus_shipping": "with_shipping"}


def read_purchase(wanted: Fields) -> dict[str, Any]:
    """Read what a cart must and may come to, as rules; of two bounds the narrower one."""
    rules: dict[str, Any] = {"min_purchase_basis": wanted.choice("min_purchase_base", BASES, None)}
    least, above = wanted.amount("min_purchase_amount"), wanted.amount("min_purchase_amount_exclusive")
    if above is not None and (least is None or above >= least):
        rules |= {"min_purchase_amount": above, "strict_minimum": True}
    else:
        rules["min_purchase_amount"] = least
    most, below = wanted.amount("max_purchase_amount"), wanted.amount("max_purchase_amount_exclusive")
    if below is not None and (most is None or below <= most):
        rules |= {"max_purchase_amount": below, "strict_maximum": True}
    else:
        rules["max_purchase_amount"] = most
    return rules


def read_eligibility(wanted: Fields, shelf: Shelf) -> Eligibility:
    """Read whom and which carts a promotion is for."""
    required, minimums = _read_required(wanted)
    return Eligibility(
        segments=frozenset(wanted.texts("segments_any")),
        segments_all=frozenset(wanted.texts("segments_all")),
        first_order_only=wanted.flag("first_order_only", default=False),
        nth_order=wanted.count("nth_order"),
        regions=frozenset(wanted.texts("countries_any")),
        required_any=required,
        required_all=frozenset(wanted.texts("requires_skus_all")),
        item_minimums=(*minimums, *_read_minimums(wanted, shelf)),
        shipping_methods=frozenset(wanted.texts("shipping_methods_any")),
    )


def _read_required(wanted: Fields) -> tuple[frozenset[str], list[ItemMinimum]]:
    """Read goods of which one must be there; where two lists ask so, the second is a minimum of one unit."""
    skus = frozenset(wanted.texts("requires_skus_any"))
    categories = frozenset(map(category_selector, wanted.texts("requires_categories_any")))
    if skus and categories:
        return skus, [ItemMinimum(categories, quantity=1)]
    return skus | categories, []


def _read_minimums(wanted: Fields, shelf: Shelf) -> list[ItemMinimum]:
    minimums = []
    for name, field in (("min_category_amount", "min_amount"), ("min_category_quantity", "quantity")):
        if wanted.has(name):
            part = wanted.part(name)
            items = frozenset(shelf.selectors(Filter.read(part)))
            if field == "quantity":
                minimums.append(ItemMinimum(items, quantity=part.count(field)))
            else:
                minimums.append(ItemMinimum(items, amount=part.amount(field)))
    return minimums


class Uses(NamedTuple):
    """The limits of a promotion, and what is left of them; ``budget`` in minor units."""

    limits: Limits
    budget: int | None
    left: UsesLeft
    are_of_customer: bool


def read_limits(limits: Fields) -> Uses:
    """Read limits and the uses before this cart."""
    total, customer, budget = (
        limits.count("usage_limit"),
        limits.count("usage_limit_per_customer"),
        limits.amount("budget_amount"),
    )
    are_of_customer = limits.has("customer_usage_count")
    left = UsesLeft(
        total=_left(total, limits.count("usage_count")),
        customer=_left(customer, limits.count("customer_usage_count")),
        budget=_left(budget, limits.amount("budget_used")),
    )
    return Uses(Limits(total, customer), budget, left, are_of_customer)


def _left(limit: int | None, used: int | None) -> int | None:
    return None if limit is None else limit - (used or 0)


def read_schedule(schedule: Fields) -> Schedule:
    """Read start and end; an end that is a date alone is its whole day."""
    start, end = schedule.text("start"), schedule.text("end")
    return Schedule(
        read_instant(start) if start else ALWAYS.start,
        read_instant(end, clock=time(23, 59, 59)) if end else ALWAYS.end,
    )


def read_instant(text: str, clock: time = time.min) -> datetime:
    """Read an ISO instant; a date alone is at a given time, and what names no zone is UTC.

    >>> read_instant("2011-11-04", clock=time(23, 59, 59)).isoformat()
    '2011-11-04T23:59:59+00:00'
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _with_zone(_instant(text))
    return datetime.combine(day, clock, UTC)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UnsupportedError(f"instant: {text!r}") from None


def _with_zone(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
