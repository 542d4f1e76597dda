"""What is seen of carts and checkouts, and who is told: any function of an event; the log is one.

Events say what happened in words of a small set; what tells one shopper or checkout from another (``path``,
``reference``, ``problem``) is for the log alone, never for a metric.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

logger = logging.getLogger(__name__)

Why: TypeAlias = Literal["no_cart", "too_large", "customer", "mapping", "failed"]


@dataclass(frozen=True, slots=True)
class CartAdjusted:
    """A cart was re-priced, which added so many seconds to its request, waiting for uses left included."""

    seconds: float


@dataclass(frozen=True, slots=True)
class CartLeft:
    """What a cart route answered goes out unchanged.

    ``no_cart``: it is none (another status, no JSON). ``too_large``: above 1 MB. ``customer``: the resolver failed.
    ``mapping``: it does not fit, or does not add up. ``failed``: anything else went wrong here.
    """

    why: Why
    path: str
    problem: str = ""
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class EntitlementsMissed:
    """A cart was priced without the uses left that it needed: ``late``, past the deadline, or ``unanswered``."""

    why: Literal["late", "unanswered"]
    path: str


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """A hold was asked for: ``granted``, ``granted_away`` (without the API), the word of a refusal, or ``failed``."""

    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CheckoutSettled:
    """A checkout ended: ``confirm``, ``release``, ``doubt`` or ``keep``; ``problem`` where the charge was another."""

    step: str
    reference: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CheckoutWithoutHold:
    """A checkout route answered 2xx without a hold; ``stated`` is what it says it charged, in minor units."""

    path: str
    stated: int | None


@dataclass(frozen=True, slots=True)
class OutboxLeft:
    """How many checkouts of this host wait in the outbox, by step."""

    waiting: Mapping[str, int]


Event: TypeAlias = (
    CartAdjusted | CartLeft | EntitlementsMissed | HoldEnded | CheckoutSettled | CheckoutWithoutHold | OutboxLeft
)
Observer: TypeAlias = Callable[[Event], None]
"""Is told of each event, in the thread in which it happens; it must be quick, and may be called by many at once."""


def log(event: Event) -> None:
    """Write into the standard log what somebody should look at; the first of all observers."""
    match event:
        case CartLeft("mapping" | "too_large" | "failed") as left:
            level = logging.WARNING if left.why == "too_large" else logging.ERROR
            said = f": {left.problem}" if left.problem else ""
            logger.log(level, "%s: the response goes out unchanged%s", left.path, said, exc_info=left.error)
        case EntitlementsMissed("late", path):
            logger.info("%s: uses left were not known in time", path)
        case CheckoutSettled(_, reference, problem) if problem:
            logger.error("checkout %s: %s", reference, problem)
        case CheckoutWithoutHold(path, stated):
            said = "unsaid" if stated is None else str(stated)
            logger.error("checkout_without_hold: %s charged %s without calling hold()", path, said)
        case _:
            pass


def told(observers: Sequence[Observer]) -> Observer:
    """Return one observer that tells all of these; what one of them raises is logged, and stops nothing."""

    def tell(event: Event) -> None:
        for observer in observers:
            try:
                observer(event)
            except Exception:
                logger.exception("an observer failed at %s", type(event).__name__)

    return tell
