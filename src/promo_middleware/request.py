"""The promotions of one request, as the handler of an asynchronous shop sees them: hold, and price."""

import secrets
from collections.abc import Mapping
from typing import Any

from anyio import CapacityLimiter, to_thread

from promo_engine import Cart, Customer, Document, Evaluation
from promo_middleware.checkout import Hold
from promo_middleware.errors import CheckoutRefused
from promo_middleware.promotions import Promotions


class RequestPromotions:
    """The promotions of one request, as its handler sees them."""

    def __init__(self, promotions: Promotions, customer: Customer | None, threads: CapacityLimiter) -> None:
        """Make the request's attempt id."""
        self._promotions = promotions
        self._threads = threads
        self._customer = customer
        self._attempt = _new_attempt()
        self.held: Hold | None = None
        self.refusal: CheckoutRefused | None = None

    async def hold(
        self,
        *,
        reference: str,
        cart: Cart | Mapping[str, Any],
        customer: Customer | None = None,
        shown: int | None = None,
    ) -> Hold:
        """Hold the promotions of the cart that is about to be charged; charge ``amount_due`` of what it returns.

        ``reference`` is the shop's own id of this checkout. ``shown`` is the amount that the shopper saw, in minor
        units; without it, what the cart route would show now.

        Raises:
            CheckoutRefused: nothing after this line may run: ``TotalChanged``, ``CheckoutInFlight``,
                ``CheckoutClosed``. Unhandled, the middleware answers 409.
            MappingError: a cart given as JSON does not fit the mapping.
        """
        if self.held is not None and self.held.reference != reference:
            raise RuntimeError(f"this request holds {self.held.reference!r} already; one checkout, one reference")
        whose = self._promotions.cart_of(cart, customer or self._customer)
        dues = self._promotions.dues(cart, whose)

        def work() -> Hold:
            checkouts = self._promotions.checkouts
            return checkouts.hold(whose, reference=reference, attempt=self._attempt, shown=shown, dues=dues)

        try:
            self.held = await to_thread.run_sync(work, limiter=self._threads)
        except CheckoutRefused as refusal:
            self.refusal = refusal
            if self.held is None:
                # What was refused may still have to be released: trying again is another attempt.
                self._attempt = _new_attempt()
            raise
        self.refusal = None
        return self.held

    async def price(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Evaluation:
        """Price a cart now, as the cart route would show it; without tax where prices are net."""
        whose = self._promotions.cart_of(cart, customer or self._customer)
        return await to_thread.run_sync(self._promotions.pricing.price, whose, limiter=self._threads)

    async def block(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Document:
        """Return the block that the cart route would show of a cart now, its amount due with tax."""
        whose = customer or self._customer
        return await to_thread.run_sync(self._promotions.block, cart, whose, limiter=self._threads)


def _new_attempt() -> str:
    return secrets.token_hex(16)
