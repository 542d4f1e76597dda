"""A promotion type and a condition for fairtill, from outside of it."""

from fairtill_extras.nth_unit import NthUnit, NthUnitRules
from fairtill_extras.weight import MaximumWeight, Weight
from promo_engine import Register, RegisterCondition, hookimpl

__all__ = [
    "MaximumWeight",
    "NthUnit",
    "NthUnitRules",
    "Weight",
    "promo_register_conditions",
    "promo_register_promotion_types",
]


@hookimpl
def promo_register_promotion_types(register: Register) -> None:
    """Register the type."""
    register(NthUnit())


@hookimpl
def promo_register_conditions(register: RegisterCondition) -> None:
    """Register the condition."""
    register(Weight())
