"""The promotion type ``free_shipping``: shipping for less, or for nothing."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from pydantic import model_validator

from promo_engine import (
    Amount,
    Names,
    Off,
    Parcel,
    Percentage,
    Phase,
    PositiveAmount,
    PromotionType,
    Reason,
    Register,
    Rules,
    View,
    given_one,
    hookimpl,
)

__all__ = ["FreeShipping", "FreeShippingRules", "promo_register_promotion_types"]

FREE = Decimal(100)


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
    shipping_methods: Names = ()
    """The methods that match; all where none are named."""

    @model_validator(mode="after")
    def _one_way(self) -> "FreeShippingRules":
        given_one(self, "discount_value", "discount_amount", "target_price", may_be_none=True)
        return self


class FreeShipping(PromotionType[FreeShippingRules]):
    """Take the price of shipping down.

    Of 5.90: nothing is left, with ``discount_value`` 50 there is 2.95, with ``target_price`` 1.00 there is 1.00.
    """

    name = "free_shipping"
    title = "Free or cheaper shipping"
    version = "1.0"
    rules_model = FreeShippingRules

    def phase(self, rules: FreeShippingRules) -> Phase:
        """Apply on shipping."""
        return Phase.SHIPPING

    def propose(self, view: View[FreeShippingRules]) -> Iterable[Off]:
        """Propose what is off the matching entries."""
        rules, parcels = view.rules, _matching(view)
        if rules.target_price is not None:
            for parcel in parcels:
                yield Off((parcel,), max(0, parcel.price - rules.target_price))
        elif rules.discount_amount is None:
            yield Off.percent(parcels, rules.discount_value or FREE)
        elif rules.per == "cart":
            yield Off(parcels, rules.discount_amount)
        else:
            yield from (Off((parcel,), rules.discount_amount) for parcel in parcels)

    def explain(self, view: View[FreeShippingRules]) -> Reason | None:
        """Say which methods it is for, where the cart has chosen another."""
        if _matching(view) or not view.parcels:
            return None
        return Reason("shipping_method", {"methods": sorted(view.rules.shipping_methods)})


def _matching(view: View[FreeShippingRules]) -> tuple[Parcel, ...]:
    methods = view.rules.shipping_methods
    return tuple(parcel for parcel in view.parcels if not methods or parcel.method in methods)


@hookimpl
def promo_register_promotion_types(register: Register) -> None:
    """Register the type."""
    register(FreeShipping())
