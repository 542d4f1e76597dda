"""Delivering the outbox: outcomes to the API once it is there, and doubts to whoever can settle them."""

import logging
import threading
from collections.abc import Callable

from promo_middleware.entry import Entry, Step
from promo_middleware.errors import ApiAway, ApiRefused, ApiUnfit
from promo_middleware.outbox import Outbox
from promo_middleware.port import HoldOrder, Port

logger = logging.getLogger(__name__)

FIRST_LOOKUP = 5.0
FIRST_RETRY = 0.5
LONGEST_RETRY = 30.0
LONGEST_WAIT = 3_600.0
KEPT = 30 * 24 * 3_600.0
"""Seconds for which a reference that is confirmed, in doubt or settled elsewhere is remembered."""

_UNKNOWN = object()

OUTCOMES = {
    Step.CONFIRM: "confirmed",
    Step.RELEASE: "released",
    Step.DOUBT: "in_doubt",
    Step.KEEP: "in_doubt",  # the shop settles it, once it is there
}

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

    def recall(self) -> None:
        """Have doubts looked up at once, as a process does when it starts, if the shop can look orders up."""
        if self._order_lookup is not None:
            self._outbox.recall(self._clock())

    def forget_parent(self) -> None:
        """Work in a process that was forked: who held the lock may not be here."""
        self._lock = threading.Lock()

    def work(self) -> bool:
        """Deliver and look up all that is due now; False when the API is away, which ends the round."""
        with self._lock:
            self._outbox.purge(self._clock() - KEPT)
            for entry in self._outbox.due(self._clock()):
                try:
                    self.one(entry)
                except ApiAway:
                    return False
                except Exception:
                    logger.exception("checkout %s: its delivery failed", entry.reference)
                    self._advance(entry, entry.step, wait=_backoff(FIRST_RETRY, entry.tries, LONGEST_WAIT))
        return True

    def one(self, entry: Entry) -> None:
        """Take one entry a step on.

        Raises:
            ApiAway: it stays where it is, for later.
        """
        if entry.step is Step.OPEN:
            logger.error("checkout %s: its lease ran out unreported; in doubt", entry.reference)
            self._advance(entry, Step.DOUBT, tries=0)
        elif entry.step is Step.IN_DOUBT:
            self._look_up(entry, _backoff(self._first_lookup, entry.tries, LONGEST_WAIT))
        else:
            self._deliver(entry)

    def _deliver(self, entry: Entry) -> None:
        try:
            self._report(entry)
        except ApiRefused as refusal:
            self._refused(entry, refusal)
        except ApiUnfit as error:
            self._rejected(entry, error)
        except ApiAway as error:
            wait = _backoff(FIRST_RETRY, entry.tries, LONGEST_RETRY)
            if entry.step is Step.DOUBT and self._is_too_late(entry):
                self._look_up(entry, wait, why=str(error))  # the shopper need not wait until the API is back
            else:
                self._advance(entry, entry.step, wait=wait, why=str(error))
            raise
        else:
            self._delivered(entry)

    def _report(self, entry: Entry) -> None:
        charged = entry.charged_without_tax
        if entry.granted is not None:
            # It may be there already, with what was known then: the reply was lost, and it stays as it was told first.
            self._port.hold(_grant_order(entry))
        if entry.step is Step.CONFIRM:
            self._port.confirm(entry.reference, entry.attempt, charged)
        elif entry.step is Step.RELEASE:
            self._port.release(entry.reference, entry.attempt, charged)
        elif entry.granted is None and entry.step is Step.KEEP:
            self._port.hold(_kept_order(entry))
        elif entry.granted is None:
            self._port.doubt(entry.reference, entry.attempt, charged)

    def _delivered(self, entry: Entry) -> None:
        """Go on after a report: a confirmed reference is remembered, a doubt is for whoever can settle it.

        Who may have been charged is remembered too, and a handler that was only slow may still say how it ended. A hold
        that stands is the shop's to settle, days later if need be: it is never looked up.
        """
        if entry.step is Step.CONFIRM:
            self._advance(entry, Step.DONE, has_grant=False)
        elif entry.step is Step.DOUBT and self._order_lookup is not None:
            self._advance(entry, Step.IN_DOUBT, wait=self._first_lookup, tries=0, has_grant=False)
        elif entry.step is Step.DOUBT:
            self._advance(entry, Step.TOLD, tries=0, has_grant=False)
        elif entry.step is Step.KEEP:
            self._advance(entry, Step.ELSEWHERE, has_grant=False)
        else:
            self._outbox.drop(entry)

    def _refused(self, entry: Entry, refusal: ApiRefused) -> None:
        """Meet a refusal: what was never held needs no release; a grant waits for the attempt before it.

        A hold that does not stand any more was settled by the shop, or is another attempt's; a doubt by an operator.
        """
        if entry.step is Step.RELEASE:
            self._outbox.drop(entry)
        elif entry.granted is None and (
            entry.step is Step.KEEP or (entry.step is Step.DOUBT and refusal.code == "REDEMPTION_CLOSED")
        ):
            self._advance(entry, Step.ELSEWHERE, why=str(refusal))
        elif entry.granted is not None and refusal.code == "CHECKOUT_IN_FLIGHT":
            self._advance(entry, entry.step, wait=_backoff(FIRST_RETRY, entry.tries, LONGEST_RETRY), why=str(refusal))
        elif entry.step is Step.DOUBT and refusal.code in ("REDEMPTION_NOT_FOUND", "CHECKOUT_IN_FLIGHT"):
            self._delivered(entry)
        else:
            self._rejected(entry, refusal)

    def _rejected(self, entry: Entry, error: Exception) -> None:
        """Keep what the API will never take, for an operator; a release that it does not take frees nothing anyway."""
        logger.error("checkout %s: %s was not accepted: %s", entry.reference, entry.step, error)
        if entry.step is Step.RELEASE:
            self._outbox.drop(entry)
        else:
            self._advance(entry, Step.REJECTED, why=str(error))

    def _look_up(self, entry: Entry, wait: float, why: str = "") -> None:
        """Ask the shop how a doubt ended: its amount confirms it, no order releases it once it is too late for one.

        Another amount is told to the API when it is news.
        """
        amount = self._amount_of_order(entry.reference)
        if isinstance(amount, int) and amount == entry.amount_due:
            self._advance(entry, Step.CONFIRM, charged=amount)
        elif isinstance(amount, int) and amount != entry.charged:
            logger.error("checkout %s: held %s, charged %s: in doubt", entry.reference, entry.amount_due, amount)
            self._advance(entry, Step.DOUBT, charged=amount)
        elif amount is None and self._is_too_late(entry):
            self._advance(entry, Step.RELEASE)
        else:
            self._advance(entry, entry.step, wait=wait, why=why)

    def _is_too_late(self, entry: Entry) -> bool:
        """Whether no order of a checkout can appear any more."""
        return self._clock() >= entry.lease_until + self._charge_timeout

    def _amount_of_order(self, reference: str) -> object:
        """Ask the shop for the amount of an order; ``_UNKNOWN`` when it cannot say."""
        if self._order_lookup is None:
            return _UNKNOWN
        try:
            amount = self._order_lookup(reference)
        except Exception:
            logger.exception("checkout %s: order_lookup failed", reference)
            return _UNKNOWN
        if amount is None or type(amount) is int:
            return amount
        logger.error("checkout %s: order_lookup must return an int of minor units or None", reference)
        return _UNKNOWN

    def _advance(
        self,
        entry: Entry,
        step: Step,
        *,
        wait: float = 0.0,
        tries: int | None = None,
        charged: int | None = None,
        why: str = "",
        has_grant: bool = True,
    ) -> None:
        self._outbox.advance(
            entry,
            step,
            try_at=self._clock() + wait,
            tries=entry.tries + 1 if tries is None else tries,
            charged=charged,
            why=why,
            has_grant=has_grant,
        )


def _grant_order(entry: Entry) -> HoldOrder:
    granted = dict(entry.granted or {})
    return HoldOrder(
        reference=entry.reference,
        attempt=entry.attempt,
        cart=granted.pop("cart"),
        guest_key=granted.pop("guest_key"),
        granted=granted | {"outcome": OUTCOMES[entry.step], "charged": entry.charged_without_tax},
        tax=_tax(entry) if entry.step is Step.KEEP else None,  # else the outbox says how it ended, without tax
    )


def _kept_order(entry: Entry) -> HoldOrder:
    """Ask for the same hold once more, without a lease, and say what is charged on top of it."""
    kept = entry.kept or {}
    return HoldOrder(reference=entry.reference, attempt=entry.attempt, lease=0, tax=_tax(entry), **kept)


def _tax(entry: Entry) -> int | None:
    return entry.tax or None


def _backoff(first: float, tries: int, longest: float) -> float:
    """Wait twice as long each time, up to the longest.

    >>> [_backoff(0.5, tries, 30.0) for tries in (0, 1, 2, 20)]
    [0.5, 1.0, 2.0, 30.0]
    """
    return min(longest, first * 2.0 ** min(tries, 20))
