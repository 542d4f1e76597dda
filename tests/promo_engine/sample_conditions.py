"""Two conditions, and a plugin that supplies whatever it is given."""

from typing import Any

from promo_engine import CartView, Condition, Count, PositiveAmount, RegisterCondition, RulesPart, hookimpl


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
    def __init__(self, *conditions: Any) -> None:
        self.conditions = conditions

    @hookimpl
    def promo_register_conditions(self, register: RegisterCondition) -> None:
        for one in self.conditions:
            register(one)
