"""Exact JSON on the wire: numbers as they stand, never through a float.

Errors: ``WireError`` for text that is not the JSON that we accept.
"""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson

MAX_BYTES = 1_048_576
MAX_DEPTH = 64
MAX_DIGITS = 40


class WireError(ValueError):
    """The bytes are not JSON, or JSON that is too deep, or has a key twice or a number without end."""


def read_json(content: bytes) -> Any:
    """Parse JSON with fractions as ``Decimal``.

    Raises:
        WireError: not UTF-8 or not JSON, half a surrogate pair, ``NaN`` or an infinity, a number of more than 40
            digits, a key twice in one object, or more than 64 levels.

    >>> read_json(b'{"discount_value": 100.000000000000000001}')
    {'discount_value': Decimal('100.000000000000000001')}
    """
    try:
        value = json.loads(
            content.decode(),
            parse_float=_decimal,
            parse_int=_whole,
            parse_constant=_no_constant,
            object_pairs_hook=_unique,
        )
    except WireError:
        raise
    except RecursionError:
        raise WireError(_TOO_DEEP) from None
    except ValueError as error:
        raise WireError(f"not JSON: {error}") from None
    if content.count(b"{") + content.count(b"[") > MAX_DEPTH:
        _check_depth(value)
    if b"\\u" in content:
        _check_text(value)
    return value


def write_json(value: object) -> bytes:
    """Write JSON; a ``Decimal`` goes out as the number that it is. What was read can be written.

    >>> write_json({"max_discount_amount": Decimal("50.00"), "metadata": 10**30})
    b'{"max_discount_amount":50.00,"metadata":1000000000000000000000000000000}'
    """
    try:
        return orjson.dumps(value, default=_raw_number)
    except orjson.JSONEncodeError:
        return orjson.dumps(_with_long_numbers(value), default=_raw_number)


_TOO_DEEP = f"not accepted: more than {MAX_DEPTH} levels"


def _raw_number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"{type(value).__name__} is not JSON")


def _with_long_numbers(value: object) -> object:
    """Return a value whose whole numbers of more than 64 bits are decimals: orjson writes none as they are."""
    if isinstance(value, Mapping):
        return {name: _with_long_numbers(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_with_long_numbers(one) for one in value]
    return Decimal(value) if type(value) is int and value.bit_length() >= 64 else value


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text) if len(text) <= MAX_DIGITS else None
    except InvalidOperation:  # an exponent that no decimal has
        number = None
    # Written out it must not be longer either: what was read once can be read again.
    if number is None or abs(number.adjusted()) > MAX_DIGITS or len(format(number, "f")) > MAX_DIGITS:
        raise WireError(f"not accepted: a number of more than {MAX_DIGITS} digits")
    return number


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise WireError(f"not accepted: a number of more than {MAX_DIGITS} digits")
    return int(text)


def _no_constant(text: str) -> NoReturn:
    raise WireError(f"not JSON: {text} is not a number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise WireError(f"not accepted: the key {twice!r} stands twice in one object")
    return values


def _check_text(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise WireError("not JSON: half a surrogate pair is not a character") from None


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for one in level for child in _children(one)]
        if not level:
            return
    raise WireError(_TOO_DEEP)


def _children(value: object) -> list[Any]:
    if isinstance(value, Mapping):
        return [child for child in value.values() if isinstance(child, dict | list)]
    return [child for child in value if isinstance(child, dict | list)] if isinstance(value, list) else []
