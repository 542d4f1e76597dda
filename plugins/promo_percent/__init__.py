"""The promotion type ``percentage_discount``: a percentage off the matching goods."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from promo_engine import (
    Amount,
    Flat,
    Off,
    Percentage,
    PromotionType,
    Register,
    RulesPart,
    UnitRules,
    View,
    highest_tier,
    hookimpl,
)

__all__ = ["PercentageDiscount", "PercentageRules", "PercentageTier", "promo_register_promotion_types"]


class PercentageTier(RulesPart):
    """The percentage from a spend on."""

    min_amount: Amount
    """The list price of all matching goods from which on it holds."""
    discount_value: Percentage
    """The percentage."""


class PercentageRules(UnitRules):
    """A percentage off."""

    discount_value: Percentage
    """The percentage, from 0.01 to 100."""
    tiers: Annotated[tuple[PercentageTier, ...], Field(max_length=100)] = ()
    """Other percentages from a spend on: the one of the highest minimum that is reached replaces ``discount_value``."""


class PercentageDiscount(PromotionType[PercentageRules]):
    """Take ``discount_value`` percent off the running price of the matching goods.

    20 % off 59.90 is 11.98; with ``max_discount_amount`` 10.00 it is 10.00.
    """

    name = "percentage_discount"
    title = "Percentage off"
    version = "1.0"
    rules_model = PercentageRules

    def flat(self, rules: PercentageRules) -> Flat | None:
        """Say the percentage, where it depends on no spend."""
        return None if rules.tiers else Flat.percent(rules.discount_value)

    def propose(self, view: View[PercentageRules]) -> Iterable[Off]:
        """Propose one percentage off all matching goods together."""
        rules = view.rules
        tier = highest_tier(rules.tiers, view.list_total) if rules.tiers else None
        return (Off.percent(view.goods, tier.discount_value if tier else rules.discount_value),)


@hookimpl
def promo_register_promotion_types(register: Register) -> None:
    """Register the type."""
    register(PercentageDiscount())
