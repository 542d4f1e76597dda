"""An order while it is computed: what each line still lacks, and what each source has given. Pure.

Source: CONTRACTS.md section 1.5 "The calculation", steps 2 and 6 to 10.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias, TypeVar

from promo_engine.documents import DocumentError
from promo_engine.money import MAX_AMOUNT, Rounding
from promo_server.expressions import MAX_STEPS, RuleLimitError, Steps, numbers
from promo_server.lightrail_sources import InternalSource, Source, ValueStore

MAX_ORDER_STEPS = 1_000_000
"""What all rules may take together on one order: a second or so."""


class OrderRefused(Exception):  # noqa: N818 - it is what happened, not an error of ours
    """The order cannot be processed; nothing is to be stored. ``code`` is the contract's ``messageCode``."""

    code: str


class RuleTooCostly(OrderRefused):
    """A rule goes beyond its bounds on this order, or all rules together do."""

    code = "RuleTooCostly"

    def __init__(self, store_id: str, reason: str) -> None:
        super().__init__(f"A rule of the value store {store_id!r} {reason}.")
        self.store_id = store_id


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line as the request has it. The unit price is in minor units.

    ``document`` is the whole line in plain JSON, for rules to read; its price and quantity are those given here.
    """

    unit_price: int
    quantity: int = 1
    tax_rate: Decimal = Decimal(0)
    document: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.unit_price < 0:
            raise DocumentError("unitPrice", f"must not be negative, as {self.unit_price} is")
        if self.quantity < 1:
            raise DocumentError("quantity", f"must be at least 1, not {self.quantity}")
        if self.subtotal > MAX_AMOUNT:
            raise DocumentError("unitPrice", f"times the quantity must be at most {MAX_AMOUNT}, not {self.subtotal}")
        if not self.tax_rate.is_finite() or self.tax_rate > 1:
            raise DocumentError("taxRate", f"must be at most 1, not {self.tax_rate}")

    @property
    def subtotal(self) -> int:
        """The unit price times the quantity."""
        return self.unit_price * self.quantity


class RunningLine:
    """A line with what has come of it so far. ``total`` is what rules read as ``lineTotal``."""

    __slots__ = ("applied", "document", "line", "place", "total")

    def __init__(
        self,
        place: int,
        line: OrderLine,
        total: Mapping[str, int] | None = None,
        applied: Sequence[tuple[str, int]] = (),
    ) -> None:
        amount = line.subtotal
        fresh = {"subtotal": amount, "taxable": amount, "tax": 0, "discount": 0, "remainder": amount}
        self.place = place
        self.line = line
        self.total = dict(total or fresh)
        self.applied = list(applied)
        known = {"unitPrice": line.unit_price, "quantity": line.quantity, "lineTotal": self.total}
        self.document: Mapping[str, object] = {**line.document, **known}

    def copy(self) -> "RunningLine":
        """Return the same, to try what would come of it."""
        return RunningLine(self.place, self.line, self.total, self.applied)

    @property
    def remainder(self) -> int:
        """What nothing has paid yet."""
        return self.total["remainder"]

    @property
    def payable(self) -> int:
        """What it costs: payments do not lower that, discounts do."""
        return self.total["subtotal"] + self.total["tax"] - self.total["discount"]

    def pay(self, amount: int) -> int:
        """Take so much of an amount as is left to pay, and return it."""
        taken = min(amount, self.remainder)
        self.total["remainder"] -= taken
        return taken

    def add_tax(self, rounding: Rounding) -> None:
        """Add the tax on what is left."""
        taxable = self.total["taxable"] = self.remainder
        tax = whole(numbers.multiply(max(self.line.tax_rate, Decimal(0)), Decimal(taxable)), rounding)
        self.total["tax"] = tax
        self.total["remainder"] += tax


_EIGHT_PLACES = Decimal("0.00000001")


def whole(amount: Decimal, rounding: Rounding = Rounding.HALF_EVEN) -> int:
    """Round an amount of minor units, half-even after it was rounded to eight decimals.

    >>> (
    ...     whole(Decimal("22.5")),
    ...     whole(Decimal("37.5")),
    ...     whole(Decimal("0.499999999")),
    ...     whole(Decimal("22.5"), Rounding.HALF_UP),
    ... )
    (22, 38, 0, 23)
    """
    if rounding is Rounding.HALF_UP:
        return int(numbers.round_half_up(amount))
    return int(numbers.round_half_even(numbers.round_to(amount, _EIGHT_PLACES)))


def worth(amount: Decimal, most: int) -> int:
    """Return what a value rule gives of at most so much: nothing where its result is negative or NaN.

    >>> [worth(Decimal(amount), 500) for amount in ("99.5", "-1", "NaN", "500.4", "Infinity")]
    [100, 0, 0, 500, 500]
    """
    if amount.is_nan() or amount <= 0:
        return 0
    return most if amount >= most else whole(amount)


@dataclass(slots=True, eq=False)
class Draw:
    """What a source has given to an order so far."""

    source: Source
    amount: int = 0


Names: TypeAlias = dict[str, object]
Result = TypeVar("Result")


class RunningOrder:
    """The lines, the largest first, and the draws. Sources are applied one after the other."""

    __slots__ = ("draws", "lines", "metadata", "steps", "subtotal")

    def __init__(self, lines: list[RunningLine], metadata: Mapping[str, object] | None, steps: Steps) -> None:
        self.lines = sorted(lines, key=lambda line: -line.line.subtotal)
        self.draws: list[Draw] = []
        self.metadata = metadata
        self.steps = steps
        self.subtotal = sum(line.line.subtotal for line in lines)

    def copy(self) -> "RunningOrder":
        """Return the same, to try what would come of it; steps are taken from the same stock."""
        return RunningOrder([line.copy() for line in self.lines], self.metadata, self.steps)

    @property
    def payable(self) -> int:
        """What all lines cost."""
        return sum(line.payable for line in self.lines)

    @property
    def remainder(self) -> int:
        """What nothing has paid yet."""
        return sum(line.remainder for line in self.lines)

    def add_tax(self, rounding: Rounding) -> None:
        """Add the tax of each line, on what is left of it."""
        for line in self.lines:
            line.add_tax(rounding)

    def apply(self, source: Source) -> None:
        """Take from a source what it gives to each line, in the order of the lines."""
        draw = Draw(source)
        self.draws.append(draw)
        if isinstance(source, ValueStore):
            self._apply_store(source, draw)
            return
        most = source.balance if isinstance(source, InternalSource) else source.maximum
        for line in self.lines:
            draw.amount += line.pay(line.remainder if most is None else most - draw.amount)

    def _apply_store(self, store: ValueStore, draw: Draw) -> None:
        names = self._names()
        for line in self.lines:
            if line.remainder <= 0:
                continue
            names |= {
                "currentLineItem": line.document,
                "value": {"balanceChange": -draw.amount, "metadata": store.metadata},
            }
            if store.redemption_rule and not self._evaluate(store, store.redemption_rule.boolean, names):
                continue
            if store.value_rule:
                taken = line.pay(worth(self._evaluate(store, store.value_rule.number, names), line.remainder))
            else:
                taken = line.pay((store.balance or 0) - draw.amount)
            draw.amount += taken
            line.total["discount"] += taken if store.discount else 0
            line.applied += [(store.id, taken)] if taken else []

    def _names(self) -> Names:
        """Return what rules may speak of, but for the line and the value store."""
        lines = [line.document for line in self.lines]
        return {"lineItems": lines, "totals": {"subtotal": self.subtotal}, "metadata": self.metadata}

    def _evaluate(self, store: ValueStore, evaluate: Callable[[Names, Steps], Result], names: Names) -> Result:
        steps = Steps(MAX_STEPS)
        try:
            found = evaluate(names, steps)
            self.steps.take(steps.taken)
        except RuleLimitError as error:
            raise RuleTooCostly(store.id, str(error)) from None
        return found
