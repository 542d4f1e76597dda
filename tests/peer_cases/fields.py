"""One object of a case, read field by field: what nobody has read in the end is what we have no word for."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from promo_engine import Currency, DocumentError

T = TypeVar("T")


class UnsupportedError(Exception):
    """A case says something that our semantics has no word for; the message names it."""


def needed(value: T | None, what: str) -> T:
    """Return what must be given.

    Raises:
        UnsupportedError: it is not.
    """
    if value is None:
        raise UnsupportedError(f"{what}: is not given")
    return value


class Fields:
    """An object of a case. Every field is taken once; ``check_read`` refuses what is left.

    Amounts are decimal strings of major units and come out as minor units of ``currency``.

    >>> fields = Fields({"amount": "5.00", "stop": True, "methods": []}, "params", Currency.of("USD"))
    >>> fields.amount("amount")
    500
    >>> fields.check_read()
    Traceback (most recent call last):
    tests.peer_cases.fields.UnsupportedError: params.stop
    """

    def __init__(self, content: object, path: str, currency: Currency) -> None:
        if not isinstance(content, Mapping):
            raise UnsupportedError(f"{path}: {content!r}")
        self.currency = currency
        self._path = path
        self._left = dict(content)
        self._parts: list[Fields] = []

    def __bool__(self) -> bool:
        return any(map(_says_something, self._left.values()))

    def has(self, name: str) -> bool:
        """Whether a field is given and not yet taken."""
        return self._left.get(name) is not None

    def take(self, name: str) -> Any:
        """Take a field as it is; None where there is none."""
        return self._left.pop(name, None)

    def flag(self, name: str, *, default: bool) -> bool:
        """Take true or false."""
        value = self.take(name)
        return default if value is None else self._checked(name, value, bool)

    def count(self, name: str) -> int | None:
        """Take a whole number."""
        value = self.take(name)
        if isinstance(value, bool):
            raise self._unsupported(name, value)
        return None if value is None else self._checked(name, value, int)

    def text(self, name: str) -> str | None:
        """Take a string."""
        value = self.take(name)
        return None if value is None else self._checked(name, value, str)

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a list of strings."""
        value = self.take(name)
        given: list[object] = [] if value is None else self._checked(name, value, list)
        return tuple(self._checked(name, one, str) for one in given)

    def number(self, name: str) -> Decimal | None:
        """Take a decimal string; a float would not be exact."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, float):
            raise self._unsupported(name, value)
        try:
            return Decimal(value)
        except (InvalidOperation, TypeError, ValueError):
            raise self._unsupported(name, value) from None

    def amount(self, name: str) -> int | None:
        """Take an amount, in minor units."""
        number = self.number(name)
        try:
            return None if number is None else self.currency.minor(number)
        except DocumentError:
            raise self._unsupported(name, number) from None

    def choice(self, name: str, words: Mapping[str, T], default: T) -> T:
        """Take one of some words, as what it means to us."""
        value = self.take(name)
        if value is None:
            return default
        if value not in words:
            raise self._unsupported(name, value)
        return words[value]

    def part(self, name: str) -> "Fields":
        """Take an object; an empty one where there is none."""
        value = self.take(name)
        return self._part(name, {} if value is None else value)

    def parts(self, name: str) -> "Sequence[Fields]":
        """Take a list of objects."""
        value = self.take(name)
        given: list[object] = [] if value is None else self._checked(name, value, list)
        return [self._part(f"{name}[{i}]", one) for i, one in enumerate(given)]

    def check_read(self) -> None:
        """Check that every field has been read, in this object and in its parts; what says nothing need not be.

        Raises:
            UnsupportedError: one has not.
        """
        for name, value in self._left.items():
            if _says_something(value):
                raise UnsupportedError(self._place(name))
        for part in self._parts:
            part.check_read()

    def _part(self, name: str, content: object) -> "Fields":
        part = Fields(content, self._place(name), self.currency)
        self._parts.append(part)
        return part

    def _checked(self, name: str, value: object, kind: type[T]) -> T:
        if not isinstance(value, kind):
            raise self._unsupported(name, value)
        return value

    def _unsupported(self, name: str, value: object) -> UnsupportedError:
        shown = str(value) if isinstance(value, Decimal) else repr(value)
        return UnsupportedError(f"{self._place(name)}: {shown}")

    def _place(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _says_something(value: object) -> bool:
    return value is not None and value is not False and value not in ([], {})
