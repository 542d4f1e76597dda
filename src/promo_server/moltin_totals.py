"""What a cart of the Moltin contract comes to: its ``simple`` way of counting tax. Pure.

Tax is of each unit, rounded for each unit; promotions take off what the engine says, after tax. The engine is asked
with prices that have their tax, so that an amount off is that amount off what is paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from promo_engine import Currency, Document, Rounding, round_ratio

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
"""Of currencies that the company has given no symbol; others are shown by their codes."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """An amount without and with its tax, in minor units."""

    without_tax: int
    with_tax: int

    @property
    def tax(self) -> int:
        """The tax."""
        return self.with_tax - self.without_tax

    def times(self, quantity: int) -> "Amounts":
        """Return so many of it."""
        return Amounts(self.without_tax * quantity, self.with_tax * quantity)


def unit_of(amount: int, rates: Sequence[Decimal], rounding: Rounding, *, includes_tax: bool) -> Amounts:
    """Return a unit's price without and with tax; the tax of all rates is rounded once.

    >>> unit_of(999, [Decimal("0.2")], Rounding.HALF_UP, includes_tax=False)
    Amounts(without_tax=999, with_tax=1199)
    >>> unit_of(1199, [Decimal("0.2")], Rounding.HALF_UP, includes_tax=True)
    Amounts(without_tax=999, with_tax=1199)
    """
    rate = Fraction(sum(rates, Decimal(0)))
    if includes_tax:
        without = amount / (1 + rate)
        return Amounts(round_ratio(without.numerator, without.denominator, rounding), amount)
    tax = amount * rate
    return Amounts(amount, amount + round_ratio(tax.numerator, tax.denominator, rounding))


def total_of(goods: Sequence[Amounts], evaluation: Document) -> Amounts:
    """Return what a cart comes to: never below zero, nor less without tax than that.

    >>> due = {"totals": {"amount_due": 2600, "items_discount": 1000}}
    >>> total_of([Amounts(2997, 3597), Amounts(3, 3)], due)
    Amounts(without_tax=2000, with_tax=2600)
    """
    totals = evaluation["totals"]
    without = sum(one.without_tax for one in goods) - totals["items_discount"]
    return Amounts(min(max(0, without), totals["amount_due"]), totals["amount_due"])


def formatted(amount: int, currency: Currency, symbol: str) -> str:
    """Write an amount for people.

    >>> formatted(-123450, Currency.of("USD"), "$")
    '-$1,234.50'
    """
    sign = "-" if amount < 0 else ""
    return f"{sign}{symbol}{currency.major(abs(amount)):,f}"


def symbol_of(currency: Currency, given: str | None) -> str:
    """Return what stands before an amount.

    >>> symbol_of(Currency.of("CHF"), None), symbol_of(Currency.of("CHF"), "Fr.")
    ('CHF ', 'Fr.')
    """
    return given or SYMBOLS.get(currency.code, f"{currency.code} ")


def line_of(item: dict[str, Any], unit: Amounts) -> Document:
    """Return an item as a line of the engine's cart document."""
    return {
        "id": item["id"],
        "sku": item["sku"] or "",
        "product_id": item["product_id"] or "",
        "unit_price": unit.with_tax,
        "quantity": item["quantity"],
    }
