"""The promotion type ``fixed_amount_discount``: an amount off the order, or off each matching unit."""

from collections.abc import Iterable
from typing import Literal

from promo_engine import (
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
    """``discount_value`` is the amount; ``per`` says whether once for all matching goods or once for each unit."""

    discount_value: PositiveAmount
    per: Literal["order", "unit"] = "order"


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
