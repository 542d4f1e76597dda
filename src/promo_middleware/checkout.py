"""Hold and settle: from the cart that the shop is about to charge to an outcome in the outbox.

Blocking, framework-free; shells that must not block call it in a thread. Source: CHECKOUT.md.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from promo_engine import UNKNOWN, Cart, Document, evaluate, write_cart
from promo_middleware.breaker import Breaker
from promo_middleware.delivery import Delivery
from promo_middleware.entry import Step
from promo_middleware.errors import (
    ApiAway,
    ApiRefused,
    CheckoutClosed,
    CheckoutInFlight,
    CheckoutRefused,
    ConfigurationError,
    PromotionsAway,
    TotalChanged,
)
from promo_middleware.hold import Hold, Limit, Unsure, check_reference
from promo_middleware.observer import CheckoutSettled, CheckoutWithoutHold, HoldEnded, Observer
from promo_middleware.outbox import Opened, Outbox
from promo_middleware.port import DEFAULT_TTL, HoldOrder, Port
from promo_middleware.pricing import Pricing
from promo_middleware.settle import decide
from promo_middleware.tax import Dues

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds of every checkout of a shop: how many seconds its request may run unreported, and how it settles."""

    lease: int
    is_net: bool = False
    """Prices are net: a hold needs what is due on top of them."""
    is_alone: bool = False
    """There is no API that remembers holds, too."""
    is_later: bool = False
    """The shop settles what its responses leave open."""
    refuses_when_away: bool = False
    """Nothing is granted without the API."""


class Checkouts:
    """Holds and outcomes of one shop."""

    def __init__(
        self,
        port: Port,
        pricing: Pricing,
        outbox: Outbox,
        delivery: Delivery,
        terms: Terms,
        *,
        clock: Callable[[], float],
        wake: Callable[[], None],
        observe: Observer,
        ticks: Callable[[], float],
    ) -> None:
        """Take the parts; ``wake`` has the outbox delivered soon, ``ticks`` measures how much time passes."""
        self._port = port
        self._pricing = pricing
        self._outbox = outbox
        self._delivery = delivery
        self._terms = terms
        self._clock = clock
        self._wake = wake
        self._breaker = Breaker(ticks)
        self._observe = observe
        self._ticks = ticks

    def hold(
        self,
        cart: Cart,
        *,
        reference: str,
        attempt: str,
        shown: int | None,
        ttl: int = DEFAULT_TTL,
        dues: Dues | None = None,
    ) -> Hold:
        """Hold a cart's promotions; while the API is away, grant what needs no count and journal it.

        ``dues`` says what is due on top of net prices; ``shown`` is with it.

        Raises:
            CheckoutRefused: ``TotalChanged``, ``CheckoutInFlight``, ``CheckoutClosed``, ``PromotionsAway``; nothing is
                taken.
            TypeError: the reference is no text.
            ValueError: the reference cannot be one.
        """
        check_reference(reference)
        if self._terms.is_net and dues is None:
            raise ConfigurationError("prices are net: a hold needs what is due on top of them")
        begun_at, outcome = self._ticks(), "failed"
        try:
            hold = self._granted(cart, reference, attempt, dues, shown, ttl)
            outcome = "granted_away" if hold.is_journalled else "granted"
        except CheckoutRefused as refusal:
            outcome = refusal.error
            raise
        finally:
            self._observe(HoldEnded(outcome, self._ticks() - begun_at))
        return hold

    def _granted(
        self, cart: Cart, reference: str, attempt: str, dues: Dues | None, shown: int | None, ttl: int
    ) -> Hold:
        cart = self._pricing.stamped(cart)
        limit = self._limit(cart, dues, shown)
        opened = self._open(reference, attempt)
        try:
            hold = self._held(cart, reference, attempt, limit, ttl, may_be_charged=opened.may_be_charged)
        except Unsure as error:
            self._pricing.forget(cart)
            # The API may hold it all the same: what was not granted is reported as released.
            if opened.is_new:
                self._outbox.settle(reference, attempt, Step.RELEASE, now=self._clock(), charged=None)
                self._wake()
            raise error.refusal from None
        except Exception:
            # The cart is to show what made the total another one.
            self._pricing.forget(cart)
            if opened.is_new:
                self._outbox.remove(reference, attempt)
            raise
        # All unknown guests are one: what was shown to another of them is not to change under their eyes.
        if cart.customer is not None and cart.customer.is_countable:
            self._pricing.forget(cart)
        return hold

    def settle(self, hold: Hold, status: int | None, stated: int | None, why_unstated: str = "") -> None:
        """Report how a checkout ended: into the outbox now, to the API soon."""
        outcome = decide(
            status,
            stated,
            due=hold.amount_due,
            undiscounted=hold.undiscounted,
            said=hold.charged_amount,
            why_unstated=why_unstated,
            is_later=self._terms.is_later,
        )
        self._observe(CheckoutSettled(outcome.step.value, hold.reference, outcome.error))
        self._outbox.settle(hold.reference, hold.attempt, outcome.step, now=self._clock(), charged=outcome.charged)
        self._wake()

    def without_hold(self, path: str, stated: int | None) -> None:
        """Say that a checkout route answered without holding anything."""
        self._observe(CheckoutWithoutHold(path, stated))

    def _open(self, reference: str, attempt: str) -> Opened:
        """Enter the checkout in the outbox, delivering what earlier attempts report first."""
        terms = self._terms
        opened = self._outbox.open(reference, attempt, now=self._clock(), lease=terms.lease, is_alone=terms.is_alone)
        for earlier in opened.earlier:
            if self._breaker.is_open:
                break
            try:
                self._delivery.one(earlier)
            except ApiAway:
                logger.warning("checkout %s: an earlier report is still to be delivered", reference)
        return opened

    def _limit(self, cart: Cart, dues: Dues | None, shown: int | None) -> Limit:
        """Return what may be charged at most: what the handler says was shown, or what the cart route would show."""
        if dues is None:
            shown = self._pricing.price(cart).amount_due if shown is None else shown
            return Limit(None, shown, shown)
        priced = self._pricing.price(cart).document()
        net = priced["totals"]["amount_due"]
        due = net + dues.taxes(priced).total
        shown = due if shown is None else shown
        # The API knows no tax. Whatever passes this is compared once more, with its tax.
        return Limit(dues, shown, net + max(0, shown - due))

    def _held(self, cart: Cart, reference: str, attempt: str, limit: Limit, ttl: int, *, may_be_charged: bool) -> Hold:
        fields = {"reference": reference, "attempt": attempt, "lease": self._terms.lease, "ttl": ttl}
        order = HoldOrder.of(cart, shown=limit.at_the_api, **fields)
        granted = None
        try:
            evaluation = self._ask(order)
        except ApiAway as error:
            logger.warning("checkout %s: the API is away (%s)", reference, error)
            self._pricing.missed()
            if self._terms.refuses_when_away:
                # Its reply may have been lost alone: what it holds all the same is to be released.
                raise Unsure(PromotionsAway("Promotions cannot be verified at the moment. Try again soon.")) from error
            if may_be_charged:
                raise Unsure(CheckoutClosed("This checkout is in doubt: it may have been charged.")) from error
            evaluation = evaluate(cart, self._pricing.ruleset, UNKNOWN).document()
            granted = self._journalled(cart, order, evaluation)
        except ApiRefused as refusal:
            raise _refused(refusal, limit) from refusal
        try:
            hold = limit.checked(reference, attempt, evaluation)
            hold.is_journalled = granted is not None
            self._outbox.granted(
                reference,
                attempt,
                amount_due=hold.amount_due,
                undiscounted=hold.undiscounted,
                tax=hold.tax,
                granted=granted,
                kept=order.kept if self._terms.is_later and granted is None else None,
                is_alone=self._terms.is_alone,
            )
        except Unsure:
            raise
        except Exception as error:
            # The shop's tax cannot be told, or the outbox cannot be written; and something is held.
            raise Unsure(error) from error
        return hold

    def _ask(self, order: HoldOrder) -> Mapping[str, Any]:
        if self._breaker.is_open:
            raise ApiAway("it failed several times in a row just now")
        try:
            evaluation = self._port.hold(order)
            _check_parts(evaluation, order)
        except ApiAway:
            self._breaker.failed()
            raise
        self._breaker.worked()
        return evaluation

    def _journalled(self, cart: Cart, order: HoldOrder, evaluation: Document) -> Document:
        """Return what is to be delivered of a grant of promotions that need no count; the others drop out of it."""
        return {
            "evaluation": evaluation,
            "at": evaluation["at"],
            "revision": evaluation["revision"],
            "cart": write_cart(cart),
            "guest_key": order.guest_key,
        }


def _check_parts(evaluation: Mapping[str, Any], order: HoldOrder) -> None:
    """Check that an answer is about the cart that was asked for: its tax, and the shop's order, go by its lines."""
    for part in ("lines", "shipping"):
        try:
            answered = [one["id"] for one in evaluation[part] if one["after"] >= 0]
        except (KeyError, TypeError) as error:
            raise ApiAway(f"its answer has no lawful {part}") from error
        if sorted(answered) != sorted(one["id"] for one in order.cart[part]):
            raise ApiAway(f"its answer is about other {part} than the cart's")


def _refused(refusal: ApiRefused, limit: Limit) -> Exception:
    if refusal.code == "TOTAL_CHANGED" and refusal.evaluation is not None:
        return TotalChanged(str(refusal), limit.hold("", "", refusal.evaluation).evaluation)
    if refusal.code == "CHECKOUT_IN_FLIGHT":
        return CheckoutInFlight("Another attempt of this checkout is still running.")
    if refusal.code == "REDEMPTION_CLOSED":
        return CheckoutClosed("This checkout is confirmed or in doubt.")
    return refusal
