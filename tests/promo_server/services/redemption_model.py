"""What CHECKOUT.md says of redemptions, once more and as simply as can be: the server is held to it.

Written from the text, not from the code; decision 4 fills where the text is silent. No storage, no engine: promotions
are fixed amounts, so that a cart is priced in one line.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

CounterName = tuple[str, str, str]
"""The code of an offer, the scope of a limit, and whose or which day's it is."""

COUNTS = frozenset({"held", "in_doubt", "confirmed"})

SETTLED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("held", "confirm"): "confirmed",
        ("held", "release"): "released",
        ("held", "doubt"): "in_doubt",
        ("in_doubt", "confirm"): "confirmed",
        ("in_doubt", "release"): "released",
        ("in_doubt", "doubt"): "in_doubt",
        ("expired", "confirm"): "confirmed",
        ("expired", "release"): "released",
        ("expired", "doubt"): "late",
        ("late", "confirm"): "confirmed",
        ("late", "release"): "released",
        ("late", "doubt"): "late",
        ("confirmed", "confirm"): "confirmed",
        ("released", "release"): "released",
    }
)
"""What a report makes of a state; whatever is not here is refused. A confirm may end as late instead."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion: so much off, in minor units, as long as its limits admit it; a budget may be used up.

    With a limit ``code`` the code is one beside the promotion's own, and the limit is the code's.
    """

    code: str
    discount: int
    limits: Mapping[str, int] = field(default_factory=dict)

    def counters(self, customer: str, day: str, discount: int) -> dict[CounterName, int]:
        """Return what one use raises, and by how much."""
        keys = {"total": "", "daily": day, "customer": f"customer:{customer}", "budget": "", "code": ""}
        return {(self.code, one, keys[one]): discount if one == "budget" else 1 for one in self.limits}


@dataclass(frozen=True, slots=True)
class Cart:
    """What a shopper would buy, at a price in minor units."""

    price: int
    codes: tuple[str, ...]
    customer: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A request to hold; lease and time to live in seconds."""

    reference: str
    attempt: str
    cart: Cart
    shown: int | None
    lease: int
    ttl: int


@dataclass(frozen=True, slots=True)
class Report:
    """A confirm, a release or a doubt."""

    reference: str
    event: str
    attempt: str | None
    charged: int | None


@dataclass(frozen=True, slots=True)
class Checkout:
    """What a reference has come to; ``discounts`` are minor units by code, ``taken`` what it raised or had raised."""

    state: str
    attempt: str
    cart: Cart
    lease_until: datetime | None
    expires_at: datetime
    discounts: Mapping[str, int]
    taken: Mapping[CounterName, int]
    day: str
    charged: int | None = None

    @property
    def amount_due(self) -> int:
        """What is to be charged."""
        return self.cart.price - sum(self.discounts.values())

    def at(self, now: datetime) -> "Checkout":
        """Let time do its work: an unreported lease ends in doubt, else the time to live ends the hold."""
        if self.state != "held" or now < (self.lease_until or self.expires_at):
            return self
        return replace(self, state="in_doubt" if self.lease_until else "expired", lease_until=None)


def meet(before: Checkout | None, attempt: str, cart: Cart) -> str:
    """Say how a hold meets its reference, time having done its work: grant, same, in_flight or closed."""
    if before is None:
        return "grant"
    is_own = attempt == before.attempt
    if before.state in {"released", "expired"}:
        return "closed" if is_own else "grant"
    if before.state != "held":
        return "closed"
    if before.lease_until is not None and not is_own:
        return "in_flight"
    return "same" if cart == before.cart else "grant"


class Model:
    """All checkouts of a shop, and its clock. An answer is the checkout, or the code of a refusal."""

    def __init__(self, offers: list[Offer], now: datetime) -> None:
        """Begin with nothing taken."""
        self.offers = {one.code: one for one in offers}
        self.checkouts: dict[str, Checkout] = {}
        self.ended: set[tuple[str, str]] = set()
        self.now = now

    @property
    def day(self) -> str:
        """The shop's day: it keeps UTC."""
        return self.now.date().isoformat()

    def notice(self) -> None:
        """Let time do its work; the server does so before it answers a request, or when it sweeps."""
        self.checkouts = {name: one.at(self.now) for name, one in self.checkouts.items()}

    def used(self, *, but_for: str = "") -> Counter[CounterName]:
        """Sum up what counts."""
        used: Counter[CounterName] = Counter()
        for reference, one in self.checkouts.items():
            if one.state in COUNTS and reference != but_for:
                used.update(one.taken)
        return used

    def left(self, name: CounterName, used: Mapping[CounterName, int]) -> int:
        """Return how much more of a counter may be taken."""
        code, scope, _ = name
        return self.offers[code].limits[scope] - used.get(name, 0)

    def answer(self, request: Hold | Report) -> Checkout | str:
        """Answer a request."""
        self.notice()
        before = self.checkouts.get(request.reference)
        after = self._hold(before, request) if isinstance(request, Hold) else self._settle(before, request)
        self._end(before, request, after)
        if isinstance(after, str):
            return after
        self.checkouts[request.reference] = after
        is_too_late = after.state == "late" and isinstance(request, Report) and request.event == "confirm"
        return "HOLD_EXPIRED" if is_too_late else after

    def _end(self, before: Checkout | None, request: Hold | Report, after: Checkout | str) -> None:
        """Note an attempt that was reported but holds nothing, or whose place another one took."""
        holder = None if before is None else before.attempt
        if isinstance(request, Report) and request.attempt not in (None, holder):
            self.ended.add((request.reference, request.attempt))
        if holder is not None and isinstance(after, Checkout) and after.attempt != holder:
            self.ended.add((request.reference, holder))

    def _hold(self, before: Checkout | None, asked: Hold) -> Checkout | str:
        is_own = before is not None and before.attempt == asked.attempt
        if not is_own and (asked.reference, asked.attempt) in self.ended:
            return "REDEMPTION_CLOSED"
        met = meet(before, asked.attempt, asked.cart)
        if met in {"in_flight", "closed"}:
            return {"in_flight": "CHECKOUT_IN_FLIGHT", "closed": "REDEMPTION_CLOSED"}[met]
        lease_until = self.now + timedelta(seconds=asked.lease) if asked.lease else None
        after = self._granted(asked, lease_until) if before is None or met == "grant" else before
        if asked.shown is not None and after.amount_due > asked.shown:
            return "TOTAL_CHANGED"
        if after.attempt != asked.attempt:
            expires_at = max(after.expires_at, self.now + timedelta(seconds=asked.ttl))
            return replace(after, attempt=asked.attempt, lease_until=lease_until, expires_at=expires_at)
        return after if asked.lease else replace(after, lease_until=lease_until)

    def _granted(self, asked: Hold, lease_until: datetime | None) -> Checkout:
        used, cart = self.used(but_for=asked.reference), asked.cart
        discounts: dict[str, int] = {}
        taken: dict[CounterName, int] = {}
        for offer in (self.offers[code] for code in cart.codes):
            counters = offer.counters(cart.customer, self.day, offer.discount)
            given = min([offer.discount] + [self.left(name, used) for name in counters if name[1] == "budget"])
            if given > 0 and all(self.left(name, used) > 0 for name in counters):
                discounts[offer.code] = given
                taken |= offer.counters(cart.customer, self.day, given)
        expires_at = self.now + timedelta(seconds=asked.ttl)
        return Checkout("held", asked.attempt, cart, lease_until, expires_at, discounts, taken, self.day)

    def _settle(self, before: Checkout | None, report: Report) -> Checkout | str:
        if before is None:
            return "REDEMPTION_NOT_FOUND"
        if report.attempt not in (None, before.attempt):
            return "CHECKOUT_IN_FLIGHT"
        state = SETTLED.get((before.state, report.event))
        if state is None:
            return "REDEMPTION_CLOSED"
        if report.event == "confirm" and report.charged not in (None, before.amount_due):
            return "CHARGE_MISMATCH"
        after = before
        if state == "confirmed" and before.state not in COUNTS:
            again = self._taken_again(before)
            after, state = (before, "late") if again is None else (again, state)
        if state == before.state != "in_doubt":
            return before
        charged = before.charged if report.charged is None else report.charged
        return replace(after, state=state, lease_until=None, charged=charged)

    def _taken_again(self, before: Checkout) -> Checkout | None:
        """Take the uses of a checkout once more, today; None if one of them is not left."""
        used, taken = self.used(), dict[CounterName, int]()
        for code, discount in before.discounts.items():
            taken |= self.offers[code].counters(before.cart.customer, self.day, discount)
        has_room = all(amount <= self.left(name, used) for name, amount in taken.items())
        return replace(before, taken=taken, day=self.day) if has_room else None
