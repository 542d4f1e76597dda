"""Promotions in a shop: the settings of one shop, and the parts that they make. Knows no web framework."""

import inspect
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from promo_engine import Cart, Currency, Customer, Document, Evaluation, PromotionTypes, block_of, discover
from promo_middleware.api import ApiPort
from promo_middleware.checkout import Checkouts, Terms
from promo_middleware.delivery import Delivery, OrderLookup
from promo_middleware.entitlements import EntitlementCache
from promo_middleware.errors import ConfigurationError, MappingError
from promo_middleware.last_good import LastGood
from promo_middleware.local import RulesFile
from promo_middleware.mapping import CartMapping
from promo_middleware.outbox import Outbox
from promo_middleware.pipeline import read_shop_cart, read_shop_json
from promo_middleware.port import Port
from promo_middleware.pricing import Pricing
from promo_middleware.routes import Routes
from promo_middleware.subscription import Subscription
from promo_middleware.tax import Dues, TaxOf, TaxRule
from promo_middleware.till import Prices, ShopMapping, Till
from promo_middleware.worker import Worker
from promo_sdk import PromotionsClient

CustomerOf = Callable[[Any], Customer | None]
"""Return the customer of a request (ASGI's scope, WSGI's environ, Django's request), from the shop's own session."""

Connect = Callable[[], PromotionsClient]
"""Make a client of the promotions API: how a shop reaches one that runs in its own process."""

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
        api: the base URL of the promotions API, a function that makes a client of it, or a ``Port`` of one's own.
        company_id: the shop as the API knows it (with a URL).
        api_key: a key with the scopes ``evaluate`` and ``redeem``; the environment's ``PROMO_API_KEY`` without it. The
            last good rules on disk are signed under it; without any, none are kept.
        rules: a file of promotions, in place of an API. It is read again when it changes.
        carts: routes that answer a cart, as ``"GET /carts/{cart}"``.
        checkouts: routes that charge, as ``"POST /carts/{cart}/checkout"``.
        mapping: where the cart stands in the shop's JSON.
        prices: ``"gross"``: prices include tax, or there is none; ``"net"``: tax comes on top.
        tax: of net prices: how it is rounded (``TaxRule``), or a function (cart, evaluation) that says what it is.
        settle: ``"response"``: a checkout's response says how it ended. ``"later"``: a response below 400 leaves the
            hold standing, and the shop settles it through the SDK: after a redirect, a webhook, a bank transfer.
        handler_says_charge: handlers call ``hold.charged(amount)``; needed where the mapping has no ``order_total``.
        customer: whose request it is; without it the mapping's customer counts.
        order_lookup: what the shop charged for a checkout reference, or None; settles what is in doubt.
        directory: where the outbox and the last good rules are kept: one for each shop and host.
        timing: how long things may take.
        types: the promotion types; the installed ones without it.
        clock: what time it is.

    Raises:
        ConfigurationError: says which setting cannot work.
    """

    def __init__(
        self,
        api: str | Connect | Port | None = None,
        *,
        company_id: str = "",
        api_key: str | None = None,
        rules: Path | None = None,
        carts: Sequence[str] = (),
        checkouts: Sequence[str] = (),
        mapping: ShopMapping | None = None,
        prices: Prices = "gross",
        tax: TaxRule | TaxOf | None = None,
        settle: Literal["response", "later"] = "response",
        handler_says_charge: bool = False,
        customer: CustomerOf | None = None,
        order_lookup: OrderLookup | None = None,
        directory: Path = Path("promotions-data"),
        timing: Timing | None = None,
        types: PromotionTypes | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.mapping = Till(mapping or CartMapping(), prices, tax)
        if (api is None) == (rules is None):
            raise ConfigurationError("give either api, a promotions API, or rules, a file of promotions")
        _check_settle(settle, has_api=api is not None)
        self._is_later = settle == "later"
        if checkouts and not (self._is_later or self.mapping.states_charge or handler_says_charge):
            raise ConfigurationError(_NO_CHARGE)
        if inspect.iscoroutinefunction(order_lookup):
            raise ConfigurationError("order_lookup must be a plain function: the background thread calls it")
        if inspect.iscoroutinefunction(customer):
            raise ConfigurationError("customer must be a plain function: nobody awaits what it returns")
        self.routes = Routes(carts, checkouts)
        self.customer = customer
        self.timing = timing or Timing()
        self._has_waited = False
        types, clock = types or discover(), clock or Clock()
        if api is None:
            assert rules is not None
            port: Port = RulesFile(Path(rules), types, clock.now, has_lookup=order_lookup is not None)
            last_good = None
        else:
            port = _port(api, company_id, api_key, self.timing)
            last_good = _last_good(directory, company_id, api_key)
        self._assemble(port, types, clock, directory, order_lookup, last_good)
        if rules is not None:
            self.subscription.refresh()  # they are here: no request need wait for the thread

    def _assemble(
        self,
        port: Port,
        types: PromotionTypes,
        clock: Clock,
        directory: Path,
        order_lookup: OrderLookup | None,
        last_good: LastGood | None,
    ) -> None:
        timing, seconds = self.timing, clock.seconds
        self._port = port
        self.subscription = Subscription(port, types, last_good, seconds)
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
        terms = Terms(
            lease=timing.lease,
            is_net=self.mapping.is_net,
            is_alone=isinstance(port, RulesFile),
            is_later=self._is_later,
        )
        self.checkouts = Checkouts(
            port, self.pricing, self.outbox, self.delivery, terms, clock=seconds, wake=self._worker.wake
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
        """Price a cart now, for whatever is not a JSON cart: templates, GraphQL, e-mails. Asks the API at most once.

        Its amounts are as the cart's prices are: with net prices, ``block`` has the tax.
        """
        self.start()
        return self.pricing.price(self.cart_of(cart, customer))

    def block(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Document:
        """Return the block that the cart route would show of a cart now, its amount due with tax."""
        self.start()
        whose = self.cart_of(cart, customer)
        return block_of(self.mapping.priced(self.pricing.price(whose), self.dues(cart, whose)))

    def dues(self, cart: Cart | Mapping[str, Any], whose: Cart) -> Dues | None:
        """Return what is due on top of the prices of a cart that ``cart_of`` read: None with gross prices.

        Raises:
            MappingError: the rates of the shop's JSON do not fit, or a ``Cart`` has none.
        """
        return self.mapping.dues(cart, whose)

    def cart_of(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Cart:
        """Return the cart that a handler means: a ``Cart``, or the shop's own JSON as the mapping has it.

        The shop's JSON is reconciled as on a cart route: what was shown unchanged there must not be charged less here.

        Raises:
            MappingError: the shop's JSON does not fit the mapping, or its parts do not make its total.
        """
        stamped = partial(self.pricing.stamped, customer=customer)
        return stamped(cart) if isinstance(cart, Cart) else read_shop_cart(cart, self.mapping, stamped)

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


def _check_settle(settle: str, *, has_api: bool) -> None:
    """Refuse to leave a hold standing where nobody keeps it: its reference would be charged twice."""
    if settle not in ("response", "later"):
        raise ConfigurationError(f"settle must be 'response' or 'later', not {settle!r}")
    if settle == "later" and not has_api:
        raise ConfigurationError(
            "settle='later' needs an API that keeps the hold: with rules= leave it out, and give order_lookup, which"
            " settles what a response does not say"
        )


def _port(api: str | Connect | Port, company_id: str, api_key: str | None, timing: Timing) -> Port:
    connect = _connect(api, company_id, api_key) if isinstance(api, str) else api
    if not callable(connect):
        return connect
    return ApiPort(connect, entitlements_timeout=timing.entitlement_deadline, hold_timeout=timing.hold_timeout)


def _connect(url: str, company_id: str, api_key: str | None) -> Connect:
    if not company_id:
        raise ConfigurationError("company_id is required with the URL of an API")

    def connect() -> PromotionsClient:
        return PromotionsClient(url, company_id=company_id, api_key=api_key, retries=0)

    try:
        connect().close()
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    return connect


def _last_good(directory: Path, company_id: str, api_key: str | None) -> LastGood | None:
    """Keep the last good rules, if there is a key to sign them with."""
    key = os.environ.get("PROMO_API_KEY", "") if api_key is None else api_key
    return LastGood(directory / "ruleset.json", key, company_id) if key else None
