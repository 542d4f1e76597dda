"""The fields that the models of the Moltin contract are made of."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from promo_contracts.fields import check_name, read_decimal, read_instant, read_whole
from promo_contracts.lightrail.fields import MOST

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = "[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?"
_WITHOUT_OFFSET = re.compile(f"({_DAY.pattern})[Tt ]({_CLOCK})")
_MOMENTS = "a date and time such as 2017-05-12T15:04:05Z, or a date, which is its midnight in UTC"
MAX_PLACES = 6
"""A percentage has no more decimals."""


def _read_moment(value: object) -> datetime:
    if isinstance(value, str):
        without = _WITHOUT_OFFSET.fullmatch(value)
        if _DAY.fullmatch(value):
            value = f"{value}T00:00:00Z"
        elif without is not None:
            value = f"{without[1]}T{without[2]}Z"
    return read_instant(value, _MOMENTS)


def write_moment(value: datetime) -> str:
    """Write a moment as the pages show it: in UTC, with a fraction only where it has one.

    >>> write_moment(datetime(2017, 5, 12, 15, 4, 5, tzinfo=UTC))
    '2017-05-12T15:04:05Z'
    """
    unit = "milliseconds" if value.microsecond else "seconds"
    return value.astimezone(UTC).isoformat(timespec=unit).replace("+00:00", "Z")


def _read_percentage(value: object) -> object:
    number = read_decimal(value)
    assert isinstance(number, Decimal)
    exponent = number.normalize().as_tuple().exponent
    if not Decimal("0.01") <= number <= 100:
        raise ValueError("must be from 0.01 to 100")
    if isinstance(exponent, int) and exponent < -MAX_PLACES:
        raise ValueError(f"must have at most {MAX_PLACES} decimals")
    return number


Moment = Annotated[
    datetime,
    BeforeValidator(_read_moment),
    PlainSerializer(write_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}),
]
"""A moment: with an offset, or in UTC where it has none; a date alone is its midnight."""

Percentage = Annotated[
    Decimal,
    BeforeValidator(_read_percentage),
    PlainSerializer(lambda value: value),
    WithJsonSchema({"type": "number", "minimum": 0.01, "maximum": 100}),
]
"""A percentage, exact."""

Amount = Annotated[int, Field(ge=1, le=MOST)]
"""What is off, in minor units."""

UnitPrice = Annotated[int, Field(ge=0, le=MOST)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
NewQuantity = Annotated[int, Field(ge=0, le=1_000_000)]

Sku = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(check_name)]
"""What names goods: one line."""

PageLimit = Annotated[int, Field(ge=1, le=100), BeforeValidator(read_whole)]
PageOffset = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(read_whole)]
