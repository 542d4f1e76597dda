"""What pays an order of the value-store contract, and the order in which it is used. Pure: no clock, no storage.

Source: CONTRACTS.md section 1.4 "States and what each blocks" and section 1.5 "The calculation", steps 1, 3, 4 and 5.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from typing import TypeAlias

from promo_engine.documents import DocumentError
from promo_server.expressions import Rule

MINIMUM_CHARGES: Mapping[str, int] = {
    **dict.fromkeys(("AUD", "BRL", "CAD", "CHF", "EUR", "JPY", "NZD", "SGD", "USD"), 50),
    "DKK": 250,
    "HKD": 400,
    "MXN": 10,
    "NOK": 300,
    "SEK": 300,
}
"""The least that a card may be charged, in minor units, where a source does not say."""


class Obstacle(StrEnum):
    """Why nothing can be taken from a value store: the contract's ``messageCode``."""

    WRONG_CURRENCY = "WrongCurrency"
    CANCELED = "ValueCanceled"
    FROZEN = "ValueFrozen"
    INACTIVE = "ValueInactive"
    NOT_STARTED = "ValueNotStarted"
    ENDED = "ValueEnded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueStore:
    """A value store as an order sees it. Amounts are minor units of its currency.

    It has a balance or a ``value_rule``, which says what it is worth for a line. ``uses`` are those that are left, None
    without a limit. What a rule reads of ``metadata`` is plain JSON.
    """

    id: str
    currency: str
    balance: int | None = None
    value_rule: Rule | None = None
    redemption_rule: Rule | None = None
    discount: bool = False
    pre_tax: bool = False
    uses: int | None = None
    active: bool = True
    frozen: bool = False
    canceled: bool = False
    starts: datetime | None = None
    ends: datetime | None = None
    metadata: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        if (self.balance is None) is (self.value_rule is None):
            raise DocumentError("balance", "must be given, or a value rule instead, not both")
        _check_not_negative("balance", self.balance)
        _check_not_negative("uses", self.uses)

    @property
    def is_plain(self) -> bool:
        """Whether it has no rule."""
        return self.value_rule is None and self.redemption_rule is None

    def obstacle(self, currency: str, now: datetime) -> Obstacle | None:
        """Return why nothing can be taken from it, or None. Debits and transfers refuse by it, orders leave it out.

        It can be used strictly after its start and strictly before its end.

        >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        >>> store = ValueStore(id="a", currency="USD", balance=500, ends=noon)
        >>> (
        ...     store.obstacle("USD", noon).value,
        ...     store.obstacle("USD", noon.replace(hour=11)),
        ...     store.obstacle("CAD", noon).value,
        ... )
        ('ValueEnded', None, 'WrongCurrency')
        """
        obstacles = {
            Obstacle.WRONG_CURRENCY: self.currency != currency,
            Obstacle.CANCELED: self.canceled,
            Obstacle.FROZEN: self.frozen,
            Obstacle.INACTIVE: not self.active,
            Obstacle.NOT_STARTED: self.starts is not None and now <= self.starts,
            Obstacle.ENDED: self.ends is not None and now >= self.ends,
        }
        return next((obstacle for obstacle, stands in obstacles.items() if stands), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalSource:
    """An amount that the caller keeps himself, and says how much there is of it."""

    id: str
    balance: int
    pre_tax: bool = False
    before_lightrail: bool = False

    def __post_init__(self) -> None:
        _check_not_negative("balance", self.balance)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSource:
    """A card, charged with what is left, after all else. Amounts are minor units.

    ``minimum`` is by default that of the currency, ``maximum`` none. A charge below the minimum is forgiven where
    ``forgive_below_minimum`` says so.
    """

    minimum: int | None = None
    maximum: int | None = None
    forgive_below_minimum: bool = False

    def __post_init__(self) -> None:
        _check_not_negative("minAmount", self.minimum)
        _check_not_negative("maxAmount", self.maximum)

    def least(self, currency: str) -> int:
        """Return the least that it can be charged.

        >>> CardSource().least("USD"), CardSource(minimum=1).least("USD"), CardSource().least("POINTS")
        (50, 1, 0)
        """
        return MINIMUM_CHARGES.get(currency.upper(), 0) if self.minimum is None else self.minimum


Source: TypeAlias = ValueStore | InternalSource | CardSource


def _check_not_negative(path: str, amount: int | None) -> None:
    if amount is not None and amount < 0:
        raise DocumentError(path, f"must not be negative, as {amount} is")


def usable(sources: Iterable[Source], currency: str, now: datetime) -> tuple[Source, ...]:
    """Return the sources that an order can use: each value store once, none with an obstacle or with nothing left."""
    kept: dict[object, Source] = {}
    for place, source in enumerate(sources):
        if not isinstance(source, ValueStore):
            kept[place] = source
        elif source.balance != 0 and source.uses != 0 and source.obstacle(currency, now) is None:
            kept.setdefault(source.id, source)
    return tuple(kept.values())


def order_of_use(sources: Sequence[Source], *, pre_tax: bool) -> Iterator[Sequence[Source]]:
    """Yield the sources of one half, before or after tax, in groups: which of a group comes first depends on the order.

    Internal sources that want to be before Lightrail; value stores, those that are discounts first, then by their end,
    then those without a redemption rule; other internal sources; cards.

    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> gift = ValueStore(id="gift", currency="USD", balance=2000)
    >>> promo = ValueStore(id="promo", currency="USD", balance=500, discount=True)
    >>> ending = ValueStore(id="ending", currency="USD", balance=3000, ends=now)
    >>> [[one.id for one in group] for group in order_of_use([gift, ending, promo], pre_tax=False)]
    [['promo'], ['ending'], ['gift']]
    """
    half = [one for one in sources if not isinstance(one, CardSource) and one.pre_tax is pre_tax]
    internals = [one for one in half if isinstance(one, InternalSource)]
    stores = sorted((one for one in half if isinstance(one, ValueStore)), key=_rank)
    yield from ([one] for one in internals if one.before_lightrail)
    yield from (list(group) for _, group in groupby(stores, key=_rank))
    yield from ([one] for one in internals if not one.before_lightrail)
    if not pre_tax:
        yield from ([one] for one in sources if isinstance(one, CardSource))


_NEVER = datetime.max.replace(tzinfo=UTC)


def _rank(store: ValueStore) -> tuple[bool, bool, datetime, bool]:
    return not store.discount, store.ends is None, store.ends or _NEVER, store.redemption_rule is not None


def candidates(group: Sequence[Source]) -> Sequence[Source]:
    """Return which sources of a group may come next: of value stores without a rule only the first of the smallest.

    Which of equal ones comes first makes no difference to what the order costs.

    >>> stores = [ValueStore(id=str(balance), currency="USD", balance=balance) for balance in (30, 10, 20)]
    >>> [one.id for one in candidates(stores)]
    ['10']
    """
    plain = [one for one in group if isinstance(one, ValueStore) and one.is_plain]
    smallest = min(plain, key=lambda store: store.balance or 0, default=None)
    return [one for one in group if one is smallest or not (isinstance(one, ValueStore) and one.is_plain)]
