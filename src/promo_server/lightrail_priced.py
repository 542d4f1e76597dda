"""What came of an order of the value-store contract: lines, steps and totals. Amounts are minor units."""

from dataclasses import dataclass
from enum import StrEnum

from promo_server.lightrail_lines import OrderLine
from promo_server.lightrail_sources import CardSource, InternalSource, Source, ValueStore


class Rail(StrEnum):
    """Where money of a step comes from."""

    LIGHTRAIL = "lightrail"
    INTERNAL = "internal"
    CARD = "stripe"


@dataclass(frozen=True, slots=True)
class Step:
    """What one source gives to the order. ``amount`` is positive: a balance sinks by it.

    There is no balance before and after for a card or a value store with a value rule, and there are no uses without a
    limit of them.
    """

    source: Source
    amount: int
    uses: int = 0

    @property
    def rail(self) -> Rail:
        """Where the money comes from."""
        if isinstance(self.source, ValueStore):
            return Rail.LIGHTRAIL
        return Rail.INTERNAL if isinstance(self.source, InternalSource) else Rail.CARD

    @property
    def balance_before(self) -> int | None:
        """What the source had."""
        return None if isinstance(self.source, CardSource) else self.source.balance

    @property
    def balance_after(self) -> int | None:
        """What the source has left."""
        return None if self.balance_before is None else self.balance_before - self.amount

    @property
    def uses_before(self) -> int | None:
        """How many uses the source had."""
        return self.source.uses if isinstance(self.source, ValueStore) else None

    @property
    def uses_after(self) -> int | None:
        """How many uses the source has left."""
        return None if self.uses_before is None else self.uses_before - self.uses


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line and what came of it; ``place`` is where it stood in the request, ``applied`` what each value store gave.

    ``payable`` is ``subtotal + tax - discount``. ``remainder`` is what no source took.
    """

    line: OrderLine
    place: int
    subtotal: int
    taxable: int
    tax: int
    discount: int
    payable: int
    remainder: int
    applied: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of an order: ``payable`` is what was paid by each rail, and ``remainder`` and ``forgiven``.

    A charge that is too small for the card counts as remainder or as forgiven, not as paid.
    """

    subtotal: int
    tax: int
    discount: int
    payable: int
    remainder: int
    forgiven: int
    discount_lightrail: int
    paid_lightrail: int
    paid_internal: int
    paid_card: int


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """An order and what came of it.

    The lines stand by their subtotal, the largest first, and at equal ones as in the request; the steps in the order in
    which the sources were used, those that gave nothing left out.
    """

    lines: tuple[PricedLine, ...]
    steps: tuple[Step, ...]
    totals: Totals
