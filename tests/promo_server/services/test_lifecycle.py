"""Draft, active, paused, ended: what each step does, what it refuses, and what carts get."""

from typing import Any

import pytest

from promo_engine import read_ruleset
from tests.promo_server.conftest import Api, cart

STEPS = ("activate", "pause", "resume")


async def step(api: Api, promotion: Any, name: str, *, status: int = 200) -> Any:
    path = f"/campaigns/{api.campaign}/promotions/{promotion['promotion_id']}/{name}"
    return await api.call("POST", path, status=status)


async def in_state(api: Api, state: str) -> Any:
    """Create a promotion and bring it into a state."""
    made = await api.promote(status="draft" if state == "draft" else None)
    if "paused" in state:
        await step(api, made, "pause")
    if "ended" in state:
        api.time.pass_by(days=60)
    return await api.promotion(made["promotion_id"])


async def reason(api: Api) -> Any:
    """Say why SPRING20 does not apply, or that it does."""
    evaluation = await api.call("POST", "/evaluations", {"cart": cart()})
    return evaluation["codes"][0].get("reason", "applied")


async def test_a_draft_is_activated_paused_and_resumed(api: Api) -> None:
    made = await in_state(api, "draft")
    assert (made["status"], await reason(api)) == ("draft", "not_found")
    seen = [((await step(api, made, name))["status"], await reason(api)) for name in STEPS]
    assert seen == [("active", "applied"), ("paused", "paused"), ("active", "applied")]


async def test_what_starts_later_is_scheduled_and_can_be_paused_before(api: Api) -> None:
    made = await api.promote(schedule={"start_date": "2026-11-23", "end_date": "2026-11-30"}, status="draft")
    seen = [(await step(api, made, name))["status"] for name in STEPS]
    assert seen == ["scheduled", "paused", "scheduled"]


@pytest.mark.parametrize(
    ("state", "name", "shown"),
    [
        ("active", "activate", "active"),
        ("active", "resume", "active"),
        ("paused", "pause", "paused"),
    ],
)
async def test_a_step_that_is_done_already_changes_nothing(api: Api, state: str, name: str, shown: str) -> None:
    made = await in_state(api, state)
    before = (await api.call("GET", "/ruleset"))["revision"], await api.promotion(made["promotion_id"])
    api.time.pass_by(hours=1)
    assert (await step(api, made, name))["status"] == shown
    assert ((await api.call("GET", "/ruleset"))["revision"], await api.promotion(made["promotion_id"])) == before


async def test_only_a_change_moves_last_updated(api: Api) -> None:
    made = await in_state(api, "active")
    api.time.pass_by(hours=1)
    paused = await step(api, made, "pause")
    assert (made["last_updated"], paused["last_updated"]) == ("2026-11-22T12:00:00.000Z", "2026-11-22T13:00:00.000Z")
    assert paused["created_at"] == made["created_at"]


@pytest.mark.parametrize(
    ("state", "name", "current", "instead"),
    [
        ("draft", "pause", "draft", "activate it first"),
        ("draft", "resume", "draft", "activate it first"),
        ("paused", "activate", "paused", "resume it"),
        ("ended", "activate", "expired", "create a new one"),
        ("ended", "pause", "expired", "create a new one"),
        ("ended", "resume", "expired", "create a new one"),
        ("paused and ended", "resume", "expired", "create a new one"),
        ("paused and ended", "pause", "expired", "create a new one"),
    ],
)
async def test_a_step_that_makes_no_sense_is_refused_with_what_would(
    api: Api, state: str, name: str, current: str, instead: str
) -> None:
    made = await in_state(api, state)
    error = await step(api, made, name, status=409)
    assert (error["code"], error["error"]) == ("INVALID_STATUS_CHANGE", "Invalid status change")
    assert error["current_status"] == made["status"] == current
    assert instead in error["message"]
    assert await api.promotion(made["promotion_id"]) == made


async def test_a_draft_is_judged_again_when_it_is_activated(api: Api) -> None:
    made = await in_state(api, "draft")
    api.time.pass_by(days=1)
    error = await step(api, made, "activate", status=422)
    assert (error["code"], error["errors"][0]["field"]) == ("INVALID_SCHEDULE", "schedule.start_date")
    assert await api.promotion(made["promotion_id"]) == made


@pytest.mark.parametrize("name", STEPS)
async def test_an_unknown_promotion_has_no_life(api: Api, name: str) -> None:
    made = await api.promote()
    error = await step(api, {"promotion_id": "promo_other"}, name, status=404)
    assert error["code"] == "PROMOTION_NOT_FOUND"
    api.campaign = "camp_other"
    assert (await step(api, made, name, status=404))["code"] == "PROMOTION_NOT_FOUND"


async def test_a_paused_promotion_is_in_the_ruleset_and_a_draft_is_not(api: Api) -> None:
    await in_state(api, "paused")
    await api.promote(promotion_name="Draft", promotion_code="DRAFT", status="draft")
    ruleset = await api.call("GET", "/ruleset")
    assert [(one["code"], one["status"]) for one in ruleset["promotions"]] == [("SPRING20", "paused")]
    assert read_ruleset(ruleset, api.context.types).by_code("spring20") is not None


async def test_a_hold_that_was_taken_before_a_pause_is_confirmed_as_it_is(api: Api) -> None:
    made = await in_state(api, "active")
    held = await api.hold("o1")
    await step(api, made, "pause")
    assert (await api.settle("o1", "confirm", charged=held["amount_due"]))["amount_due"] == 4792
    assert (await api.hold("o2"))["amount_due"] == 5990
