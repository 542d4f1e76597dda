"""Codes beside a promotion's own: what they stand for, who may have them, how often they are used."""

from typing import Any

import pytest

from promo_engine import canonical_json
from promo_server.services.words import CodeWords, read_words
from tests.promo_server.conftest import Api, cart

FULL_WIDTH = "".join(chr(ord(letter) + 0xFEE0) for letter in "FRIENDS20")


async def evaluated(api: Api, *codes: str, **fields: Any) -> Any:
    return await api.call("POST", "/evaluations", {"cart": cart("7", *codes)} | fields)


async def reasons(api: Api, *codes: str) -> dict[str, str | None]:
    """Return why each code does not apply; nothing for one that does."""
    return {one["code"]: one.get("reason") for one in (await evaluated(api, *codes))["codes"]}


async def listed(api: Api, promotion_id: str, **query: Any) -> Any:
    return await api.call("GET", f"/campaigns/{api.campaign}/promotions/{promotion_id}/codes", params=query)


async def test_a_code_is_worth_what_its_promotions_own_is(api: Api) -> None:
    made = await api.promote()
    code = await api.code(made["promotion_id"], "Friends20", max_uses=5)
    assert {name: code[name] for name in ("promotion_code", "max_uses", "remaining_uses", "batch_id")} == {
        "promotion_code": "Friends20",
        "max_uses": 5,
        "remaining_uses": 5,
        "batch_id": None,
    }
    assert code["created_by"] == "marketing_admin_001"
    evaluation = await evaluated(api, "FRIENDS20")
    assert evaluation["totals"]["amount_due"] == 4792
    assert (evaluation["applied"][0]["id"], evaluation["applied"][0]["code"]) == (made["promotion_id"], "FRIENDS20")


@pytest.mark.parametrize("typed", ["FRIENDS20", " friends20\t", FULL_WIDTH])
async def test_a_code_is_found_in_whatever_form_it_is_typed(api: Api, typed: str) -> None:
    made = await api.promote()
    await api.code(made["promotion_id"], "Friends20", max_uses=1)
    held = await api.hold("o1", cart=cart("7", typed))
    assert held["evaluation"]["applied"][0]["code"] == typed
    assert await reasons(api, "FRIENDS20") == {"FRIENDS20": "limit_code"}


async def test_a_code_is_used_as_often_as_it_may_and_each_use_that_ends_is_free_again(api: Api) -> None:
    made = await api.promote()
    code = await api.code(made["promotion_id"], "FRIENDS20", max_uses=1)
    path = f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}/codes/{code['code_id']}"
    assert (await api.hold("o1", cart=cart("7", "FRIENDS20")))["amount_due"] == 4792
    assert (await api.call("GET", path))["remaining_uses"] == 0
    other = await api.hold("o2", cart=cart("8", "FRIENDS20"))
    assert (other["amount_due"], other["evaluation"]["codes"][0]["reason"]) == (5990, "limit_code")
    await api.settle("o1", "release")
    assert (await api.call("GET", path))["remaining_uses"] == 1
    assert (await api.hold("o3", cart=cart("8", "FRIENDS20")))["amount_due"] == 4792
    await api.settle("o3", "confirm")
    assert await reasons(api, "FRIENDS20") == {"FRIENDS20": "limit_code"}
    assert (await api.promotion(made["promotion_id"]))["usage_limits"]["current_usage"]["total_used"] == 1


async def test_the_same_checkout_keeps_the_use_that_it_has(api: Api) -> None:
    made = await api.promote()
    await api.code(made["promotion_id"], "FRIENDS20", max_uses=1)
    for attempt, milk in enumerate((1000, 2000, 1000)):
        changed = cart("7", "FRIENDS20", lines=[{"id": "l1", "sku": "MILK", "unit_price": milk}])
        held = await api.hold("o1", cart=changed, attempt=str(attempt), lease_seconds=0)
        assert held["amount_due"] == milk * 8 // 10
    await api.hold("o1", cart=cart("7", "OTHER"), attempt="other", lease_seconds=0)
    assert await reasons(api, "FRIENDS20") == {"FRIENDS20": None}


async def test_a_hold_that_confirms_too_late_for_its_code_is_late(api: Api) -> None:
    made = await api.promote()
    await api.code(made["promotion_id"], "FRIENDS20", max_uses=1)
    await api.hold("o1", cart=cart("7", "FRIENDS20"), lease_seconds=0, ttl_seconds=60)
    api.time.pass_by(minutes=2)
    assert (await api.hold("o2", cart=cart("8", "FRIENDS20")))["amount_due"] == 4792
    assert (await api.settle("o1", "confirm", status=409))["code"] == "HOLD_EXPIRED"


async def test_a_code_without_a_limit_touches_no_counter_and_the_promotions_limits_hold(api: Api) -> None:
    made = await api.promote(usage_limits={"total_usage_limit": 2})
    code = await api.code(made["promotion_id"], "FRIENDS20")
    assert (code["max_uses"], code["remaining_uses"]) == (None, None)
    await api.hold("o1", cart=cart("7", "FRIENDS20"))
    await api.hold("o2", cart=cart("7", "SPRING20"))
    assert await reasons(api, "FRIENDS20") == {"FRIENDS20": "limit_total"}


async def test_new_limits_of_the_promotion_forget_no_use_of_a_code(api: Api) -> None:
    made = await api.promote()
    await api.code(made["promotion_id"], "FRIENDS20", max_uses=2)
    await api.hold("o1", cart=cart("7", "FRIENDS20"))
    path = f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}"
    for limits in ({"total_usage_limit": 9}, {"daily_usage_limit": 9}, {"total_usage_limit": None}):
        await api.call("PATCH", path, {"usage_limits": limits})
        (code,) = (await listed(api, made["promotion_id"]))["codes"]
        assert code["remaining_uses"] == 1
    await api.settle("o1", "release")
    (code,) = (await listed(api, made["promotion_id"]))["codes"]
    assert code["remaining_uses"] == 2


async def test_the_reason_is_the_promotions_where_it_does_not_apply(api: Api) -> None:
    made = await api.promote(status="draft")
    await api.code(made["promotion_id"], "FRIENDS20", max_uses=1)
    found = []
    path = f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}"
    for step in ("", "/activate", "/pause", "/resume", "/archive"):
        if step:
            await api.call("POST", path + step)
        found.append((await reasons(api, "FRIENDS20"))["FRIENDS20"])
    assert found == ["not_found", None, "paused", None, "not_found"]
    assert await reasons(api, "NOBODYS7") == {"NOBODYS7": "not_found"}


async def test_a_draft_is_tried_by_its_codes_in_a_dry_run(api: Api) -> None:
    made = await api.promote(status="draft")
    await api.code(made["promotion_id"], "FRIENDS20", max_uses=1)
    evaluation = await evaluated(api, "FRIENDS20", drafts=[made["promotion_id"]], explain=True)
    assert (evaluation["totals"]["amount_due"], evaluation["explanations"]) == (4792, [])


async def test_a_code_is_one_of_a_form_in_the_company_beside_promotions_or_as_their_own(api: Api) -> None:
    spring = await api.promote()
    other = await api.promote(promotion_name="Other", promotion_code="OTHER10")
    await api.code(spring["promotion_id"], "FRIENDS20")
    for code in ("friends20", "other10", "SPRING20"):
        refused = await api.code(other["promotion_id"], code, 409)
        assert refused["code"] == "DUPLICATE_PROMOTION_CODE"
        assert refused["message"] == f"The promotion code '{code}' is already in use"
    refused = await api.promote(409, promotion_name="Third", promotion_code="FriendS20")
    assert refused["code"] == "DUPLICATE_PROMOTION_CODE"
    made = await api.promote(promotion_name="Friends 20", promotion_code=None)
    assert made["promotion_code"] == "FRIENDS202"
    path = f"/campaigns/{api.campaign}/promotions"
    await api.call("POST", f"{path}/{spring['promotion_id']}/archive")
    assert (await api.code(other["promotion_id"], "FRIENDS20", 409))["code"] == "DUPLICATE_PROMOTION_CODE"


@pytest.mark.parametrize(
    ("body", "code", "field", "said"),
    [
        ({"promotion_code": "X Y"}, "INVALID_PROMOTION_CODE", "promotion_code", "4 to 20 ASCII letters and digits"),
        ({"promotion_code": "SH1T20"}, "INVALID_PROMOTION_CODE", "promotion_code", "must not contain profanity"),
        ({"promotion_code": "TEST"}, "INVALID_PROMOTION_CODE", "promotion_code", "reserved word"),
        ({"promotion_code": "ACME2026"}, "INVALID_PROMOTION_CODE", "promotion_code", "reserved word"),
        ({"max_uses": 1}, "INVALID_PROMOTION_CODE", "promotion_code", "is required"),
        ({"promotion_code": "FRIENDS20", "max_uses": 0}, "INVALID_USAGE_LIMITS", "max_uses", "greater than or equal"),
        ({"promotion_code": "FRIENDS20", "max_use": 1}, "INVALID_FIELD", "max_use", "did you mean 'max_uses'?"),
    ],
)
async def test_what_is_wrong_with_a_code_is_told_by_field(
    api: Api, body: dict[str, Any], code: str, field: str, said: str
) -> None:
    object.__setattr__(api.context, "code_words", CodeWords(denied=read_words("acme")))
    made = await api.promote()
    path = f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}/codes"
    refused = await api.call("POST", path, body, status=422)
    assert (refused["code"], refused["errors"][0]["field"]) == (code, field)
    assert said in refused["errors"][0]["message"]


async def test_a_promotion_that_is_over_gets_no_more_codes(api: Api) -> None:
    made = await api.promote()
    api.time.pass_by(days=60)
    refused = await api.code(made["promotion_id"], "FRIENDS20", 409)
    assert (refused["code"], refused["current_status"]) == ("PROMOTION_NOT_MODIFIABLE", "expired")
    await api.call("POST", f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}/archive")
    for refused in (await api.code(made["promotion_id"], "F20", 422), await api.batch(made["promotion_id"], 409)):
        assert refused.get("current_status", "archived") == "archived"


async def test_a_deleted_code_is_nobodys_and_what_is_held_by_it_stays_held(api: Api) -> None:
    made = await api.promote()
    code = await api.code(made["promotion_id"], "FRIENDS20", max_uses=1)
    path = f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}/codes"
    await api.hold("o1", cart=cart("7", "FRIENDS20"))
    assert (await api.call("DELETE", f"{path}/{code['code_id']}"))["remaining_uses"] == 0
    for method in ("GET", "DELETE"):
        assert (await api.call(method, f"{path}/{code['code_id']}", status=404))["code"] == "CODE_NOT_FOUND"
    assert await reasons(api, "FRIENDS20") == {"FRIENDS20": "not_found"}
    assert (await api.settle("o1", "confirm"))["amount_due"] == 4792
    again = await api.code(made["promotion_id"], "FRIENDS20", max_uses=1)
    assert (again["remaining_uses"], again["code_id"] == code["code_id"]) == (1, False)


async def test_a_code_is_found_under_its_own_promotion_only(api: Api) -> None:
    made, other = await api.promote(), await api.promote(promotion_name="Other", promotion_code="OTHER10")
    code = await api.code(made["promotion_id"], "FRIENDS20")
    for path in (f"promotions/{other['promotion_id']}", "promotions/promo_0"):
        for method in ("GET", "DELETE"):
            asked = f"/campaigns/{api.campaign}/{path}/codes/{code['code_id']}"
            assert (await api.call(method, asked, status=404))["code"] == "CODE_NOT_FOUND"
    assert (await listed(api, other["promotion_id"]))["codes"] == []
    missing = f"/campaigns/{api.campaign}/promotions/promo_0/codes"
    assert (await api.call("GET", missing, status=404))["code"] == "PROMOTION_NOT_FOUND"
    assert (await api.call("POST", missing, {"promotion_code": "MORE20"}, status=404))["code"] == "PROMOTION_NOT_FOUND"


async def test_codes_are_listed_newest_first_in_pages(api: Api) -> None:
    made = await api.promote()
    for number in range(5):
        await api.code(made["promotion_id"], f"FRIENDS{number}", max_uses=number + 1)
        api.time.pass_by(seconds=1)
    page = await listed(api, made["promotion_id"], per_page=2, page=2)
    assert [one["promotion_code"] for one in page["codes"]] == ["FRIENDS2", "FRIENDS1"]
    assert page["pagination"]["total_items"] == 5


async def test_the_ruleset_says_that_there_are_codes_and_holds_none_of_them(api: Api) -> None:
    made = await api.promote()
    plain = await api.call("GET", "/ruleset")
    codes = [await api.code(made["promotion_id"], f"FRIENDS{number}") for number in range(2)]
    with_codes = await api.call("GET", "/ruleset")
    await api.batch(made["promotion_id"], count=100)
    assert await api.call("GET", "/ruleset") == with_codes
    assert with_codes | {"revision": ""} == plain | {"unlisted_codes": True, "revision": ""}
    assert with_codes["revision"] != plain["revision"]
    assert b"friends" not in canonical_json(with_codes).lower()
    assert codes[0]["promotion_code"] == "FRIENDS0"


async def test_without_the_last_of_its_codes_the_ruleset_is_the_old_one(api: Api) -> None:
    made = await api.promote()
    plain = await api.call("GET", "/ruleset")
    code = await api.code(made["promotion_id"], "FRIENDS20")
    path = f"/campaigns/{api.campaign}/promotions/{made['promotion_id']}/codes/{code['code_id']}"
    await api.call("DELETE", path)
    assert await api.call("GET", "/ruleset") == plain


async def test_entitlements_say_what_codes_stand_for_and_what_is_left(api: Api) -> None:
    limited = await api.promote(usage_limits={"total_usage_limit": 9})
    draft = await api.promote(promotion_name="Draft", promotion_code="DRAFT10", status="draft")
    await api.code(limited["promotion_id"], "FRIENDS20", max_uses=2)
    await api.code(draft["promotion_id"], "SECRET20")
    await api.hold("o1", cart=cart("7", "FRIENDS20"))
    found = await api.call("POST", "/entitlements", {"codes": ["Friends20 ", "SECRET20", "NOBODYS7", "SPRING20"]})
    known = {"promotion": limited["promotion_id"], "left": 1}
    assert found["codes"] == {"friends20": known, "secret20": None, "nobodys7": None}
    assert found["uses"][limited["promotion_id"]]["total"] == 8


async def test_what_no_code_can_be_is_nobodys_on_every_database(api: Api) -> None:
    made = await api.promote()
    await api.code(made["promotion_id"], "FRIENDS20")
    assert await reasons(api, "A\nB", "FRIENDS20") == {"A\nB": "not_found", "FRIENDS20": None}
    found = await api.call("POST", "/entitlements", {"codes": ["A\nB", "Stra\xdfe", "\ufdfa" * 200]})
    assert set(found["codes"].values()) == {None}
    assert (await api.hold("o1", cart=cart("7", "A\nB")))["amount_due"] == 5990


async def test_a_grant_by_a_code_that_needed_a_look_up_is_rejected(api: Api) -> None:
    made = await api.promote()
    await api.code(made["promotion_id"], "FRIENDS20")
    revision = (await api.call("GET", "/ruleset"))["revision"]
    moment = api.time.now.isoformat().replace("+00:00", "Z")
    for code, status in (("FRIENDS20", 409), ("spring20", 200)):
        body = cart("7", code, at=moment)
        evaluation = await api.call("POST", "/evaluations", {"cart": body})
        grant = {"evaluation": evaluation, "at": moment, "revision": revision, "outcome": "confirmed"}
        grant["charged"] = evaluation["totals"]["amount_due"]
        assert grant["charged"] == 4792
        delivered = await api.hold(f"o-{status}", cart=body, granted=grant, status=status)
        if status == 409:
            assert "needed a look-up" in delivered["message"]
            assert "FRIENDS20" not in delivered["message"]
