"""Where a value stands in a shop's JSON.

``cart.total`` names keys from the outside in. ``[0]`` is one of a list, ``[code=shipping]`` the first of a list whose
``code`` is ``shipping``, ``["any.key"]`` a key with dots in it, and ``[]`` each of a list, where amounts are summed.

>>> parts = {"parts": [{"code": "items", "value": 5990}, {"code": "shipping", "value": 490}]}
>>> value(parts, "parts[code=shipping].value"), value(parts, "parts[0].value"), every(parts, "parts[].value")
(490, 5990, [5990, 490])
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from types import NoneType
from typing import Any, TypeAlias

from promo_middleware.errors import ConfigurationError, MappingError

_STEP = re.compile(r'(?:^|\.)([^.\[\]"]+)|\[(\d+)\]|\["([^"]+)"\]|\[([^\[\]="]+)=([^\[\]"]*)\]|(\[\])')
MOST_NAMES = 8
_KINDS: Mapping[Any, str] = {
    Mapping: "an object",
    str: "a string",
    NoneType: "nothing",
    (list, tuple): "a list",
    (bool, int, float, Decimal): "a number or flag",
}


@dataclass(frozen=True, slots=True)
class Where:
    """The first of a list that has this under that name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Each:
    """Each of a list."""


Step: TypeAlias = str | int | Where | Each


@cache
def steps(path: str) -> tuple[Step, ...]:
    """Take a path apart.

    Raises:
        ConfigurationError: it is none.

    >>> steps('a.b[0]["c.d"][e=f]')
    ('a', 'b', 0, 'c.d', Where(name='e', text='f'))
    """
    found: list[Step] = []
    end = 0
    while (match := _STEP.match(path, end)) is not None:
        name, index, key, where, text, each = match.groups()
        if each:
            found.append(Each())
        elif where:
            found.append(Where(where, text))
        else:
            found.append(int(index) if index else name or key)
        end = match.end()
    if end < len(path) or not found:
        raise ConfigurationError(
            f"{path!r} is no path: it is like 'cart.total', 'parts[0].price' or 'parts[code=x].price'"
        )
    return tuple(found)


def name_in(path: str) -> str | None:
    """Return the name that a path is, None where it is more than one name."""
    first, *others = steps(path)
    return first if isinstance(first, str) and not others else None


@cache
def is_several(path: str) -> bool:
    """Return whether a path leads to each of a list."""
    return any(isinstance(step, Each) for step in steps(path))


def check_one(name: str, path: str) -> None:
    """Check that a path leads to one value, which may be a list.

    Raises:
        ConfigurationError: it leads to each of a list.
    """
    if is_several(path):
        listed = path.removesuffix("[]")
        if listed and not is_several(listed):
            raise ConfigurationError(f"{name}: a list is named without []: write {listed!r}, not {path!r}")
        raise ConfigurationError(f"{name}: {path!r} is the place of several values: only one is read")


def check_written(name: str, path: str) -> None:
    """Check that something can be put at a path.

    Raises:
        ConfigurationError: it is the place of several values, or of none that has a name.
    """
    if is_several(path) or not isinstance(steps(path)[-1], str | int):
        raise ConfigurationError(f"{name}: {path!r} is written to, so it must be the place of one value")


def value(document: Any, path: str) -> Any:
    """Return the value at a path.

    Raises:
        MappingError: it is not there; the message names what is.
    """
    found = document
    for step in steps(path):
        found = found[step] if type(found) is dict and step in found else _child(found, step, path)
    return found


class Several:
    """Several places in one object, read together: at once, where all of them are names.

    >>> Several("id", None, "price").of({"id": "l1", "price": 490, "sku": "MILK"})
    ['l1', None, 490]
    """

    __slots__ = ("_names", "_paths")

    def __init__(self, *paths: str | None) -> None:
        """Take the paths; None for a part that is not there."""
        self._paths = paths
        names = [None if path is None else name_in(path) for path in paths]
        self._names = names if names.count(None) == paths.count(None) else None

    def of(self, holder: Any) -> list[Any]:
        """Return the values in the order of their paths; None where there is no path.

        Raises:
            MappingError: one is not there; the message names what is.
        """
        if type(holder) is dict and self._names is not None:
            try:
                return [None if name is None else holder[name] for name in self._names]
            except KeyError:
                pass  # which one, is found out one after the other
        return [None if path is None else value(holder, path) for path in self._paths]


def every(document: Any, path: str) -> list[Any]:
    """Return all values at a path; without ``[]`` there is one."""
    found = [document]
    for step in steps(path):
        if isinstance(step, Each):
            found = [one for holder in found for one in as_list(holder, path)]
        else:
            found = [_child(holder, step, path) for holder in found]
    return found


def name_of_new(path: str) -> str:
    """Return the name under which something new is put: the last of its path.

    Raises:
        ConfigurationError: a path does not end in a name, or leads to each of a list.

    >>> name_of_new("data.cart.promotions")
    'promotions'
    """
    last = steps(path)[-1]
    if is_several(path) or not isinstance(last, str):
        raise ConfigurationError(f"block: {path!r} must end in a name, as 'promotions' or 'data.cart.promotions'")
    return last


def check_free(document: Any, path: str) -> None:
    """Check that something new can be put at a path.

    Raises:
        MappingError: its parents are not there, or something of the shop's stands there.
    """
    holder, last = _holder(document, path)
    if type(holder) is not dict and not isinstance(holder, Mapping):
        raise MappingError(path, f"is not there{_instead(holder, last)}")
    if last in holder:
        raise MappingError(path, "is the shop's own: give the mapping another name for its block, as block='…'")


def place(document: Any, path: str) -> tuple[Any, Any]:
    """Return the holder and the name of what a path names: the value itself need not be there yet."""
    holder, last = _holder(document, path)
    if not (isinstance(holder, dict) if isinstance(last, str) else isinstance(holder, list)):
        raise MappingError(path, f"is not there{_instead(holder, last)}")
    return holder, last


def listed(document: Any, path: str) -> list[Any]:
    """Return the list at a path; ``""`` is the document itself."""
    return as_list(value(document, path) if path else document, path)


def as_list(found: Any, path: str) -> list[Any]:
    """Return a value that must be a list."""
    if isinstance(found, list):
        return found
    if isinstance(found, tuple):
        return [*found]
    raise MappingError(path, f"must be a list, not {kind(found)}")


def text(found: Any, path: str) -> str:
    """Return a value as text; nothing, and what holds other values, is none."""
    if found is None or isinstance(found, Mapping | list | tuple):
        raise MappingError(path, f"must be text, not {kind(found)}{perhaps(found, path)}")
    return str(found)


def perhaps(found: Any, path: str) -> str:
    """Say which path into an object may be meant where a text is wanted; nothing where none can be.

    >>> perhaps({"label": "Five off", "code": "FIVE"}, "codes[]")
    '; perhaps codes[].code'
    """
    if not isinstance(found, Mapping):
        return ""
    for name in ("code", "id", *found):
        if type(found.get(name)) in (str, int) and str(name).isidentifier():
            return f"; perhaps {path}.{name}"
    return ""


def kind(found: Any) -> str:
    """Say of what kind a value is, for an error: in JSON's words as far as they go."""
    for types, word in _KINDS.items():
        if isinstance(found, types):
            return word
    return f"a Python {type(found).__name__}"


def _holder(document: Any, path: str) -> tuple[Any, Any]:
    *parents, last = steps(path)
    holder = document
    for step in parents:
        holder = _child(holder, step, path)
    return holder, last


def _child(holder: Any, step: Step, path: str) -> Any:
    if isinstance(step, str):
        if isinstance(holder, Mapping) and step in holder:
            return holder[step]
    elif isinstance(holder, list | tuple):
        if isinstance(step, int) and step < len(holder):
            return holder[step]
        if isinstance(step, Where):
            for one in holder:
                if isinstance(one, Mapping) and str(one.get(step.name)) == step.text:
                    return one
    raise MappingError(path, f"is not there{_instead(holder, step)}")


def _instead(holder: Any, step: Step) -> str:
    """Say what is there where a step leads nowhere: names only, never values."""
    if not isinstance(holder, Mapping):
        wanted, found = "an object" if isinstance(step, str) else "a list", kind(holder)
        return "" if found == wanted else f": there is {found}, not {wanted}"
    if not isinstance(step, str):
        return ": there is an object, not a list"
    if near := get_close_matches(step, map(str, holder), 1):
        return f"; did you mean {near[0]!r}?"
    names = sorted(map(str, holder))[:MOST_NAMES]
    return f"; there is {', '.join(names)}" if names else "; there is nothing"
