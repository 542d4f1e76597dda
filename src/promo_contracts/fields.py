"""The fields that wire models are made of, strict: no text where a number belongs, no number where a flag does."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer


class WireModel(BaseModel):
    """A request or response: closed, strict, frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """A response as a client reads it: fields that a newer server adds are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def _read_instant(value: object) -> object:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value.upper() else value
    except ValueError:
        instant = None
    if not isinstance(instant, datetime) or not 1970 <= instant.year <= 2200:
        raise ValueError("must be an ISO 8601 date and time, as 2025-04-14T00:00:00.000Z")
    if instant.tzinfo is None:
        raise ValueError("must have an offset or a final Z")
    return instant.astimezone(UTC)


def _write_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_decimal(value: object) -> object:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    raise ValueError("must be a number")


def ignoring_unknown(model: type[BaseModel]) -> BeforeValidator:
    """Return a validator that lets a closed model be read from an answer: what a newer server adds is left out."""

    def known(value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {name: content for name, content in value.items() if name in model.model_fields}

    return BeforeValidator(known)


Instant = Annotated[datetime, BeforeValidator(_read_instant), PlainSerializer(_write_instant)]
"""A moment: ISO 8601 with an offset on the wire, an aware UTC datetime here; milliseconds when written."""

Number = Annotated[Decimal, BeforeValidator(_read_decimal), PlainSerializer(lambda value: value)]
"""An exact decimal, a JSON number on the wire."""

Text = Annotated[str, Field(min_length=1, max_length=255)]
Texts = Annotated[list[Text], Field(max_length=1_000)]
Positive = Annotated[int, Field(ge=1, le=1_000_000_000)]
Minor = Annotated[int, Field(ge=0, le=10**15)]
"""An amount of minor units."""

JsonObject = Mapping[str, Any]
"""An engine document, carried as a plain JSON object."""
