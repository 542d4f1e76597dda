"""The promotion type ``fixed_amount_discount``: an amount off the order, or off each matching unit."""

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import model_validator

from promo_engine import (
    DocumentError,
    Off,
    Phase,
    PositiveAmount,
    PromotionType,
    Register,
    Rules,
    View,
    hookimpl,
)

__all__ = ["FixedAmountDiscount", "FixedAmountRules", "promo_register_promotion_types"]


class FixedAmountRules(Rules):
    """An amount off."""

    discount_value: PositiveAmount
    """The amount."""
    per: Literal["order", "unit"] = "order"
    """Whether it is taken once off all matching goods together, or off each unit."""

    @model_validator(mode="after")
    def _minimum_above_amount(self) -> Self:
        """Hold seed 003's rule: an order that gets an amount off costs more than the amount."""
        minimum = self.min_purchase_amount
        if self.per == "order" and minimum is not None and minimum <= self.discount_value:
            raise DocumentError(
                "min_purchase_amount", "Minimum purchase amount must be greater than the discount amount"
            )
        return self


class FixedAmountDiscount(PromotionType[FixedAmountRules]):
    """Take an amount off the matching goods; what cannot be used up is reported as ``unapplied``.

    5.00 off goods of 12.00 and 8.00 is 3.00 and 2.00; off goods of 3.00 it is 3.00, and 2.00 stay unapplied.
    """

    name = "fixed_amount_discount"
    title = "Fixed amount off"
    version = "1.0"
    rules_model = FixedAmountRules

    def phase(self, rules: FixedAmountRules) -> Phase:
        """Apply on items with a selector or per unit, otherwise on the order."""
        return Phase.ITEM if rules.has_selector or rules.per == "unit" else Phase.ORDER

    def propose(self, view: View[FixedAmountRules]) -> Iterable[Off]:
        """Propose the amount once off all matching goods, or times the units off each kind of them."""
        amount = view.rules.discount_value
        if view.rules.per == "order":
            yield Off(view.goods, amount)
        else:
            for goods in view.goods:
                yield Off((goods,), amount * goods.quantity)


@hookimpl
def promo_register_promotion_types(register: Register) -> None:
    """Register the type."""
    register(FixedAmountDiscount())
