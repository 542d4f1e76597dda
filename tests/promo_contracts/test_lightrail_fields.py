"""The fields of the value-store API: what they take, and what they make of it."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from promo_contracts.company.updates import update_of
from promo_contracts.lightrail import errors, fields, models
from promo_contracts.lightrail.routes import ROUTES


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("PT1H", timedelta(hours=1)),
        ("P7D", timedelta(days=7)),
        ("P1W", timedelta(days=7)),
        ("P3M", timedelta(days=90)),
        ("P1Y", timedelta(days=365)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        *((text, None) for text in ("", "P", "PT", "P1", "1H", "P1H", "PT1D", "p1d", "P-1D", "P1.5D", "P1D ", "P٣D")),
    ],
)
def test_a_duration_is_read_or_is_none(text: str, span: timedelta | None) -> None:
    assert fields.duration_of(text) == span


@pytest.mark.parametrize("text", ["a", "a b", "a/b?", "~" * 64])
def test_an_id_may_hold_any_printable_ascii(text: str) -> None:
    assert TypeAdapter(fields.Id).validate_python(text) == text


@pytest.mark.parametrize("text", ["", " ", " a", "a ", "a" * 65, "é", "a\n", ".", ".."])
def test_other_texts_are_no_ids(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(fields.Id).validate_python(text)


def test_currencies_are_in_upper_case_and_codes_trimmed() -> None:
    assert TypeAdapter(fields.CurrencyCode).validate_python("megabucks") == "MEGABUCKS"
    assert TypeAdapter(fields.CodeText).validate_python(" save20\t") == "save20"


def test_what_a_change_may_name_is_what_it_is_made_to_keep() -> None:
    kept: Any = update_of(models.CustomerCreate, keep=("email",))
    assert kept.model_fields.keys() == {"email"}
    assert "uses" not in models.ValueStoreUpdate.model_fields
    assert "currency" not in models.ProgramUpdate.model_fields


def test_every_code_of_a_route_is_in_the_list_and_every_status_an_error() -> None:
    named = {code for route in ROUTES for code in route.errors}
    assert named <= errors.ERRORS.keys()
    assert set(errors.SHARED.values()) <= errors.ERRORS.keys()
    assert all(400 <= status <= 503 for statuses in errors.ERRORS.values() for status in statuses)


def test_every_code_of_the_list_can_be_answered() -> None:
    named = {code for route in ROUTES for code in route.errors} | set(errors.SHARED.values()) | {"InvalidField"}
    assert errors.ERRORS.keys() == named
