"""Request bodies: what the caller gave, checked by the contract's model before it is sent.

Errors: ``InvalidRequest`` with the path of each wrong field, in the words of the API's own 422.
"""

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from promo_contracts import write_json
from promo_contracts.company.errors import FieldProblem, invalid_body
from promo_contracts.fields import Query, shortest
from promo_contracts.problems import field_problems
from promo_sdk.errors import FieldError, InvalidRequest


def write_body(model: type[BaseModel], **values: object) -> bytes:
    """Check values by the model and write them; what is ``None`` is left out.

    Raises:
        InvalidRequest: naming each wrong field.

    >>> from promo_contracts.company.models import SettleRequest
    >>> write_body(SettleRequest, charged=4792)
    b'{"charged":4792}'
    """
    try:
        given = {name: plain(value, name) for name, value in values.items() if value is not None}
        return write_json(model.model_validate(given).model_dump(exclude_unset=True))
    except ValidationError as error:
        raise _refused(field_problems(error, model)) from None
    except (TypeError, RecursionError) as error:
        raise invalid("body", f"cannot be written as JSON: {error}") from None


class Unchanged(Enum):
    """Stands for a field that a change does not name, where ``None`` takes the field away."""

    UNCHANGED = "unchanged"

    def __repr__(self) -> str:
        """Show the name, as signatures do."""
        return self.name


UNCHANGED: Final = Unchanged.UNCHANGED


def write_change(model: type[BaseModel], **values: object) -> bytes:
    """Check what a change names by the model and write it; ``None`` goes out as null.

    Raises:
        InvalidRequest: naming each wrong field.

    >>> from promo_contracts.company.updates import CampaignUpdate
    >>> write_change(CampaignUpdate, name="Spring", end_date=None, description=UNCHANGED)
    b'{"name":"Spring","end_date":null}'
    """
    try:
        given = {name: plain(value, name) for name, value in values.items() if value is not UNCHANGED}
        model.model_validate(given)
        return write_json(given)
    except ValidationError as error:
        raise _refused(field_problems(error, model)) from None
    except (TypeError, RecursionError) as error:
        raise invalid("body", f"cannot be written as JSON: {error}") from None


def write_query(model: type[Query], **values: str | int | datetime | None) -> dict[str, str | int]:
    """Check the parameters of a query by its model; those that are ``None`` are left out.

    Raises:
        InvalidRequest: naming each wrong parameter.

    >>> from promo_contracts.company.queries import PromotionQuery
    >>> write_query(PromotionQuery, status="active", search=None, page=2)
    {'status': 'active', 'page': 2}
    """
    given = {name: _parameter(name, value) for name, value in values.items() if value is not None}
    try:
        model.model_validate(given)
    except ValidationError as error:
        raise _refused(field_problems(error, model)) from None
    return given


def _parameter(name: str, value: str | int | datetime) -> str | int:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return _day_or_instant(value, name)
    return value


def plain(value: object, path: str) -> Any:
    """Turn what a caller may give into plain JSON values, exactly.

    A float is taken by its shortest form, so 0.1 is the amount 0.1. Models give the fields that
    were set and are not ``None``; mappings and tuples become objects and lists.

    Raises:
        InvalidRequest: a moment without an offset, or a number that is not finite.

    >>> plain({"discount_value": 0.1, "excluded_items": ("milk",)}, "discount_rules")
    {'discount_value': Decimal('0.1'), 'excluded_items': ['milk']}
    """
    match value:
        case None | str() | bool() | int():
            return value
        case float() | Decimal():
            return _number(value, path)
        case date():
            return _day_or_instant(value, path)
        case BaseModel():
            names = [name for name in type(value).model_fields if name in value.model_fields_set]
            given = {name: child for name in names if (child := getattr(value, name)) is not None}
            given |= value.model_extra or {}
            return {name: plain(child, _under(path, name)) for name, child in given.items()}
        case Mapping():
            return {key: plain(child, _under(path, str(key))) for key, child in value.items()}
        case list() | tuple():
            return [plain(child, f"{path}[{index}]") for index, child in enumerate(value)]
    raise invalid(path, f"cannot be written as JSON: {type(value).__name__}")


def invalid(field: str, message: str) -> InvalidRequest:
    """Return the error for one wrong field, found before sending."""
    return _refused([FieldProblem(field, message)])


def _refused(problems: list[FieldProblem]) -> InvalidRequest:
    body = invalid_body(problems)
    fields = [FieldError(one.field, one.message, one.code) for one in problems]
    message = "; ".join(f"{one.field}: {one.message}" for one in problems)
    return InvalidRequest(f"Not sent: {message}.", code=body["code"], errors=fields, body=body)


def _number(value: float | Decimal, path: str) -> Decimal:
    if not math.isfinite(value):
        raise invalid(path, "must be a finite number")
    return value if isinstance(value, Decimal) else shortest(value)


def _day_or_instant(value: date, path: str) -> str:
    if isinstance(value, datetime) and value.utcoffset() is None:
        raise invalid(path, "must have a time zone, as datetime(2025, 4, 14, tzinfo=UTC)")
    return value.isoformat()


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
