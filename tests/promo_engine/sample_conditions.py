"""Two conditions, and a plugin that supplies what it is given."""

from inspect import isfunction
from typing import Any

from promo_engine import (
    CartView,
    Condition,
    Count,
    PositiveAmount,
    PromotionType,
    Register,
    RegisterCondition,
    RegisterObserver,
    RulesPart,
    hookimpl,
)


class AtLeast(RulesPart):
    kinds: Count
    worth: PositiveAmount = 1


class Variety(Condition[AtLeast]):
    name, title, version = "variety", "Several different goods", "1.1"
    parameters_model = AtLeast

    def is_met(self, view: CartView[AtLeast]) -> bool:
        return len([one for one in view.goods if one.unit_price >= view.parameters.worth]) >= view.parameters.kinds

    def explain(self, view: CartView[AtLeast]) -> dict[str, Any]:
        return {"kinds": view.parameters.kinds}


class Verified(Condition[RulesPart]):
    name, title, version = "verified", "Verified customers", "1.0"
    parameters_model = RulesPart

    def is_met(self, view: CartView[RulesPart]) -> bool:
        return view.customer is not None and view.customer.facts.get("verified") == "yes"


class Plugin:
    """A plugin that supplies what it is given: types, conditions, and functions that observe."""

    def __init__(self, *supplied: Any) -> None:
        self.supplied = supplied

    @hookimpl
    def promo_register_promotion_types(self, register: Register) -> None:
        for one in self.supplied:
            if isinstance(one, PromotionType):
                register(one)

    @hookimpl
    def promo_register_conditions(self, register: RegisterCondition) -> None:
        for one in self.supplied:
            if not isinstance(one, PromotionType) and not isfunction(one):
                register(one)

    @hookimpl
    def promo_register_observers(self, register: RegisterObserver) -> None:
        for one in self.supplied:
            if isfunction(one):
                register(one)
