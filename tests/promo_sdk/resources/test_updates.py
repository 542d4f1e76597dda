"""Changes and lists: what is named is checked and sent, ``None`` as null, the rest not at all."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from promo_contracts import read_json
from promo_contracts.company.models import UsageLimits
from promo_sdk import InvalidRequest, PercentageRules, Unchanged
from promo_sdk.resources.campaigns import list_campaigns, update_campaign
from promo_sdk.resources.promotions import each_promotion, list_promotions, update_promotion


def sent(**fields: Any) -> Any:
    return read_json(update_promotion("c1", "p1", **fields).body or b"")


def test_what_is_not_named_is_not_sent() -> None:
    assert sent() == {}
    assert sent(exclusion_group=None, stackable=False) == {"exclusion_group": None, "stackable": False}


def test_parts_are_models_or_mappings_with_what_changes() -> None:
    end = datetime(2025, 6, 14, 22, tzinfo=UTC)
    assert sent(
        discount_rules=PercentageRules(discount_value=Decimal("12.5")),
        schedule={"end_date": end},
        usage_limits=UsageLimits(daily_usage_limit=5),
        eligibility_criteria={"required_items_any": [], "nth_order": None},
    ) == {
        "discount_rules": {"discount_value": Decimal("12.5")},
        "schedule": {"end_date": "2025-06-14T22:00:00+00:00"},
        "usage_limits": {"daily_usage_limit": 5},
        "eligibility_criteria": {"required_items_any": [], "nth_order": None},
    }


def test_a_change_may_be_repeated() -> None:
    assert update_promotion("c1", "p1", description="x").is_repeatable
    assert update_campaign("c1", name="x").is_repeatable


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"promotion_name": None}, "promotion_name"),
        ({"promotion_name": ""}, "promotion_name"),
        ({"schedule": {"start_date": None}}, "schedule.start_date"),
        ({"schedule": {"end": "2025-06-14"}}, "schedule.end"),
        ({"usage_limits": {"total_usage_limit": 0}}, "usage_limits.total_usage_limit"),
        ({"promotion_type": "free_shipping", "discount_rules": PercentageRules(discount_value=5)}, "discount_rules"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_sent(fields: dict[str, Any], wrong: str) -> None:
    with pytest.raises(InvalidRequest, match="Not sent") as caught:
        update_promotion("c1", "p1", **fields)
    assert (caught.value.status, caught.value.field) == (None, wrong)


@pytest.mark.parametrize(("wrong", "value"), [("status", "activ"), ("sort", "price"), ("per_page", 101)])
@pytest.mark.parametrize("listed", [list_promotions, list_campaigns])
def test_a_wrong_filter_is_named(listed: Callable[..., Any], wrong: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        listed(**{wrong: value})
    assert caught.value.field == wrong


def test_all_pages_have_the_same_filters() -> None:
    query = each_promotion(status="draft", search="tea", sort="name").call.query
    assert query == {"status": "draft", "search": "tea", "sort": "name", "page": 1, "per_page": 50}


def test_unchanged_shows_its_name_in_signatures() -> None:
    assert repr(Unchanged.UNCHANGED) == "UNCHANGED"
