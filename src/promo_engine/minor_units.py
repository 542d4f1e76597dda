"""Amounts of documents that stand there in major units, as people write them: 5.00 where 500 is meant.

Errors: ``MinorUnitsError`` (a ``DocumentError``).
"""

import re
from decimal import Decimal

from promo_engine.documents import DocumentError, json_type
from promo_engine.money import MAX_AMOUNT, MAX_DIGITS, Currency

_DECIMAL = re.compile(r"[0-9]{1,16}\.[0-9]{1,8}")


class MinorUnitsError(DocumentError):
    """An amount has a decimal point or an exponent, as no whole number of minor units has; ``given`` stands there."""

    def __init__(self, path: str, given: Decimal | float | str) -> None:
        hint = "minor units: 12.50 is 1250"
        super().__init__(path, f"must be a whole number from 0 to {MAX_AMOUNT}, not {json_type(given)}; {hint}")
        self.given = given

    def _at(self, path: str) -> DocumentError:
        return MinorUnitsError(path, self.given)

    def of(self, currency: Currency) -> DocumentError:
        """Return the same error as it is told of a rules file, where the currency is known.

        >>> str(MinorUnitsError("discount_value", Decimal("5.00")).of(Currency.of("EUR")))
        'discount_value: amounts in a rules file are whole minor units: 5.00 EUR is 500, not 5.00'
        """
        text = str(self.given)
        shown = f'"{text}"' if isinstance(self.given, str) else text
        try:
            number = Decimal(text if len(text) <= MAX_DIGITS else "NaN")
            example = f": {number:f} {currency.code} is {currency.minor(number)}, not {shown}"
        except DocumentError:
            example = f", not {json_type(self.given)}"
        return DocumentError(self.path, f"amounts in a rules file are whole minor units{example}")


def refuse_major_units(value: object, path: str = "") -> None:
    """Refuse a number with a decimal point or an exponent, even a whole one, and such a number as text.

    Raises:
        MinorUnitsError: it is one.
    """
    if isinstance(value, Decimal | float) or (isinstance(value, str) and _DECIMAL.fullmatch(value)):
        raise MinorUnitsError(path, value)


def in_currency(error: DocumentError, currency: Currency) -> DocumentError:
    """Return an error as it is told where the currency is known."""
    return error.of(currency) if isinstance(error, MinorUnitsError) else error
