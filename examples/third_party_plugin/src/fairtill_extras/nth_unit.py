"""The promotion type ``nth_unit``: every nth unit of the same goods for less."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from promo_engine import Count, Goods, Need, Off, Percentage, Phase, PromotionType, Reason, Rules, View, Wanted


class NthUnitRules(Rules):
    """Every nth unit at a percentage off."""

    every: Annotated[Count, Field(ge=2)]
    """2 for every second unit."""
    discount_value: Percentage = Decimal(100)
    """The percentage off; 100 is free."""


class NthUnit(PromotionType[NthUnitRules]):
    """Take a percentage off every nth unit of the same goods.

    Every third free, of seven at 10.00: 20.00 off.
    """

    name = "nth_unit"
    title = "Every nth unit cheaper"
    version = "1.0"
    rules_model = NthUnitRules

    def phase(self, rules: NthUnitRules) -> Phase:
        """Apply on items, before what is taken off the order."""
        return Phase.ITEM

    def propose(self, view: View[NthUnitRules]) -> Iterable[Off]:
        """Propose the percentage off every nth unit."""
        rules = view.rules
        for goods in view.goods:
            units = goods.quantity // rules.every
            if units:
                yield Off.percent([goods.part(units)], rules.discount_value)

    def explain(self, view: View[NthUnitRules]) -> Reason | None:
        """Say how many more of the nearest goods make one."""
        required = view.rules.every
        nearest: Goods | None = max(view.goods, key=lambda goods: goods.quantity, default=None)
        if nearest is None or nearest.quantity >= required:
            return None
        missing = required - nearest.quantity
        params = {"required": required, "current": nearest.quantity, "missing": missing}
        return Reason("quantity", params, [Need.add((missing, Wanted.bearing([nearest.sku])))])
