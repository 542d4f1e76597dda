"""PATCH: what may change by status, the result judged like a new promotion, and no use forgotten."""

from typing import Any

import pytest

from tests.promo_server.conftest import Api, cart
from tests.promo_server.services.test_lifecycle import in_state, reason, step

LATER = {"start_date": "2026-11-29", "end_date": "2026-12-22"}


async def patch(api: Api, promotion: Any, change: Any, *, status: int = 200) -> Any:
    path = f"/campaigns/{api.campaign}/promotions/{promotion['promotion_id']}"
    return await api.call("PATCH", path, change, status=status)


async def in_any_state(api: Api, state: str, **fields: Any) -> Any:
    if state == "scheduled":
        return await api.promote(schedule=LATER)
    made = await in_state(api, "active" if state == "archived" else state)
    return await step(api, made, "archive") if state == "archived" else made


async def test_a_change_is_merged_into_what_stands_there(api: Api) -> None:
    display = {"promotional_message": "Save", "banner_text": "Spring", "priority_level": 3}
    made = await api.promote(display_settings=display, usage_limits={"total_usage_limit": 9, "daily_usage_limit": 2})
    change = {"display_settings": {"banner_text": "Summer"}, "usage_limits": {"daily_usage_limit": None}}
    changed = await patch(api, made, change)
    assert changed["display_settings"] == made["display_settings"] | {"banner_text": "Summer"}
    assert (changed["usage_limits"]["total_usage_limit"], changed["usage_limits"]["daily_usage_limit"]) == (9, None)
    assert changed == await api.promotion(made["promotion_id"])


async def test_carts_and_shops_get_what_was_changed(api: Api) -> None:
    made = await api.promote(promotion_name="Old")
    before = (await api.call("GET", "/ruleset"))["revision"]
    await step(api, made, "pause")
    await patch(api, made, {"discount_rules": {"discount_value": 50}, "promotion_name": "Half"})
    await step(api, made, "resume")
    assert (await api.hold("o1"))["amount_due"] == 2995
    assert (await api.call("GET", "/ruleset"))["revision"] != before
    assert [one["promotion_name"] for one in (await api.call("GET", "/promotions?search=half"))["promotions"]]


async def test_only_a_change_moves_last_updated(api: Api) -> None:
    made = await api.promote()
    revision = (await api.call("GET", "/ruleset"))["revision"]
    api.time.pass_by(hours=1)
    assert await patch(api, made, {}) == made
    same = {"promotion_name": made["promotion_name"], "discount_rules": {"discount_value": 20.0}}
    assert (
        await patch(api, made, same | {"promotion_code": "SPRING20", "promotion_type": made["promotion_type"]}) == made
    )
    assert (await api.call("GET", "/ruleset"))["revision"] == revision
    assert (await patch(api, made, {"description": "New"}))["last_updated"] == "2026-11-22T13:00:00.000Z"


CHANGES: dict[str, Any] = {
    "promotion_name": "Other",
    "description": "Other",
    "display_settings": {"banner_text": "Other"},
    "usage_limits": {"total_usage_limit": 5},
    "schedule.end_date": {"schedule": {"end_date": "2026-12-30"}},
    "schedule.time_restrictions": {
        "schedule": {"time_restrictions": {"hours_of_day": {"start": "08:00", "end": "20:00"}}}
    },
    "discount_rules": {"max_discount_amount": 5},
    "eligibility_criteria": {"customer_segments": ["gold"]},
    "auto_apply": True,
    "stackable": False,
    "exclusion_group": "spring",
    "schedule.start_date": {"schedule": {"start_date": "2026-11-30"}},
    "promotion_code": "OTHER5",
    "promotion_type": {"promotion_type": "fixed_amount_discount", "discount_rules": {"discount_value": 5}},
}
MAY = {"draft": 14, "scheduled": 12, "paused": 11, "active": 6, "ended": 2, "archived": 0}
"""How many of these, from the first on, may change."""


@pytest.mark.parametrize("state", MAY)
@pytest.mark.parametrize("field", CHANGES)
async def test_what_may_change_depends_on_the_status(api: Api, state: str, field: str) -> None:
    made = await in_any_state(api, state)
    change = CHANGES[field] if "." in field or field == "promotion_type" else {field: CHANGES[field]}
    if list(CHANGES).index(field) < MAY[state]:
        assert await patch(api, made, change) != made
    else:
        error = await patch(api, made, change, status=409)
        assert (error["code"], error["current_status"]) == ("PROMOTION_NOT_MODIFIABLE", made["status"])
        assert field in error["fields"]
        assert await api.promotion(made["promotion_id"]) == made


async def test_a_refusal_says_what_to_do_instead(api: Api) -> None:
    made = await api.promote()
    error = await patch(api, made, {"stackable": False}, status=409)
    assert error["message"] == "The promotion is active: stackable cannot change while it is; pause it first."
    error = await patch(api, made, {"promotion_code": "OTHER5"}, status=409)
    assert (
        error["message"] == "The promotion is active: promotion_code cannot change any more; create another promotion."
    )


async def test_all_is_changed_or_nothing(api: Api) -> None:
    made = await api.promote()
    for change, status in (({"description": "x", "stackable": False}, 409), ({"description": "x", "auto": 1}, 422)):
        await patch(api, made, change, status=status)
        assert await api.promotion(made["promotion_id"]) == made


@pytest.mark.parametrize(
    ("change", "code", "field", "said"),
    [
        ({"promotion_name": ""}, "INVALID_PROMOTION_NAME", "promotion_name", "at least 1 character"),
        ({"promotion_name": None}, "INVALID_PROMOTION_NAME", "promotion_name", "is required"),
        ({"promotion_nam": "x"}, "INVALID_FIELD", "promotion_nam", "did you mean 'promotion_name'"),
        ({"promotion_type": "percent"}, "INVALID_PROMOTION_TYPE", "promotion_type", "percentage_discount"),
        (
            {"discount_rules": {"discount_value": 101}},
            "INVALID_DISCOUNT_RULES",
            "discount_rules.discount_value",
            "100%",
        ),
        ({"discount_rules": 5}, "INVALID_DISCOUNT_RULES", "discount_rules", "must be an object"),
        ({"schedule": {"end_date": "2026-11-01"}}, "INVALID_SCHEDULE", "schedule.end_date", "after start date"),
        ({"promotion_code": "TEST"}, "INVALID_PROMOTION_CODE", "promotion_code", "reserved"),
        (
            {"usage_limits": {"total_usage_limit": 1, "per_customer_limit": 2}},
            "INVALID_USAGE_LIMITS",
            "usage_limits.per_customer_limit",
            "cannot exceed total_usage_limit",
        ),
        ({"status": "active"}, "INVALID_FIELD", "status", "use activate, pause, resume or archive"),
    ],
)
async def test_a_result_that_could_not_be_created_is_refused(
    api: Api, change: Any, code: str, field: str, said: str
) -> None:
    made = await in_state(api, "draft")
    error = await patch(api, made, change, status=422)
    assert (error["code"], [one["field"] for one in error["errors"]]) == (code, [field])
    assert said in error["errors"][0]["message"]
    assert await api.promotion(made["promotion_id"]) == made


async def test_a_draft_whose_start_has_passed_is_mended_and_activated(api: Api) -> None:
    made = await in_state(api, "draft")
    api.time.pass_by(days=3)
    await step(api, made, "activate", status=422)
    assert (await patch(api, made, {"description": "still to do"}))["status"] == "draft"
    still = await patch(api, made, {"schedule": {"end_date": "2026-12-30"}}, status=422)
    assert still["errors"][0]["field"] == "schedule.start_date"
    await patch(api, made, {"schedule": {"start_date": "2026-11-25"}})
    assert (await step(api, made, "activate"))["status"] == "active"
    assert await reason(api) == "applied"


async def test_a_running_promotion_is_extended_though_its_start_has_passed(api: Api) -> None:
    made = await api.promote()
    api.time.pass_by(days=3)
    assert (await patch(api, made, {"schedule": {"end_date": "2027-03-01"}}))["schedule"]["end_date"] == "2027-03-01"
    error = await patch(api, made, {"schedule": {"end_date": "2027-11-23"}}, status=422)
    assert "at most 365 days" in error["message"]
    error = await patch(api, made, {"schedule": {"end_date": "2026-11-24"}}, status=422)
    assert "must not be over already" in error["message"]


async def test_a_name_and_a_code_are_still_taken_once(api: Api) -> None:
    await api.promote()
    other = await api.promote(promotion_name="Other", promotion_code="OTHER5", status="draft")
    error = await patch(api, other, {"promotion_name": "Spring Fresh 20% Off"}, status=409)
    assert error["code"] == "DUPLICATE_PROMOTION_NAME"
    error = await patch(api, other, {"promotion_code": "spring20"}, status=409)
    assert error["message"] == "The promotion code 'spring20' is already in use"
    assert await api.promotion(other["promotion_id"]) == other
    assert (await patch(api, other, {"promotion_code": "other5"}))["promotion_code"] == "other5"


async def test_a_drafts_code_may_be_made_anew(api: Api) -> None:
    made = await in_state(api, "draft")
    changed = await patch(api, made, {"promotion_code": None, "promotion_name": "Summer Sun"})
    assert changed["promotion_code"] == "SUMMERSUN"


async def test_another_type_has_rules_of_its_own(api: Api) -> None:
    made = await in_state(api, "draft")
    error = await patch(api, made, {"promotion_type": "bundle_deal"}, status=422)
    assert error["code"] == "INVALID_DISCOUNT_RULES"
    changed = await patch(api, made, {"promotion_type": "free_shipping"})
    assert changed["discount_rules"] == {}


async def test_an_unknown_promotion_does_not_change(api: Api) -> None:
    await api.promote()
    error = await patch(api, {"promotion_id": "promo_other"}, {"description": "x"}, status=404)
    assert error["code"] == "PROMOTION_NOT_FOUND"


async def test_a_total_limit_is_not_set_below_what_is_used(api: Api) -> None:
    made = await api.promote(usage_limits={"total_usage_limit": 10})
    for reference in ("o1", "o2", "o3"):
        await api.hold(reference)
    await api.settle("o1", "confirm")
    error = await patch(api, made, {"usage_limits": {"total_usage_limit": 2}}, status=422)
    assert error["errors"] == [
        {
            "field": "usage_limits.total_usage_limit",
            "message": "cannot be below what is used already (3)",
            "code": "INVALID_USAGE_LIMITS",
        }
    ]
    changed = await patch(api, made, {"usage_limits": {"total_usage_limit": 3}})
    assert changed["usage_limits"]["current_usage"] == {"total_used": 1, "today_used": 1, "remaining_uses": 0}
    assert (await api.hold("o4"))["amount_due"] == 5990
    await api.settle("o2", "release")
    assert (await api.hold("o5"))["amount_due"] == 4792
    assert (await api.hold("o6"))["amount_due"] == 5990


async def test_a_limit_that_is_new_counts_what_was_used_without_it(api: Api) -> None:
    made = await api.promote()
    for reference in ("o1", "o2"):
        await api.hold(reference, customer="7")
    changed = await patch(api, made, {"usage_limits": {"total_usage_limit": 4, "per_customer_limit": 3}})
    assert changed["usage_limits"]["current_usage"]["remaining_uses"] == 2
    due = [(await api.hold(name, customer=who))["amount_due"] for name, who in (("o3", "7"), ("o4", "7"), ("o5", "8"))]
    assert due == [4792, 5990, 4792]
    assert (await api.hold("o6", customer="9"))["amount_due"] == 5990
    await api.settle("o1", "release")
    assert (await api.hold("o7", customer="9"))["amount_due"] == 4792


async def test_a_hold_that_expired_comes_back_under_the_new_limit(api: Api) -> None:
    made = await api.promote(usage_limits={"total_usage_limit": 1})
    await api.hold("o1", lease_seconds=0, ttl_seconds=60)
    api.time.pass_by(minutes=2)
    await api.hold("o2")
    await patch(api, made, {"usage_limits": {"total_usage_limit": 2}})
    assert (await api.settle("o1", "confirm"))["state"] == "confirmed"
    assert (await api.hold("o3"))["amount_due"] == 5990


async def test_a_daily_limit_may_go_below_what_today_has(api: Api) -> None:
    made = await api.promote(usage_limits={"daily_usage_limit": 5})
    for reference in ("o1", "o2", "o3"):
        await api.hold(reference)
    await patch(api, made, {"usage_limits": {"daily_usage_limit": 2}})
    assert (await api.hold("o4"))["amount_due"] == 5990
    api.time.pass_by(days=1)
    assert (await api.hold("o5"))["amount_due"] == 4792


async def test_a_budget_is_not_set_below_what_is_spent(api: Api) -> None:
    made = await api.promote(discount_rules={"discount_value": 20, "budget_amount": 100})
    await api.hold("o1")
    await step(api, made, "pause")
    error = await patch(api, made, {"discount_rules": {"budget_amount": 11}}, status=422)
    assert error["errors"][0]["field"] == "discount_rules.budget_amount"
    assert "(11.98)" in error["message"]
    await patch(api, made, {"discount_rules": {"budget_amount": 20}})
    await step(api, made, "resume")
    assert (await api.hold("o2"))["amount_due"] == 5990  # another 11.98 would pass 20.00


async def test_what_was_held_under_the_old_rules_is_confirmed_as_it_is(api: Api) -> None:
    made = await api.promote()
    await api.hold("o1")
    await step(api, made, "pause")
    await patch(api, made, {"discount_rules": {"discount_value": 50}})
    assert (await api.settle("o1", "confirm", charged=4792))["amount_due"] == 4792


async def test_a_campaign_changes_all_or_nothing_too(api: Api) -> None:
    made = await api.call("POST", "/campaigns", {"name": "Spring", "start_date": "2026-03-01"}, status=201)
    await api.call("POST", "/campaigns", {"name": "Summer"}, status=201)
    path = f"/campaigns/{made['id']}"
    api.time.pass_by(hours=1)
    assert await api.call("PATCH", path, {"name": "Spring"}) == made
    changed = await api.call("PATCH", path, {"name": "Autumn", "start_date": None, "currency": "EUR"})
    after = {"name": "Autumn", "start_date": None, "currency": "EUR", "last_updated": "2026-11-22T13:00:00.000Z"}
    assert changed == made | after == await api.call("GET", path)
    for change, status, code in (
        ({"name": "Summer"}, 409, "DUPLICATE_CAMPAIGN_NAME"),
        ({"status": "inactive"}, 422, "INVALID_FIELD"),
        ({"name": "x", "start_date": "2026-03-02", "end_date": "2026-03-01"}, 422, "INVALID_FIELD"),
        ({"currency": "EURO"}, 422, "INVALID_FIELD"),
    ):
        assert (await api.call("PATCH", path, change, status=status))["code"] == code
    assert await api.call("GET", path) == changed


async def test_a_campaigns_currency_stays_once_it_has_promotions(api: Api) -> None:
    await api.promote()
    path = f"/campaigns/{api.campaign}"
    error = await api.call("PATCH", path, {"currency": "EUR", "name": "x"}, status=409)
    assert (error["code"], error["current_status"], error["fields"]) == (
        "CAMPAIGN_NOT_MODIFIABLE",
        "active",
        ["currency"],
    )
    assert (await api.call("PATCH", path, {"name": "x"}))["name"] == "x"


async def test_an_archived_campaign_takes_its_promotions_with_it_for_good(api: Api) -> None:
    made = await api.promote()
    path = f"/campaigns/{api.campaign}"
    assert (await api.call("POST", f"{path}/archive"))["status"] == "archived"
    assert (await api.promotion(made["promotion_id"]))["status"] == "archived"
    assert await reason(api) == "not_found"
    assert (await api.call("POST", f"{path}/activate", status=409))["current_status"] == "archived"
    assert (await api.call("PATCH", path, {"name": "x"}, status=409))["code"] == "CAMPAIGN_NOT_MODIFIABLE"
    assert (await api.promote(409, promotion_name="New", promotion_code="NEW5"))["code"] == "CAMPAIGN_NOT_MODIFIABLE"
    assert (await api.call("GET", "/campaigns?status=archived"))["campaigns"][0]["id"] == api.campaign


@pytest.mark.parametrize("state", ["draft", "scheduled", "active", "paused", "ended", "archived"])
async def test_whatever_it_is_it_can_be_archived_and_keeps_its_code(api: Api, state: str) -> None:
    made = await in_any_state(api, state)
    archived = await step(api, made, "archive")
    assert archived["status"] == "archived"
    assert await step(api, made, "archive") == archived
    for name in ("activate", "pause", "resume"):
        error = await step(api, made, name, status=409)
        assert (error["current_status"], "create a new one" in error["message"]) == ("archived", True)
    ids = [one["id"] for one in (await api.call("GET", "/ruleset"))["promotions"]]
    assert made["promotion_id"] not in ids
    today = {"start_date": api.time.now.date().isoformat(), "end_date": "2027-03-01"}
    error = await api.promote(409, promotion_name="Again", schedule=today)
    assert error["code"] == "DUPLICATE_PROMOTION_CODE"


async def test_a_hold_of_what_is_archived_since_is_confirmed_as_it_is(api: Api) -> None:
    made = await api.promote(usage_limits={"total_usage_limit": 5})
    await api.hold("o1")
    await step(api, made, "archive")
    assert (await api.settle("o1", "confirm", charged=4792))["state"] == "confirmed"
    assert (await api.promotion(made["promotion_id"]))["usage_limits"]["current_usage"]["total_used"] == 1
    assert (await api.hold("o2", cart=cart()))["amount_due"] == 5990
