"""The hooks that a plugin may implement: few, register-shaped, called once at start-up.

A plugin is a module (or object) published under the entry-point group ``promo.plugins``; it marks its hooks with
``hookimpl``.
"""

from typing import Any, Protocol

import pluggy

from promo_engine.condition import Condition
from promo_engine.observers import Observer
from promo_engine.promotion_type import PromotionType

PROJECT = "promo"
GROUP = "promo.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Register(Protocol):
    """What ``promo_register_promotion_types`` is given: call it once for each type."""

    def __call__(self, promotion_type: PromotionType[Any]) -> None:
        """Register one promotion type."""


class RegisterCondition(Protocol):
    """What ``promo_register_conditions`` is given: call it once for each condition."""

    def __call__(self, condition: Condition[Any]) -> None:
        """Register one condition."""


class RegisterObserver(Protocol):
    """What ``promo_register_observers`` is given: call it once for each observer."""

    def __call__(self, observer: Observer) -> None:
        """Register one observer."""


@hookspec
def promo_register_promotion_types(register: Register) -> None:
    """Register the plugin's promotion types by calling ``register(MyType())``."""


@hookspec
def promo_register_conditions(register: RegisterCondition) -> None:
    """Register the plugin's conditions by calling ``register(MyCondition())``."""


@hookspec
def promo_register_observers(register: RegisterObserver) -> None:
    """Register the plugin's observers by calling ``register(my_function)``."""
