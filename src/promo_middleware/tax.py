"""Tax on what is left to pay, never on what was to be paid before discounts. Whole numbers of minor units throughout.

Gross prices have their tax inside: fields that state it are scaled. Net prices have it on top: it is computed anew on
the discounted amounts. Source: CHECKOUT.md "Tax".
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Protocol, TypeAlias

from promo_engine import Cart, Document, Rounding, round_ratio
from promo_middleware.errors import ConfigurationError, MappingError

DECIMALS = 6
"""A rate has at most so many, of a percent."""
REST = "rest:"
"""Before a line's id: what of its price does not divide into units."""
WHOLE = 100 * 10**DECIMALS
"""A rate of 100 %: rates are whole numbers of millionths of a percent."""

Per: TypeAlias = Literal["line", "rate", "total"]
Rates: TypeAlias = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRule:
    """How a shop rounds the tax on its net prices: per line, per rate (as an invoice lists it), or once in total.

    Where it is not rounded per line, each line's own share is its tax rounded up for those with the largest remainders,
    down for the others: so they sum to it.

    >>> TaxRule(per="total").on([333, 333, 333], [rate(Decimal(19))] * 3), TaxRule().on([333], [rate(Decimal(19))])
    ([64, 63, 63], [63])
    """

    per: Per = "line"
    rounding: Literal["half_up", "half_even"] = "half_up"

    def __post_init__(self) -> None:
        if self.per not in ("line", "rate", "total"):
            raise ConfigurationError(f"tax is rounded per 'line', 'rate' or 'total', not per {self.per!r}")
        if self.rounding not in ("half_up", "half_even"):
            raise ConfigurationError(f"the rounding of tax is 'half_up' or 'half_even', not {self.rounding!r}")

    def on(self, amounts: Sequence[int], rates: Sequence[int]) -> list[int]:
        """Return the tax on each of some net amounts."""
        exact = [amount * rate for amount, rate in zip(amounts, rates, strict=True)]
        taxes = [0] * len(exact)
        for places in self._together(rates):
            tax = round_ratio(sum(exact[i] for i in places), WHOLE, Rounding(self.rounding))
            odd = tax - sum(exact[i] // WHOLE for i in places)
            largest = sorted(places, key=lambda i: -(exact[i] % WHOLE))[:odd]
            for i in places:
                taxes[i] = exact[i] // WHOLE + (i in largest)
        return taxes

    def _together(self, rates: Sequence[int]) -> list[list[int]]:
        """Return the places of the amounts whose tax is rounded together."""
        together: dict[int, list[int]] = {}
        for i, one in enumerate(rates):
            together.setdefault({"line": i, "rate": one, "total": 0}[self.per], []).append(i)
        return list(together.values())


@dataclass(frozen=True, slots=True)
class Taxes:
    """The tax on each line and shipping entry by id, in minor units; what is not there bears none."""

    lines: Mapping[str, int] = field(default_factory=dict)
    shipping: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.lines.values()) + sum(self.shipping.values())


TaxOf: TypeAlias = Callable[[Cart, Mapping[str, Any]], Taxes]
"""Return the tax on an evaluation document of a net cart: on what its lines and shipping entries cost ``after``."""


class Dues(Protocol):
    """What is due on top of an evaluation's amounts."""

    def taxes(self, evaluation: Mapping[str, Any]) -> Taxes:
        """Return the tax on an evaluation document's amounts."""


@dataclass(frozen=True, slots=True)
class Rated:
    """Tax by the rates that a shop's cart states."""

    rule: TaxRule
    lines: Rates
    shipping: Rates

    def taxes(self, evaluation: Mapping[str, Any]) -> Taxes:
        """Return the tax on each amount; all that is rounded together is rounded together, shipping too."""
        lines = whole_lines(((one["id"], one["after"]) for one in evaluation["lines"]), self.lines)
        shipping = evaluation["shipping"]
        amounts = [*lines.values(), *(one["after"] for one in shipping)]
        rates = [*(self.lines[name] for name in lines), *(self.shipping[one["id"]] for one in shipping)]
        taxes = self.rule.on(amounts, rates)
        names = [one["id"] for one in shipping]
        return Taxes(
            dict(zip(lines, taxes[: len(lines)], strict=True)), dict(zip(names, taxes[len(lines) :], strict=True))
        )


@dataclass(frozen=True, slots=True)
class Called:
    """Tax by the shop's own function."""

    cart: Cart
    function: TaxOf

    def taxes(self, evaluation: Mapping[str, Any]) -> Taxes:
        """Ask the shop.

        Raises:
            MappingError: it does not return lawful ``Taxes``.
        """
        taxes = self.function(self.cart, evaluation)
        if not isinstance(taxes, Taxes):
            raise MappingError("tax", f"tax() must return Taxes, not {type(taxes).__name__}")
        for one in (*taxes.lines.values(), *taxes.shipping.values()):
            if type(one) is not int or one < 0:
                raise MappingError("tax", f"tax() must return whole numbers of minor units, not {one!r}")
        return taxes


def whole_lines(amounts: Iterable[tuple[str, int]], names: Container[str]) -> dict[str, int]:
    """Return what each line of the shop costs: a rest that did not divide into its units belongs to it.

    >>> whole_lines([("a", 1398), ("rest:a", 2), ("rest:b", 5)], ["a", "rest:b"])
    {'a': 1400, 'rest:b': 5}
    """
    whole: dict[str, int] = {}
    for name, amount in amounts:
        owner = name if name in names else name.removeprefix(REST)
        whole[owner] = whole.get(owner, 0) + amount
    return whole


def undiscounted(cart: Cart) -> Document:
    """Return as much of an evaluation document as tax needs, of a cart without any promotion."""
    return {
        "lines": [{"id": one.id, "quantity": one.quantity, "after": one.total} for one in _sorted(cart.lines)],
        "shipping": [{"id": one.id, "after": one.price} for one in _sorted(cart.shipping)],
    }


def without_discounts(evaluation: Mapping[str, Any]) -> Document:
    """Return an evaluation document's amounts as if no promotion applied."""
    parts = ("lines", "shipping")
    return {part: [{**one, "after": one["before"]} for one in evaluation[part]] for part in parts}


def taxed(evaluation: Mapping[str, Any], taxes: Taxes | None) -> Mapping[str, Any]:
    """Return an evaluation document whose totals state tax, and an amount due with it; the same without any."""
    if taxes is None:
        return evaluation
    totals = evaluation["totals"]
    due = totals["amount_due"] + taxes.total
    return {**evaluation, "totals": {**totals, "tax": taxes.total, "amount_due": due}}


def rate(percent: object, where: str = "tax_rate") -> int:
    """Read a rate in percent: a number or a string; one of Python's floats as it is shown.

    Raises:
        MappingError: it is none from 0 to 100 with at most six decimals.

    >>> rate(19), rate("5.5")
    (19000000, 5500000)
    """
    if isinstance(percent, int | float | str | Decimal) and not isinstance(percent, bool):
        try:
            units = Decimal(float.__repr__(percent) if isinstance(percent, float) else percent) * 10**DECIMALS
            if units.is_finite() and 0 <= units <= WHOLE and units == int(units):
                return int(units)
        except InvalidOperation:
            pass
    raise MappingError(where, f"must be a percentage from 0 to 100, such as 19 or 5.5, not {percent!r}")


def inside(amount: int, one: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Return the tax that a gross amount has inside.

    >>> inside(1190, rate(19))
    190
    """
    return round_ratio(amount * one, WHOLE + one, rounding)


def scaled(tax: int, before: int, after: int) -> int:
    """Return the tax that is inside of a gross amount once it is discounted, from the tax that was.

    >>> scaled(190, 1190, 595), scaled(190, 1190, 0), scaled(0, 0, 0)
    (95, 0, 0)
    """
    return tax if after == before else round_ratio(tax * after, before)


def _sorted(entries: Sequence[Any]) -> list[Any]:
    return sorted(entries, key=lambda one: one.id)
