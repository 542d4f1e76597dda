"""The order arithmetic of the value-store contract: a pure module beside the engine. No clock, no storage.

Source: CONTRACTS.md section 1.5 "The calculation, step by step"; ``price_order`` reads like it. Errors:

OrderRefused
├── InsufficientBalance    something is left to pay, and that is not allowed
├── CardChargeTooSmall     a card would be charged less than its minimum
└── RuleTooCostly          a rule goes beyond its bounds
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from promo_engine.money import Rounding
from promo_server.expressions import Steps
from promo_server.lightrail_lines import (
    MAX_ORDER_STEPS,
    Draw,
    OrderLine,
    OrderRefused,
    RuleTooCostly,
    RunningLine,
    RunningOrder,
)
from promo_server.lightrail_priced import PricedLine, PricedOrder, Rail, Step, Totals
from promo_server.lightrail_sources import (
    CardSource,
    InternalSource,
    Obstacle,
    Source,
    ValueStore,
    candidates,
    order_of_use,
    usable,
)

__all__ = [
    "CardChargeTooSmall",
    "CardSource",
    "InsufficientBalance",
    "InternalSource",
    "Obstacle",
    "Order",
    "OrderLine",
    "OrderRefused",
    "PricedLine",
    "PricedOrder",
    "Rail",
    "RuleTooCostly",
    "Source",
    "Step",
    "Totals",
    "ValueStore",
    "price_order",
]


class InsufficientBalance(OrderRefused):
    """The sources do not pay the order, and it does not allow a remainder."""

    code = "InsufficientBalance"

    def __init__(self, remainder: int) -> None:
        super().__init__(f"The sources leave {remainder} unpaid, and the order does not allow a remainder.")
        self.remainder = remainder


class CardChargeTooSmall(OrderRefused):
    """A card would be charged less than its minimum, and neither the order nor the source makes up for that."""

    code = "StripeAmountTooSmall"

    def __init__(self, amount: int, minimum: int) -> None:
        super().__init__(
            f"The card would be charged {amount}, less than its minimum of {minimum}: "
            "allow a remainder, forgive such amounts (forgiveSubMinAmount), or add a fee."
        )
        self.amount = amount
        self.minimum = minimum


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid, and with what. Amounts are minor units of the currency.

    The sources stand in the order of the request, the value stores of a customer at his place.
    """

    currency: str
    lines: Sequence[OrderLine]
    sources: Sequence[Source]
    allow_remainder: bool = False
    tax_rounding: Rounding = Rounding.HALF_EVEN
    metadata: Mapping[str, object] | None = None


def price_order(order: Order, now: datetime) -> PricedOrder:
    """Compute who pays what of an order.

    Value stores with an obstacle at this moment, or with nothing left, are left out silently, as the contract has it.

    Raises:
        OrderRefused: something is left to pay, a charge is too small, a rule is too costly; nothing is to be stored.

    20 % off 30.00 before tax leave 24.00, and 5 % tax on them 1.20; the account has 20.00, the card pays 5.20:

    >>> from datetime import UTC
    >>> from decimal import Decimal
    >>> from promo_server.expressions import parse_rule
    >>> rule = parse_rule("currentLineItem.lineTotal.subtotal * 0.2")
    >>> account = ValueStore(id="account", currency="USD", balance=2000)
    >>> promotion = ValueStore(id="easymoney", currency="USD", value_rule=rule, discount=True, pre_tax=True)
    >>> order = Order("USD", [OrderLine(3000, tax_rate=Decimal("0.05"))], [account, promotion, CardSource()])
    >>> priced = price_order(order, datetime(2018, 5, 3, tzinfo=UTC))
    >>> [(step.rail.value, step.amount, step.balance_after) for step in priced.steps]
    [('lightrail', 600, None), ('lightrail', 2000, 0), ('stripe', 520, None)]
    >>> priced.totals.tax, priced.totals.discount, priced.totals.payable, priced.totals.remainder
    (120, 600, 2520, 0)
    """
    sources = usable(order.sources, order.currency, now)
    lines = [RunningLine(place, line) for place, line in enumerate(order.lines)]
    running = RunningOrder(lines, order.metadata, Steps(MAX_ORDER_STEPS))
    _use(running, sources, order, pre_tax=True)
    running.add_tax(order.tax_rounding)
    _use(running, sources, order, pre_tax=False)
    return _settle(running, order)


def _use(running: RunningOrder, sources: Sequence[Source], order: Order, *, pre_tax: bool) -> None:
    """Use the sources of one half: group after group, and of a group always the one that leaves least to pay."""
    for group in order_of_use(sources, pre_tax=pre_tax):
        left = list(group)
        while left:
            best = _best(running, candidates(left), order, pre_tax=pre_tax)
            running.apply(best)
            left.remove(best)


def _best(running: RunningOrder, group: Sequence[Source], order: Order, *, pre_tax: bool) -> Source:
    """Return the source after which the order costs least; at equal cost, the earliest in the request."""

    def payable(source: Source) -> int:
        trial = running.copy()
        trial.apply(source)
        if pre_tax:
            trial.add_tax(order.tax_rounding)
        return trial.payable

    if len(group) == 1 or not (pre_tax or _discounts(group[0])):
        return group[0]  # after tax, payments do not change what the order costs
    return min(group, key=payable)


def _discounts(source: Source) -> bool:
    return isinstance(source, ValueStore) and source.discount


def _settle(running: RunningOrder, order: Order) -> PricedOrder:
    """Sum up, and see to charges that are too small and to what is left."""
    returned = [draw for draw in running.draws if _is_too_small(draw, order.currency)]
    for draw in [] if order.allow_remainder else returned:
        _check_forgiven(draw, order.currency)
    returned_amount = sum(draw.amount for draw in returned)
    kept = [draw for draw in running.draws if draw not in returned and draw.amount]
    lines = tuple(_priced(line) for line in running.lines)
    totals = _totals(lines, kept)
    if order.allow_remainder:
        totals = replace(totals, remainder=totals.remainder + returned_amount)
    else:
        totals = replace(totals, forgiven=returned_amount)
        if totals.remainder:
            raise InsufficientBalance(totals.remainder)
    steps = tuple(Step(draw.source, draw.amount, int(_has_uses(draw.source))) for draw in kept)
    return PricedOrder(lines, steps, totals)


def _is_too_small(draw: Draw, currency: str) -> bool:
    return isinstance(draw.source, CardSource) and 0 < draw.amount < draw.source.least(currency)


def _check_forgiven(draw: Draw, currency: str) -> None:
    assert isinstance(draw.source, CardSource)
    if not draw.source.forgive_below_minimum:
        raise CardChargeTooSmall(draw.amount, draw.source.least(currency))


def _has_uses(source: Source) -> bool:
    return isinstance(source, ValueStore) and source.uses is not None


def _priced(running: RunningLine) -> PricedLine:
    return PricedLine(
        running.line, running.place, payable=running.payable, applied=tuple(running.applied), **running.total
    )


def _totals(lines: Sequence[PricedLine], draws: Sequence[Draw]) -> Totals:
    def given(kind: type[Source], *, discounts: bool = False) -> int:
        return sum(d.amount for d in draws if isinstance(d.source, kind) and _discounts(d.source) is discounts)

    return Totals(
        subtotal=sum(line.subtotal for line in lines),
        tax=sum(line.tax for line in lines),
        discount=sum(line.discount for line in lines),
        payable=sum(line.payable for line in lines),
        remainder=sum(line.remainder for line in lines),
        forgiven=0,
        discount_lightrail=given(ValueStore, discounts=True),
        paid_lightrail=given(ValueStore),
        paid_internal=given(InternalSource),
        paid_card=given(CardSource),
    )
