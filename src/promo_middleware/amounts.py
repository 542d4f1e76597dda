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
            raise MappingError(path, f"must be an integer of minor units, not {_shown(value)}{_hint(value)}")
        try:
            return self.currency.minor(_decimal(value))
        except (DocumentError, InvalidOperation, TypeError) as error:
            many = self._decimals() if isinstance(error, DocumentError) else ""
            raise MappingError(path, f"must be an amount of {self.currency.code}, not {_shown(value)}{many}") from None

    def _decimals(self) -> str:
        """Say how many decimals there are, of an amount that has more."""
        exponent = self.currency.exponent
        decimals = f"{exponent or 'no'} decimal{'' if exponent == 1 else 's'}"
        return f": {self.currency.code} has {decimals}: round it"

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


def units(value: Any, path: str) -> int:
    """Return how many units a line has: a whole number, also where it is written ``"2"`` or ``2.0``.

    Raises:
        MappingError: it is none.

    >>> units(2.0, "quantity"), units("3", "quantity")
    (2, 3)
    """
    try:
        number, parts = _decimal(value).as_integer_ratio()
    except (InvalidOperation, TypeError):
        raise MappingError(path, f"must be a whole number such as 2, not {_shown(value)}") from None
    if parts != 1:
        problem = f"must be a whole number, not {_shown(value)}: what is weighed is 1 unit at its weighed price"
        raise MappingError(path, problem)
    return number


def _hint(value: Any) -> str:
    is_major = isinstance(value, str | float | Decimal)
    return ": the mapping's amounts='major' reads 59.90 and '59.90'" if is_major else ""


def _shown(value: Any) -> str:
    """Show a value that is none: a number as it is written, and nothing of what holds others."""
    if isinstance(value, Decimal):
        return str(value)
    return repr(value) if value is None or isinstance(value, str | int | float) else paths.kind(value)


def _decimal(value: Any) -> Decimal:
    """Return a number exactly; one of Python's own floats as it is shown, which is how JSON has it."""
    if isinstance(value, float):
        value = float.__repr__(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise TypeError
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise TypeError
    return number
