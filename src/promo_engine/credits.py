"""Credits: value stores that pay what is left of a cart once all promotions are off. Amounts are minor units.

They lower what is due, not the price. Source: PRICING.md section 3.5, and CONTRACTS.md section 1.5 steps 2 and 6 for
the order: each pays the dearest line first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from promo_engine.priced import PricedLine, PricedShipping
from promo_engine.value_store import ValueStore


@dataclass(frozen=True, slots=True)
class Credit:
    """What one value store pays. ``code`` is the code as the shopper typed it, None where it is the customer's."""

    id: str
    name: str
    code: str | None
    amount: int


def pay(
    stores: Sequence[tuple[ValueStore, str | None]], lines: Sequence[PricedLine], shipping: Sequence[PricedShipping]
) -> tuple[Credit, ...]:
    """Let value stores, each with the code that was typed for it, pay what is left, one after the other.

    What a rule restricts to some lines pays no more than these cost.

    >>> milk, tea = PricedLine("milk", 1, 500, 0), PricedLine("tea", 1, 300, 100)
    >>> gift, rest = ValueStore("gift", "USD", 600, name="Gift card"), ValueStore("rest", "USD", 900)
    >>> [one.amount for one in pay([(gift, "GIFT"), (rest, None)], [milk, tea], [])]
    [600, 100]
    """
    bills = [_Bill("lines", one.id, one.before, one.after) for one in lines]
    bills += [_Bill("shipping", one.id, one.before, one.after) for one in shipping]
    bills.sort(key=lambda bill: -bill.price)
    paid = [Credit(one.id, one.name or one.id, code, _paid(one, bills)) for one, code in stores]
    return tuple(one for one in paid if one.amount)


class _Bill:
    """What is left to pay of a line or a shipping entry."""

    __slots__ = ("id", "left", "part", "price")

    def __init__(self, part: str, own_id: str, price: int, left: int) -> None:
        self.part, self.id, self.price, self.left = part, own_id, price, left


def _paid(store: ValueStore, bills: Sequence[_Bill]) -> int:
    left = store.amount
    for bill in bills:
        worth: Any = store.worth and getattr(store.worth, bill.part)
        taken = min(bill.left, left, bill.left if worth is None else worth.get(bill.id, 0))
        bill.left -= taken
        left -= taken
    return store.amount - left
