"""Values: what customers and codes bring along, who may use them, and what is left of them."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import floor

from examples.shop.ledger.checkout import SHIPPING, Checkout, Shares, Value
from examples.shop.ledger.offer import plain
from examples.shop.ledger.till import Till, prices, spread


class Purse:
    """All values, and the cents that are left of each."""

    def __init__(self, values: Iterable[Value]) -> None:
        self.values = list(values)
        self.left = {value.id: value.cents for value in self.values}

    def of(self, checkout: Checkout) -> list[Value]:
        """Return what a checkout may use: the customer's, and those whose code was entered; percents first."""
        codes = {plain(code) for code in checkout.codes}
        customer_id = checkout.customer.id if checkout.customer else ""
        usable = [
            value
            for value in self.values
            if (plain(value.code) in codes if value.code is not None else value.customer_id == customer_id)
            and (value.percent or self.left[value.id])
        ]
        return sorted(usable, key=lambda value: (self.left[value.id], value.id))

    def take(self, taken: Mapping[str, int]) -> None:
        """Note what a checkout took."""
        for own_id, cents in taken.items():
            if self.left.get(own_id):
                self.left[own_id] -= cents

    def discount(self, value: Value, till: Till) -> Shares:
        """Take a value off the running prices of the goods."""
        goods = {one: left for one, left in till.left.items() if one != SHIPPING}
        if value.percent:
            exact = {one: Fraction(price * value.percent, 100) for one, price in prices(till.units).items()}
            shares = {one: min(half_even(part), goods[one]) for one, part in exact.items()}
        else:
            shares = dict(spread(min(self.left[value.id], sum(goods.values())), goods))
        till.take({one: share for one, share in shares.items() if share}, ())
        return {one: share for one, share in shares.items() if share}

    def pay(self, values: Iterable[Value], due: int) -> dict[str, int]:
        """Return what values that are no discount pay of what is left to pay."""
        paid: dict[str, int] = {}
        for value in values:
            amount = min(self.left[value.id], due - sum(paid.values()))
            if amount and not value.is_discount:
                paid[value.id] = amount
        return paid


EMPTY = Purse(())
"""Nobody brings anything along."""


def half_even(exact: Fraction) -> int:
    """Round to a whole number, halves to the even one.

    >>> half_even(Fraction(5, 2)), half_even(Fraction(7, 2)), half_even(Fraction(249, 100))
    (2, 4, 2)
    """
    whole, rest = floor(exact), exact - floor(exact)
    return whole + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1))
