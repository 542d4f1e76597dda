"""The promotion type ``bundle_deal``: some goods together for less."""

from collections.abc import Collection, Iterable
from typing import Annotated

from pydantic import Field, model_validator

from promo_bundle.filling import Bundles, Component
from promo_engine import (
    Amount,
    Bound,
    Count,
    Names,
    Need,
    Off,
    Percentage,
    Phase,
    PositiveAmount,
    PromotionType,
    Reason,
    Register,
    Rules,
    RulesPart,
    View,
    Wanted,
    given_one,
    hookimpl,
)

__all__ = ["BundleDeal", "BundleItem", "BundleRules", "promo_register_promotion_types"]


class BundleItem(RulesPart):
    """One component of a bundle: so many units of these goods."""

    items: Names = ()
    """The goods, by SKU, product id, category or tag; all that match where none are named."""
    quantity: Count = 1
    """How many units of them one bundle holds."""


class BundleRules(Rules):
    """What makes a bundle, and one of: its price, a percentage, an amount off it or off each of its units."""

    bundle_items: Annotated[tuple[BundleItem, ...], Field(min_length=1, max_length=50)]
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
    def _one_way(self) -> "BundleRules":
        given_one(self, "bundle_price", "discount_value", "discount_amount", "discount_amount_per_unit")
        return self


class BundleDeal(PromotionType[BundleRules]):
    """Give complete bundles for less, as many as the cart's units make; they take the dearest units.

    Shirt and tie for 25.00, of 20.00, 18.00 and 10.00, 9.00: 5.00 off the first bundle, 2.00 off the second.
    """

    name = "bundle_deal"
    title = "Bundle"
    version = "1.0"
    rules_model = BundleRules

    def phase(self, rules: BundleRules) -> Phase:
        """Apply before all others."""
        return Phase.BUNDLE

    def selectors(self, rules: BundleRules) -> Collection[str]:
        """Look at the goods of all components."""
        if all(component.items for component in rules.bundle_items):
            return {name for component in rules.bundle_items for name in component.items}
        return rules.applicable

    def propose(self, view: View[BundleRules]) -> Iterable[Off]:
        """Propose what is off the units of all bundles."""
        rules = view.rules
        least_price = -1 if rules.bundle_price is None else rules.bundle_price
        filling = Bundles(_components(view)).complete(rules.max_applications, least_price)
        parts = [goods.part(units) for goods in view.goods if (units := filling.units.get(goods.place))]
        if rules.bundle_price is not None:
            yield Off(tuple(parts), filling.price - filling.bundles * rules.bundle_price)
        elif rules.discount_value is not None:
            yield Off.percent(parts, rules.discount_value)
        elif rules.discount_amount is not None:
            yield Off(tuple(parts), filling.bundles * rules.discount_amount)
        elif rules.discount_amount_per_unit is not None:
            yield from (Off((part,), part.quantity * rules.discount_amount_per_unit) for part in parts)

    def bound(self, view: View[BundleRules]) -> Bound:
        """Say what bundles of all goods get; no bundle gets a larger part of its price than the dearest."""
        rules, goods = view.rules, view.goods
        together = sum(_rounded_up(off) for off in self.propose(view))
        if rules.discount_value is not None:
            return Bound(together, [_rounded_up(Off.percent([one], rules.discount_value)) for one in goods])
        if rules.discount_amount_per_unit is not None:
            return Bound(together, [one.quantity * rules.discount_amount_per_unit for one in goods])
        if rules.discount_amount is not None:
            size = sum(part.quantity for part in rules.bundle_items)
            return Bound(together, [-(-one.quantity * rules.discount_amount // size) for one in goods])
        dearest = max(1, Bundles(_components(view)).filled(1).price)
        off = max(0, dearest - (rules.bundle_price or 0))
        return Bound(together, [-(-one.price * off // dearest) for one in goods])

    def explain(self, view: View[BundleRules]) -> Reason | None:
        """Say how many units are missing for the first bundle, and of which components."""
        filling = Bundles(_components(view)).filled(1)
        if filling.is_complete:
            return None
        lacking = [(part, room) for part, room in zip(view.rules.bundle_items, filling.room, strict=True) if room]
        required = sum(part.quantity for part in view.rules.bundle_items)
        need = Need.add(*((room, Wanted.bearing(part.items, view.rules.applicable)) for part, room in lacking))
        params = {
            "required": required,
            "current": required - need.missing,
            "missing": need.missing,
            "components": [{"items": list(part.items), "missing": room} for part, room in lacking],
        }
        return Reason("required_items", params, (need,))


def _rounded_up(off: Off) -> int:
    return -(-off.numerator // off.denominator)


def _components(view: View[BundleRules]) -> list[Component]:
    """Return each component's quantity and the goods that may fill it."""
    applicable = {goods.place for goods in view.bearing(view.rules.applicable)}
    return [
        (component.quantity, [goods for goods in view.bearing(component.items) if goods.place in applicable])
        for component in view.rules.bundle_items
    ]


@hookimpl
def promo_register_promotion_types(register: Register) -> None:
    """Register the type."""
    register(BundleDeal())
