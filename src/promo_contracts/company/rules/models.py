"""The rules of the six built-in promotion types, as a client writes them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, TypeAdapter, ValidationInfo, field_validator, model_validator

from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.rules.fields import (
    Amount,
    Amounts,
    Count,
    Factor,
    Names,
    Percentage,
    PositiveAmount,
    TierValue,
    amount_fields,
    percentage_fields,
)
from promo_contracts.fields import Text, WireModel
from promo_contracts.problems import FieldsError


class RulesPart(WireModel):
    """A part of rules; the docstring of a field is its description in the JSON Schema."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Rules(RulesPart):
    """The rules that every built-in type has."""

    max_discount_amount: PositiveAmount | None = None
    """The most that the promotion takes off one cart."""
    budget_amount: PositiveAmount | None = None
    """The most that the promotion takes off all carts together."""
    budget_overrun: Literal["refuse", "up_to"] = "refuse"
    """Whether a discount that is larger than what is left of the budget is refused, or cut down to it."""
    min_purchase_amount: Amount | None = None
    """What the cart must come to; that amount is enough, unless ``strict_minimum``."""
    strict_minimum: bool = False
    """Whether the cart must come to more than the minimum."""
    max_purchase_amount: Amount | None = None
    """What the cart may come to; that amount is still allowed, unless ``strict_maximum``."""
    strict_maximum: bool = False
    """Whether the cart must come to less than the maximum."""
    min_purchase_basis: Literal["cart", "eligible", "discounted", "with_shipping"] = "cart"
    """What minimum and maximum look at: all goods before promotions, the matching ones only, all goods at the prices
    that earlier promotions left, or goods and shipping before promotions."""
    min_quantity: Count | None = None
    """How many units the cart must hold; matching ones, where there is a selector."""
    applicable_categories: Names = []
    """Goods that match: by SKU, product id, category or tag."""
    applicable_items: Names = []
    """Goods that match as well: together with the categories it means either."""
    excluded_items: Names = []
    """Goods that never match."""
    min_unit_price: Amount | None = None
    """The list price from which on a unit matches."""
    max_unit_price: Amount | None = None
    """The list price up to which a unit matches."""
    amounts: Amounts = Field(default_factory=dict)
    """The promotion in other currencies: by code each of its amounts, or the number alone where it has one only; a
    percentage may stand there as well. A cart in a currency that is neither here nor the promotion's own gets nothing.
    """

    @property
    def of_a_currency(self) -> tuple[str, ...]:
        """The rules given here that are amounts, or hold some: each other currency gives them anew."""
        return tuple(name for name in amount_fields(type(self)) if getattr(self, name) not in (None, []))

    @property
    def of_a_percentage(self) -> tuple[str, ...]:
        """The rules given here that are percentages: another currency may give them anew."""
        return tuple(name for name in percentage_fields(type(self)) if getattr(self, name) is not None)


class UnitRules(Rules):
    """Rules of types that take something off units one by one: which of the matching units, and down to what price."""

    max_units: Count | None = None
    """How many units are discounted in one cart at most."""
    max_units_per_line: Count | None = None
    """How many units of one line are discounted at most."""
    unit_selection: Literal["cheapest_first", "dearest_first"] = "cheapest_first"
    """Which units are discounted, where not all are; by list price."""
    exclude_discounted: bool = False
    """Whether units that an earlier promotion addressed are left alone."""
    floor_price: Amount | None = None
    """The price of a unit below which this promotion does not take it."""
    basis: Literal["running", "original"] = "running"
    """Whether the discount is computed on the price that earlier promotions left, or on the list price."""


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
    tiers: Annotated[list[PercentageTier], Field(max_length=100)] = []
    """Other percentages from a spend on: the one of the highest minimum that is reached replaces ``discount_value``."""


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
    tiers: Annotated[list[AmountTier], Field(max_length=100)] = []
    """Other amounts from a spend on: the one of the highest minimum that is reached replaces ``discount_value``."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _check_one(self, "discount_value", "target_price")
        if self.tiers and self.discount_value is None:
            raise _wrong("tiers", "are for an amount off, not for target_price")
        return self

    @model_validator(mode="after")
    def _minimum_above_amount(self) -> Self:
        minimum, amount = self.min_purchase_amount, self.discount_value
        is_per_order = (self.per or "order") == "order"
        if is_per_order and minimum is not None and amount is not None and minimum <= amount:
            raise _wrong("min_purchase_amount", "Minimum purchase amount must be greater than the discount amount")
        return self


class BuyXGetYRules(Rules):
    """For every ``buy_quantity`` units bought, ``get_quantity`` units at ``discount_value`` percent off."""

    buy_quantity: Count
    """How many units are paid for in one application."""
    get_quantity: Count
    """How many units are rewarded in one application."""
    discount_value: Annotated[Percentage, Field(json_schema_extra={"default": 100})] = Decimal(100)
    """The percentage off a rewarded unit; 100 is free."""
    buy_items: Names = []
    """The goods to buy; all that match where none are named."""
    get_items: Names = []
    """The goods that are rewarded; the same as the goods to buy where none are named."""
    pairing: Literal["per_application", "whole_cart"] = "per_application"
    """Whether each application rewards the cheapest of its own units, or all reward the cheapest of the cart."""
    require_full_reward: bool = False
    """Whether an application with fewer than ``get_quantity`` units to reward gives nothing."""
    max_applications: Count | None = None
    """How often it applies to one cart at most."""
    max_discounted_units: Count | None = None
    """How many units it rewards in one cart at most."""


class FreeShippingRules(Rules):
    """A percentage off the matching shipping entries, an amount off, or a price for each; without any, all of it."""

    discount_value: Percentage | None = None
    """The percentage off the matching entries; 100 where nothing else is given."""
    discount_amount: PositiveAmount | None = None
    """The amount off the matching entries."""
    per: Literal["cart", "shipment"] = "cart"
    """Whether the amount is taken once off all matching entries together, or off each of them."""
    target_price: Amount | None = None
    """What each matching entry costs; a cheaper one keeps its price."""
    shipping_methods: Names = []
    """The methods that match; all where none are named."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _check_one(self, "discount_value", "discount_amount", "target_price", may_be_none=True)
        return self


class BundleItem(RulesPart):
    """One component of a bundle: so many units of these goods."""

    items: Names = []
    """The goods, by SKU, product id, category or tag; all that match where none are named."""
    quantity: Count = 1
    """How many units of them one bundle holds."""


class BundleRules(Rules):
    """What makes a bundle, and one of: its price, a percentage, an amount off it or off each of its units."""

    bundle_items: Annotated[list[BundleItem], Field(min_length=1, max_length=50)]
    """The components; a unit is part of one bundle and fills one component."""
    bundle_price: Amount | None = None
    """What a bundle costs; goods that are cheaper by themselves keep their prices."""
    discount_value: Percentage | None = None
    """The percentage off a bundle."""
    discount_amount: PositiveAmount | None = None
    """The amount off a bundle."""
    discount_amount_per_unit: PositiveAmount | None = None
    """The amount off each unit of a bundle."""
    max_applications: Count | None = None
    """How many bundles one cart may hold."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        _check_one(self, "bundle_price", "discount_value", "discount_amount", "discount_amount_per_unit")
        return self


_TIERS: Mapping[str, TypeAdapter[Any]] = {
    "points": TypeAdapter(dict[Text, Count]),
    "points_per_unit_spent": TypeAdapter(dict[Text, Factor]),
    "discount_value": TypeAdapter(dict[Text, Percentage]),
    "discount_amount": TypeAdapter(dict[Text, PositiveAmount]),
}
"""The ways to reward, and how their values by tier are read."""


class LoyaltyRules(Rules):
    """One of points, points for what is spent, a percentage or an amount off; its value may differ by tier."""

    points: Count | None = None
    """So many points for the order."""
    points_per_unit_spent: Factor | None = None
    """So many points for each major unit (a dollar, a yen) that the matching goods cost after all discounts."""
    points_multiplier: Factor | None = None
    """Multiplies the points."""
    discount_value: Percentage | None = None
    """The percentage off the matching goods."""
    discount_amount: PositiveAmount | None = None
    """The amount off the matching goods together."""
    tier_values: Annotated[dict[str, TierValue], Field(max_length=100)] = {}
    """What customers of a loyalty tier get in place of the one value above."""
    min_order_count: Count | None = None
    """How many orders the customer must have placed before."""

    @field_validator("tier_values")
    @classmethod
    def _like_the_value(cls, values: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        for name, tiers in _TIERS.items():
            if info.data.get(name) is not None:
                values = tiers.validate_python(values)
        return values

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        gives_points = _check_one(self, *_TIERS) in ("points", "points_per_unit_spent")
        if self.points_multiplier is not None and not gives_points:
            raise _wrong("points_multiplier", "is for points")
        if self.max_discount_amount is not None and gives_points:
            raise _wrong("max_discount_amount", "is for a discount")
        return self

    @property
    def of_a_currency(self) -> tuple[str, ...]:
        """The amounts, and the points for each unit of a currency."""
        names = super().of_a_currency
        if self.points is not None or self.discount_value is not None:
            return names
        own = ["tier_values"] if self.tier_values else []
        if self.points_per_unit_spent is not None:
            own.append("points_per_unit_spent")
        return tuple(sorted({*names, *own}))


RULES: Final[Mapping[str, type[Rules]]] = {
    "percentage_discount": PercentageRules,
    "fixed_amount_discount": FixedAmountRules,
    "buy_x_get_y": BuyXGetYRules,
    "free_shipping": FreeShippingRules,
    "bundle_deal": BundleRules,
    "loyalty_bonus": LoyaltyRules,
}
"""The built-in promotion types, and the model of their rules."""


def _check_one(rules: Rules, *fields: str, may_be_none: bool = False) -> str | None:
    """Return which one of these fields is given."""
    given = [name for name in fields if getattr(rules, name) is not None]
    if len(given) > 1:
        raise _wrong(given[1], f"cannot stand beside {given[0]}: give one of {', '.join(fields)}")
    if not given and not may_be_none:
        raise _wrong(fields[0], f"is required, or one of {', '.join(fields[1:])}")
    return given[0] if given else None


def _wrong(field: str, message: str) -> FieldsError:
    return FieldsError(FieldProblem(field, message))
