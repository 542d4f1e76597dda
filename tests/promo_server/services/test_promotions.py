"""Create, get and list promotions: the seed's rules and error bodies."""

from typing import Any

import pytest

from tests.promo_server.conftest import Api, cart


async def test_a_promotion_comes_back_as_it_was_sent(api: Api) -> None:
    rules = {"discount_value": 20, "max_discount_amount": 50.00, "applicable_categories": ["produce"]}
    made = await api.promote(discount_rules=rules, usage_limits={"total_usage_limit": 1000})
    assert made["discount_rules"] == rules
    assert made["usage_limits"]["current_usage"] == {"total_used": 0, "today_used": 0, "remaining_uses": 1000}
    assert (made["status"], made["created_by"]) == ("active", "marketing_admin_001")
    assert await api.promotion(made["promotion_id"]) == made


async def test_a_start_later_today_is_scheduled_and_an_end_passed_is_expired(api: Api) -> None:
    later = {"start_date": "2026-11-22T18:00:00Z", "end_date": "2026-11-23T18:00:00Z"}
    made = await api.promote(schedule=later)
    assert made["status"] == "scheduled"
    api.time.pass_by(days=3)
    assert (await api.promotion(made["promotion_id"]))["status"] == "expired"


async def test_a_draft_is_stored_and_applies_nowhere(api: Api) -> None:
    await api.promote()
    body = {
        "promotion_name": "Draft",
        "promotion_type": "percentage_discount",
        "description": "",
        "promotion_code": "DRAFT50",
        "discount_rules": {"discount_value": 50},
        "schedule": {"start_date": "2026-11-22T00:00:00Z", "end_date": "2026-12-01T00:00:00Z"},
        "status": "draft",
    }
    made = await api.call("POST", f"/campaigns/{api.campaign}/promotions", body, status=201)
    assert made["status"] == "draft"
    held = await api.hold("o1", cart=cart("7", "DRAFT50"))
    assert held["evaluation"]["codes"][0]["reason"] == "not_found"


SEED_ERRORS: list[tuple[dict[str, Any], int, dict[str, str]]] = [
    (
        {"schedule": {"start_date": "2026-11-23T00:00:00Z", "end_date": "2026-11-23T00:00:00Z"}},
        422,
        {
            "error": "Invalid promotion schedule",
            "message": "End date must be after start date",
            "code": "INVALID_SCHEDULE",
        },
    ),
    (
        {"promotion_name": "Other"},
        409,
        {
            "error": "Promotion code already exists",
            "message": "The promotion code 'SPRING20' is already in use",
            "code": "DUPLICATE_PROMOTION_CODE",
        },
    ),
    (
        {"promotion_code": "OTHER"},
        409,
        {
            "error": "Promotion name already exists",
            "message": "The promotion name 'Spring Fresh 20% Off' is already in use",
            "code": "DUPLICATE_PROMOTION_NAME",
        },
    ),
]


@pytest.mark.parametrize(("fields", "status", "body"), SEED_ERRORS, ids=range(3))
async def test_an_error_has_the_seeds_body(api: Api, fields: dict[str, Any], status: int, body: dict[str, str]) -> None:
    await api.promote()
    error = await api.promote(status, **fields)
    assert {name: error[name] for name in body} == body


async def test_an_unknown_campaign_has_the_seeds_body(api: Api) -> None:
    await api.promote()
    api.campaign = "camp_other"
    error = await api.promote(404, promotion_name="x")
    assert error == {
        "error": "Campaign not found",
        "message": "The specified campaign does not exist or is not accessible",
        "code": "CAMPAIGN_NOT_FOUND",
    }


@pytest.mark.parametrize(
    ("fields", "code", "field", "message"),
    [
        (
            {"schedule": {"start_date": "2026-11-21T23:59:59Z", "end_date": "2026-12-01T00:00:00Z"}},
            "INVALID_SCHEDULE",
            "schedule.start_date",
            "today or later",
        ),
        (
            {"schedule": {"start_date": "2026-11-22T00:00:00Z", "end_date": "2027-11-22T00:00:01Z"}},
            "INVALID_SCHEDULE",
            "schedule.end_date",
            "at most 365 days",
        ),
        (
            {"schedule": {"start_date": "2026-11-22T00:00:00", "end_date": "2026-12-01T00:00:00Z"}},
            "INVALID_SCHEDULE",
            "schedule.start_date",
            "must have an offset",
        ),
    ],
    ids=range(3),
)
async def test_a_wrong_field_is_named(api: Api, fields: dict[str, Any], code: str, field: str, message: str) -> None:
    error = await api.promote(422, **fields)
    assert error["code"] == code
    assert [one["field"] for one in error["errors"]] == [field]
    assert message in error["errors"][0]["message"]
    assert (await api.call("GET", f"/campaigns/{api.campaign}/promotions"))["promotions"] == []


async def test_without_a_code_one_is_made_from_the_name(api: Api) -> None:
    first = await api.promote(promotion_code=None)
    second = await api.promote(promotion_code=None, promotion_name="Spring Fresh 20% off!")
    assert (first["promotion_code"], second["promotion_code"]) == ("SPRINGFRESH20O", "SPRINGFRESH20O2")


async def test_promotions_are_listed_newest_first_in_pages(api: Api) -> None:
    for number in range(3):
        await api.promote(promotion_name=f"P{number}", promotion_code=f"CODE{number}")
        api.time.pass_by(seconds=1)
    page = await api.call("GET", f"/campaigns/{api.campaign}/promotions?per_page=2")
    assert [one["promotion_name"] for one in page["promotions"]] == ["P2", "P1"]
    assert page["pagination"]["total_items"] == 3


@pytest.mark.parametrize("query", ["page=0", "per_page=101", "page=x", "page=-1"])
async def test_a_wrong_page_is_named(api: Api, query: str) -> None:
    await api.promote()
    error = await api.call("GET", f"/campaigns/{api.campaign}/promotions?{query}", status=422)
    assert error["errors"][0]["field"] == query.partition("=")[0]
