"""The promotions of one request, as its handler sees them: hold, and price."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from threading import Lock
from typing import Any

from anyio import CapacityLimiter, to_thread

from promo_engine import Cart, Customer, Document, Evaluation
from promo_middleware.errors import CheckoutRefused, ConfigurationError
from promo_middleware.hold import Hold
from promo_middleware.port import is_ttl
from promo_middleware.promotions import Promotions
from promo_middleware.shopper import NOBODY, Shopper

_NAMING = Lock()
"""Held while an attempt gets its id: one request may hold from several threads."""


class SyncRequestPromotions:
    """The promotions of one request, as the handler of a synchronous shop sees them: WSGI, Django."""

    def __init__(self, promotions: Promotions, shopper: Shopper | None, cart_path: str | None = None) -> None:
        """Say whose request it is; ``cart_path`` is its path where it is of a cart route, which nothing settles."""
        self._promotions = promotions
        self._cart_path = cart_path
        self._shopper = shopper or NOBODY
        self._attempt: str | None = None
        self.held: Hold | None = None
        self.refusal: CheckoutRefused | None = None

    def hold(
        self,
        *,
        reference: str,
        cart: Cart | Mapping[str, Any],
        customer: Customer | None = None,
        shown: int | None = None,
        ttl: timedelta | None = None,
    ) -> Hold:
        """Hold the promotions of the cart that is about to be charged; charge ``amount_due`` of what it returns.

        ``reference`` is the shop's own id of this checkout. ``shown`` is the amount that the shopper saw, in minor
        units; without it, what the cart route would show now. ``ttl`` is how long the hold stands, up to 30 days, if
        nobody settles it; ``Timing.ttl``, an hour, if it is not given.

        Raises:
            CheckoutRefused: nothing after this line may run: ``TotalChanged``, ``CheckoutInFlight``,
                ``CheckoutClosed``. Unhandled, the middleware answers 409.
            ConfigurationError: the handler is a cart route's.
            MappingError: a cart given as JSON does not fit the mapping, or its parts do not make its total.
            TypeError: the reference is no text, the cart no cart, the customer no ``Customer``, ``ttl`` no time.
            ValueError: the reference or the time to live cannot be one.
        """
        if self._cart_path is not None:
            raise ConfigurationError(
                f"{self._cart_path} is a cart route, where nothing settles what hold() takes: name it in checkouts="
            )
        if self.held is not None and self.held.reference != reference:
            raise RuntimeError(f"this request holds {self.held.reference!r} already; one checkout, one reference")
        whose = self._cart_of(cart, customer)
        dues = self._promotions.dues(cart, whose)
        try:
            self.held = self._promotions.checkouts.hold(
                whose, reference=reference, attempt=self._attempt_id(), shown=shown, ttl=self._seconds(ttl), dues=dues
            )
        except Exception as error:
            self.refusal = error if isinstance(error, CheckoutRefused) else None
            if self.held is None:
                # What failed may still have to be released: trying again is another attempt.
                self._attempt = None
            raise
        self.refusal = None
        return self.held

    def price(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Evaluation:
        """Price a cart now, as the cart route would show it; without tax where prices are net."""
        return self._promotions.pricing.price(self._cart_of(cart, customer))

    def block(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Document:
        """Return the block that the cart route would show of a cart now, its amount due with tax."""
        return self._promotions.block(cart, self._shopper.or_named(customer), self._shopper.codes)

    def _attempt_id(self) -> str:
        """Return the id of this attempt, the same to all threads; most requests hold nothing, and need none."""
        with _NAMING:
            self._attempt = self._attempt or secrets.token_hex(16)
            return self._attempt

    def _seconds(self, ttl: timedelta | None) -> int:
        if ttl is None:
            return self._promotions.timing.ttl
        if not isinstance(ttl, timedelta):
            raise TypeError(f"ttl must be a timedelta, as timedelta(minutes=1), not {ttl!r}")
        seconds = int(ttl.total_seconds())
        if not is_ttl(seconds):
            raise ValueError(f"ttl must be from 1 second to 30 days, not {ttl}")
        return seconds

    def _cart_of(self, cart: Cart | Mapping[str, Any], customer: Customer | None) -> Cart:
        return self._promotions.cart_of(cart, self._shopper.or_named(customer), self._shopper.codes)


class RequestPromotions:
    """The promotions of one request, as the handler of an asynchronous shop sees them: the same, to await."""

    def __init__(
        self, promotions: Promotions, shopper: Shopper | None, threads: CapacityLimiter, cart_path: str | None = None
    ) -> None:
        """Say whose request it is, and of which cart route; ``threads`` bounds how many wait for the API at once."""
        self.blocking = SyncRequestPromotions(promotions, shopper, cart_path)
        """The same for code that runs in a thread."""
        self._threads = threads

    @property
    def held(self) -> Hold | None:
        """What this request holds."""
        return self.blocking.held

    @property
    def refusal(self) -> CheckoutRefused | None:
        """Why the last ``hold`` was refused."""
        return self.blocking.refusal

    @refusal.setter
    def refusal(self, refusal: CheckoutRefused | None) -> None:
        self.blocking.refusal = refusal

    async def hold(
        self,
        *,
        reference: str,
        cart: Cart | Mapping[str, Any],
        customer: Customer | None = None,
        shown: int | None = None,
        ttl: timedelta | None = None,
    ) -> Hold:
        """Hold the promotions of the cart that is about to be charged; see ``SyncRequestPromotions.hold``."""
        work = partial(self.blocking.hold, reference=reference, cart=cart, customer=customer, shown=shown, ttl=ttl)
        return await to_thread.run_sync(work, limiter=self._threads)

    async def price(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Evaluation:
        """Price a cart now, as the cart route would show it; without tax where prices are net."""
        return await to_thread.run_sync(self.blocking.price, cart, customer, limiter=self._threads)

    async def block(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Document:
        """Return the block that the cart route would show of a cart now, its amount due with tax."""
        return await to_thread.run_sync(self.blocking.block, cart, customer, limiter=self._threads)
