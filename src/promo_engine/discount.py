"""What one promotion takes off a cart. Amounts are minor units; every discount is a positive amount off."""

from collections.abc import Mapping
from typing import Any

from promo_engine.promotion import Promotion


class Discount:
    """One applied promotion: its discount on goods and shipping, and the share of each line and shipping entry.

    ``code`` is the code as the shopper typed it, ``None`` when the promotion applied by itself. ``unapplied`` is what a
    fixed amount could not use up. Amounts are minor units.
    """

    __slots__ = ("amount", "code", "lines", "points", "promotion", "shipping", "unapplied")

    def __init__(
        self,
        promotion: Promotion,
        code: str | None,
        amount: int,
        lines: Mapping[str, int],
        shipping: Mapping[str, int],
        unapplied: int = 0,
        points: int = 0,
    ) -> None:
        self.promotion = promotion
        self.code = code
        self.amount = amount
        self.lines = lines
        self.shipping = shipping
        self.unapplied = unapplied
        self.points = points

    @property
    def promotion_id(self) -> str:
        """The id of the promotion."""
        return self.promotion.id

    def copy(self) -> "Discount":
        """Return the same discount; what is done to the copy stays there."""
        lines, shipping = dict(self.lines), dict(self.shipping)
        return Discount(self.promotion, self.code, self.amount, lines, shipping, self.unapplied, self.points)

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how to copy and pickle it: compiled, it does not know."""
        shares = (self.lines, self.shipping, self.unapplied, self.points)
        return Discount, (self.promotion, self.code, self.amount, *shares)
