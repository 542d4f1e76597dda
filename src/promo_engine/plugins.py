"""Guarded discovery of plugins, into an immutable registry of what they supply.

pluggy registers; it decides nothing else. Errors: ``registry`` draws them.
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from inspect import getattr_static
from itertools import pairwise
from types import ModuleType
from typing import Any

import pluggy

from promo_engine import hooks
from promo_engine.condition import Condition
from promo_engine.promotion_type import API_VERSION, PromotionType
from promo_engine.registry import BrokenPluginError, DuplicateTypeError, PromotionTypes, Registered
from promo_engine.rules import Rules, RulesPart


def discover() -> PromotionTypes:
    """Load every plugin of the entry-point group and return what they register.

    Raises:
        PluginError: a plugin is broken, two agree in a name, or none supplies a type.
    """
    found = sorted(entry_points(group=hooks.GROUP), key=lambda point: (point.name, _origin(point)))
    for earlier, later in pairwise(found):
        if earlier.name == later.name:
            raise DuplicateTypeError(f"two plugins are called {later.name!r}: {_origin(earlier)} and {_origin(later)}")
    return PromotionTypes(one for point in found for one in _load(point))


def register(plugin: object, distribution: str = "(local)", version: str = "") -> list[Registered[Any]]:
    """Return what one plugin (a module or object with hooks) registers, each checked."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    supplied: list[tuple[Callable[[Any], str | None], Any]] = []
    try:
        manager.register(plugin)
        manager.check_pending()
        manager.hook.promo_register_promotion_types(register=lambda one: supplied.append((_wrong_type, one)))
        manager.hook.promo_register_conditions(register=lambda one: supplied.append((_wrong_condition, one)))
        manager.hook.promo_register_observers(register=lambda one: supplied.append((_wrong_observer, one)))
    except Exception as error:
        raise BrokenPluginError(f"plugin {distribution}: {_said(error)}") from error
    for what_is_wrong, one in supplied:
        wrong = what_is_wrong(one)
        if wrong is not None:
            raise BrokenPluginError(f"plugin {distribution}{wrong}")
    return [Registered(one, distribution, version) for _, one in supplied]


def _load(point: EntryPoint) -> list[Registered[Any]]:
    try:
        plugin: ModuleType = point.load()
    except Exception as error:
        raise BrokenPluginError(f"plugin {point.name!r} of {_origin(point)}: {_said(error)}") from error
    return register(plugin, _origin(point), point.dist.version if point.dist else "")


def _wrong_type(one: object) -> str | None:
    return _wrong(one, PromotionType, "rules_model", Rules)


def _wrong_condition(one: object) -> str | None:
    return _wrong(one, Condition, "parameters_model", RulesPart)


def _wrong_observer(one: object) -> str | None:
    return None if callable(one) else f" registered {one!r}: an observer must be a function of one evaluation"


def _wrong(one: object, sort: type[Any], model_name: str, base: type[RulesPart]) -> str | None:
    """Say what is wrong with a type or condition; its attributes are looked at without running its code."""
    if not isinstance(one, sort):
        return f" registered {one!r}: not an instance of {sort.__name__}"
    for attribute in ("name", "title", "version"):
        text = getattr_static(one, attribute, None)
        if not isinstance(text, str) or not text:
            return f": {type(one).__name__}.{attribute} must be a string"
    name = getattr_static(one, "name")
    model = getattr_static(one, model_name, None)
    if not isinstance(model, type) or not issubclass(model, base):
        return f": {name}.{model_name} must be a subclass of {base.__name__}"
    version = getattr_static(one, "api_version", None)
    if version != API_VERSION:
        return f": {name} was made for interface {version}, this engine has {API_VERSION}"
    return None


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "(unknown distribution)"


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
