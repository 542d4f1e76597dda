"""The rules that every promotion type has, and those of types that look at single units."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from promo_engine.documents import DocumentError
from promo_engine.money import Currency
from promo_engine.rules.fields import (
    Amount,
    Amounts,
    Count,
    Flag,
    Names,
    PositiveAmount,
    amount_fields,
    percentage_fields,
)


class RulesPart(BaseModel):
    """A part of rules: closed and frozen; the docstring of a field is its description in the JSON Schema."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


_NO_AMOUNTS: Mapping[Currency, Any] = MappingProxyType({})


class Rules(RulesPart):
    """The rules that every promotion type has; a type's own model extends them.

    For rules that do not go together a model's own validator raises a ``DocumentError`` that names the field to change.
    A selector names a SKU, a product id, a category or a tag. ``applicable_categories`` and ``applicable_items``
    together mean either; ``excluded_items`` beat both; without any of the two, everything matches.
    """

    max_discount_amount: PositiveAmount | None = None
    """The most that the promotion takes off one cart."""
    budget_amount: PositiveAmount | None = None
    """The most that the promotion takes off all carts together."""
    budget_overrun: Literal["refuse", "up_to"] = "refuse"
    """Whether a discount that is larger than what is left of the budget is refused, or cut down to it."""
    min_purchase_amount: Amount | None = None
    """What the cart must come to; that amount is enough, unless ``strict_minimum``."""
    strict_minimum: Flag = False
    """Whether the cart must come to more than the minimum."""
    max_purchase_amount: Amount | None = None
    """What the cart may come to; that amount is still allowed, unless ``strict_maximum``."""
    strict_maximum: Flag = False
    """Whether the cart must come to less than the maximum."""
    min_purchase_basis: Literal["cart", "eligible", "discounted", "with_shipping"] = "cart"
    """What minimum and maximum look at: all goods before promotions, the matching ones only, all goods at the prices
    that earlier promotions left, or goods and shipping before promotions."""
    min_quantity: Count | None = None
    """How many units the cart must hold; matching ones, where there is a selector."""
    applicable_categories: Names = ()
    """Goods that match: by SKU, product id, category or tag."""
    applicable_items: Names = ()
    """Goods that match as well: together with the categories it means either."""
    excluded_items: Names = ()
    """Goods that never match."""
    min_unit_price: Amount | None = None
    """The list price from which on a unit matches."""
    max_unit_price: Amount | None = None
    """The list price up to which a unit matches."""
    amounts: Amounts = Field(default_factory=lambda: _NO_AMOUNTS)
    """The promotion in other currencies: by code each of its amounts, or the number alone where it has one only; a
    percentage may stand there as well. A cart in a currency that is neither here nor the promotion's own gets nothing.
    """

    @property
    def of_a_currency(self) -> tuple[str, ...]:
        """The rules given here that are amounts, or hold some: each other currency gives them anew."""
        return tuple(name for name in amount_fields(type(self)) if getattr(self, name) not in (None, ()))

    @property
    def of_a_percentage(self) -> tuple[str, ...]:
        """The rules given here that are percentages: another currency may give them anew."""
        return tuple(name for name in percentage_fields(type(self)) if getattr(self, name) is not None)

    @property
    def applicable(self) -> tuple[str, ...]:
        """The selectors of which goods must bear one; none means that all goods match."""
        return (*self.applicable_categories, *self.applicable_items)

    @property
    def has_selector(self) -> bool:
        """Whether only some goods match."""
        has_price_bound = self.min_unit_price is not None or self.max_unit_price is not None
        return bool(self.applicable or self.excluded_items) or has_price_bound


class UnitRules(Rules):
    """Rules of types that take something off units one by one: which of the matching units, and down to what price."""

    max_units: Count | None = None
    """How many units are discounted in one cart at most."""
    max_units_per_line: Count | None = None
    """How many units of one line are discounted at most."""
    unit_selection: Literal["cheapest_first", "dearest_first"] = "cheapest_first"
    """Which units are discounted, where not all are; by list price."""
    exclude_discounted: Flag = False
    """Whether units that an earlier promotion addressed are left alone."""
    floor_price: Amount | None = None
    """The price of a unit below which this promotion does not take it."""
    basis: Literal["running", "original"] = "running"
    """Whether the discount is computed on the price that earlier promotions left, or on the list price."""

    @property
    def has_selector(self) -> bool:
        """Whether only some units match."""
        return super().has_selector or self.max_units is not None or self.max_units_per_line is not None

    @property
    def speaks_of_lines(self) -> bool:
        """Whether it matters how units are split into lines."""
        return self.max_units_per_line is not None

    @property
    def chooses_units(self) -> bool:
        """Whether something else than all matching units at their running price is addressed."""
        return (
            self.speaks_of_lines
            or self.max_units is not None
            or self.exclude_discounted
            or self.floor_price is not None
            or self.basis == "original"
        )


def given_one(rules: BaseModel, *fields: str, may_be_none: bool = False) -> str | None:
    """Return which one of these fields is given: for rules that say one thing in one of several ways.

    Raises:
        DocumentError: two are given, or none and one must be.
    """
    given = [name for name in fields if getattr(rules, name) is not None]
    if len(given) > 1:
        raise DocumentError(given[1], f"cannot stand beside {given[0]}: give one of {', '.join(fields)}")
    if not given and not may_be_none:
        raise DocumentError(fields[0], f"is required, or one of {', '.join(fields[1:])}")
    return given[0] if given else None


class Tier(Protocol):
    """What holds from a spend on."""

    @property
    def min_amount(self) -> int:
        """The amount from which on it holds, in minor units."""


T = TypeVar("T", bound=Tier)


def highest_tier(tiers: Iterable[T], amount: int) -> T | None:
    """Return the tier with the highest minimum that an amount reaches, if it reaches any."""
    return max((tier for tier in tiers if amount >= tier.min_amount), key=lambda tier: tier.min_amount, default=None)
