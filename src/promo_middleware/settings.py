"""What a shop says of how its promotions work: times and clocks, and what cannot be."""

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args

from promo_engine import Customer
from promo_middleware.before_handler import BeforeHandler
from promo_middleware.delivery import OrderLookup
from promo_middleware.errors import ConfigurationError
from promo_middleware.port import DEFAULT_TTL, LONGEST_LEASE, is_ttl
from promo_middleware.routes import Routes

CustomerOf = Callable[[Any], Customer | None]
"""Return the customer of a request (ASGI's scope, WSGI's environ, Django's request), from the shop's own session."""

WhenAway: TypeAlias = Literal["last_rules", "refuse", "no_promotions"]

NO_CHARGE = (
    "a checkout route must say what it charged: set order_total in the mapping to its path in the response, or "
    "handler_says_charge=True and call hold.charged(amount) in the handler"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things may take, in seconds."""

    refresh: float = 5.0
    """Between two looks for new rules."""
    entitlement_lifetime: float = 30.0
    """For how long a shopper's uses left are believed."""
    entitlement_deadline: float = 0.15
    """What a cart waits for them at most."""
    hold_timeout: float = 2.0
    """What a hold waits for the API before it is granted without it."""
    lease: int = 60
    """What a checkout may run before it is in doubt."""
    ttl: int = DEFAULT_TTL
    """For how long a hold stands that nobody settles, where ``hold`` does not say; 30 days at most."""
    lookup_after: float = 5.0
    """Before the first ``order_lookup`` of a doubt."""
    charge_timeout: float = 600.0
    """After the lease, until "no order" is believed."""

    def __post_init__(self) -> None:
        if type(self.lease) is not int or not 0 <= self.lease <= LONGEST_LEASE:
            raise ConfigurationError(
                f"timing: lease must be from 0 to 3600 seconds, a whole number, not {self.lease!r}"
            )
        if not is_ttl(self.ttl):
            raise ConfigurationError(f"timing: ttl must be from 1 second to 30 days, a whole number, not {self.ttl!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What time it is: the moment that stamps carts, the seconds of what is written down, and how much time passes.

    ``seconds`` may be set back, as a machine's clock is; ``ticks`` never are.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seconds: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.perf_counter


def check_plain(order_lookup: OrderLookup | None, customer: CustomerOf | None) -> None:
    """Refuse functions that somebody would have to await."""
    if inspect.iscoroutinefunction(order_lookup):
        raise ConfigurationError("order_lookup must be a plain function: the background thread calls it")
    if inspect.iscoroutinefunction(customer):
        raise ConfigurationError("customer must be a plain function: nobody awaits what it returns")


def check_settle(settle: str, *, has_api: bool) -> None:
    """Refuse to leave a hold standing where nobody keeps it: its reference would be charged twice."""
    if settle not in ("response", "later"):
        raise ConfigurationError(f"settle must be 'response' or 'later', not {settle!r}")
    if settle == "later" and not has_api:
        raise ConfigurationError(
            "settle='later' needs an API that keeps the hold: with rules= leave it out, and give order_lookup, which"
            " settles what a response does not say"
        )


def read_when_away(when_away: WhenAway, *, has_api: bool) -> WhenAway:
    """Read what holds while the API is away."""
    if when_away not in get_args(WhenAway):
        raise ConfigurationError(f"when_away must be one of {', '.join(get_args(WhenAway))}, not {when_away!r}")
    if when_away != "last_rules" and not has_api:
        raise ConfigurationError("when_away is for an API that may be away: with rules= leave it out")
    return when_away


def before_handler_of(
    holds: str, reference: str | None, routes: Routes, checkout_cart: str | None
) -> BeforeHandler | None:
    """Return what is to be asked before a handler that cannot hold itself, if it is so."""
    if holds not in ("handler", "before_handler"):
        raise ConfigurationError(f"holds must be 'handler' or 'before_handler', not {holds!r}")
    return BeforeHandler.of(reference, routes, checkout_cart) if holds == "before_handler" else None
