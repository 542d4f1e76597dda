"""A promotion: a configured offer, with when, for whom and how often it may apply.

Source: seed 003 for the fields, CONTRACTS.md for the decisions. Times are judged on the company's own clock and
calendar. Errors: ``DocumentError``.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from promo_engine.checks import set_field
from promo_engine.documents import DocumentError
from promo_engine.money import Currency

if TYPE_CHECKING:
    from promo_engine.rules import Rules, RulesPart

NO_AMOUNTS: "Mapping[Currency, Rules]" = MappingProxyType({})
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Status(StrEnum):
    """What is stored of a published promotion; the clock says the rest."""

    ACTIVE = "active"
    PAUSED = "paused"


class Combination(StrEnum):
    """How the set of promotions that applies is chosen."""

    BEST_FOR_CUSTOMER = "best_for_customer"
    BY_PRIORITY = "by_priority"


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of a day: start inclusive, end exclusive; an end before the start wraps midnight.

    An end equal to the start is a whole day from that hour on.

    >>> night = Hours(time(22), time(2))
    >>> night.wraps, Hours(time(8), time(20)).wraps
    (True, False)
    """

    start: time
    end: time

    @property
    def wraps(self) -> bool:
        """Whether the hours run past midnight."""
        return self.end <= self.start


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a promotion runs: two instants, and days and hours within them.

    An end instant includes its whole second. Days and hours are what the company's clocks and calendars show: hours
    that the clocks skip never open, hours that they show twice are open twice; hours that wrap midnight belong to the
    day on which they started.
    """

    start: datetime
    end: datetime
    days: frozenset[str] = frozenset()
    hours: Hours | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise DocumentError("schedule", "start and end must be aware datetimes")

    def has_started(self, at: datetime) -> bool:
        """Whether the start has come."""
        return at >= self.start

    @property
    def over(self) -> datetime:
        """The first moment after the whole second of the end."""
        return self.end.replace(microsecond=0) + timedelta(seconds=1)

    def has_ended(self, at: datetime) -> bool:
        """Whether the whole second of the end has passed."""
        return at >= self.over

    def is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether days and hours admit this moment.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 11, 22, 12, tzinfo=UTC)  # a Sunday
        >>> weekdays = Schedule(noon, noon, days=frozenset(DAYS[:5]))
        >>> weekdays.is_open(noon, ZoneInfo("Europe/Berlin"))
        False
        """
        if not self.days and self.hours is None:
            return True
        local = at.astimezone(zone)
        day, clock = local.date(), local.time()
        if self.hours is not None:
            if self.hours.wraps:
                if self.hours.end <= clock < self.hours.start:
                    return False
                if clock < self.hours.end:
                    day -= timedelta(days=1)
            elif not self.hours.start <= clock < self.hours.end:
                return False
        return not self.days or DAYS[day.weekday()] in self.days


@dataclass(frozen=True, slots=True)
class ItemMinimum:
    """What some goods of the cart must come to before promotions, in minor units, or how many units of them it holds.

    ``items`` are selectors; a unit that bears several of them counts once. ``amounts`` are what stands in the place of
    ``amount`` in other currencies.
    """

    items: frozenset[str]
    amount: int | None = None
    quantity: int | None = None
    amounts: Mapping[Currency, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        set_field(self, "items", frozenset(self.items))

    def in_currency(self, currency: Currency) -> "ItemMinimum":
        """Return the same minimum in another currency."""
        return replace(self, amount=self.amounts.get(currency), amounts={})


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whom and which carts a promotion is for; an empty field asks for nothing.

    Several entries mean any of them, but in ``segments_all``, ``required_all`` and ``item_minimums``. ``nth_order`` is
    the number of the order that the customer is about to place; 1 is the first. ``conditions`` are those that plugins
    supply, by name, with their typed parameters; raw ones, or none, where the plugin is missing.
    """

    segments: frozenset[str] = frozenset()
    segments_all: frozenset[str] = frozenset()
    first_order_only: bool = False
    nth_order: int | None = None
    tiers: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    required_any: frozenset[str] = frozenset()
    required_all: frozenset[str] = frozenset()
    item_minimums: tuple[ItemMinimum, ...] = ()
    shipping_methods: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    payment_methods: frozenset[str] = frozenset()
    conditions: "Mapping[str, RulesPart | Mapping[str, Any] | None]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _SETS:
            if getattr(self, name):
                set_field(self, name, frozenset(getattr(self, name)))


_SETS = (
    "segments",
    "segments_all",
    "tiers",
    "regions",
    "required_any",
    "required_all",
    "shipping_methods",
    "channels",
    "payment_methods",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a promotion may be used; ``None`` is without limit.

    ``daily`` counts by the company's day. A promotion without any limit touches no counter.
    """

    total: int | None = None
    customer: int | None = None
    daily: int | None = None

    def __bool__(self) -> bool:
        return not (self.total is None and self.customer is None and self.daily is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """An offer as configured. ``rules`` are the typed rules of its promotion type; raw ones, or none, if it is missing.

    ``priority``: higher is applied first. ``display`` is what the shop shows; the engine only carries it.
    """

    id: str
    name: str
    type: str
    rules: "Rules | Mapping[str, Any] | None"
    currency: Currency
    schedule: Schedule
    code: str | None = None
    auto_apply: bool = False
    stackable: bool = False
    exclusion_group: str | None = None
    priority: int = 0
    status: Status = Status.ACTIVE
    eligibility: Eligibility = Eligibility()
    limits: Limits = Limits()
    display: Mapping[str, str] = field(default_factory=dict)
    campaign_id: str = ""

    def __post_init__(self) -> None:
        for currency in self._amounts:
            for i, one in enumerate(self.eligibility.item_minimums):
                if one.amount is not None and currency not in one.amounts:
                    path = f"eligibility.item_minimums[{i}].amounts"
                    raise DocumentError(path, f"must have an amount in {currency.code}, as the rules have")

    @property
    def _amounts(self) -> "Mapping[Currency, Rules]":
        """The rules in other currencies."""
        amounts: Mapping[Currency, Rules] = getattr(self.rules, "amounts", NO_AMOUNTS)
        return amounts

    @property
    def budget(self) -> int | None:
        """The most that it takes off all carts together, in minor units; None is without limit."""
        amount: int | None = getattr(self.rules, "budget_amount", None)
        return amount

    @property
    def is_limited(self) -> bool:
        """Whether its uses or its spending are counted."""
        return bool(self.limits) or self.budget is not None

    def in_other_currencies(self) -> "Iterator[Promotion]":
        """Yield the promotion in each other currency that its rules have amounts of: one id, one count of uses.

        >>> from promo_engine.testing import amount_off
        >>> five_dollars = amount_off(500, rules={"amounts": {"JPY": 800}})
        >>> [(one.currency.code, one.rules.discount_value) for one in five_dollars.in_other_currencies()]
        [('JPY', 800)]
        """
        for currency, other in self._amounts.items():
            minimums = tuple(minimum.in_currency(currency) for minimum in self.eligibility.item_minimums)
            eligibility = replace(self.eligibility, item_minimums=minimums)
            yield replace(self, currency=currency, rules=other, eligibility=eligibility)


def first_open(schedule: Schedule, zone: ZoneInfo) -> datetime | None:
    """Return the first moment from start to end at which days and hours admit a promotion; None where they never do.

    >>> from datetime import UTC
    >>> start = datetime(2026, 11, 22, tzinfo=UTC)  # a Sunday
    >>> weekdays = Schedule(start, start + timedelta(days=7), frozenset(DAYS[:5]), Hours(time(8), time(20)))
    >>> first_open(weekdays, ZoneInfo("Europe/Berlin")).isoformat()
    '2026-11-23T07:00:00+00:00'
    """
    return next((moment for moment in _openings(schedule, zone) if schedule.is_open(moment, zone)), None)


def local_day(at: datetime, zone: ZoneInfo) -> str:
    """Return the company's calendar day of a moment, as ``2026-11-22``: what a daily limit counts by.

    >>> from datetime import UTC
    >>> local_day(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), ZoneInfo("Asia/Tokyo"))
    '2026-11-23'
    """
    return at.astimezone(zone).date().isoformat()


def _openings(schedule: Schedule, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield in order, from start to end, every moment at which days and hours may begin to admit."""
    yield schedule.start
    opens = schedule.hours.start if schedule.hours else time.min
    day = schedule.start.astimezone(zone).date()
    while not schedule.has_ended(_instant(day, time.min, zone)):
        for moment in sorted({*_shown(day, opens, zone), *_clock_changes(day, zone)}):
            if schedule.has_started(moment) and not schedule.has_ended(moment):
                yield moment
        day += timedelta(days=1)


def _shown(day: date, clock: time, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments at which the clocks show this time: two where they go back, odd ones where they skip it."""
    for fold in (0, 1):
        yield _instant(day, clock.replace(fold=fold), zone)


def _clock_changes(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the second of a day at which the clocks change: skipped or repeated hours may open there."""
    first, last = _instant(day, time.min, zone), _instant(day + timedelta(days=1), time.min, zone)

    def is_changed(second: int) -> bool:
        moment = first + timedelta(seconds=second)
        return moment.astimezone(zone).utcoffset() != first.astimezone(zone).utcoffset()

    seconds = (last - first) // timedelta(seconds=1)
    if is_changed(seconds):
        yield first + timedelta(seconds=bisect_left(range(seconds), True, key=is_changed))


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
