"""The promotion type ``fixed_amount_discount``: an amount off, or a fixed selling price."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from promo_engine import (
    Amount,
    DocumentError,
    Flat,
    Goods,
    Off,
    Phase,
    PositiveAmount,
    PromotionType,
    Register,
    RulesPart,
    UnitRules,
    View,
    given_one,
    highest_tier,
    hookimpl,
)

__all__ = ["AmountTier", "FixedAmountDiscount", "FixedAmountRules", "promo_register_promotion_types"]


class AmountTier(RulesPart):
    """The amount from a spend on."""

    min_amount: Amount
    """The list price of all matching goods from which on it holds."""
    discount_value: PositiveAmount
    """The amount."""


class FixedAmountRules(UnitRules):
    """An amount off, or the price at which goods are sold."""

    discount_value: PositiveAmount | None = None
    """The amount off."""
    target_price: Amount | None = None
    """Or the selling price; goods that are cheaper keep theirs."""
    per: Literal["order", "line", "unit"] | None = None
    """Whether the amount or price is for all matching goods together, for each line, or for each unit. An amount is for
    the order and a price for each unit, where nothing is said."""
    tiers: Annotated[tuple[AmountTier, ...], Field(max_length=100)] = ()
    """Other amounts from a spend on: the one of the highest minimum that is reached replaces ``discount_value``."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given_one(self, "discount_value", "target_price")
        if self.tiers and self.discount_value is None:
            raise DocumentError("tiers", "are for an amount off, not for target_price")
        return self

    @model_validator(mode="after")
    def _minimum_above_amount(self) -> Self:
        """Hold seed 003's rule: an order that gets an amount off costs more than the amount."""
        minimum, amount = self.min_purchase_amount, self.discount_value
        if self.applies_per == "order" and minimum is not None and amount is not None and minimum <= amount:
            raise DocumentError(
                "min_purchase_amount", "Minimum purchase amount must be greater than the discount amount"
            )
        return self

    @property
    def applies_per(self) -> str:
        """What the amount or price is for."""
        return self.per or ("order" if self.target_price is None else "unit")

    @property
    def speaks_of_lines(self) -> bool:
        """Whether it matters how units are split into lines."""
        return super().speaks_of_lines or self.per == "line"


class FixedAmountDiscount(PromotionType[FixedAmountRules]):
    """Take an amount off the matching goods; what cannot be used up is reported as ``unapplied``.

    5.00 off goods of 12.00 and 8.00 is 3.00 and 2.00; off goods of 3.00 it is 3.00, and 2.00 stay unapplied.
    """

    name = "fixed_amount_discount"
    title = "Fixed amount off"
    version = "1.0"
    rules_model = FixedAmountRules

    def phase(self, rules: FixedAmountRules) -> Phase:
        """Apply on items with a selector, per line or per unit, otherwise on the order."""
        return Phase.ITEM if rules.has_selector or rules.applies_per != "order" else Phase.ORDER

    def flat(self, rules: FixedAmountRules) -> Flat | None:
        """Say the amount, where it is for all goods together and depends on no spend."""
        is_flat = rules.applies_per == "order" and not rules.tiers
        return Flat(rules.discount_value) if is_flat and rules.discount_value is not None else None

    def propose(self, view: View[FixedAmountRules]) -> Iterable[Off]:
        """Propose the amount, or what is above the price: once, or for each line or unit."""
        rules = view.rules
        per = rules.applies_per
        if rules.target_price is not None:
            return _down_to(rules.target_price, per, view.goods)
        tier = highest_tier(rules.tiers, view.list_total) if rules.tiers else None
        amount = (tier.discount_value if tier else rules.discount_value) or 0
        if per == "order":
            return [Off(view.goods, amount)]
        return [Off((one,), amount * (one.quantity if per == "unit" else 1)) for one in view.goods]


def _down_to(price: int, per: str, goods: Sequence[Goods]) -> list[Off]:
    """Take off what is above a price: for all goods together, each line, or each unit."""
    if per == "order":
        return [Off(goods, max(0, sum(one.price for one in goods) - price))]
    return [Off((one,), max(0, one.price - price * (one.quantity if per == "unit" else 1))) for one in goods]


@hookimpl
def promo_register_promotion_types(register: Register) -> None:
    """Register the type."""
    register(FixedAmountDiscount())
