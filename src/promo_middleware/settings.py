"""What a shop says of how its promotions work: times and clocks, and what cannot be."""

import inspect
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from os import PathLike
from typing import Any, Literal, TypeAlias, get_args

from promo_engine import Customer
from promo_middleware.before_handler import BeforeHandler
from promo_middleware.code_entry import CodeEntry
from promo_middleware.errors import ConfigurationError
from promo_middleware.port import DEFAULT_TTL, LONGEST_LEASE, is_ttl
from promo_middleware.routes import Routes
from promo_middleware.tax import TaxRule

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
        for name, is_from_zero in _SECONDS.items():
            seconds = getattr(self, name)
            is_number = type(seconds) in (int, float) and isfinite(seconds)
            if not is_number or seconds < 0 or (seconds == 0 and not is_from_zero):
                least = "from 0" if is_from_zero else "above 0"
                raise ConfigurationError(f"timing: {name} must be a number of seconds {least}, not {seconds!r}")
        if type(self.lease) is not int or not 0 <= self.lease <= LONGEST_LEASE:
            raise ConfigurationError(
                f"timing: lease must be from 0 to 3600 seconds, a whole number, not {self.lease!r}"
            )
        if not is_ttl(self.ttl):
            raise ConfigurationError(f"timing: ttl must be from 1 second to 30 days, a whole number, not {self.ttl!r}")


_SECONDS = {
    "refresh": False,
    "entitlement_lifetime": True,
    "entitlement_deadline": False,
    "hold_timeout": False,
    "lookup_after": True,
    "charge_timeout": True,
}
"""The times that may have fractions, and whether each may be 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What time it is: the moment that stamps carts, the seconds of what is written down, and how much time passes.

    ``seconds`` may be set back, as a machine's clock is; ``ticks`` never are.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seconds: Callable[[], float] = time.time
    ticks: Callable[[], float] = time.perf_counter


def check_kinds(**settings: object) -> None:
    """Refuse a setting that is not what it must be; None is one that was left out.

    Raises:
        ConfigurationError: says what it must be, or that nobody would await it.

    >>> check_kinds(carts=["GET /cart"], timing=None)
    >>> check_kinds(timing={"refresh": 1})
    Traceback (most recent call last):
    promo_middleware.errors.ConfigurationError: timing must be a Timing, as Timing(refresh=5), not {'refresh': 1}
    """
    for name, given in settings.items():
        fits, wanted = _KINDS[name]
        if given is not None and not fits(given):
            shown = f"a {type(given).__name__}" if name in _SECRET else repr(given)
            raise ConfigurationError(f"{name} must be {wanted}, not {shown}")
        if name in _PLAIN and _is_awaited(given):
            raise ConfigurationError(f"{name} must be a plain function: {_PLAIN[name]}")


def _is_awaited(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def _is_path(given: object) -> bool:
    return isinstance(given, str | PathLike)


def _is_list(given: object) -> bool:
    return isinstance(given, Collection) and not isinstance(given, str | bytes | Mapping)


def _is_mapping(given: Any) -> bool:
    """Whether it can be asked what a ``ShopMapping`` is: a class cannot, an instance can."""
    return not isinstance(given, type) and callable(getattr(given, "read", None)) and hasattr(given, "write")


def _is_api(given: Any) -> bool:
    if isinstance(given, str):
        return given.lower().startswith(("http://", "https://"))
    return callable(given) or all(hasattr(given, name) for name in ("ruleset", "entitlements", "hold", "confirm"))


_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "api": (
        _is_api,
        "like https://promotions.example.com, a function that makes a client, or a Port (a rules file is"
        " rules=Path('promotions.json'))",
    ),
    "rules": (_is_path, "the path of a file, as Path('promotions.json')"),
    "directory": (_is_path, "the path of a folder, as Path('promotions-data')"),
    "carts": (_is_list, 'a list, as ["GET /cart"]'),
    "checkouts": (_is_list, 'a list, as ["POST /checkout"]'),
    "mapping": (_is_mapping, "a CartMapping, as CartMapping()"),
    "tax": (lambda given: callable(given) or isinstance(given, TaxRule), "a TaxRule, or a function (cart, evaluation)"),
    "customer": (callable, "a function of a request that returns a Customer, or None"),
    "code_entry": (lambda given: isinstance(given, CodeEntry), "a CodeEntry, as CodeEntry(secret=…)"),
    "codes": (_is_list, 'a list of places, as ["cookie:promo"]'),
    "order_lookup": (callable, "a function of a checkout reference that returns what was charged for it, or None"),
    "observers": (
        lambda given: _is_list(given) and all(map(callable, given)),
        "a list of functions of an Event, as [PrometheusObserver()]",
    ),
    "timing": (lambda given: isinstance(given, Timing), "a Timing, as Timing(refresh=5)"),
    "clock": (lambda given: isinstance(given, Clock), "a Clock"),
}
"""What each setting must be, in a test and in words."""


_SECRET = {"code_entry"}
"""What may be a secret given in the wrong place, and is not repeated."""
_PLAIN = {"order_lookup": "the background thread calls it", "customer": "nobody awaits what it returns"}
"""The functions that cannot be awaited, and why."""


def check_any(carts: object, others: object) -> None:
    """Refuse an empty list of carts where nothing else is configured; without any, carts are priced by calls alone."""
    if carts == [] and not others:
        raise ConfigurationError(
            'carts is empty, so nothing would be shown: name a route, as ["GET /cart"], or leave carts out to ask for'
            " prices alone"
        )


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
