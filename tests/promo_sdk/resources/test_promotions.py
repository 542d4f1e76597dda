"""Promotions: the seed's names, models or mappings, checked before they are sent."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from promo_contracts import read_json
from promo_contracts.company.models import DisplaySettings, Promotion, PromotionCreate, Schedule, UsageLimits
from promo_sdk import InvalidRequest
from promo_sdk.resources.promotions import create_promotion, create_promotion_from
from tests.promo_sdk.samples import PROMOTION, PROMOTION_REPLY, SCHEDULE, Document

FULL: Document = PROMOTION | {
    "promotion_code": "SPRING20",
    "discount_rules": {"discount_value": 20, "max_discount_amount": Decimal("50.00")},
    "eligibility_criteria": {"customer_segments": ["regular_customers"]},
    "usage_limits": {"total_usage_limit": 1000},
    "display_settings": {"priority_level": 8},
    "stackable": True,
    "status": "draft",
}


def test_keywords_are_the_seeds_fields() -> None:
    body = create_promotion("c1", **FULL).body
    assert body is not None
    assert read_json(body) == FULL


def test_a_model_gives_the_same_body_as_its_fields() -> None:
    whole = create_promotion_from("c1", PromotionCreate.model_validate(FULL))
    assert whole.body == create_promotion("c1", **FULL).body
    assert whole.params == {"campaign_id": "c1"}


def test_nested_parts_may_be_models() -> None:
    start, end = datetime(2025, 4, 14, tzinfo=UTC), datetime(2025, 5, 14, 23, 59, 59, tzinfo=UTC)
    parts: Document = {
        "schedule": Schedule(start_date=start, end_date=end),
        "usage_limits": UsageLimits(total_usage_limit=1000),
        "display_settings": DisplaySettings(priority_level=8),
    }
    assert create_promotion("c1", **FULL | parts).body == create_promotion("c1", **FULL).body
    assert SCHEDULE["start_date"] == "2025-04-14T00:00:00.000Z"


@pytest.mark.parametrize(
    "schedule",
    [
        {"start_date": date(2025, 4, 14), "end_date": datetime(2025, 5, 14, 22, tzinfo=UTC)},
        {"start_date": "2025-04-14", "end_date": "2025-05-15T00:00:00+02:00"},
        Schedule(start_date=date(2025, 4, 14), end_date=datetime(2025, 5, 14, 22, tzinfo=UTC)),
        Schedule.model_validate({"start_date": "2025-04-14", "end_date": "2025-05-14T22:00:00Z"}),
    ],
    ids=["objects", "strings", "model of objects", "model of strings"],
)
def test_a_date_is_sent_as_a_date_and_a_moment_in_utc(schedule: Any) -> None:
    body = read_json(create_promotion("c1", **FULL | {"schedule": schedule}).body or b"")
    assert body["schedule"] == {"start_date": "2025-04-14", "end_date": "2025-05-14T22:00:00.000Z"}


def test_a_date_is_answered_as_a_date() -> None:
    schedule = SCHEDULE | {"start_date": "2025-04-14"}
    promotion = Promotion.model_validate(PROMOTION_REPLY | {"schedule": schedule})
    assert promotion.schedule.start_date == date(2025, 4, 14)
    assert promotion.schedule.end_date == datetime(2025, 5, 14, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"promotion_name": "x" * 101}, "promotion_name", "INVALID_PROMOTION_NAME"),
        ({"promotion_code": "A-B"}, "promotion_code", "INVALID_PROMOTION_CODE"),
        ({"schedule": {}}, "schedule.start_date", "INVALID_SCHEDULE"),
        ({"usage_limits": {"daily_usage_limit": 0}}, "usage_limits.daily_usage_limit", None),
        ({"display_settings": {"priority_level": 8.0}}, "display_settings.priority_level", None),
        ({"auto_apply": 1}, "auto_apply", "INVALID_FIELD"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_sent(wrong: dict[str, Any], field: str, code: str | None) -> None:
    with pytest.raises(InvalidRequest, match="Not sent") as caught:
        create_promotion("c1", **FULL | wrong)
    assert (caught.value.status, caught.value.field) == (None, field)
    assert code in (None, caught.value.code)
