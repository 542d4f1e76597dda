"""The promotion type ``buy_x_get_y``: for every so many units bought, so many others are cheaper or free."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from promo_buy_x_get_y.pairing import missing_units
from promo_buy_x_get_y.proposal import proposal, sides_of
from promo_buy_x_get_y.worth import bound
from promo_engine import (
    Bound,
    Count,
    Names,
    Need,
    Off,
    Percentage,
    Phase,
    PromotionType,
    Reason,
    Register,
    Rules,
    View,
    Wanted,
    hookimpl,
)

__all__ = ["BuyXGetY", "BuyXGetYRules", "promo_register_promotion_types"]


class BuyXGetYRules(Rules):
    """For every ``buy_quantity`` units bought, ``get_quantity`` units at ``discount_value`` percent off."""

    buy_quantity: Count
    """How many units are paid for in one application."""
    get_quantity: Count
    """How many units are rewarded in one application."""
    discount_value: Percentage = Decimal(100)
    """The percentage off a rewarded unit; 100 is free."""
    buy_items: Names = ()
    """The goods to buy; all that match where none are named."""
    get_items: Names = ()
    """The goods that are rewarded; the same as the goods to buy where none are named."""
    pairing: Literal["per_application", "whole_cart"] = "per_application"
    """Whether each application rewards the cheapest of its own units, or all reward the cheapest of the cart."""
    require_full_reward: Annotated[bool, Field(strict=True)] = False
    """Whether an application with fewer than ``get_quantity`` units to reward gives nothing."""
    max_applications: Count | None = None
    """How often it applies to one cart at most."""
    max_discounted_units: Count | None = None
    """How many units it rewards in one cart at most."""

    @property
    def least_reward(self) -> int:
        """How many units the last application must reward."""
        return self.get_quantity if self.require_full_reward else 1


class BuyXGetY(PromotionType[BuyXGetYRules]):
    """Reward units for others that are bought, as often as the cart's units allow.

    Buy 2, get 1 free, of 10.00, 8.00 and 5.00: 5.00 off. Of 10.00, 10.00, 8.00, 5.00, 5.00, 5.00: 8.00 and 5.00 off.
    """

    name = "buy_x_get_y"
    title = "Buy some, get others cheaper"
    version = "1.0"
    rules_model = BuyXGetYRules

    def phase(self, rules: BuyXGetYRules) -> Phase:
        """Apply after bundles, before the other promotions on items."""
        return Phase.BUY_X_GET_Y

    def selectors(self, rules: BuyXGetYRules) -> Collection[str]:
        """Look at the goods of both sides."""
        buy = rules.buy_items or rules.applicable
        get = rules.get_items or buy
        return {*buy, *get} if buy and get else ()

    def propose(self, view: View[BuyXGetYRules]) -> Iterable[Off]:
        """Propose a percentage off the rewarded units, and nothing off those bought for them."""
        return proposal(view)

    def bound(self, view: View[BuyXGetYRules]) -> Bound:
        """Say what the rewards come to at most."""
        return bound(view.rules, view.rules.discount_value, view.goods, sides_of(view))

    def explain(self, view: View[BuyXGetYRules]) -> Reason | None:
        """Say how many units are missing for the first reward, and of which goods."""
        rules = view.rules
        buy, get = (rules.buy_items, rules.applicable), rules.get_items
        buyers = Wanted.bearing(*buy)
        rewards = Wanted.bearing(get) if get else buyers
        either = Wanted.bearing(*({*names, *get} for names in buy if names)) if get else buyers
        need = Need.add(*zip(missing_units(rules, *sides_of(view)), (buyers, rewards, either), strict=True))
        required = rules.buy_quantity + rules.least_reward
        items = {"buy_items": list(rules.buy_items or rules.applicable), "get_items": list(rules.get_items)}
        params = {"required": required, "current": required - need.missing, "missing": need.missing, **items}
        return Reason("quantity", params, (need,)) if need.missing else None


@hookimpl
def promo_register_promotion_types(register: Register) -> None:
    """Register the type."""
    register(BuyXGetY())
