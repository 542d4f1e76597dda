"""Whether one promotion of a ruleset document that a person wrote is lawful, field by field.

Its rules are its type's business. Errors: ``DocumentError``.
"""

from collections.abc import Callable, Mapping
from datetime import time
from typing import Any

from promo_engine.api_names import read_part
from promo_engine.cart import read_currency
from promo_engine.checks import check_amount, check_flag, check_text, check_whole, text_map, texts
from promo_engine.documents import Document, DocumentError, join, json_type, read_instant, read_list, read_object
from promo_engine.minor_units import in_currency
from promo_engine.promotion import DAYS, Status
from promo_engine.promotion_document import NAMED

MOST = 1_000_000
"""No count and no priority goes further."""

Check = Callable[[Any, str], object]


def check_promotion(document: Document) -> None:
    """Check every field of a complete promotion but its currency and what is within its rules.

    Raises:
        DocumentError: names the first field that is wrong, and what would be right.
    """
    for name, check in _FIELDS.items():
        check(document[name], name)
    if read_instant(document["end"], "end") < read_instant(document["start"], "start"):
        raise DocumentError("end", "must not be before the start")


def check_choice(*choices: str) -> Check:
    """Return a check that a value is one of some words."""

    def check(value: Any, path: str) -> None:
        if value not in choices:
            raise DocumentError(path, f"must be one of {', '.join(choices)}")

    return check


def _or_null(check: Check) -> Check:
    return lambda value, path: None if value is None else check(value, path)


def _text(value: Any, path: str) -> None:
    check_text(value, path, least=0)


def _whole(least: int, most: int = MOST) -> Check:
    return lambda value, path: check_whole(value, path, least=least, most=most)


def _object(value: Any, path: str) -> None:
    if not isinstance(value, Mapping):
        raise DocumentError(path, f"must be an object, not {json_type(value)}")


def _days(value: Any, path: str) -> None:
    for i, day in enumerate(texts(value, path, keep_order=True)):
        check_choice(*DAYS)(day, f"{path}[{i}]")


def _hours(value: Any, path: str) -> None:
    try:
        opens, closes = map(time.fromisoformat, read_list(value, path))
        is_local = opens.tzinfo is None and closes.tzinfo is None
    except (TypeError, ValueError):
        is_local = False
    if not is_local:
        raise DocumentError(path, 'must be two clock times such as ["08:00", "20:00"]')


def _parts(**checks: Check) -> Check:
    """Return a check of an object of which each part may be left out."""

    def check(value: Any, path: str) -> None:
        for name, part in read_part(value, path, optional=[*checks]).items():
            checks[name](part, f"{path}.{name}")

    return check


def _minimums(value: Any, path: str) -> None:
    for i, one in enumerate(read_list(value, path)):
        _MINIMUM(one, f"{path}[{i}]")
        read_object(one, f"{path}[{i}]", required=["items"], optional=["amount", "quantity", "amounts"])


def _amounts(value: Any, path: str) -> None:
    _object(value, path)
    for code, one in value.items():
        where = join(path, code)
        given = read_object(one, where, required=["amount"], optional=["exponent"])
        try:
            currency = read_currency(code, given.get("exponent"))
        except DocumentError as error:
            raise DocumentError(where, error.problem) from None
        try:
            check_amount(given["amount"], f"{where}.amount")
        except DocumentError as error:
            raise in_currency(error, currency) from None


_COUNT = _or_null(_whole(1))
_MINIMUM = _parts(items=texts, amount=_or_null(check_amount), quantity=_COUNT, amounts=_amounts)
_FIELDS: Mapping[str, Check] = {
    "id": check_text,
    "name": check_text,
    "type": check_text,
    "rules": _object,
    "start": read_instant,
    "end": read_instant,
    "days": _days,
    "hours": _or_null(_hours),
    "code": _or_null(check_text),
    "auto_apply": check_flag,
    "stackable": check_flag,
    "exclusion_group": _or_null(check_text),
    "priority": _whole(-MOST),
    "status": check_choice(*Status),
    "eligibility": _parts(
        **dict.fromkeys(NAMED, texts),
        first_order_only=check_flag,
        nth_order=_COUNT,
        item_minimums=_minimums,
        conditions=_object,
    ),
    "limits": _parts(total=_COUNT, customer=_COUNT, daily=_COUNT),
    "display": text_map,
    "campaign_id": _text,
}
