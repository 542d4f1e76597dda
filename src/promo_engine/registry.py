"""What plugins supply, by name; immutable.

Errors, each naming the distribution::

    PluginError
    ├── NoPromotionTypesError       no plugin supplies any type
    ├── DuplicateTypeError          two plugins supply a type, a condition, or an entry point, of one name
    └── BrokenPluginError           a plugin does not load, or supplies something else than it says
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Generic, TypeVar

from promo_engine.condition import Condition
from promo_engine.documents import DocumentError
from promo_engine.observers import Observer
from promo_engine.promotion_type import PromotionType

S = TypeVar("S")
N = TypeVar("N", bound=PromotionType[Any] | Condition[Any])


class PluginError(Exception):
    """The plugins that are installed do not make a registry."""


class NoPromotionTypesError(PluginError):
    """No plugin supplies any promotion type."""


class DuplicateTypeError(PluginError):
    """Two plugins supply the same name."""


class BrokenPluginError(PluginError):
    """A plugin cannot be loaded, or does not keep the interface."""


@dataclass(frozen=True, slots=True)
class Registered(Generic[S]):
    """What a plugin supplies, with where it came from."""

    supplied: S
    distribution: str
    distribution_version: str

    @property
    def origin(self) -> str:
        """The distribution with its version."""
        return f"{self.distribution} {self.distribution_version}".strip()


class Registry(Mapping[str, N]):
    """What plugins supply of one sort, by name."""

    sort: ClassVar[str]
    field: ClassVar[str] = ""
    """Where a promotion of the company API names it."""

    def __init__(self, registered: Iterable[Registered[N]]) -> None:
        """Take what is registered; two of one name are an error."""
        self._registered: dict[str, Registered[N]] = {}
        for one in registered:
            name = one.supplied.name
            if name in self._registered:
                raise DuplicateTypeError(
                    f"{self.sort} {name!r} is supplied by {self._registered[name].distribution} "
                    f"and by {one.distribution}; uninstall one of them"
                )
            self._registered[name] = one

    def __getitem__(self, name: str) -> N:
        """Return the one of this name."""
        return self._registered[name].supplied

    def __iter__(self) -> Iterator[str]:
        """Go through the names, sorted."""
        return iter(sorted(self._registered))

    def __len__(self) -> int:
        """Count them."""
        return len(self._registered)

    def registered(self) -> list[Registered[N]]:
        """Return all with their distributions, sorted by name."""
        return [self._registered[name] for name in self]

    def origin(self, name: str) -> str:
        """Return the distribution of this name and its version; nothing where no plugin supplies it."""
        one = self._registered.get(name)
        return one.origin if one else ""

    def named(self, name: str) -> N:
        """Return the one of this name.

        Raises:
            DocumentError: no plugin supplies it; the message lists those that are there.
        """
        if name not in self._registered:
            there, kind = ", ".join(self) or "none", self.sort.split()[-1]
            near = get_close_matches(str(name), self, n=1) or [one for one in self if one.startswith(str(name))]
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise DocumentError(self.field, f"no plugin supplies {name!r}; the {kind}s that are there: {there}{hint}")
        return self[name]


class Conditions(Registry[Condition[Any]]):
    """The conditions that are there."""

    sort = "condition"


class PromotionTypes(Registry[PromotionType[Any]]):
    """The promotion types that are there, and the conditions and observers that came with them.

    >>> from promo_engine import discover
    >>> list(discover())
    ['bundle_deal', 'buy_x_get_y', 'fixed_amount_discount', 'free_shipping', 'loyalty_bonus', 'percentage_discount']
    """

    sort = "promotion type"
    field = "promotion_type"

    def __init__(self, registered: Iterable[Registered[Any]]) -> None:
        """Take what plugins registered; no type at all, or two of one name, are errors."""
        every = list(registered)
        super().__init__(one for one in every if isinstance(one.supplied, PromotionType))
        self.conditions = Conditions(one for one in every if isinstance(one.supplied, Condition))
        others = (PromotionType, Condition)
        self.observers = tuple([(one.supplied, one.origin) for one in every if not isinstance(one.supplied, others)])
        """What is told of each evaluation, with where it came from."""
        if not self:
            raise NoPromotionTypesError("no plugin supplies a promotion type; is any installed under 'promo.plugins'?")


def observers_of(types: Mapping[str, PromotionType[Any]]) -> Sequence[tuple[Observer, str]]:
    """Return the observers that came with promotion types, each with its distribution."""
    return types.observers if isinstance(types, PromotionTypes) else ()


NO_CONDITIONS = Conditions(())


def origin_of(supplied: Mapping[str, N], name: str) -> str:
    """Return the distribution of a type or condition, and its version; nothing of what was put together by hand."""
    return supplied.origin(name) if isinstance(supplied, Registry) else ""


def conditions_of(types: Mapping[str, PromotionType[Any]]) -> Mapping[str, Condition[Any]]:
    """Return the conditions that came with promotion types; none with types that were put together by hand."""
    return types.conditions if isinstance(types, PromotionTypes) else NO_CONDITIONS
