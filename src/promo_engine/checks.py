"""Checks of fields, used where values are made: each names its field and says what would be right.

Errors: ``DocumentError``.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from promo_engine.documents import DocumentError, join, json_type
from promo_engine.minor_units import refuse_major_units
from promo_engine.money import MAX_AMOUNT

MAX_ENTRIES = 1_000
MAX_TEXT = 255

NO_TEXTS: Mapping[str, str] = MappingProxyType({})
"""No strings by name, of a value that was given none."""

T = TypeVar("T")


def texts(values: Any, path: str, *, keep_order: bool = False) -> tuple[str, ...]:
    """Return strings as a tuple: sorted and each once, or in the order given."""
    kind = type(values)
    is_list = kind is tuple or kind is list  # as nearly all are
    if not is_list and (isinstance(values, str | Mapping) or not hasattr(values, "__iter__")):
        raise DocumentError(path, f"must be a list of strings, not {json_type(values)}")
    given = tuple(values)
    if not given:
        return given
    check_most(len(given), MAX_ENTRIES, path)
    for i, text in enumerate(given):
        try:
            check_text(text, "")
        except DocumentError as error:
            raise error.under(f"{path}[{i}]") from None
    return given if keep_order or len(given) == 1 else tuple(sorted(set(given)))


def text_map(values: object, path: str) -> dict[str, str]:
    """Return an object of strings, its keys sorted."""
    if values is NO_TEXTS:
        return {}
    if not isinstance(values, dict) and not isinstance(values, Mapping):  # of an abstract class is asked at length
        raise DocumentError(path, f"must be an object of strings, not {json_type(values)}")
    if not values:
        return {}
    check_most(len(values), MAX_ENTRIES, path)
    for key, value in values.items():
        check_text(key, path)
        check_text(value, join(path, key), least=0)
    return dict(sorted(values.items()))


def all_of(values: Sequence[T], kind: type[T], path: str) -> tuple[T, ...]:
    """Return values as a tuple, each of one class."""
    for i, value in enumerate(values):
        if not isinstance(value, kind):
            raise DocumentError(f"{path}[{i}]", f"must be a {kind.__name__}, not {json_type(value)}")
    return tuple(values)


def check_text(value: object, path: str, least: int = 1) -> None:
    """Check a string of ``least`` to 255 characters."""
    if isinstance(value, str) and least <= len(value) <= MAX_TEXT and value.isascii():
        return  # as nearly all are
    if not isinstance(value, str):
        raise DocumentError(path, f"must be a string, not {json_type(value)}")
    if not least <= len(value) <= MAX_TEXT:
        raise DocumentError(path, f"must have {least} to {MAX_TEXT} characters, not {len(value)}")
    if any(0xD800 <= ord(char) <= 0xDFFF for char in value):
        raise DocumentError(path, "must be text without lone surrogates")


def check_whole(value: object, path: str, *, least: int, most: int) -> None:
    """Check a whole number within inclusive bounds; a boolean is none."""
    if type(value) is int and least <= value <= most:
        return
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        shown = value if isinstance(value, int) else json_type(value)
        raise DocumentError(path, f"must be a whole number from {least} to {most}, not {shown}")


def check_amount(value: object, path: str) -> None:
    """Check an amount of minor units, zero or more."""
    if type(value) is int and 0 <= value <= MAX_AMOUNT:
        return
    refuse_major_units(value, path)
    check_whole(value, path, least=0, most=MAX_AMOUNT)


def check_flag(value: object, path: str) -> None:
    """Check a boolean."""
    if not isinstance(value, bool):
        raise DocumentError(path, f"must be true or false, not {json_type(value)}")


def check_most(count: int, most: int, path: str, what: str = "entries") -> None:
    """Check a count against its bound."""
    if count > most:
        raise DocumentError(path, f"must have at most {most} {what}, not {count}")


def check_unique(ids: list[str], path: str) -> None:
    """Check that no id stands twice."""
    if len(set(ids)) == len(ids):
        return
    seen: set[str] = set()
    for i, one in enumerate(ids):
        if one in seen:
            raise DocumentError(f"{path}[{i}].id", f"is used twice: {one!r}")
        seen.add(one)


set_field = object.__setattr__
"""Sets a field of a frozen value while it is being made: of the value, its name, and its content."""
