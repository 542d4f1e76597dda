"""Builders for orders of the value-store contract."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from promo_server.expressions import parse_rule
from promo_server.lightrail_order import Order, OrderLine, PricedOrder, Source, ValueStore, price_order

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SUBTOTAL, LEFT = "currentLineItem.lineTotal.subtotal", "currentLineItem.lineTotal.remainder"


def line(unit_price: int, quantity: int = 1, tax: str = "0", **document: object) -> OrderLine:
    return OrderLine(unit_price, quantity, Decimal(tax), document)


def store(name: str, balance: int | str, only_if: str = "", **given: Any) -> ValueStore:
    """A value store of a balance, or of a value rule; redeemable ``only_if`` a rule says so."""
    return ValueStore(
        id=name,
        currency="USD",
        balance=balance if isinstance(balance, int) else None,
        value_rule=parse_rule(balance) if isinstance(balance, str) else None,
        redemption_rule=parse_rule(only_if) if only_if else None,
        **given,
    )


def promo(name: str, balance: int | str, only_if: str = "", **given: Any) -> ValueStore:
    """A value store that is a discount, before tax unless said otherwise."""
    return store(name, balance, only_if, discount=True, **{"pre_tax": True, **given})


def priced(lines: list[OrderLine], *sources: Source, allow_remainder: bool = True, **given: Any) -> PricedOrder:
    return price_order(Order("USD", lines, sources, allow_remainder=allow_remainder, **given), NOW)


def used(order: PricedOrder) -> list[tuple[str, int]]:
    """The steps, by the name of the source."""
    return [(getattr(step.source, "id", "card"), step.amount) for step in order.steps]
