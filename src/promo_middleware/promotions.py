"""Promotions in a shop: the settings of one shop, and the parts that they make. Knows no web framework."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from promo_engine import Cart, Currency, Customer, Document, Evaluation, PromotionTypes, block_of, discover
from promo_middleware.answer import Answer
from promo_middleware.api import Connect, port_to
from promo_middleware.checkout import Checkouts, Terms
from promo_middleware.code_entry import CodeEntry
from promo_middleware.delivery import Delivery, OrderLookup
from promo_middleware.entitlements import EntitlementCache
from promo_middleware.errors import ConfigurationError, MappingError
from promo_middleware.head import Head, HeadOf
from promo_middleware.last_good import LastGood, last_good_in
from promo_middleware.local import RulesFile
from promo_middleware.mapping import CartMapping
from promo_middleware.observer import Observer, log, told
from promo_middleware.outbox import Outbox
from promo_middleware.pipeline import read_shop_cart, read_shop_json
from promo_middleware.places import code_places, codes_in
from promo_middleware.port import Port
from promo_middleware.pricing import Pricing
from promo_middleware.routes import CartRoute, CheckoutRoute, Routes
from promo_middleware.settings import (
    NO_CHARGE,
    Clock,
    CustomerOf,
    Timing,
    WhenAway,
    before_handler_of,
    check_any,
    check_kinds,
    check_settle,
    read_when_away,
)
from promo_middleware.shopper import NOBODY, Shopper, checked
from promo_middleware.subscription import Subscription
from promo_middleware.tax import Dues, TaxOf, TaxRule
from promo_middleware.till import Prices, ShopMapping, Till
from promo_middleware.worker import Worker

logger = logging.getLogger(__name__)


class Promotions:
    """The promotions of one shop: give it to a middleware, or ask it for a price.

    Args:
        api: the base URL of the promotions API, a function that makes a client of it, or a ``Port`` of one's own.
        company_id: the shop as the API knows it (with a URL).
        api_key: a key with the scopes ``evaluate`` and ``redeem``; the environment's ``PROMO_API_KEY`` without it. The
            last good rules on disk are signed under it; without any, none are kept.
        rules: a file of promotions, in place of an API. It is read again when it changes.
        carts: routes that answer a cart, as ``"GET /carts/{cart}"``; ``Marked`` where the response says so; or a test
            of the request's head.
        checkouts: routes that charge, as ``"POST /carts/{cart}/checkout"``, or a test.
        mapping: where the cart stands in the shop's JSON.
        prices: ``"gross"``: prices include tax, or there is none; ``"net"``: tax comes on top.
        tax: of net prices: how it is rounded (``TaxRule``), or a function (cart, evaluation) that says what it is.
        settle: ``"response"``: a checkout's response says how it ended. ``"later"``: a response below 400 leaves the
            hold standing, and the shop settles it through the SDK: after a redirect, a webhook, a bank transfer.
        when_away: what holds while the API is away. ``"last_rules"``: what needs no count is granted by the last good
            rules, and delivered later. ``"refuse"``: carts show it, but nothing is held. ``"no_promotions"``: carts
            and holds go on without any promotion.
        holds: ``"handler"``: the handler calls ``hold``. ``"before_handler"``: for one that cannot: the middleware
            holds what the shop's own cart route answers this shopper, and the handler finds it as ``held``.
        checkout_cart: that cart route, as ``"GET /cart"``, where it does not follow from ``carts``.
        handler_says_charge: handlers call ``hold.charged(amount)``; needed where the mapping has no ``order_total``.
        customer: whose request it is; without it the mapping's customer counts.
        code_entry: where shoppers enter codes, in a shop that has no place for them.
        codes: where requests name further codes, as ``"cookie:promo"`` or ``"header:X-Promo-Codes"``; commas part them.
        order_lookup: what the shop charged for a checkout reference, or None; settles what is in doubt.
        observers: who is told of each event, beside the log: ``PrometheusObserver``, ``OpenTelemetryObserver``, or any
            function of an ``Event``.
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
        carts: Sequence[CartRoute] = (),
        checkouts: Sequence[CheckoutRoute] = (),
        mapping: ShopMapping | None = None,
        prices: Prices = "gross",
        tax: TaxRule | TaxOf | None = None,
        settle: Literal["response", "later"] = "response",
        when_away: WhenAway = "last_rules",
        holds: Literal["handler", "before_handler"] = "handler",
        checkout_cart: str | None = None,
        handler_says_charge: bool = False,
        customer: CustomerOf | None = None,
        code_entry: CodeEntry | None = None,
        codes: Sequence[str] = (),
        order_lookup: OrderLookup | None = None,
        observers: Sequence[Observer] = (),
        directory: Path = Path("promotions-data"),
        timing: Timing | None = None,
        types: PromotionTypes | None = None,
        clock: Clock | None = None,
    ) -> None:
        check_kinds(
            api=api,
            rules=rules,
            carts=carts,
            checkouts=checkouts,
            mapping=mapping,
            tax=tax,
            customer=customer,
            code_entry=code_entry,
            codes=codes,
            order_lookup=order_lookup,
            observers=observers,
            directory=directory,
            timing=timing,
            clock=clock,
        )
        check_any(carts, checkouts or code_entry)
        self.mapping = Till(mapping or CartMapping(), prices, tax)
        if (api is None) == (rules is None):
            raise ConfigurationError("give either api, a promotions API, or rules, a file of promotions")
        check_settle(settle, has_api=api is not None)
        self._when_away = read_when_away(when_away, has_api=api is not None)
        self._is_later = settle == "later"
        if checkouts and not (self._is_later or self.mapping.states_charge or handler_says_charge):
            raise ConfigurationError(NO_CHARGE)
        self.observe = told([log, *observers])
        self.code_entry = code_entry
        self._code_places = code_places(codes)
        self.routes = Routes(carts, checkouts, () if code_entry is None else code_entry.patterns)
        self.before_handler = before_handler_of(holds, self.mapping.checkout_reference, self.routes, checkout_cart)
        self.customer = customer
        self.timing = timing or Timing()
        self._has_waited = False
        types, clock = types or discover(), clock or Clock()
        if api is None:
            assert rules is not None
            port: Port = RulesFile(Path(rules), types, clock.now, has_lookup=order_lookup is not None)
            last_good = None
        else:
            timeouts = {
                "entitlements_timeout": self.timing.entitlement_deadline,
                "hold_timeout": self.timing.hold_timeout,
            }
            port = port_to(api, company_id, api_key, **timeouts)
            last_good = last_good_in(Path(directory), company_id, api_key)
        self._assemble(port, types, clock, Outbox(Path(directory) / "outbox.db", company_id), order_lookup, last_good)
        if rules is not None:
            self.subscription.refresh()  # they are here: no request need wait for the thread

    def _assemble(
        self,
        port: Port,
        types: PromotionTypes,
        clock: Clock,
        outbox: Outbox,
        order_lookup: OrderLookup | None,
        last_good: LastGood | None,
    ) -> None:
        timing, seconds, ticks = self.timing, clock.seconds, clock.ticks
        self.seconds, self.ticks = seconds, ticks
        self._port = port
        self.subscription = Subscription(port, types, last_good, seconds)
        cache = EntitlementCache(timing.entitlement_lifetime, ticks)
        needs_api = self._when_away == "no_promotions"
        self.pricing = Pricing(port, self.subscription, types, cache, now=clock.now, clock=ticks, needs_api=needs_api)
        self.outbox = outbox
        self.delivery = Delivery(
            self.outbox,
            port,
            seconds,
            order_lookup=order_lookup,
            first_lookup=timing.lookup_after,
            charge_timeout=timing.charge_timeout,
        )
        self._worker = Worker(self.subscription, self.delivery, timing.refresh, ticks, self.outbox, self.observe)
        terms = Terms(
            lease=timing.lease,
            is_net=self.mapping.is_net,
            is_alone=isinstance(port, RulesFile),
            is_later=self._is_later,
            refuses_when_away=self._when_away == "refuse",
        )
        self.checkouts = Checkouts(
            port,
            self.pricing,
            self.outbox,
            self.delivery,
            terms,
            clock=seconds,
            wake=self._worker.wake,
            observe=self.observe,
            ticks=ticks,
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

    @property
    def knows_shoppers(self) -> bool:
        """Whether there is anything to find out of a request's shopper."""
        return self.customer is not None or self.code_entry is not None or bool(self._code_places)

    def shopper_of(self, request: Any, head_of: HeadOf, source: Any) -> Shopper:
        """Return whose request it is, as far as the resolver says, and the codes that come with it.

        When the resolver fails, a cart goes out unchanged. ``head_of(source)`` is the head of the request.
        """
        codes = self._codes_of(head_of, source)
        if self.customer is None:
            return Shopper(codes=codes) if codes else NOBODY
        try:
            return Shopper(checked(self.customer(request)), codes)
        except Exception as error:
            logger.exception("customer= failed: nobody knows whose request this is")
            return Shopper(failure=error)

    def _codes_of(self, head_of: HeadOf, source: Any) -> Sequence[str]:
        """Return the codes that a request names, and those that were entered here."""
        if self.code_entry is None and not self._code_places:
            return ()
        head = head_of(source)
        entered = () if self.code_entry is None else self.code_entry.codes_of(head, self.seconds())
        return (*codes_in(self._code_places, head), *entered)

    def enter_codes(self, head: Head, body: bytes) -> Answer:
        """Answer a call of the code entry."""
        assert self.code_entry is not None
        return self.code_entry.answer(head, body, self.seconds())

    def price(self, cart: Cart, customer: Customer | None = None) -> Evaluation:
        """Price a cart now, for whatever is not a JSON cart: templates, GraphQL, e-mails. Asks the API at most once.

        Its amounts are as the cart's prices are: with net prices, ``block`` has the tax.
        """
        self.start()
        return self.pricing.price(self.cart_of(cart, customer))

    def block(
        self, cart: Cart | Mapping[str, Any], customer: Customer | None = None, codes: Sequence[str] = ()
    ) -> Document:
        """Return the block that the cart route would show of a cart now, its amount due with tax."""
        self.start()
        whose = self.cart_of(cart, customer, codes)
        return block_of(self.mapping.priced(self.pricing.price(whose), self.dues(cart, whose)))

    def dues(self, cart: Cart | Mapping[str, Any], whose: Cart) -> Dues | None:
        """Return what is due on top of the prices of a cart that ``cart_of`` read: None with gross prices.

        Raises:
            MappingError: the rates of the shop's JSON do not fit, or a ``Cart`` has none.
        """
        return self.mapping.dues(cart, whose)

    def cart_of(
        self, cart: Cart | Mapping[str, Any], customer: Customer | None = None, codes: Sequence[str] = ()
    ) -> Cart:
        """Return the cart that a handler means: a ``Cart``, or the shop's own JSON as the mapping has it.

        The shop's JSON is reconciled as on a cart route: what was shown unchanged there must not be charged less here.

        Raises:
            MappingError: the shop's JSON does not fit the mapping, or its parts do not make its total.
            TypeError: the cart is neither, or the customer is no ``Customer``.
        """
        if not isinstance(cart, Cart | Mapping):
            raise TypeError(f"cart must be a dict or a Cart, as model_dump(), not {type(cart).__name__}")
        if not isinstance(customer, Customer | None):
            raise TypeError(f"customer must be a Customer, as Customer(id='u1'), not {customer!r}")
        stamped = partial(self.pricing.stamped, customer=customer, codes=codes)
        return stamped(cart) if isinstance(cart, Cart) else read_shop_cart(cart, self.mapping, stamped)

    def charged(self, body: bytes, currency: Currency | None) -> int | None:
        """Return what a checkout's response says was charged, in minor units; None if it does not say, or is no JSON.

        Raises:
            MappingError: there is no amount where the mapping says.
        """
        try:
            order = read_shop_json(body)
        except MappingError:
            return None
        return self.mapping.charged(order, currency)

    def close(self) -> None:
        """Stop the background thread and close connections; what is not delivered stays in the outbox."""
        self._worker.stop()
        self._port.close()
        self.outbox.close()
