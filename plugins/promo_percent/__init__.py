"""The promotion type ``percentage_discount``: a percentage off the matching goods."""

from collections.abc import Iterable

from promo_engine import Off, Percentage, PromotionType, Register, Rules, View, hookimpl

__all__ = ["PercentageDiscount", "PercentageRules", "promo_register_promotion_types"]


class PercentageRules(Rules):
    """A percentage off."""

    discount_value: Percentage
    """The percentage, from 0.01 to 100."""


class PercentageDiscount(PromotionType[PercentageRules]):
    """Take ``discount_value`` percent off the running price of the matching goods.

    20 % off 59.90 is 11.98; with ``max_discount_amount`` 10.00 it is 10.00.
    """

    name = "percentage_discount"
    title = "Percentage off"
    version = "1.0"
    rules_model = PercentageRules

    def propose(self, view: View[PercentageRules]) -> Iterable[Off]:
        """Propose one percentage off all matching goods together."""
        yield Off.percent(view.goods, view.rules.discount_value)


@hookimpl
def promo_register_promotion_types(register: Register) -> None:
    """Register the type."""
    register(PercentageDiscount())
