"""The fields that wire models are made of, strict: no text where a number belongs, no number where a flag does."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, get_args
from unicodedata import category

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

D = TypeVar("D", bound=date)
WeekDay = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

# One form each: fromisoformat also reads 20250414, week dates and any separator.
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HOUR = "([01][0-9]|2[0-3]):[0-5][0-9]"
_CLOCK = re.compile(_HOUR)
_INSTANT = re.compile(f"{_DAY.pattern}[Tt]{_HOUR}(:[0-5][0-9](\\.[0-9]{{1,9}})?)?([Zz]|[+-]{_HOUR})?")

_CODE = re.compile("[A-Za-z0-9]{4,20}")
_CODE_PREFIX = re.compile("[A-Za-z0-9]{0,9}")
_BATCH_ID = re.compile("[A-Za-z0-9._-]{1,64}")
_FIRST, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2201, 1, 1, tzinfo=UTC)
_YEARS = "must be in the years 1970 to 2200"
_A_DAY = "a date, as 2025-04-14"
_AN_INSTANT = "an ISO 8601 date and time with an offset, as 2025-04-14T00:00:00.000Z"


class WireModel(BaseModel):
    """A request or response: closed, strict, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Query(BaseModel):
    """The parameters of a request's query: closed, each a text that is read as what it stands for."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Answer(BaseModel):
    """A response as a client reads it: fields that a newer server adds are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


def read_instant(value: object, expected: str) -> datetime:
    """Read a moment that has an offset; ``expected`` says what would be one."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        value = _on_calendar(datetime.fromisoformat, value.upper())
    if not isinstance(value, datetime):
        raise ValueError(f"must be {expected}")
    if value.utcoffset() is None:
        raise ValueError("must have an offset or a final Z, as 2025-04-14T00:00:00.000Z")
    # Compared before it is converted: at the ends of the calendar a conversion overflows.
    if not _FIRST <= value < _END:
        raise ValueError(_YEARS)
    return value.astimezone(UTC)


def _read_day_or_instant(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        value = _on_calendar(date.fromisoformat, value)
    if isinstance(value, datetime) or not isinstance(value, date):
        return read_instant(value, f"{_A_DAY}, or {_AN_INSTANT}")
    if not _FIRST.date() <= value < _END.date():
        raise ValueError(_YEARS)
    return value


def _read_day(value: object) -> date:
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    if not is_day and not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError(f"must be {_A_DAY}")
    return _read_day_or_instant(value)


def _on_calendar(read: Callable[[str], D], text: str) -> D:
    try:
        return read(text)
    except ValueError:
        raise ValueError("must be a day that the calendar has") from None


def _write_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write_day_or_instant(value: date) -> str:
    return _write_instant(value) if isinstance(value, datetime) else value.isoformat()


def _read_clock(value: object) -> object:
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return value
    raise ValueError("must be a time of day from 00:00 to 23:59, as 08:30")


def _read_week_day(value: object) -> object:
    days = get_args(WeekDay)
    if value in days:
        return value
    nearest = did_you_mean(value, days) if isinstance(value, str) else ""
    raise ValueError(f"must be one of {', '.join(days)}{nearest}")


def _check_once(days: list[WeekDay]) -> list[WeekDay]:
    if len(set(days)) < len(days):
        raise ValueError("must name each day once")
    return days


def read_decimal(value: object) -> object:
    """Read an exact number, which a text or a flag is not."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    raise ValueError("must be a number")


def read_whole(value: object) -> object:
    """Read a whole number, also from the text of a query."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("must be a whole number")


def check_name(name: str) -> str:
    """Refuse what is not one line of characters that can be seen."""
    if name and name.isprintable():
        return name
    if any(category(char) in ("Cc", "Zl", "Zp") for char in name):
        raise ValueError("must be one line, without control characters")
    if not any(map(str.isprintable, name)):
        raise ValueError("must have a character that can be seen")
    return name


def check_stored(text: str) -> str:
    """Refuse the one character that PostgreSQL cannot store."""
    if "\0" in text:
        raise ValueError("must not have the character U+0000")
    return text


def _check_code(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise ValueError("must have 4 to 20 ASCII letters and digits, and nothing else")
    return code


def _check_code_prefix(prefix: str) -> str:
    if not _CODE_PREFIX.fullmatch(prefix):
        raise ValueError("must have at most 9 ASCII letters and digits, and nothing else")
    return prefix


def _check_batch_id(batch_id: str) -> str:
    if not _BATCH_ID.fullmatch(batch_id):
        raise ValueError("must have 1 to 64 ASCII letters, digits, dots, dashes and underscores, and nothing else")
    return batch_id


def shortest(value: float) -> Decimal:
    """Take a float for the number that it prints, so that 0.1 is one tenth.

    >>> shortest(0.1)
    Decimal('0.1')
    """
    return Decimal(float.__repr__(value))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown word: the nearest known one, in any case, or nothing.

    >>> f"is not a day{did_you_mean('MONDAY', ['monday', 'tuesday'])}"
    "is not a day; did you mean 'monday'?"
    """
    by_form = {one.casefold(): one for one in known}
    near = get_close_matches(word.casefold(), by_form, n=1)
    return f"; did you mean '{by_form[near[0]]}'?" if near else ""


def ignoring_unknown(model: type[BaseModel]) -> BeforeValidator:
    """Return a validator that lets a closed model be read from an answer: what a newer server adds is left out."""

    def known(value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {name: content for name, content in value.items() if name in model.model_fields}

    return BeforeValidator(known)


Instant = Annotated[
    datetime,
    BeforeValidator(lambda value: read_instant(value, _AN_INSTANT)),
    PlainSerializer(_write_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment: ISO 8601 with an offset on the wire, an aware UTC datetime here; milliseconds when written."""

DayOrInstant = Annotated[
    date | datetime,
    BeforeValidator(_read_day_or_instant),
    PlainSerializer(_write_day_or_instant),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
]
"""A day of the company's calendar, as 2025-04-14, or an ``Instant``; written as which of the two it was given."""

Day = Annotated[
    date,
    BeforeValidator(_read_day),
    PlainSerializer(date.isoformat),
    WithJsonSchema({"type": "string", "format": "date"}),
]
"""A day of the company's calendar, as 2025-04-14."""

Clock = Annotated[
    str, BeforeValidator(_read_clock), WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK.pattern}$"})
]
"""A time of day, 00:00 to 23:59."""

WeekDays = Annotated[
    list[Annotated[WeekDay, BeforeValidator(_read_week_day)]], Field(max_length=7), AfterValidator(_check_once)
]
"""Days of the week, each once."""

Number = Annotated[
    Decimal, BeforeValidator(read_decimal), PlainSerializer(lambda value: value), WithJsonSchema({"type": "number"})
]
"""An exact decimal, a JSON number on the wire."""

NotNegative = Annotated[
    Decimal,
    Field(ge=0),
    BeforeValidator(read_decimal),
    PlainSerializer(lambda value: value),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
"""An exact decimal that is not below zero."""

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(check_name)
]
"""A name for people: one line of 1 to 100 characters, without the spaces around it."""

Code = Annotated[str, AfterValidator(_check_code), WithJsonSchema({"type": "string", "pattern": f"^{_CODE.pattern}$"})]
"""A code of the company API."""

CodePrefix = Annotated[
    str,
    AfterValidator(_check_code_prefix),
    WithJsonSchema({"type": "string", "pattern": f"^{_CODE_PREFIX.pattern}$"}),
]
"""What the codes of a batch begin with."""

BatchId = Annotated[
    str, AfterValidator(_check_batch_id), WithJsonSchema({"type": "string", "pattern": f"^{_BATCH_ID.pattern}$"})
]
"""A client's own name of a batch of codes."""

Text = Annotated[str, Field(min_length=1, max_length=255)]
Prose = Annotated[str, Field(max_length=2_000), AfterValidator(check_stored)]
"""Text for people, of several lines, that any database can store."""

Texts = Annotated[list[Text], Field(max_length=1_000)]
Positive = Annotated[int, Field(ge=1, le=1_000_000_000)]
Minor = Annotated[int, Field(ge=0, le=10**15)]
"""An amount of minor units."""

PageNumber = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(read_whole)]
"""Which page of a list, from 1."""

PageSize = Annotated[int, Field(ge=1, le=100), BeforeValidator(read_whole)]
"""How many entries a page of a list has."""

Search = Annotated[str, Field(min_length=1, max_length=100)]
"""What a name or code must contain, compared as codes are."""

JsonObject = Mapping[str, Any]
"""An engine document, carried as a plain JSON object."""

CartDocument = Annotated[JsonObject, Field(json_schema_extra={"x-document": "cart"})]
EvaluationDocument = Annotated[JsonObject, Field(json_schema_extra={"x-document": "evaluation"})]
"""Engine documents by their key; the server knows their schemas."""
