"""Lines and shipping entries before and after all discounts. Amounts are minor units."""

from typing import NamedTuple


class PricedLine(NamedTuple):
    """One line before and after all discounts, in minor units: ``before - discount = after``."""

    id: str
    quantity: int
    unit_price: int
    discount: int

    @property
    def before(self) -> int:
        """The list price of all units."""
        return self.unit_price * self.quantity

    @property
    def after(self) -> int:
        """What all units cost."""
        return self.before - self.discount


class PricedShipping(NamedTuple):
    """One shipping entry before and after all discounts, in minor units."""

    id: str
    before: int
    discount: int

    @property
    def after(self) -> int:
        """What the entry costs."""
        return self.before - self.discount
