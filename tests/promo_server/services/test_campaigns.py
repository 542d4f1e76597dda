"""Campaigns: their fields, their currency, and the switch that pauses all of their promotions."""

from decimal import Decimal
from typing import Any

import pytest

from tests.promo_server.conftest import Api, cart
from tests.promo_server.services.test_lifecycle import in_state, reason, step


async def switch(api: Api, name: str) -> Any:
    return await api.call("POST", f"/campaigns/{api.campaign}/{name}")


async def test_a_campaign_comes_back_as_it_was_sent(api: Api) -> None:
    sent = {
        "name": "Spring",
        "description": "Fresh\nproduce",
        "status": "inactive",
        "start_date": "2026-03-01",
        "end_date": "2026-03-01",
        "currency": "EUR",
    }
    made = await api.call("POST", "/campaigns", sent, status=201)
    now = "2026-11-22T12:00:00.000Z"
    added = {"company_id": "shop", "created_at": now, "last_updated": now, "created_by": "marketing_admin_001"}
    assert made == sent | added | {"id": made["id"]}
    assert await api.call("GET", f"/campaigns/{made['id']}") == made
    assert (await api.call("GET", "/campaigns"))["campaigns"] == [made]


async def test_a_campaign_is_active_without_dates_and_in_the_companys_currency_unless_it_says_otherwise(
    api: Api,
) -> None:
    made = await api.call("POST", "/campaigns", {"name": "Spring"}, status=201)
    shown = {name: made[name] for name in ("description", "status", "start_date", "end_date", "currency")}
    assert shown == {"description": "", "status": "active", "start_date": None, "end_date": None, "currency": "USD"}


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"name": " "}, "name", "at least 1 character"),
        ({"name": "x" * 101}, "name", "at most 100 characters"),
        ({"name": "a\0b"}, "name", "without control characters"),
        ({"status": "paused"}, "status", "'active' or 'inactive'"),
        ({"start_date": "2026-02-30"}, "start_date", "a day that the calendar has"),
        ({"start_date": "2026-03-01T00:00:00Z"}, "start_date", "as 2025-04-14"),
        ({"end_date": "20260301"}, "end_date", "as 2025-04-14"),
        ({"start_date": "2026-03-02", "end_date": "2026-03-01"}, "end_date", "not be before start_date"),
        ({"currency": "EURO"}, "currency", "an ISO 4217 code such as USD"),
        ({"currency": "XAU"}, "currency", "an ISO 4217 code such as USD"),
        ({"currency": "eur"}, "currency", "an ISO 4217 code such as USD"),
        ({"curency": "EUR"}, "curency", "did you mean 'currency'"),
    ],
)
async def test_a_wrong_field_is_named(api: Api, fields: dict[str, Any], field: str, said: str) -> None:
    error = await api.call("POST", "/campaigns", {"name": "Spring"} | fields, status=422)
    assert (error["code"], [one["field"] for one in error["errors"]]) == ("INVALID_FIELD", [field])
    assert said in error["message"]
    assert (await api.call("GET", "/campaigns"))["campaigns"] == []


async def test_a_name_is_taken_once_in_a_company(api: Api) -> None:
    await api.call("POST", "/campaigns", {"name": "Spring"}, status=201)
    error = await api.call("POST", "/campaigns", {"name": " Spring"}, status=409)
    assert error == {
        "error": "Campaign name already exists",
        "message": "The campaign name 'Spring' is already in use",
        "code": "DUPLICATE_CAMPAIGN_NAME",
    }


@pytest.mark.parametrize(
    ("state", "inactive"),
    [("active", "paused"), ("paused", "paused"), ("draft", "draft"), ("ended", "expired")],
)
async def test_an_inactive_campaign_pauses_and_an_active_one_brings_back_what_was(
    api: Api, state: str, inactive: str
) -> None:
    made = await in_state(api, state)
    was = await reason(api)
    await switch(api, "deactivate")
    assert (await api.promotion(made["promotion_id"]))["status"] == inactive
    assert await reason(api) == ("paused" if was == "applied" else was)
    await switch(api, "activate")
    assert await api.promotion(made["promotion_id"]) == made
    assert await reason(api) == was


async def test_switching_twice_changes_nothing(api: Api) -> None:
    await api.promote()
    api.time.pass_by(hours=1)
    once = await switch(api, "deactivate")
    assert (once["status"], once["last_updated"]) == ("inactive", "2026-11-22T13:00:00.000Z")
    revision = (await api.call("GET", "/ruleset"))["revision"]
    api.time.pass_by(hours=1)
    assert await switch(api, "deactivate") == once
    assert (await api.call("GET", "/ruleset"))["revision"] == revision


async def test_an_unknown_campaign_is_not_switched(api: Api) -> None:
    api.campaign = "camp_other"
    for name in ("activate", "deactivate"):
        error = await api.call("POST", f"/campaigns/{api.campaign}/{name}", status=404)
        assert error["code"] == "CAMPAIGN_NOT_FOUND"


async def test_in_an_inactive_campaign_a_promotion_is_published_and_resumed_for_later(api: Api) -> None:
    made = await in_state(api, "draft")
    await switch(api, "deactivate")
    seen = [(await step(api, made, name))["status"] for name in ("activate", "pause", "resume")]
    assert seen == ["paused", "paused", "paused"]
    await switch(api, "activate")
    assert (await api.promotion(made["promotion_id"]))["status"] == "active"


async def test_what_is_created_in_an_inactive_campaign_is_paused(api: Api) -> None:
    made = await api.call("POST", "/campaigns", {"name": "Later", "status": "inactive"}, status=201)
    api.campaign = made["id"]
    assert (await api.promote())["status"] == "paused"
    assert await reason(api) == "paused"


async def test_a_campaigns_currency_is_that_of_its_promotions_everywhere(api: Api) -> None:
    made = await api.call("POST", "/campaigns", {"name": "Japan", "currency": "JPY"}, status=201)
    api.campaign = made["id"]
    rules = {"discount_value": 500, "min_purchase_amount": 501}
    promotion = await api.promote(promotion_type="fixed_amount_discount", discount_rules=rules)
    held = await api.hold("o1", cart=cart(currency="JPY"))
    assert held["amount_due"] == 5490
    await api.settle("o1", "confirm", charged=5490)
    metrics = (await api.promotion(promotion["promotion_id"]))["performance_metrics"]
    assert metrics["total_discount_given"] == Decimal(500)
    assert await reason(api) == "currency"
