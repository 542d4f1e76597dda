"""Promotions in a shop: the settings of one shop, and the parts that they make. Knows no web framework."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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

logger = logging.getLogger(__name__)

_NO_CHARGE = (
    "a checkout route must say what it charged: set order_total in the mapping to its path in the response, or "
    "handler_says_charge=True and call hold.charged(amount) in the handler"
)

WHO = Callable[[Mapping[str, Any]], Customer | None]
"""Return the customer of a request (its ASGI scope), from the shop's own session."""


def _now() -> datetime:
    return datetime.now(UTC)


class Promotions:
    """The promotions of one shop: give it to a middleware, or ask it for a price.

    Args:
        api: the base URL of the promotions API, or a ``Port`` of one's own.
        company_id, api_key: as the API knows the shop (not with a port).
        carts, checkouts: routes as ``"GET /carts/{cart}"``.
        mapping: where the cart stands in the shop's JSON.
        handler_says_charge: handlers call ``hold.charged(amount)``; needed where the mapping has no ``order_total``.
        customer: who a request belongs to; without it the mapping's customer counts.
        order_lookup: the amount that the shop charged for a checkout reference, or None; settles what is in doubt.
        directory: where the outbox and the last good rules are kept; one per shop and host.
        prices: ``"gross"``: prices include tax, or there is none.
        refresh: seconds between two looks for new rules.
        entitlement_lifetime: seconds for which a shopper's uses left are believed.
        entitlement_deadline: seconds that a cart waits for them.
        hold_timeout: seconds that a hold waits for the API before it is granted here.
        lease: seconds that a checkout may run.
        lookup_after, charge_timeout: seconds before the first ``order_lookup`` of a doubt, and after the lease until
            "no order" is believed.

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
        handler_says_charge: bool = False,
        customer: WHO | None = None,
        order_lookup: OrderLookup | None = None,
        directory: Path = Path("promotions-data"),
        prices: str = "gross",
        refresh: float = 5.0,
        entitlement_lifetime: float = 30.0,
        entitlement_deadline: float = 0.15,
        hold_timeout: float = 2.0,
        lease: int = 60,
        lookup_after: float = 5.0,
        charge_timeout: float = 600.0,
        types: PromotionTypes | None = None,
        now: Callable[[], datetime] = _now,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if prices != "gross":
            raise ConfigurationError(f"prices must be 'gross', not {prices!r}: net prices are not supported yet")
        self.routes = Routes(carts, checkouts)
        self.mapping = mapping or CartMapping()
        if checkouts and self.mapping.order_total is None and not handler_says_charge:
            raise ConfigurationError(_NO_CHARGE)
        self.customer = customer
        self.entitlement_deadline = entitlement_deadline
        self._port = _port(api, company_id, api_key, entitlement_deadline, hold_timeout)
        found = types or discover()
        self.subscription = Subscription(self._port, found, directory / "ruleset.json")
        cache = EntitlementCache(entitlement_lifetime, clock)
        self.pricing = Pricing(self._port, self.subscription, found, cache, now=now, clock=clock)
        self.outbox = Outbox(directory / "outbox.db")
        self.delivery = Delivery(
            self.outbox,
            self._port,
            clock,
            order_lookup=order_lookup,
            first_lookup=lookup_after,
            charge_timeout=charge_timeout,
        )
        self._worker = Worker(self.subscription, self.delivery, refresh, clock)
        self.checkouts = Checkouts(
            self._port,
            self.pricing,
            self.outbox,
            self.delivery,
            clock=clock,
            lease=lease,
            wake=self._worker.wake,
        )

    def start(self) -> None:
        """Start the background thread in this process, if it does not run yet; cheap to call on every request."""
        self._worker.ensure_started()

    def price(self, cart: Cart, customer: Customer | None = None) -> Evaluation:
        """Price a cart now, for whatever is not a JSON cart: templates, GraphQL, e-mails. Asks the API at most once."""
        self.start()
        return self.pricing.price(cart if customer is None else cart.of_customer(customer))

    def cart_of(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Cart:
        """Return the cart that a handler means: a ``Cart``, or the shop's own JSON as a mapping of its.

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


def _port(
    api: str | Port, company_id: str, api_key: str | None, deadline: float, hold_timeout: float
) -> Port:
    if not isinstance(api, str):
        return api
    if not company_id:
        raise ConfigurationError("company_id is required with the URL of an API")

    def connect() -> PromotionsClient:
        return PromotionsClient(api, company_id=company_id, api_key=api_key, timeout=5.0, retries=0)

    try:
        connect().close()
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
    return ApiPort(connect, entitlements_timeout=deadline, hold_timeout=hold_timeout)
