"""What is measured of events, the same for every system of metrics. No label tells one shopper from another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from promo_middleware.observer import (
    CartAdjusted,
    CartLeft,
    CheckoutSettled,
    CheckoutWithoutHold,
    EntitlementsMissed,
    Event,
    HoldEnded,
    OutboxLeft,
)


@dataclass(frozen=True, slots=True)
class Metric:
    """A counter, a histogram of seconds, or a gauge."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    help: str
    labels: tuple[str, ...] = ()


CARTS = Metric("carts", "counter", "Responses of cart routes, adjusted or left alone and why.", ("outcome", "why"))
CART_SECONDS = Metric("cart_added_seconds", "histogram", "What adjusting a cart adds to its request.")
MISSED = Metric("entitlements_missed", "counter", "Carts priced without the uses left that they needed.", ("why",))
HOLDS = Metric("holds", "counter", "Holds that were asked for, by outcome.", ("outcome",))
HOLD_SECONDS = Metric("hold_seconds", "histogram", "What a hold takes.")
CHECKOUTS = Metric("checkouts", "counter", "Checkouts with a hold, by how they ended.", ("outcome",))
MISMATCHES = Metric("charge_mismatches", "counter", "Checkouts that charged another amount than was held, or none.")
WITHOUT_HOLD = Metric("checkouts_without_hold", "counter", "Successful checkouts in which nothing was held.")
OUTBOX = Metric("outbox", "gauge", "Checkouts of this host that wait in the outbox, by step.", ("step",))

METRICS = (CARTS, CART_SECONDS, MISSED, HOLDS, HOLD_SECONDS, CHECKOUTS, MISMATCHES, WITHOUT_HOLD, OUTBOX)
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)
"""The bounds of the histograms."""

Measurement: TypeAlias = tuple[Metric, float, Mapping[str, str]]


def measured(event: Event) -> Iterator[Measurement]:
    """Yield what is to be added to counters, put into histograms, and set on gauges.

    >>> [(metric.name, value, labels) for metric, value, labels in measured(CartAdjusted(0.002))]
    [('carts', 1, {'outcome': 'adjusted', 'why': ''}), ('cart_added_seconds', 0.002, {})]
    """
    match event:
        case CartAdjusted(seconds):
            yield CARTS, 1, {"outcome": "adjusted", "why": ""}
            yield CART_SECONDS, seconds, {}
        case CartLeft(why):
            yield CARTS, 1, {"outcome": "left", "why": why}
        case EntitlementsMissed(why):
            yield MISSED, 1, {"why": why}
        case HoldEnded(outcome, seconds):
            yield HOLDS, 1, {"outcome": outcome}
            yield HOLD_SECONDS, seconds, {}
        case CheckoutSettled(step, _, problem):
            yield CHECKOUTS, 1, {"outcome": step}
            if problem:
                yield MISMATCHES, 1, {}
        case CheckoutWithoutHold():
            yield WITHOUT_HOLD, 1, {}
        case OutboxLeft(waiting):
            for step, count in waiting.items():
                yield OUTBOX, count, {"step": step}
