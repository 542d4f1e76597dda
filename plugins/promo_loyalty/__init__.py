"""The promotion type ``loyalty_bonus``: points, or something off, for a customer's tier or repeat orders."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import Field, TypeAdapter, ValidationInfo, WithJsonSchema, field_validator, model_validator

from promo_engine import (
    Count,
    DocumentError,
    Factor,
    Name,
    Off,
    Percentage,
    Phase,
    Points,
    PositiveAmount,
    PromotionType,
    Proposal,
    Reason,
    Register,
    Rules,
    View,
    given_one,
    hookimpl,
)

__all__ = ["LoyaltyBonus", "LoyaltyRules", "promo_register_promotion_types"]

VALUES: dict[str, TypeAdapter[Any]] = {
    "points": TypeAdapter(dict[Name, Count]),
    "points_per_unit_spent": TypeAdapter(dict[Name, Factor]),
    "discount_value": TypeAdapter(dict[Name, Percentage]),
    "discount_amount": TypeAdapter(dict[Name, PositiveAmount]),
}
"""The ways to reward, and how their values by tier are read."""

TierValue = Annotated[Any, WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]


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
    tier_values: Annotated[dict[str, TierValue], Field(max_length=100)] = {}  # noqa: RUF012 - pydantic copies it
    """What customers of a loyalty tier get in place of the one value above."""
    min_order_count: Count | None = None
    """How many orders the customer must have placed before."""

    @field_validator("tier_values")
    @classmethod
    def _like_the_value(cls, values: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """Read the values of tiers as the value that they replace."""
        for name, adapter in VALUES.items():
            if info.data.get(name) is not None:
                values = adapter.validate_python(values, context=info.context)
        return values

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given_one(self, *VALUES)
        for name in ("points_multiplier", "max_discount_amount"):
            if getattr(self, name) is not None and self.gives_points is not (name == "points_multiplier"):
                raise DocumentError(name, "is for points" if name == "points_multiplier" else "is for a discount")
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

    @property
    def gives_points(self) -> bool:
        """Whether the reward is points, which change no price."""
        return self.points is not None or self.points_per_unit_spent is not None

    def value(self, tier: str | None) -> tuple[str, Any]:
        """Return the way to reward a customer of this tier, and its value."""
        way = given_one(self, *VALUES)
        assert way is not None  # the model was validated
        value = getattr(self, way)
        return way, value if tier is None else self.tier_values.get(tier, value)


class LoyaltyBonus(PromotionType[LoyaltyRules]):
    """Reward customers: 1 point per unit spent is 48 points for 47.92; 5 % for gold and 3 % for others is 2.40 or 1.44.

    Points are for a customer with an id; a guest gets none.
    """

    name = "loyalty_bonus"
    title = "Loyalty bonus"
    version = "1.0"
    rules_model = LoyaltyRules

    def phase(self, rules: LoyaltyRules) -> Phase:
        """Apply points last, a discount as others of its kind."""
        return Phase.REWARD if rules.gives_points else super().phase(rules)

    def propose(self, view: View[LoyaltyRules]) -> Iterable[Proposal]:
        """Propose the points or the discount of the customer's tier."""
        if self.explain(view) is not None:
            return
        way, value = view.rules.value(view.customer.loyalty_tier if view.customer else None)
        if way == "discount_value":
            yield Off.percent(view.goods, value)
        elif way == "discount_amount":
            yield Off(view.goods, value)
        else:
            points = Fraction(value) * _times(way, view) * Fraction(view.rules.points_multiplier or 1)
            yield Points(points.numerator, points.denominator)

    def explain(self, view: View[LoyaltyRules]) -> Reason | None:
        """Say that points need a customer, or how many orders a customer must have placed."""
        rules, customer = view.rules, view.customer
        if rules.gives_points and (customer is None or customer.id is None):
            return Reason("customer_required")
        orders = customer.order_count or 0 if customer and customer.id is not None else 0
        if rules.min_order_count is not None and orders < rules.min_order_count:
            return Reason("nth_order", {"required": rules.min_order_count, "current": orders})
        return None


def _times(way: str, view: View[LoyaltyRules]) -> Fraction:
    """Return how often the points are given: once, or for each major unit spent."""
    if way == "points":
        return Fraction(1)
    return Fraction(sum(goods.price for goods in view.goods), view.currency.unit)


@hookimpl
def promo_register_promotion_types(register: Register) -> None:
    """Register the type."""
    register(LoyaltyBonus())
