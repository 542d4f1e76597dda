"""Money as integers of minor units: currencies, rounding and exact allocation.

Source: PRICING.md section 1. Errors: ``DocumentError`` for an unknown currency or an amount with too many decimals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType

from promo_engine.documents import DocumentError

MAX_CODE = 16
MAX_DIGITS = 40
MAX_AMOUNT = 10**15
"""No amount of a document may exceed this many minor units."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency: its code and how many decimals its minor unit has.

    >>> Currency.of("KWD").exponent, Currency("POINTS", 0).minor(Decimal(12))
    (3, 12)
    """

    code: str
    exponent: int

    def __post_init__(self) -> None:
        is_word = self.code.isascii() and self.code.isprintable() and 1 <= len(self.code) <= MAX_CODE
        if not is_word or not 0 <= self.exponent <= 8:
            raise DocumentError("currency", f"needs a code of 1 to {MAX_CODE} characters and an exponent from 0 to 8")

    def __reduce__(self) -> tuple[type["Currency"], tuple[str, int]]:
        """Say how to copy or pickle it: compiled, a frozen dataclass does not know."""
        return Currency, (self.code, self.exponent)

    @classmethod
    def of(cls, code: str, private: "Mapping[str, Currency]" = MappingProxyType({})) -> "Currency":
        """Return the private currency of this code, or else that of ISO 4217.

        Raises:
            DocumentError: ISO 4217 does not list the code, or gives it no minor unit.

        >>> Currency.of("POINTS", {"POINTS": Currency("POINTS", 0)}).exponent
        0
        """
        return private.get(code) or _iso_currency(code)

    @classmethod
    def interned(cls, code: str, exponent: int) -> "Currency":
        """Return the same object for the same currency, so that carts and promotions compare at no cost.

        >>> Currency.interned("USD", 2) is Currency.of("USD")
        True
        """
        return _interned(code, exponent)

    @property
    def unit(self) -> int:
        """How many minor units one major unit is.

        >>> Currency.of("USD").unit, Currency.of("JPY").unit
        (100, 1)
        """
        return int(10**self.exponent)

    def minor(self, amount: Decimal | int) -> int:
        """Turn an amount of major units into minor units; more decimals than there are is an error.

        >>> Currency.of("USD").minor(Decimal("50.00")), Currency.of("JPY").minor(500)
        (5000, 500)
        """
        number = Decimal(amount)
        if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
            raise DocumentError("", "must be a number of reasonable size")
        numerator, denominator = number.as_integer_ratio()
        minor, rest = divmod(numerator * self.unit, denominator)
        if rest:
            places = f"at most {self.exponent} decimal places" if self.exponent else "no decimals"
            raise DocumentError("", f"{self.code} amounts have {places}, not {amount}")
        return minor

    def major(self, amount: int) -> Decimal:
        """Turn minor units into an exact decimal of major units.

        >>> Currency.of("USD").major(4792)
        Decimal('47.92')
        """
        return Decimal(amount).scaleb(-self.exponent)


NO_CURRENCIES: Mapping[str, Currency] = MappingProxyType({})
"""No private currencies."""


@cache
def _iso_currency(code: str) -> Currency:
    from iso4217 import Currency as Iso  # noqa: PLC0415 - building its table takes 20 ms

    try:
        exponent = Iso(code).exponent
    except (ValueError, TypeError):
        exponent = None
    if exponent is None:
        raise DocumentError("currency", f"must be an ISO 4217 code such as USD, not {code!r}")
    return _interned(code, exponent)


_interned = lru_cache(maxsize=1_024)(Currency)


class Rounding(StrEnum):
    """How an exact amount becomes a whole number of minor units."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


def round_ratio(numerator: int, denominator: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Round a non-negative exact ratio to a whole number.

    >>> [round_ratio(5, 2, mode) for mode in Rounding]
    [3, 2, 2]
    """
    whole, rest = divmod(numerator, denominator)
    rest *= 2
    if rest < denominator or rounding is _DOWN:
        return whole
    if rest == denominator and rounding is _HALF_EVEN:
        return whole + whole % 2
    return whole + 1


# To look up a member of an enumeration costs as much as the rounding.
_DOWN, _HALF_EVEN = Rounding.DOWN, Rounding.HALF_EVEN


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount over weights by largest remainder.

    Shares are never negative and sum to the amount exactly; each is within one of its proportional share, and never
    above its weight while the amount is not above their sum. Ties go to the larger weight, then to the earlier place:
    so give the weights in canonical order.

    >>> allocate(1000, [1, 1, 1])
    [334, 333, 333]
    >>> allocate(5, [0, 0])
    [0, 0]
    """
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    if len(weights) == 1:
        return [amount]
    shares: list[int] = []
    ranks: list[int] = []
    left = amount
    for weight in weights:
        product = amount * weight
        share = product // total
        shares.append(share)
        ranks.append((product - share * total) * total + weight)  # by remainder, then by weight: at most the total
        left -= share
    if left:
        for i in sorted(range(len(shares)), key=ranks.__getitem__, reverse=True)[:left]:
            shares[i] += 1
    return shares


def allocate_within(amount: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Split an amount over weights as ``allocate`` does, no share above its cap: the others take the excess.

    The amount must not exceed the caps together.

    >>> allocate_within(900, [500, 500, 500], [500, 100, 500])
    [400, 100, 400]
    """
    shares = [0] * len(weights)
    open_places = [i for i, weight in enumerate(weights) if weight]
    while open_places:
        parts = allocate(amount, [weights[i] for i in open_places])
        full = [i for i, part in zip(open_places, parts, strict=True) if part >= caps[i]]
        if not any(part > caps[i] for i, part in zip(open_places, parts, strict=True)):
            for i, part in zip(open_places, parts, strict=True):
                shares[i] = part
            break
        for i in full:
            shares[i] = caps[i]
            amount -= caps[i]
        open_places = [i for i in open_places if i not in full]
    return shares


def even_share(amount: int, parts: int, index: int) -> int:
    """Return what one of equal parts gets of an amount: parts differ by at most one, the first get more.

    >>> [even_share(10, 3, index) for index in range(3)]
    [4, 3, 3]
    """
    return (amount + parts - 1 - index) // parts
