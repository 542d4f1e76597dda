"""What the rules of the built-in promotion types are made of: decimal major units, percentages, counts, selectors."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from promo_contracts.company.amounts import json_type
from promo_contracts.fields import Text, shortest

MAX_AMOUNT = 10**15
"""What no amount of any currency may exceed; one with decimals ends earlier."""
MAX_COUNT = 1_000_000
MAX_DIGITS = 40


def _read_number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError(f"must be a number, not {json_type(value)}")
    number = shortest(value) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > 30 or len(format(number, "f")) > MAX_DIGITS:
        raise ValueError("must be a number of reasonable size")
    return number


def _read_amount(value: object) -> Decimal:
    amount = _read_number(value)
    if amount > MAX_AMOUNT:
        raise ValueError("must be an amount of reasonable size")
    return amount


def _read_percentage(value: object) -> Decimal:
    number = _read_number(value)
    if number > 100:
        raise ValueError("Discount percentage cannot exceed 100%")
    if number < Decimal("0.01"):
        raise ValueError("Discount percentage must be at least 0.01%")
    return number


Exact = Decimal | int
"""What a type checker lets a number be. A model makes a ``Decimal`` of it, and takes a float for what it prints."""

_READS_AMOUNT = BeforeValidator(_read_amount)
"""What every rule that is an amount, or holds one, is known by."""

Amount = Annotated[
    Exact,
    Field(ge=0),
    _READS_AMOUNT,
    WithJsonSchema({"type": "number", "minimum": 0}),
]
"""An amount in decimal major units."""

PositiveAmount = Annotated[
    Exact,
    Field(gt=0),
    _READS_AMOUNT,
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
]
"""An amount above zero."""

_READS_PERCENTAGE = BeforeValidator(_read_percentage)
"""What every rule that is a percentage is known by."""

Percentage = Annotated[
    Exact,
    _READS_PERCENTAGE,
    WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": 100}),
]
"""A percentage from 0.01 to 100."""

Factor = Annotated[
    Exact,
    Field(gt=0, le=MAX_COUNT),
    BeforeValidator(_read_number),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": MAX_COUNT}),
]
"""A number above zero that multiplies."""

Count = Annotated[int, Field(strict=True, ge=1, le=MAX_COUNT)]
"""How many units, applications or orders: at least one."""

Names = Annotated[list[Text], Field(max_length=10_000)]
"""Selectors: each is a SKU, a product id, a category or a tag."""

TierValue = Annotated[Any, WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]

Amounts = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "object"}]}}
    ),
]
"""The amounts of a promotion in other currencies, by code; looked into when a promotion is created."""


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
