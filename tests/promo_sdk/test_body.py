"""Bodies: exact, checked, and refused by naming the field but never the value."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_contracts import read_json
from promo_contracts.company.models import (
    EvaluationRequest,
    PromotionCreate,
    SettleRequest,
)
from promo_sdk import InvalidRequest
from promo_sdk._body import plain, write_body
from tests.promo_sdk.samples import PROMOTION


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_arrives_as_the_number_that_it_prints(value: float) -> None:
    assert plain(value, "amount") == Decimal(repr(value))


def test_a_decimal_keeps_its_digits_on_the_wire() -> None:
    amount = Decimal("100.000000000000000001")
    body = write_body(EvaluationRequest, cart={"amount": amount, "price": Decimal("50.00")})
    assert b'"amount":100.000000000000000001,"price":50.00' in body
    assert read_json(body)["cart"]["amount"] == amount


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_a_number_that_is_not_finite_is_refused_by_its_path(value: float | Decimal) -> None:
    with pytest.raises(InvalidRequest) as caught:
        plain({"discount_value": [1, value]}, "discount_rules")
    assert caught.value.field == "discount_rules.discount_value[1]"
    assert caught.value.code == "INVALID_DISCOUNT_RULES"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    schedule = {"start_date": datetime(2025, 4, 14), "end_date": "2025-05-14T00:00:00Z"}  # noqa: DTZ001 the subject
    with pytest.raises(InvalidRequest, match="time zone") as caught:
        write_body(PromotionCreate, **PROMOTION | {"schedule": schedule})
    assert caught.value.field == "schedule.start_date"
    assert caught.value.code == "INVALID_SCHEDULE"


@pytest.mark.parametrize("given", ["20250414", "2025-04-31", 1744588800, date(2201, 1, 1)])
def test_a_wrong_date_is_refused_as_the_api_would(given: object) -> None:
    schedule = {"start_date": given, "end_date": "2025-05-14"}
    with pytest.raises(InvalidRequest, match=r"schedule\.start_date: must be") as caught:
        write_body(PromotionCreate, **PROMOTION | {"schedule": schedule})
    assert caught.value.code == "INVALID_SCHEDULE"


def test_an_aware_moment_is_written_in_utc() -> None:
    start = datetime.fromisoformat("2025-04-14T02:00:00+02:00")
    schedule = {"start_date": start, "end_date": datetime(2025, 5, 14, tzinfo=UTC)}
    body = read_json(write_body(PromotionCreate, **PROMOTION | {"schedule": schedule}))
    assert body["schedule"]["start_date"] == "2025-04-14T00:00:00.000Z"


def test_a_model_sends_only_what_was_set() -> None:
    model = PromotionCreate.model_validate(PROMOTION)
    assert plain(model, "").keys() == PROMOTION.keys()


def test_every_wrong_field_is_named_with_the_code_that_the_api_would_give() -> None:
    wrong: dict[str, Any] = {"promotion_name": "", "usage_limits": {"daily": 1}}
    with pytest.raises(InvalidRequest) as caught:
        write_body(PromotionCreate, **PROMOTION | wrong)
    assert [(error.field, error.code) for error in caught.value.errors] == [
        ("promotion_name", "INVALID_PROMOTION_NAME"),
        ("usage_limits.daily", "INVALID_USAGE_LIMITS"),
    ]
    assert caught.value.code == "INVALID_PROMOTION_NAME"
    assert caught.value.status is None


def test_a_refused_code_is_not_quoted() -> None:
    with pytest.raises(InvalidRequest) as caught:
        write_body(PromotionCreate, **PROMOTION | {"promotion_code": "TOP SECRET!"})
    assert caught.value.field == "promotion_code"
    assert "TOP SECRET" not in f"{caught.value} {caught.value!r} {caught.value.body}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("charged", [True, "4792", 4792.0, -1])
def test_minor_units_are_whole_and_not_negative(charged: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        write_body(SettleRequest, charged=charged)
    assert caught.value.field == "charged"


def _endless() -> dict[str, Any]:
    knot: dict[str, Any] = {}
    knot["knot"] = knot
    return knot


@pytest.mark.parametrize("cart", [{"ids": {1}}, {1: "one"}, {"t": "\ud800"}, _endless()])
def test_what_json_cannot_say_is_refused_before_sending(cart: Any) -> None:
    with pytest.raises(InvalidRequest, match="Not sent"):
        write_body(EvaluationRequest, cart=cart)
