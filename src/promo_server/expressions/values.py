"""The values of the rule language, and how one kind is taken for another.

A value is null, a boolean, a number, a text, a list or a map: ``None``, ``bool``, ``Decimal``, ``str``, a list or a
tuple, a mapping. What a rule speaks of is plain JSON; its numbers become decimals when they are read (``lift``).

As a number, null, false, a list, a map and a text that is none are 0, and true is 1. As a boolean, null, 0, NaN and the
empty text are false.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from promo_server.expressions import numbers
from promo_server.expressions.steps import Steps

Value: TypeAlias = bool | Decimal | str | Sequence[object] | Mapping[str, object] | None


def lift(raw: object) -> Value:
    """Return a value of plain JSON, or of Python, as the language has it; what it does not know is null.

    >>> lift(12), lift("x"), lift(object())
    (Decimal('12'), 'x', None)
    """
    if raw is None or isinstance(raw, bool | str | dict | list | tuple):
        return raw
    if isinstance(raw, int | float | Decimal):
        return numbers.number_of(raw)
    return raw if isinstance(raw, Mapping) else None


def is_list(value: Value) -> bool:
    """Whether this is a list."""
    return isinstance(value, list | tuple)


def truth(value: Value) -> bool:
    """Take a value for a boolean.

    >>> [truth(value) for value in (None, Decimal(0), Decimal("NaN"), "", "0", [], {})]
    [False, False, False, False, True, True, True]
    """
    if isinstance(value, bool | str):
        return bool(value)
    if isinstance(value, Decimal):
        return not (value.is_nan() or value.is_zero())
    return value is not None


def number(value: Value) -> Decimal:
    """Take a value for a number.

    >>> number("12"), number("twelve"), number([12]), number(True)
    (Decimal('12'), Decimal('0'), Decimal('0'), Decimal('1'))
    """
    found = _measure(value)
    return numbers.ZERO if found.is_nan() and isinstance(value, str) else found


def _measure(value: Value) -> Decimal:
    """Take a value for a number to compare with: a text that is none is not comparable, so NaN."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool):
        return numbers.ONE if value else numbers.ZERO
    return numbers.read_number(value) if isinstance(value, str) else numbers.ZERO


def text(value: Value, steps: Steps, level: int = 0) -> str:
    """Write a value as a text.

    >>> text([None, True, Decimal("1.50"), {"a": "b"}], Steps())
    '[, true, 1.5, {a: b}]'
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return numbers.write_number(value)
    parts = [steps.take_text(part) for part in _parts(value, steps, level)]
    return steps.take_text(("{%s}" if isinstance(value, Mapping) else "[%s]") % ", ".join(parts))


def _parts(value: Sequence[object] | Mapping[str, object], steps: Steps, level: int) -> Iterator[str]:
    """Yield what a list or a map holds, each as a text."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            steps.descend(level)
            yield f"{key}: {text(lift(one), steps, level + 1)}"
        return
    for one in value:
        steps.descend(level)
        yield text(lift(one), steps, level + 1)


def equal(left: Value, right: Value, steps: Steps, level: int = 0) -> bool:
    """Whether two values are equal: lists and maps by what they hold, null to null only, else as texts or as numbers.

    >>> equal("17", Decimal(17), Steps()), equal(None, Decimal(0), Steps()), equal([True], ["1"], Steps())
    (True, False, True)
    """
    steps.descend(level)
    if left is None or right is None:
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return len(left) == len(right) and all(
            key in right and equal(lift(one), lift(right[key]), steps, level + 1) for key, one in left.items()
        )
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(
            equal(lift(one), lift(other), steps, level + 1) for one, other in zip(left, right, strict=True)
        )
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if not all(isinstance(one, bool | Decimal | str) for one in (left, right)):
        return False
    return numbers.compare(_measure(left), _measure(right)) == 0


def order(left: Value, right: Value) -> int | None:
    """Return -1, 0 or 1 as the left one is less, equal or greater; None where they do not compare.

    >>> order("a", "b"), order(Decimal(2), "10"), order("many", Decimal(1))
    (-1, -1, None)
    """
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    return numbers.compare(_measure(left), _measure(right))


def member(source: Value, key: Value, steps: Steps) -> Value:
    """Return what a list holds at a place, or a map under a key; null where there is nothing.

    >>> (
    ...     member(["a", "b"], Decimal("1.9"), Steps()),
    ...     member({"2": "two"}, Decimal(2), Steps()),
    ...     member("text", "size", Steps()),
    ... )
    ('b', 'two', None)
    """
    if isinstance(source, Mapping):
        return lift(source.get(text(key, steps)))
    if not isinstance(source, list | tuple):
        return None
    place = numbers.floor(number(key))
    if place.is_nan():
        place = numbers.ZERO
    return lift(source[int(place)]) if 0 <= place < len(source) else None
