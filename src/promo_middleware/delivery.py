"""Delivering the outbox: outcomes to the API once it is there, and doubts to whoever can settle them."""

import logging
import threading
from collections.abc import Callable

from promo_middleware.errors import ApiAway, ApiRefused
from promo_middleware.outbox import Entry, Outbox, Step
from promo_middleware.port import HoldOrder, Port

logger = logging.getLogger(__name__)

FIRST_LOOKUP = 5.0
FIRST_RETRY = 0.5
LONGEST_WAIT = 3_600.0

OUTCOMES = {Step.CONFIRM: "confirmed", Step.RELEASE: "released", Step.DOUBT: "in_doubt"}

OrderLookup = Callable[[str], int | None]
"""Return the amount, in minor units, that the shop charged for a checkout reference; None when it has no order."""


class Delivery:
    """Delivers what is due; safe to call from any thread, one at a time."""

    def __init__(
        self,
        outbox: Outbox,
        port: Port,
        clock: Callable[[], float],
        *,
        order_lookup: OrderLookup | None = None,
        charge_timeout: float = 600.0,
        first_lookup: float = FIRST_LOOKUP,
    ) -> None:
        """Take the parts; ``charge_timeout`` is how long after its lease an order may still appear."""
        self._outbox = outbox
        self._port = port
        self._clock = clock
        self._order_lookup = order_lookup
        self._charge_timeout = charge_timeout
        self._first_lookup = first_lookup
        self._lock = threading.Lock()

    def work(self) -> bool:
        """Deliver and look up all that is due now; False when the API is away, which ends the round."""
        with self._lock:
            for entry in self._outbox.due(self._clock()):
                try:
                    self.one(entry)
                except ApiAway:
                    return False
        return True

    def one(self, entry: Entry) -> None:
        """Take one entry a step on.

        Raises:
            ApiAway: it stays where it is, for later.
        """
        if entry.step is Step.OPEN:
            logger.error("checkout %s: its lease ran out unreported; in doubt", entry.reference)
            self._move(entry, Step.DOUBT)
        elif entry.step is Step.IN_DOUBT:
            self._look_up(entry)
        else:
            self._deliver(entry)

    def _deliver(self, entry: Entry) -> None:
        try:
            self._report(entry)
        except ApiRefused as refusal:
            self._refused(entry, refusal)
        except ApiAway as error:
            self._move(entry, entry.step, wait=_backoff(FIRST_RETRY, entry.tries), why=str(error))
            raise
        else:
            self._delivered(entry)

    def _report(self, entry: Entry) -> None:
        if entry.granted is not None:
            self._port.hold(_grant_order(entry))
        elif entry.step is Step.CONFIRM:
            self._port.confirm(entry.reference, entry.attempt, entry.charged)
        elif entry.step is Step.RELEASE:
            self._port.release(entry.reference, entry.attempt, entry.charged)
        else:
            self._port.doubt(entry.reference, entry.attempt, entry.charged)

    def _delivered(self, entry: Entry) -> None:
        if entry.step is Step.DOUBT:
            self._outbox.forget_grant(entry.reference, entry.attempt)
            self._move(entry, Step.IN_DOUBT, wait=self._first_lookup, tries=0)
        else:
            self._outbox.remove(entry.reference, entry.attempt)

    def _refused(self, entry: Entry, refusal: ApiRefused) -> None:
        """Meet a refusal: what was never held needs no release, everything else is kept for an operator."""
        never_held = refusal.code in ("REDEMPTION_NOT_FOUND", "CHECKOUT_IN_FLIGHT")
        if never_held and entry.step is Step.RELEASE:
            self._outbox.remove(entry.reference, entry.attempt)
        elif never_held and entry.step is Step.DOUBT:
            self._move(entry, Step.IN_DOUBT, wait=self._first_lookup, tries=0)
        else:
            logger.error("checkout %s: %s refused: %s", entry.reference, entry.step, refusal)
            self._move(entry, Step.REJECTED, why=str(refusal))

    def _look_up(self, entry: Entry) -> None:
        wait = _backoff(self._first_lookup, entry.tries)
        if self._order_lookup is None:
            self._move(entry, Step.IN_DOUBT, wait=LONGEST_WAIT)
            return
        try:
            amount = self._order_lookup(entry.reference)
        except Exception:
            logger.exception("checkout %s: order_lookup failed", entry.reference)
            self._move(entry, Step.IN_DOUBT, wait=wait)
            return
        if amount is None:
            is_over = self._clock() >= entry.lease_until + self._charge_timeout
            self._move(entry, Step.RELEASE if is_over else Step.IN_DOUBT, wait=0 if is_over else wait)
        elif amount == entry.amount_due:
            self._move(entry, Step.CONFIRM, charged=amount)
        else:
            held = entry.amount_due
            logger.error("checkout %s: held %s, charged %s: in doubt", entry.reference, held, amount)
            self._move(entry, Step.IN_DOUBT, wait=wait, charged=amount)

    def _move(
        self,
        entry: Entry,
        step: Step,
        *,
        wait: float = 0.0,
        tries: int | None = None,
        charged: int | None = None,
        why: str = "",
    ) -> None:
        self._outbox.move(
            entry.reference,
            entry.attempt,
            step,
            try_at=self._clock() + wait,
            tries=entry.tries + 1 if tries is None else tries,
            charged=charged,
            why=why,
        )


def _grant_order(entry: Entry) -> HoldOrder:
    granted = dict(entry.granted or {})
    return HoldOrder(
        reference=entry.reference,
        attempt=entry.attempt,
        cart=granted.pop("cart"),
        guest_key=granted.pop("guest_key"),
        granted=granted | {"outcome": OUTCOMES[entry.step], "charged": entry.charged},
    )


def _backoff(first: float, tries: int) -> float:
    """Wait twice as long each time, up to an hour.

    >>> [_backoff(0.5, tries) for tries in (0, 1, 2, 20)]
    [0.5, 1.0, 2.0, 3600.0]
    """
    return min(LONGEST_WAIT, first * 2.0 ** min(tries, 20))
