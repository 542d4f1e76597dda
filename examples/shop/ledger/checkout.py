"""What comes in and what goes out: checkouts and their bills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SHIPPING = "shipping"
"""What stands for shipping where otherwise a product stands."""

Product = Mapping[str, Any]
Shares = Mapping[str, int]
"""Cents off, by product; off shipping, by ``SHIPPING``."""


@dataclass(frozen=True)
class Customer:
    """Whoever showed a loyalty card; the tier and the number of earlier orders are the grocer's."""

    id: str
    tier: str | None = None
    order_count: int = 0


@dataclass(frozen=True)
class Value:
    """What belongs to one customer, or to whoever enters a code: cents, or percent off the list price of each product.

    With ``is_discount`` it lowers the price, else it pays a part of what is left. Cents run out, percents do not.
    """

    id: str
    cents: int = 0
    percent: int = 0
    customer_id: str | None = None
    code: str | None = None
    is_discount: bool = False


@dataclass(frozen=True)
class Checkout:
    """One grant: what was bought, by whom (a guest is ``None``), with which codes, on which day, sent how and for what.

    A day is one of the grocer's calendar; ``shipping`` is a method and its price.
    """

    reference: str
    customer: Customer | None
    day: str
    lines: Sequence[tuple[str, int]]
    codes: Sequence[str] = ()
    shipping: tuple[str, int] = ("", 0)


@dataclass(frozen=True)
class Bill:
    """What a checkout costs, what each promotion takes off each product and shipping, and the points that it grants.

    ``credits`` is what each value paid of the price.
    """

    reference: str
    due: int
    discounts: Mapping[str, Shares] = field(default_factory=dict)
    points: Mapping[str, int] = field(default_factory=dict)
    credits: Mapping[str, int] = field(default_factory=dict)
