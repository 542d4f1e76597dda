"""Canonical JSON and the strict reading of documents.

The engine owns three documents (cart, ruleset, evaluation) and reads one more (entitlements). All of them hold
integers, strings, booleans, null, lists and objects only: no float ever enters or leaves.

Errors: ``DocumentError`` (a ``ValueError``) names the path, what is wrong and what would be right.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NoReturn, TypeAlias

import orjson

Document: TypeAlias = dict[str, Any]

FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Instants outside these years are refused: no clock of a shop shows them, and calendars end somewhere."""

MAX_BYTES = 1_048_576
MAX_LEVELS = 64
_TOO_DEEP = f"must have at most {MAX_LEVELS} levels"


class DocumentError(ValueError):
    """A document, or a value built from one, is not lawful.

    >>> str(DocumentError("lines[0].quantity", "must be a positive integer, not 0"))
    'lines[0].quantity: must be a positive integer, not 0'
    """

    def __init__(self, path: str, problem: str, problems: "Sequence[DocumentError]" = ()) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem
        self._problems = tuple(problems)

    @property
    def problems(self) -> "tuple[DocumentError, ...]":
        """All that is wrong: this one, unless a document was looked through for all."""
        return self._problems or (self,)

    def under(self, parent: str) -> "DocumentError":
        """Return the same error as seen from the document that holds this one."""
        glue = "." if self.path and not self.path.startswith("[") else ""
        return self._at(f"{parent}{glue}{self.path}")

    def _at(self, path: str) -> "DocumentError":
        return DocumentError(path, self.problem)


_JSON_TYPES = {
    int: "a number",
    float: "a float",
    Decimal: "a number with decimals",
    str: "a string",
    list: "a list",
    dict: "an object",
}


def canonical_json(document: object) -> bytes:
    """Write a document as canonical JSON: sorted keys, no spaces, UTF-8, integers only.

    The same value gives the same bytes in any process, so their hash is a receipt.

    >>> canonical_json({"b": 1, "a": ["é", None]}).decode()
    '{"a":["é",null],"b":1}'
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def read_json(content: bytes, most: int = MAX_BYTES) -> Any:
    """Parse JSON strictly; fractions are ``Decimal``, never floats.

    Raises:
        DocumentError: more than ``most`` bytes, not UTF-8 or not JSON, a key twice in one object, or more than 64
            levels.

    >>> read_json(b'{"discount_value": 12.5}')
    {'discount_value': Decimal('12.5')}
    >>> read_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    promo_engine.documents.DocumentError: a: stands twice in one object
    """
    if len(content) > most:
        raise DocumentError("", f"must have at most {most} bytes")
    try:
        value = json.loads(content, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_unique)
    except DocumentError:
        raise
    except RecursionError:
        raise DocumentError("", _TOO_DEEP) from None
    except ArithmeticError:
        raise DocumentError("", "has a number beyond counting") from None
    except ValueError as error:
        raise DocumentError("", f"is not JSON: {error}") from None
    level = [value]
    for _ in range(MAX_LEVELS):
        level = [child for one in level for child in _children(one)]
    if level:
        raise DocumentError("", _TOO_DEEP)
    return value


def read_object(
    document: object, path: str, *, required: Sequence[str] = (), optional: Sequence[str] = ()
) -> Mapping[str, Any]:
    """Return the document if it is an object with all required and no unknown keys.

    Raises:
        DocumentError: a key is missing or unknown (the nearest known name is suggested).
    """
    if not isinstance(document, Mapping):
        raise DocumentError(path, f"must be an object, not {json_type(document)}")
    for key in required:
        if key not in document:
            raise DocumentError(join(path, key), "is required")
    for key in document:
        if key not in required and key not in optional:
            raise DocumentError(join(path, str(key)), unknown_field(key, [*required, *optional]))
    return document


def read_list(document: object, path: str) -> Sequence[Any]:
    """Return the document if it is a list (or tuple)."""
    if isinstance(document, list | tuple):
        return document
    raise DocumentError(path, f"must be a list, not {json_type(document)}")


def read_instant(text: object, path: str) -> datetime:
    """Read an ISO 8601 instant with its offset as UTC.

    >>> read_instant("2026-11-22T10:00:00+01:00", "at").isoformat()
    '2026-11-22T09:00:00+00:00'
    """
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise DocumentError(path, "must be an ISO 8601 instant with an offset, as 2026-11-22T09:00:00Z")
    return instant.astimezone(UTC)


def write_instant(instant: datetime) -> str:
    """Write an instant as ISO 8601 in UTC with a final Z."""
    return orjson.dumps(instant.astimezone(UTC), option=orjson.OPT_UTC_Z)[1:-1].decode()


def unknown_field(key: object, known: Sequence[str]) -> str:
    """Say that a field is unknown, and which known one is nearest.

    >>> unknown_field("quantitty", ["id", "quantity"])
    "is not a known field; did you mean 'quantity'?"
    """
    by_form = {name.casefold(): name for name in known}
    near = get_close_matches(str(key).casefold(), by_form, n=1)
    return f"is not a known field; did you mean '{by_form[near[0]]}'?" if near else "is not a known field"


def json_type(value: object) -> str:
    """Name a value's JSON type for an error message."""
    if isinstance(value, bool):
        return "a boolean"
    return "null" if value is None else _JSON_TYPES.get(type(value), type(value).__name__)


def join(path: str, key: str) -> str:
    """Extend a path by a key."""
    return f"{path}.{key}" if path else key


def _no_number(text: str) -> NoReturn:
    raise DocumentError("", f"is not JSON: {text} is no number")


def _unique(pairs: list[tuple[str, Any]]) -> Document:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        raise DocumentError(next(key for key in keys if keys.count(key) > 1), "stands twice in one object")
    return values


def _children(value: object) -> list[Any]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in inside if isinstance(child, dict | list)]
