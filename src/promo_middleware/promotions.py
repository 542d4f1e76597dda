"""Promotions in a shop: the settings of one shop, and the parts that they make. Knows no web framework."""

import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from promo_engine import Cart, Currency, Customer, Evaluation, PromotionTypes, discover
from promo_middleware.api import ApiPort
from promo_middleware.checkout import Checkouts
from promo_middleware.delivery import Delivery, OrderLookup
from promo_middleware.entitlements import EntitlementCache
from promo_middleware.errors import ConfigurationError, MappingError
from promo_middleware.mapping import CartMapping
from promo_middleware.outbox import Outbox
from promo_middleware.pipeline import read_shop_json
from promo_middleware.port import Port
from promo_middleware.pricing import Pricing
from promo_middleware.routes import Routes
from promo_middleware.subscription import Subscription
from promo_middleware.worker import Worker
from promo_sdk import PromotionsClient

CustomerOf = Callable[[Any], Customer | None]
"""Return the customer of a request (ASGI's scope, WSGI's environ, Django's request), from the shop's own session."""

_NO_CHARGE = (
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
    lookup_after: float = 5.0
    """Before the first ``order_lookup`` of a doubt."""
    charge_timeout: float = 600.0
    """After the lease, until "no order" is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What time it is: the moment that stamps carts, and the seconds that lifetimes count."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seconds: Callable[[], float] = time.time


class Promotions:
    """The promotions of one shop: give it to a middleware, or ask it for a price.

    Args:
        api: the base URL of the promotions API, or a ``Port`` of one's own.
        company_id: the shop as the API knows it (with a URL).
        api_key: a key with the scopes ``evaluate`` and ``redeem``; the environment's ``PROMO_API_KEY`` without it.
        carts: routes that answer a cart, as ``"GET /carts/{cart}"``.
        checkouts: routes that charge, as ``"POST /carts/{cart}/checkout"``.
        mapping: where the cart stands in the shop's JSON.
        settle: ``"response"``: a checkout's response says how it ended. ``"later"``: a response below 400 leaves the
            hold standing, and the shop settles it through the SDK: after a redirect, a webhook, a bank transfer.
        handler_says_charge: handlers call ``hold.charged(amount)``; needed where the mapping has no ``order_total``.
        customer: whose request it is; without it the mapping's customer counts.
        order_lookup: what the shop charged for a checkout reference, or None; settles what is in doubt.
        directory: where the outbox and the last good rules are kept: one for each shop and host.
        prices: ``"gross"``: prices include tax, or there is none.
        timing: how long things may take.
        types: the promotion types; the installed ones without it.
        clock: what time it is.

    Raises:
        ConfigurationError: says which setting cannot work.
    """

    def __init__(
        self,
        api: str | Port,
        *,
        company_id: str = "",
        api_key: str | None = None,
        carts: Sequence[str] = (),
        checkouts: Sequence[str] = (),
        mapping: CartMapping | None = None,
        settle: Literal["response", "later"] = "response",
        handler_says_charge: bool = False,
        customer: CustomerOf | None = None,
        order_lookup: OrderLookup | None = None,
        directory: Path = Path("promotions-data"),
        prices: str = "gross",
        timing: Timing | None = None,
        types: PromotionTypes | None = None,
        clock: Clock | None = None,
    ) -> None:
        if prices != "gross":
            raise ConfigurationError(f"prices must be 'gross', not {prices!r}: net prices are not supported yet")
        if settle not in ("response", "later"):
            raise ConfigurationError(f"settle must be 'response' or 'later', not {settle!r}")
        self.mapping = mapping or CartMapping()
        self._is_later = settle == "later"
        if checkouts and not self._is_later and self.mapping.order_total is None and not handler_says_charge:
            raise ConfigurationError(_NO_CHARGE)
        if inspect.iscoroutinefunction(order_lookup):
            raise ConfigurationError("order_lookup must be a plain function: the background thread calls it")
        self.routes = Routes(carts, checkouts)
        self.customer = customer
        self.timing = timing or Timing()
        self._has_waited = False
        self._assemble(
            _port(api, company_id, api_key, self.timing), types or discover(), clock or Clock(), directory, order_lookup
        )

    def _assemble(
        self, port: Port, types: PromotionTypes, clock: Clock, directory: Path, order_lookup: OrderLookup | None
    ) -> None:
        timing, seconds = self.timing, clock.seconds
        self._port = port
        self.subscription = Subscription(port, types, directory / "ruleset.json")
        cache = EntitlementCache(timing.entitlement_lifetime, seconds)
        self.pricing = Pricing(port, self.subscription, types, cache, now=clock.now, clock=seconds)
        self.outbox = Outbox(directory / "outbox.db")
        self.delivery = Delivery(
            self.outbox,
            port,
            seconds,
            order_lookup=order_lookup,
            first_lookup=timing.lookup_after,
            charge_timeout=timing.charge_timeout,
        )
        self._worker = Worker(self.subscription, self.delivery, timing.refresh, seconds)
        self.checkouts = Checkouts(
            port,
            self.pricing,
            self.outbox,
            self.delivery,
            clock=seconds,
            lease=timing.lease,
            wake=self._worker.wake,
            is_later=self._is_later,
        )

    def start(self) -> None:
        """Start the background thread in this process, if it does not run yet; cheap to call on every request."""
        self._worker.ensure_started()

    def is_to_wait(self) -> bool:
        """Say to the first request alone, when it comes before the first rules, that they are worth a moment."""
        if self._has_waited or self.subscription.is_ready:
            return False
        self._has_waited = True
        return True

    def wait(self) -> None:
        """Wait that moment."""
        self.subscription.wait(self.timing.entitlement_deadline)

    def customer_of(self, request: Any) -> Customer | None:
        """Return whose request it is, as far as the resolver says."""
        return None if self.customer is None else self.customer(request)

    def price(self, cart: Cart, customer: Customer | None = None) -> Evaluation:
        """Price a cart now, for whatever is not a JSON cart: templates, GraphQL, e-mails. Asks the API at most once."""
        self.start()
        return self.pricing.price(self.cart_of(cart, customer))

    def cart_of(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Cart:
        """Return the cart that a handler means: a ``Cart``, or the shop's own JSON as the mapping has it.

        Raises:
            MappingError: the shop's JSON does not fit the mapping.
        """
        read = cart if isinstance(cart, Cart) else self.mapping.read(cart)
        return read if customer is None else read.of_customer(customer)

    def charged(self, body: bytes, currency: Currency | None) -> int | None:
        """Return what a checkout's response says was charged, in minor units; None if it does not say."""
        try:
            return self.mapping.charged(read_shop_json(body), currency)
        except MappingError:
            return None

    def close(self) -> None:
        """Stop the background thread and close connections; what is not delivered stays in the outbox."""
        self._worker.stop()
        self._port.close()
        self.outbox.close()


def _port(api: str | Port, company_id: str, api_key: str | None, timing: Timing) -> Port:
    if not isinstance(api, str):
        return api
    if not company_id:
        raise ConfigurationError("company_id is required with the URL of an API")

    def connect() -> PromotionsClient:
        return PromotionsClient(api, company_id=company_id, api_key=api_key, retries=0)

    try:
        connect().close()
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    return ApiPort(connect, entitlements_timeout=timing.entitlement_deadline, hold_timeout=timing.hold_timeout)
