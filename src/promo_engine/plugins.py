"""Guarded discovery of plugins, into an immutable registry of promotion types.

pluggy registers; it decides nothing else. Errors, each naming the distribution::

    PluginError
    ├── NoPromotionTypesError       no plugin supplies any type
    ├── DuplicateTypeError          two plugins supply a type, or an entry point, of one name
    └── BrokenPluginError           a plugin does not load, or supplies something else than a type
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from inspect import getattr_static
from itertools import pairwise
from types import ModuleType
from typing import Any

import pluggy

from promo_engine import hooks
from promo_engine.documents import DocumentError
from promo_engine.promotion_type import API_VERSION, PromotionType
from promo_engine.rules import Rules


class PluginError(Exception):
    """The plugins that are installed do not make a registry."""


class NoPromotionTypesError(PluginError):
    """No plugin supplies any promotion type."""


class DuplicateTypeError(PluginError):
    """Two plugins supply the same name."""


class BrokenPluginError(PluginError):
    """A plugin cannot be loaded, or does not keep the interface."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A promotion type with where it came from."""

    type: PromotionType[Any]
    distribution: str
    distribution_version: str


class PromotionTypes(Mapping[str, PromotionType[Any]]):
    """The promotion types that are there, by name; immutable.

    >>> list(discover())
    ['bundle_deal', 'buy_x_get_y', 'fixed_amount_discount', 'free_shipping', 'loyalty_bonus', 'percentage_discount']
    """

    def __init__(self, registered: Iterable[Registered]) -> None:
        """Take the registered types; none at all or two of one name are errors."""
        self._registered: dict[str, Registered] = {}
        for one in registered:
            name = one.type.name
            if name in self._registered:
                raise DuplicateTypeError(
                    f"promotion type {name!r} is supplied by {self._registered[name].distribution} "
                    f"and by {one.distribution}; uninstall one of them"
                )
            self._registered[name] = one
        if not self._registered:
            raise NoPromotionTypesError(f"no plugin supplies a promotion type; is any installed under {hooks.GROUP!r}?")

    def __getitem__(self, name: str) -> PromotionType[Any]:
        """Return the type of this name."""
        return self._registered[name].type

    def __iter__(self) -> Iterator[str]:
        """Go through the names, sorted."""
        return iter(sorted(self._registered))

    def __len__(self) -> int:
        """Count the types."""
        return len(self._registered)

    def registered(self) -> list[Registered]:
        """Return the types with their distributions, sorted by name."""
        return [self._registered[name] for name in self]

    def named(self, name: str) -> PromotionType[Any]:
        """Return the type of this name.

        Raises:
            DocumentError: no plugin supplies it; the message lists those that are there.
        """
        if name not in self._registered:
            there = ", ".join(self)
            raise DocumentError("promotion_type", f"no plugin supplies {name!r}; the types that are there: {there}")
        return self[name]


def discover() -> PromotionTypes:
    """Load every plugin of the entry-point group and return what they register.

    Raises:
        PluginError: a plugin is broken, two agree in a name, or none supplies anything.
    """
    found = sorted(entry_points(group=hooks.GROUP), key=lambda point: (point.name, _origin(point)))
    for earlier, later in pairwise(found):
        if earlier.name == later.name:
            raise DuplicateTypeError(f"two plugins are called {later.name!r}: {_origin(earlier)} and {_origin(later)}")
    return PromotionTypes(one for point in found for one in _load(point))


def register(plugin: object, distribution: str = "(local)", version: str = "") -> list[Registered]:
    """Return what one plugin (a module or object with hooks) registers, each type checked."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    types: list[PromotionType[Any]] = []
    try:
        manager.register(plugin)
        manager.check_pending()
        manager.hook.promo_register_promotion_types(register=types.append)
    except Exception as error:
        raise BrokenPluginError(f"plugin {distribution}: {_said(error)}") from error
    for promotion_type in types:
        _check(promotion_type, distribution)
    return [Registered(promotion_type, distribution, version) for promotion_type in types]


def _load(point: EntryPoint) -> list[Registered]:
    try:
        plugin: ModuleType = point.load()
    except Exception as error:
        raise BrokenPluginError(f"plugin {point.name!r} of {_origin(point)}: {_said(error)}") from error
    return register(plugin, _origin(point), point.dist.version if point.dist else "")


def _check(promotion_type: object, distribution: str) -> None:
    if not isinstance(promotion_type, PromotionType):
        raise BrokenPluginError(
            f"plugin {distribution} registered {promotion_type!r}: not an instance of PromotionType"
        )
    for attribute in ("name", "title", "version"):
        text = getattr_static(promotion_type, attribute, None)
        if not isinstance(text, str) or not text:
            raise BrokenPluginError(
                f"plugin {distribution}: {type(promotion_type).__name__}.{attribute} must be a string"
            )
    model = getattr_static(promotion_type, "rules_model", None)
    if not isinstance(model, type) or not issubclass(model, Rules):
        raise BrokenPluginError(f"plugin {distribution}: {promotion_type.name}.rules_model must be a subclass of Rules")
    if promotion_type.api_version != API_VERSION:
        raise BrokenPluginError(
            f"plugin {distribution}: {promotion_type.name} was made for interface "
            f"{promotion_type.api_version}, this engine has {API_VERSION}"
        )


def _origin(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "(unknown distribution)"


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
