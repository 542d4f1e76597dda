"""The fields that the models of the value-store API are made of."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema

from promo_contracts.fields import WireModel, check_name, check_stored, read_decimal, read_whole

MOST = 2_147_483_647
"""The largest amount, of minor units."""

LONGEST_METADATA = 8_192
LONGEST_RULE = 4_096

Access = Literal["customerId", "secureCode", "publicCode"]
"""How a value store is reached: by its customer, or by a code that is secret, or by one that may be shown."""

_ID = re.compile("[!-~]([ -~]{0,62}[!-~])?")
_CURRENCY = re.compile("[A-Za-z0-9_-]{1,16}")
_DAYS = "(?:([0-9]{1,3})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?"
_TIME = "(?:T(?=.)(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,8})S)?)?"
_DURATION = re.compile(f"P(?=.){_DAYS}{_TIME}")


def _check_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("must have 1 to 64 printable ASCII characters, without a space at either end")
    if text in (".", ".."):
        raise ValueError("must not be '.' or '..', which a path cannot hold")
    return text


def _check_currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise ValueError("must have 1 to 16 ASCII letters, digits, dashes or underscores")
    return text.upper()


def _check_code(text: str) -> str:
    if not text.strip():
        raise ValueError("must have a character that can be seen")
    return check_name(text.strip())


def _check_email(text: str) -> str:
    if not text.isascii() or not text.isprintable() or "@" not in text or " " in text:
        raise ValueError("must be an e-mail address of ASCII characters")
    return text


def _check_metadata(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if len(json.dumps(value, default=str)) > LONGEST_METADATA:
        raise ValueError(f"must have at most {LONGEST_METADATA} characters as JSON")
    return value


def _check_tags(tags: list[str]) -> list[str]:
    if len(set(tags)) < len(tags):
        raise ValueError("must name each tag once")
    return tags


def duration_of(text: str) -> timedelta | None:
    """Return the span of an ISO 8601 duration, a month as 30 days and a year as 365; None for another text.

    >>> duration_of("P1DT2H"), duration_of("P")
    (datetime.timedelta(days=1, seconds=7200), None)
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
    return timedelta(days=365 * years + 30 * months + 7 * weeks + days, hours=hours, minutes=minutes, seconds=seconds)


def _read_pending(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, str) and duration_of(value) is not None):
        return value
    raise ValueError("must be true, false or an ISO 8601 duration, as PT1H or P7D")


def _read_flag(value: object) -> object:
    flags = {"true": True, "false": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in flags:
        return flags[value]
    raise ValueError("must be true or false")


def _read_rate(value: object) -> object:
    rate = read_decimal(value)
    assert isinstance(rate, Decimal)
    if not 0 <= rate <= 1:
        raise ValueError("must be from 0 to 1")
    return rate


Id = Annotated[str, AfterValidator(_check_id), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 64})]
"""A client's own id: 1 to 64 printable ASCII characters, compared case by case."""

CurrencyCode = Annotated[
    str,
    AfterValidator(_check_currency),
    WithJsonSchema({"type": "string", "pattern": f"^{_CURRENCY.pattern}$"}),
]
"""The code of a currency, of ISO 4217 or private; kept in upper case."""

CodeText = Annotated[
    str, Field(min_length=1, max_length=255), AfterValidator(check_stored), AfterValidator(_check_code)
]
"""A code: 1 to 255 characters, without the spaces around it."""

Amount = Annotated[int, Field(ge=1, le=MOST)]
NotNegativeAmount = Annotated[int, Field(ge=0, le=MOST)]
"""Minor units."""

FirstOrLastName = Annotated[str, Field(max_length=255), AfterValidator(check_stored)]
Email = Annotated[str, Field(max_length=320), AfterValidator(_check_email)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(check_name)]
Tags = Annotated[list[Tag], Field(max_length=100), AfterValidator(_check_tags)]
Metadata = Annotated[dict[str, Any], AfterValidator(_check_metadata)]
"""An object of the client's own, of at most 8,192 characters as JSON."""

Pending = Annotated[
    bool | str,
    BeforeValidator(_read_pending),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string", "format": "duration"}]}),
]
"""Whether a transaction waits for its capture: true for a week, or an ISO 8601 duration of an hour to 90 days."""

Rate = Annotated[
    Decimal,
    BeforeValidator(_read_rate),
    PlainSerializer(lambda value: value),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1}),
]

Flag = Annotated[bool, BeforeValidator(_read_flag)]
"""A flag in a query: true or false."""

Whole = Annotated[int, Field(ge=0, le=MOST), BeforeValidator(read_whole)]
"""A number in a query."""

Limit = Annotated[int, Field(ge=1, le=1_000), BeforeValidator(read_whole)]
Offset = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(read_whole)]


class Rule(WireModel):
    """A rule in the expression language, and what it says in words."""

    rule: Annotated[str, Field(min_length=1, max_length=LONGEST_RULE), AfterValidator(check_stored)]
    explanation: Annotated[str, Field(max_length=1_000), AfterValidator(check_stored)]
