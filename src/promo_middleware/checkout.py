"""Hold and settle: from the cart that the shop is about to charge to an outcome in the outbox.

Blocking, framework-free; shells that must not block call it in a thread. Source: CHECKOUT.md.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from promo_engine import MAX_TEXT, UNKNOWN, Cart, Currency, Document, Evaluation, evaluate, read_currency, write_cart
from promo_middleware.breaker import Breaker
from promo_middleware.delivery import Delivery
from promo_middleware.errors import (
    ApiAway,
    ApiRefused,
    CheckoutClosed,
    CheckoutInFlight,
    CheckoutRefused,
    TotalChanged,
)
from promo_middleware.outbox import Outbox, Step
from promo_middleware.port import DEFAULT_TTL, HoldOrder, Port
from promo_middleware.pricing import Pricing
from promo_middleware.settle import decide

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Hold:
    """What a checkout was granted: charge ``amount_due`` and store it. Amounts are minor units of ``currency``.

    ``evaluation`` is the evaluation document; its ``lines`` say what is off each line.
    """

    reference: str
    attempt: str
    evaluation: Mapping[str, Any]
    charged_amount: int | None = field(default=None, init=False)

    @property
    def amount_due(self) -> int:
        """What to charge."""
        due: int = self.evaluation["totals"]["amount_due"]
        return due

    @property
    def undiscounted(self) -> int:
        """What the cart would cost without any of the hold's discounts."""
        totals = self.evaluation["totals"]
        due: int = totals["items"] + totals["shipping"]
        return due

    @property
    def currency(self) -> str:
        """The code of the amounts' currency."""
        return self.money.code

    @property
    def money(self) -> Currency:
        """The currency of the amounts."""
        totals = self.evaluation["totals"]
        return read_currency(totals["currency"], totals["exponent"])

    @property
    def discounts(self) -> Sequence[Mapping[str, Any]]:
        """The applied promotions with their discount and its share on each line."""
        applied: Sequence[Mapping[str, Any]] = self.evaluation["applied"]
        return applied

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """Each line before and after all discounts: ``before - discount = after``."""
        lines: Sequence[Mapping[str, Any]] = self.evaluation["lines"]
        return lines

    def charged(self, amount: int) -> None:
        """Say what was charged, in minor units, where the response does not state it."""
        self.charged_amount = amount


class Checkouts:
    """Holds and outcomes of one shop."""

    def __init__(
        self,
        port: Port,
        pricing: Pricing,
        outbox: Outbox,
        delivery: Delivery,
        *,
        clock: Callable[[], float],
        lease: int,
        wake: Callable[[], None],
        is_later: bool = False,
    ) -> None:
        """Take the parts; ``lease`` in seconds; ``wake`` has the outbox delivered soon; the shop may settle later."""
        self._port = port
        self._pricing = pricing
        self._outbox = outbox
        self._delivery = delivery
        self._clock = clock
        self._lease = lease
        self._wake = wake
        self._is_later = is_later
        self._breaker = Breaker(clock)
        self.counts: Counter[str] = Counter()

    def hold(self, cart: Cart, *, reference: str, attempt: str, shown: int | None, ttl: int = DEFAULT_TTL) -> Hold:
        """Hold a cart's promotions; while the API is away, grant what needs no count and journal it.

        Raises:
            CheckoutRefused: ``TotalChanged``, ``CheckoutInFlight`` or ``CheckoutClosed``; nothing is taken.
            ValueError: the reference cannot be one.
        """
        _check_reference(reference)
        cart = self._pricing.stamped(cart)
        if shown is None:
            shown = self._pricing.price(cart).amount_due
        is_new = self._open(reference, attempt)
        try:
            evaluation = self._held(cart, reference, attempt, shown, ttl)
        except _Unsure as error:
            self._pricing.forget(cart.customer)
            # The API may hold it all the same: what was not granted is reported as released.
            if is_new:
                self._outbox.settle(reference, attempt, Step.RELEASE, now=self._clock(), charged=None)
                self._wake()
            raise error.refusal from None
        except Exception:
            # The cart is to show what made the total another one.
            self._pricing.forget(cart.customer)
            if is_new:
                self._outbox.remove(reference, attempt)
            raise
        # All unknown guests are one: what was shown to another of them is not to change under their eyes.
        if cart.customer is not None and cart.customer.is_countable:
            self._pricing.forget(cart.customer)
        return Hold(reference, attempt, evaluation)

    def settle(self, hold: Hold, status: int | None, stated: int | None) -> None:
        """Report how a checkout ended: into the outbox now, to the API soon."""
        charged = stated if hold.charged_amount is None else hold.charged_amount
        due, undiscounted = hold.amount_due, hold.undiscounted
        outcome = decide(status, charged, due=due, undiscounted=undiscounted, is_later=self._is_later)
        if outcome.error:
            logger.error("checkout %s: %s", hold.reference, outcome.error)
            self.counts["charge_mismatch"] += 1
        self.counts[outcome.step.value] += 1
        self._outbox.settle(hold.reference, hold.attempt, outcome.step, now=self._clock(), charged=outcome.charged)
        self._wake()

    def without_hold(self, path: str, stated: int | None) -> None:
        """Say that a checkout route answered without holding anything."""
        said = "unsaid" if stated is None else str(stated)
        logger.error("checkout_without_hold: %s charged %s without calling hold()", path, said)
        self.counts["checkout_without_hold"] += 1

    def _open(self, reference: str, attempt: str) -> bool:
        """Enter the checkout in the outbox, delivering what earlier attempts report first; return whether it is new."""
        opened = self._outbox.open(reference, attempt, now=self._clock(), lease=self._lease)
        for earlier in opened.earlier:
            if self._breaker.is_open:
                break
            try:
                self._delivery.one(earlier)
            except ApiAway:
                logger.warning("checkout %s: an earlier report is still to be delivered", reference)
        return opened.is_new

    def _held(self, cart: Cart, reference: str, attempt: str, shown: int, ttl: int) -> Mapping[str, Any]:
        fields = {"reference": reference, "attempt": attempt, "lease": self._lease, "ttl": ttl}
        order = HoldOrder.of(cart, shown=shown, **fields)
        try:
            evaluation = self._ask(order)
        except ApiAway as error:
            logger.warning("checkout %s: the API is away (%s)", reference, error)
            self.counts["api_away"] += 1
            return self._granted_here(cart, order)
        except ApiRefused as refusal:
            raise _refused(refusal) from refusal
        self._write_down(order, evaluation, granted=None)
        return evaluation

    def _ask(self, order: HoldOrder) -> Mapping[str, Any]:
        if self._breaker.is_open:
            raise ApiAway("it failed several times in a row just now")
        try:
            evaluation = self._port.hold(order)
        except ApiAway:
            self._breaker.failed()
            raise
        self._breaker.worked()
        return evaluation

    def _granted_here(self, cart: Cart, order: HoldOrder) -> Document:
        """Grant promotions that need no count; the others drop out, and a higher total is told before the charge."""
        ruleset = self._pricing.ruleset
        evaluation: Evaluation = evaluate(cart, ruleset, UNKNOWN)
        document = evaluation.document()
        if order.shown is not None and evaluation.amount_due > order.shown:
            message = f"The amount due is {evaluation.amount_due}, above the {order.shown} that was shown."
            raise _Unsure(TotalChanged(message, document))
        granted = {
            "evaluation": document,
            "at": document["at"],
            "revision": ruleset.revision,
            "cart": write_cart(cart),
            "guest_key": order.guest_key,
        }
        self._write_down(order, document, granted=granted)
        return document

    def _write_down(self, order: HoldOrder, evaluation: Mapping[str, Any], granted: Document | None) -> None:
        totals = evaluation["totals"]
        kept = {"cart": order.cart, "guest_key": order.guest_key, "ttl": order.ttl}
        self._outbox.granted(
            order.reference,
            order.attempt,
            amount_due=totals["amount_due"],
            undiscounted=totals["items"] + totals["shipping"],
            granted=granted,
            kept=kept if self._is_later and granted is None else None,
        )


class _Unsure(Exception):  # noqa: N818 - a state of knowledge
    """A refusal of ours after a call that the API may have answered with a hold."""

    def __init__(self, refusal: CheckoutRefused) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def _check_reference(reference: str) -> None:
    is_text = 1 <= len(reference) <= MAX_TEXT and reference.isprintable()
    if not is_text or reference in (".", ".."):
        raise ValueError(f"a checkout reference has 1 to {MAX_TEXT} printable characters, not {reference!r}")


def _refused(refusal: ApiRefused) -> Exception:
    if refusal.code == "TOTAL_CHANGED" and refusal.evaluation is not None:
        return TotalChanged(str(refusal), refusal.evaluation)
    if refusal.code == "CHECKOUT_IN_FLIGHT":
        return CheckoutInFlight("Another attempt of this checkout is still running.")
    if refusal.code == "REDEMPTION_CLOSED":
        return CheckoutClosed("This checkout is confirmed or in doubt.")
    return refusal
