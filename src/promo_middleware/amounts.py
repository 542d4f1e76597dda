"""Amounts in a shop's JSON: minor or major units in, minor units inside, and out as they stood."""

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias

from promo_engine import Currency, DocumentError
from promo_middleware import paths
from promo_middleware.errors import MappingError

Amounts: TypeAlias = Literal["minor", "major"]


class Scale(NamedTuple):
    """How a shop writes its amounts, in one currency."""

    amounts: Amounts
    currency: Currency

    def at(self, document: Any, path: str) -> int:
        """Return the amount at a path, in minor units.

        Raises:
            MappingError: it is not there, or no amount.
        """
        return self.minor(paths.value(document, path), path)

    def of_at_least_zero(self, document: Any, path: str) -> int:
        """Return the amount at a path, which must not be negative."""
        amount = self.at(document, path)
        if amount < 0:
            raise MappingError(path, f"must not be negative, not {amount}")
        return amount

    def minor(self, value: Any, path: str) -> int:
        """Return an amount in minor units; the path is for the error."""
        if self.amounts == "minor":
            if isinstance(value, int) and not isinstance(value, bool):
                return value
            raise MappingError(path, f"must be an integer of minor units, not {value!r}{_hint(value)}")
        try:
            return self.currency.minor(_decimal(value))
        except (DocumentError, InvalidOperation, TypeError):
            raise MappingError(path, f"must be an amount of {self.currency.code}, not {value!r}") from None

    def put(self, document: Any, path: str, amount: int) -> None:
        """Put an amount at a path: a string where there was one, with the decimals of its currency."""
        holder, name = paths.place(document, path)
        if self.amounts == "minor":
            holder[name] = amount
            return
        price = self.currency.major(amount)
        is_text = isinstance(holder.get(name) if isinstance(holder, dict) else holder[name], str)
        holder[name] = str(price) if is_text else price


@lru_cache(maxsize=256)
def scale_in(amounts: Amounts, code: str) -> Scale:
    """Return how a shop writes amounts in the currency of a code, in any case.

    Raises:
        DocumentError: there is no such currency.
    """
    return Scale(amounts, Currency.of(code.upper()))


def _hint(value: Any) -> str:
    is_major = isinstance(value, str | Decimal)
    return ": the mapping's amounts='major' reads 59.90 and '59.90'" if is_major else ""


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise TypeError
    return number
