"""What rules are made of: amounts, percentages, counts, selectors; each reads both forms of a document.

With a ``currency`` in the context they are decimal major units, as the company API speaks; without, minor units, as
the ruleset document does.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    InstanceOf,
    PlainSerializer,
    SerializationInfo,
    ValidationInfo,
    WithJsonSchema,
)

from promo_engine.documents import json_type
from promo_engine.minor_units import refuse_major_units
from promo_engine.money import MAX_AMOUNT, MAX_DIGITS, Currency

MAX_COUNT = 1_000_000
"""No rule counts further: a cart has at most this many units."""


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"must be a number, not {json_type(value)}")
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > 30 or len(format(number, "f")) > MAX_DIGITS:
        raise ValueError("must be a number of reasonable size")
    return number


def _to_minor(value: object, info: ValidationInfo) -> object:
    currency: Currency | None = (info.context or {}).get("currency")
    if currency is None:
        refuse_major_units(value)
    number = _number(value)
    if currency is None:
        return value
    minor = currency.minor(number)
    if minor > MAX_AMOUNT:
        raise ValueError("must be an amount of reasonable size")
    return minor


def _from_minor(value: int, info: SerializationInfo) -> int | Decimal:
    currency: Currency | None = (info.context or {}).get("currency")
    return value if currency is None else currency.major(value)


def _to_decimal(value: object, info: ValidationInfo) -> Decimal:
    if info.context is None and isinstance(value, str):
        try:
            return _number(Decimal(value))
        except InvalidOperation:
            raise ValueError("must be a decimal number") from None
    return _number(value)


def _to_percentage(value: object, info: ValidationInfo) -> Decimal:
    number = _to_decimal(value, info)
    if number > 100:
        raise ValueError("Discount percentage cannot exceed 100%")
    if number < Decimal("0.01"):
        raise ValueError("Discount percentage must be at least 0.01%")
    return number


def _from_decimal(value: Decimal, info: SerializationInfo) -> str | Decimal:
    return str(value) if info.context is None else value


_READS_AMOUNT = BeforeValidator(_to_minor)
"""What every rule that is an amount, or holds one, is known by."""

Amount = Annotated[
    int,
    Field(ge=0, le=MAX_AMOUNT),
    _READS_AMOUNT,
    PlainSerializer(_from_minor),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
"""An amount of minor units, a whole number; with a ``currency`` in the context it is read from decimal major units."""

PositiveAmount = Annotated[
    int,
    Field(gt=0, le=MAX_AMOUNT),
    _READS_AMOUNT,
    PlainSerializer(_from_minor),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]
"""An amount above zero."""

_READS_PERCENTAGE = BeforeValidator(_to_percentage)
"""What every rule that is a percentage is known by."""

Percentage = Annotated[
    Decimal,
    _READS_PERCENTAGE,
    PlainSerializer(_from_decimal),
    WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": 100}),
]
"""A percentage from 0.01 to 100, exact; a string in the ruleset document, a number on the company API."""

Factor = Annotated[
    Decimal,
    Field(gt=0, le=MAX_COUNT),
    BeforeValidator(_to_decimal),
    PlainSerializer(_from_decimal),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": MAX_COUNT}),
]
"""A number above zero that multiplies, exact; written as a percentage is."""

Count = Annotated[int, Field(strict=True, ge=1, le=MAX_COUNT)]
"""How many units, applications or orders: at least one."""

Flag = Annotated[bool, Field(strict=True)]
"""True or false."""

Name = Annotated[str, Field(min_length=1, max_length=255)]
Names = Annotated[tuple[Name, ...], Field(max_length=10_000)]
"""Selectors: each is a SKU, a product id, a category or a tag."""

Amounts = Annotated[
    Mapping[InstanceOf[Currency], Any],
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "object"}]}}
    ),
]
"""The rules of a promotion in other currencies, each complete."""


@cache
def amount_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a model that are amounts, or hold some."""
    fields = model.model_fields.items()
    return tuple(sorted(name for name, field in fields if _holds_amount((field.annotation, *field.metadata))))


@cache
def percentage_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of a model that are percentages."""
    fields = model.model_fields.items()
    return tuple(sorted(name for name, field in fields if _is_percentage((field.annotation, *field.metadata))))


def _is_percentage(parts: Iterable[object]) -> bool:
    """Whether an annotation is a percentage, or one that need not be there."""
    return any(part is _READS_PERCENTAGE or _is_percentage(get_args(part)) for part in parts)


def _holds_amount(parts: Iterable[object]) -> bool:
    """Whether one of the parts of an annotation is an amount, or a model with a field that is."""
    return any(
        part is _READS_AMOUNT
        or (isinstance(part, type) and issubclass(part, BaseModel) and bool(amount_fields(part)))
        or _holds_amount(get_args(part))
        for part in parts
    )
