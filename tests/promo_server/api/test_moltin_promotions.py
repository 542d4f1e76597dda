"""Promotions and codes of the Moltin contract: the seed's sample, what is refused, what the company API sees."""

import json
import logging
from typing import Any

import pytest

from promo_contracts.moltin import examples
from tests.databases import ON_SQLITE
from tests.promo_server.conftest import Api, Time, cart
from tests.promo_server.moltin_shop import DATES, Moltin, promotions_in

FIXED: dict[str, Any] = dict(examples.FIXED)


async def test_the_seeds_sample_comes_back_as_it_stands(moltin: Moltin) -> None:
    made = (await moltin.call("POST", "/promotions", FIXED, status=201))["data"]
    assert made.items() >= FIXED.items()
    assert made.keys() == {*FIXED, "id", "created_at", "updated_at"}
    assert (await moltin.call("GET", f"/promotions/{made['id']}"))["data"] == made
    percent = (await moltin.call("POST", "/promotions", dict(examples.PERCENT), status=201))["data"]
    assert percent["schema"] == examples.PERCENT["schema"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-11-01", "2026-11-01T00:00:00Z"),
        ("2026-11-01 15:04", "2026-11-01T15:04:00Z"),
        ("2026-11-01T15:04:05", "2026-11-01T15:04:05Z"),
        ("2026-11-01T15:04:05.25+01:00", "2026-11-01T14:04:05.250Z"),
    ],
)
async def test_a_moment_may_lack_its_offset_or_its_clock(moltin: Moltin, given: str, shown: str) -> None:
    promotion = await moltin.promote(start=given)
    assert (await moltin.call("GET", f"/promotions/{promotion}"))["data"]["start"] == shown


@ON_SQLITE
async def test_lists_are_in_pages_with_links_to_the_others(moltin: Moltin) -> None:
    names = [await moltin.promote() for _ in range(5)]
    page = await moltin.call("GET", "/promotions?page[limit]=2&page[offset]=2")
    assert [one["id"] for one in page["data"]] == [names[2], names[1]]
    assert page["meta"] == {"page": {"limit": 2, "offset": 2, "current": 2, "total": 3}, "results": {"total": 5}}
    assert (await moltin.http.get(page["links"]["next"])).json()["data"][0]["id"] == names[0]
    assert (await moltin.http.get(page["links"]["prev"])).json()["links"]["prev"] is None
    await moltin.refused("GET", "/promotions?page[limit]=101", None, 422, "INVALID_FIELD")
    error = await moltin.refused("GET", "/promotions?page[limt]=1", None, 422, "INVALID_FIELD")
    assert error["detail"] == "page[limt] is not a known parameter; did you mean 'page[limit]'?"


GBP = {"currency": "GBP", "amount": 1}


@ON_SQLITE
@pytest.mark.parametrize(
    ("fields", "source", "status"),
    [
        ({"enabled": None}, "enabled", 422),
        ({"name": ""}, "name", 422),
        ({"promotion_type": "x_for_y"}, "promotion_type", 422),
        ({"end": "2017-05-12"}, "end", 422),
        ({"start": "yesterday"}, "start", 422),
        ({"schema": {"currencies": []}}, "schema.currencies", 422),
        ({"schema": {"currencies": [{"currency": "USD"}]}}, "schema.currencies[0].amount", 400),
        ({"schema": {"currencies": [{"currency": "USD", "amount": 0}]}}, "schema.currencies[0].amount", 422),
        ({"schema": {"currencies": [{"currency": "USD", "amount": 1.5}]}}, "schema.currencies[0].amount", 422),
        ({"schema": {"currencies": [{**GBP, "percentage": 1}]}}, "schema.currencies[0].percentage", 422),
        ({"schema": {"currencies": [GBP, GBP]}}, "schema.currencies[1].currency", 422),
        ({"schema": {"currencies": [{"currency": "QQQ", "amount": 1}]}}, "schema.currencies[0].currency", 422),
        ({"automatic": True}, "automatic", 422),
    ],
)
async def test_a_wrong_field_is_named(moltin: Moltin, fields: dict[str, Any], source: str, status: int) -> None:
    code = "REQUIRED_FIELD" if status == 400 else "INVALID_FIELD"
    error = await moltin.refused("POST", "/promotions", FIXED | fields, status, code)
    assert error["source"] == source
    assert error["detail"].startswith(f"{source} ")


@ON_SQLITE
@pytest.mark.parametrize("percentage", [0, 100.01, 1.1234567])
async def test_a_percentage_has_bounds_and_six_decimals(moltin: Moltin, percentage: float) -> None:
    schema = {"currencies": [{"currency": "USD", "percentage": percentage}]}
    body = FIXED | {"promotion_type": "percent_discount", "schema": schema}
    error = await moltin.refused("POST", "/promotions", body, 422, "INVALID_FIELD")
    assert error["source"] == "schema.currencies[0].percentage"


@ON_SQLITE
async def test_a_missing_field_is_answered_as_published(moltin: Moltin) -> None:
    body = {name: value for name, value in FIXED.items() if name != "enabled"}
    error = await moltin.refused("POST", "/promotions", body, 400, "REQUIRED_FIELD")
    published = {"status": 400, "source": "enabled", "title": "required", "detail": "enabled is required"}
    assert error.items() >= published.items()


async def test_two_promotions_may_have_one_name(moltin: Moltin) -> None:
    first, second = await moltin.promote("A1"), await moltin.promote("B1")
    await moltin.add()
    await moltin.enter("A1")
    assert promotions_in(await moltin.enter("B1")) == [("A1", -900), ("B1", -100)]
    assert first != second


async def test_an_update_changes_what_it_names(moltin: Moltin, time: Time) -> None:
    promotion = await moltin.promote("NINE")
    time.pass_by(minutes=1)
    changed = await moltin.call("PUT", f"/promotions/{promotion}", {"type": "promotion", "name": "Ten off"})
    assert (changed["data"]["name"], changed["data"]["start"]) == ("Ten off", DATES["start"])
    assert changed["data"]["updated_at"] > changed["data"]["created_at"]
    schema = {"currencies": [{"currency": "USD", "amount": 1000}]}
    await moltin.call("PUT", f"/promotions/{promotion}", {"type": "promotion", "id": promotion, "schema": schema})
    await moltin.add(amount=5000)
    assert promotions_in(await moltin.enter("NINE")) == [("NINE", -1000)]


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "source"),
    [
        ({"id": "another"}, "id"),
        ({"promotion_type": "percent_discount"}, "promotion_type"),
        ({"end": "2026-10-01"}, "end"),
        ({"schema": {"currencies": [{"currency": "USD", "percentage": 5}]}}, "schema.currencies[0].amount"),
    ],
)
async def test_an_update_that_makes_no_lawful_whole_changes_nothing(moltin: Moltin, change: Any, source: str) -> None:
    promotion = await moltin.promote()
    before = await moltin.call("GET", f"/promotions/{promotion}")
    answer = await moltin.http.put(f"/v2/promotions/{promotion}", json={"data": {"type": "promotion", **change}})
    assert answer.status_code in (400, 422)
    assert answer.json()["errors"][0]["source"] == source
    assert await moltin.call("GET", f"/promotions/{promotion}") == before


async def test_a_promotion_that_had_ended_and_goes_on_loses_its_codes(moltin: Moltin, time: Time) -> None:
    promotion = await moltin.promote("NINE")
    path = f"/promotions/{promotion}"
    await moltin.call("PUT", path, {"type": "promotion", "end": "2026-11-30"})
    assert len((await moltin.call("GET", f"{path}/codes"))["data"]) == 1
    time.pass_by(days=30)
    await moltin.add()
    assert (await moltin.enter("NINE", status=404))["errors"][0]["code"] == "CODE_NOT_FOUND"
    await moltin.call("PUT", path, {"type": "promotion", "end": "2027-01-31"})
    assert (await moltin.call("GET", f"{path}/codes"))["data"] == []
    await moltin.give(promotion, "NINE")
    assert promotions_in(await moltin.enter("NINE")) == [("NINE", -900)]


async def test_what_is_deleted_is_gone_with_its_codes_and_stays_in_the_companys_list(moltin: Moltin, api: Api) -> None:
    promotion = await moltin.promote("NINE")
    await moltin.call("DELETE", f"/promotions/{promotion}", status=204)
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/codes"), ("DELETE", "/codes")):
        await moltin.refused(method, f"/promotions/{promotion}{path}", None, 404, "PROMOTION_NOT_FOUND")
    (listed,) = (await api.call("GET", "/promotions"))["promotions"]
    assert (listed["promotion_id"], listed["status"], listed["origin"]) == (promotion, "archived", "moltin")
    await moltin.promote("NINE")


async def test_codes_are_any_text_and_compared_as_all_codes_are(moltin: Moltin) -> None:
    promotion = await moltin.promote("20%-OFF", "Zwölf 12", {"code": "A/B", "uses": 3})
    codes = (await moltin.call("GET", f"/promotions/{promotion}/codes"))["data"]
    assert sorted(codes, key=lambda one: one["code"]) == [
        {"code": "20%-OFF"},
        {"code": "A/B", "uses": 3, "max_uses": 3},
        {"code": "Zwölf 12"},
    ]
    await moltin.add(amount=5000)
    assert promotions_in(await moltin.enter(" zwÖLF 12 ")) == [("zwÖLF 12", -900)]


async def test_a_code_is_once_in_the_company_whatever_contract_it_is_of(moltin: Moltin, api: Api) -> None:
    promotion = await moltin.promote("NINE")
    made = await api.promote()
    for code in ("nine", "spring20"):
        answer = await moltin.give(promotion, "NEW", code, status=409)
        assert answer["errors"][0]["detail"] == f"In use already: '{code}'."
    assert await api.code(made["promotion_id"], "NINE", 409)
    assert [one["code"] for one in (await moltin.call("GET", f"/promotions/{promotion}/codes"))["data"]] == ["NINE"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("codes", "source"),
    [
        ([{"code": "A"}, {"code": "a"}], "codes[1].code"),
        ([{"code": " \u00ad "}], "codes[0].code"),
        ([{"code": "\ufdfa" * 20}], "codes[0].code"),
        ([{"code": "A", "uses": 0}], "codes[0].uses"),
        ([], "codes"),
    ],
)
async def test_what_can_be_no_code_is_refused(moltin: Moltin, codes: Any, source: str) -> None:
    promotion = await moltin.promote()
    body = {"type": "promotion_codes", "codes": codes}
    error = await moltin.refused("POST", f"/promotions/{promotion}/codes", body, 422, "INVALID_FIELD")
    assert error["source"] == source


async def test_codes_are_deleted_one_some_or_all(moltin: Moltin) -> None:
    promotion = await moltin.promote("A", "B%", "C/C", "D", "E", "F")
    path = f"/promotions/{promotion}/codes"
    for quoted in ("a", "B%25", "C%2FC"):
        await moltin.call("DELETE", f"{path}/{quoted}", status=204)
    await moltin.refused("DELETE", f"{path}/A", None, 404, "CODE_NOT_FOUND")
    body = {"type": "promotion_codes", "codes": ["d", {"code": "E"}, "NEVER"]}
    await moltin.call("DELETE", path, body, status=204)
    assert [one["code"] for one in (await moltin.call("GET", path))["data"]] == ["F"]
    await moltin.call("DELETE", path, status=204)
    assert (await moltin.call("GET", path))["data"] == []


@ON_SQLITE
async def test_no_log_has_a_code_that_stands_in_a_path(moltin: Moltin, caplog: pytest.LogCaptureFixture) -> None:
    promotion = await moltin.promote("TOPSECRET")
    caplog.set_level(logging.DEBUG, "promo_server")
    caplog.clear()
    await moltin.call("DELETE", f"/promotions/{promotion}/codes/TOPSECRET", status=204)
    await moltin.call("DELETE", f"/promotions/{promotion}/codes/TOPSECRET", status=404)
    lines = [json.loads(one.message) for one in caplog.records if one.name == "promo_server.access"]
    assert [line["route"] for line in lines] == ["/v2/promotions/{promotion_id}/codes/{code}"] * 2
    assert "SECRET" not in caplog.text.upper().replace("HASHED_SECRET", "")


async def test_the_company_api_lists_them_with_their_origin_and_leaves_them_alone(moltin: Moltin, api: Api) -> None:
    schema = {"currencies": [{"currency": "GBP", "amount": 1100}, {"currency": "JPY", "amount": 1500}]}
    promotion = await moltin.promote("NINE", schema=schema)
    own = await api.promote()
    listed = {one["promotion_id"]: one for one in (await api.call("GET", "/promotions"))["promotions"]}
    assert "origin" not in listed[own["promotion_id"]]
    found = listed[promotion]
    assert (found["origin"], found["currency"], found["promotion_type"]) == ("moltin", "GBP", "fixed_amount_discount")
    assert found["discount_rules"] == {"discount_value": 11, "amounts": {"JPY": {"discount_value": 1500}}}
    path = f"/campaigns/{found['campaign_id']}"
    theirs = f"{path}/promotions/{promotion}"
    codes = await api.call("GET", f"{theirs}/codes")
    assert [one["promotion_code"] for one in codes["codes"]] == ["NINE"]
    refused = "PROMOTION_NOT_MODIFIABLE"
    asked: list[tuple[str, str, Any, str]] = [
        ("PATCH", theirs, {"promotion_name": "x"}, refused),
        *(("POST", f"{theirs}/{step}", None, refused) for step in ("activate", "pause", "resume", "archive")),
        ("POST", f"{theirs}/codes", {"promotion_code": "MORE"}, refused),
        ("POST", f"{theirs}/code-batches", {"batch_id": "b", "count": 2}, refused),
        ("DELETE", f"{theirs}/codes/{codes['codes'][0]['code_id']}", None, refused),
        ("PATCH", path, {"name": "x"}, "CAMPAIGN_NOT_MODIFIABLE"),
        *(("POST", f"{path}/{step}", None, "CAMPAIGN_NOT_MODIFIABLE") for step in ("deactivate", "archive")),
    ]
    for method, where, body, code in asked:
        assert (await api.call(method, where, body, status=409))["code"] == code
    before = await moltin.call("GET", f"/promotions/{promotion}")
    assert before["data"]["enabled"] is True


async def test_the_campaign_of_the_contract_gives_way_to_one_of_its_name(moltin: Moltin, api: Api) -> None:
    await api.call("POST", "/campaigns", {"name": "Moltin"}, status=201)
    await moltin.promote()
    await moltin.promote()
    listed = (await api.call("GET", "/campaigns"))["campaigns"]
    assert [one["origin"] for one in listed if "origin" in one] == ["moltin"]
    assert len({one["name"] for one in listed}) == 2


async def test_a_disabled_promotion_is_paused_in_the_company_api(moltin: Moltin, api: Api) -> None:
    promotion = await moltin.promote("NINE", enabled=False)
    assert (await api.call("GET", "/promotions?status=paused"))["promotions"][0]["promotion_id"] == promotion
    await moltin.call("PUT", f"/promotions/{promotion}", {"type": "promotion", "enabled": True})
    assert (await api.call("GET", "/promotions?status=active"))["promotions"][0]["promotion_id"] == promotion


async def test_they_take_part_in_every_evaluation_and_hold(moltin: Moltin, api: Api) -> None:
    await moltin.promote({"code": "NINE", "uses": 1})
    await api.promote()
    body = {"cart": cart("7", "NINE", "SPRING20")}
    priced = await api.call("POST", "/evaluations", body)
    assert sorted(one["discount"] for one in priced["applied"]) == [900, 1018]
    held = await api.hold("order-1", cart=body["cart"])
    assert held["amount_due"] == 5990 - 900 - 1018
    again = await api.hold("order-2", cart=body["cart"])
    assert [one.get("reason") for one in again["evaluation"]["codes"]] == ["limit_code", None]
