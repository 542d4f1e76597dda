"""Lists: filters, order, pages; each parameter checked. And the offers for banners."""

from typing import Any

import pytest

from tests.promo_server.conftest import Api
from tests.promo_server.services.test_lifecycle import in_state, step

ALWAYS = {"start_date": "2026-11-22", "end_date": "2026-12-22"}


async def fill(api: Api) -> None:
    """Create one promotion of each status, a second apart."""
    later = {"start_date": "2026-11-29", "end_date": "2026-12-22"}
    wanted: dict[str, dict[str, Any]] = {
        "Tea draft": {"status": "draft"},
        "Tea later": {"schedule": later},
        "Tea now": {"schedule": ALWAYS},
        "Paused Tea": {},
        "Old tea": {"schedule": {"start_date": "2026-11-22", "end_date": "2026-11-22T18:00:00Z"}},
        "Gone": {"promotion_type": "free_shipping", "discount_rules": {}},
    }
    for name, fields in wanted.items():
        made = await api.promote(promotion_name=name, promotion_code=name.upper().replace(" ", "") + "1", **fields)
        if name in ("Paused Tea", "Gone"):
            await step(api, made, "pause" if "Tea" in name else "archive")
        api.time.pass_by(seconds=1)
    api.time.pass_by(hours=12)


async def names(api: Api, query: str = "", path: str = "/promotions") -> list[str]:
    page = await api.call("GET", f"{path}?{query}")
    assert page["pagination"]["total_items"] == len(page["promotions"])
    return [one["promotion_name"] for one in page["promotions"]]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("draft", ["Tea draft"]),
        ("scheduled", ["Tea later"]),
        ("active", ["Tea now"]),
        ("paused", ["Paused Tea"]),
        ("expired", ["Old tea"]),
        ("archived", ["Gone"]),
    ],
)
async def test_a_list_is_of_a_status_as_it_is_shown(api: Api, status: str, found: list[str]) -> None:
    await fill(api)
    assert await names(api, f"status={status}") == found
    for one in (await api.call("GET", "/promotions"))["promotions"]:
        assert (one["promotion_name"] in found) == (one["status"] == status)


@pytest.mark.parametrize("closed", [False, True])
async def test_an_inactive_campaign_shows_its_promotions_as_paused(api: Api, closed: bool) -> None:
    await fill(api)
    if closed:
        await api.call("POST", f"/campaigns/{api.campaign}/deactivate")
    assert len(await names(api, "status=paused")) == (3 if closed else 1)
    assert len(await names(api, "status=active")) == (0 if closed else 1)


@pytest.mark.parametrize(
    ("schedule", "status"),
    [
        ({"days_of_week": ["monday"]}, "scheduled"),
        ({"days_of_week": ["sunday"]}, "active"),
        ({"hours_of_day": {"start": "13:00", "end": "14:00"}}, "scheduled"),
        ({"hours_of_day": {"start": "08:00", "end": "09:00"}}, "scheduled"),
    ],
)
async def test_days_and_hours_count_for_the_status_in_lists_too(api: Api, schedule: Any, status: str) -> None:
    times = {"start_date": "2026-11-22T12:00:00Z", "end_date": "2026-12-22", "time_restrictions": schedule}
    made = await api.promote(schedule=times)
    assert made["status"] == status
    assert await names(api, f"status={status}") == [made["promotion_name"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=TEA", 5),
        ("search=paused t", 1),
        ("search=goNE1", 1),
        ("search=%25", 0),
        ("search=_", 0),
        ("type=free_shipping", 1),
        ("type=free_shipping&search=tea", 0),
        ("search=tea&status=active", 1),
    ],
)
async def test_a_search_looks_into_names_and_codes(api: Api, query: str, found: int) -> None:
    await fill(api)
    assert len(await names(api, query)) == found
    assert len(await names(api, query, f"/campaigns/{api.campaign}/promotions")) == found


async def test_a_search_knows_no_difference_of_case_in_any_language(api: Api) -> None:
    await api.promote(promotion_name="Straße ÉTÉ", promotion_code="SUMMER")
    assert await names(api, "search=STRASSE été") == ["Straße ÉTÉ"]


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("name", "Gone", "Tea now"),
        ("-name", "Tea now", "Gone"),
        ("created_at", "Tea draft", "Gone"),
        ("-created_at", "Gone", "Tea draft"),
        ("end_date", "Old tea", None),
        ("-start_date", "Tea later", None),
        ("-last_updated", "Gone", "Tea draft"),
    ],
)
async def test_a_list_is_in_the_order_that_was_asked_for(api: Api, sort: str, first: str, last: str | None) -> None:
    await fill(api)
    found = await names(api, f"sort={sort}")
    assert (found[0], found[-1]) == (first, last or found[-1])


async def test_pages_of_equals_leave_nothing_out(api: Api) -> None:
    for number in range(5):
        await api.promote(promotion_name=f"P{number}", promotion_code=f"CODE{number}")
    for sort in ("start_date", "-start_date"):
        pages = [await api.call("GET", f"/promotions?sort={sort}&per_page=2&page={page}") for page in (1, 2, 3)]
        found = [one["promotion_name"] for page in pages for one in page["promotions"]]
        assert sorted(found) == ["P0", "P1", "P2", "P3", "P4"]


async def test_the_company_wide_list_has_all_campaigns_and_no_other_company(api: Api) -> None:
    await api.promote()
    other = await api.call("POST", "/campaigns", {"name": "Other"}, status=201)
    first, api.campaign = api.campaign, other["id"]
    await api.promote(promotion_name="More", promotion_code="MORE")
    assert len(await names(api)) == 2
    assert await names(api, path=f"/campaigns/{first}/promotions") == ["Spring Fresh 20% Off"]


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("status=activ", "status", "'draft', 'scheduled', 'active'"),
        ("statsu=active", "statsu", "is not a known parameter; did you mean 'status'?"),
        ("sort=price", "sort", "'created_at'"),
        ("search=", "search", "at least 1 character"),
        ("type=", "type", "at least 1 character"),
        ("page=0", "page", "greater than or equal to 1"),
        ("per_page=101", "per_page", "less than or equal to 100"),
        ("page=1&page=2", "page", "must be given once"),
        ("page=%C2%B2", "page", "must be a whole number"),
    ],
)
@pytest.mark.parametrize("path", ["/promotions", "/campaigns/c/promotions"])
async def test_a_wrong_parameter_is_named(api: Api, path: str, query: str, field: str, said: str) -> None:
    error = await api.call("GET", f"{path}?{query}", status=422)
    assert (error["code"], [one["field"] for one in error["errors"]]) == ("INVALID_FIELD", [field])
    assert said in error["errors"][0]["message"]


async def test_a_parameter_of_another_route_is_refused(api: Api) -> None:
    assert "not a known parameter" in (await api.call("GET", "/promotion-types?page=1", status=422))["message"]


async def test_offers_are_what_applies_by_itself_now(api: Api) -> None:
    shown = {"banner_text": "20% off", "priority_level": 3}
    made = await api.promote(auto_apply=True, display_settings=shown, usage_limits={"total_usage_limit": 5})
    wanted: dict[str, dict[str, Any]] = {
        "By code": {"auto_apply": False},
        "Draft": {"status": "draft"},
        "First": {"display_settings": {"priority_level": 9}},
        "Later": {"schedule": {"start_date": "2026-11-29", "end_date": "2026-12-22"}},
    }
    for name, fields in wanted.items():
        code = name.replace(" ", "").upper() + "1"
        await api.promote(promotion_name=name, promotion_code=code, **{"auto_apply": True} | fields)
    first, second = (await api.call("GET", "/offers"))["offers"]
    assert first["promotion_name"] == "First"
    assert second.keys() == {
        "promotion_id",
        "campaign_id",
        "promotion_name",
        "promotion_type",
        "description",
        "schedule",
        "display_settings",
    }
    assert second["display_settings"] == made["display_settings"]
    assert "SPRING20" not in str(second)


async def test_campaigns_are_filtered_and_ordered_too(api: Api) -> None:
    for name in ("Spring", "Summer", "Sale"):
        made = await api.call("POST", "/campaigns", {"name": name}, status=201)
        api.time.pass_by(seconds=1)
    await api.call("POST", f"/campaigns/{made['id']}/deactivate")
    found = {
        query: [one["name"] for one in (await api.call("GET", f"/campaigns?{query}"))["campaigns"]]
        for query in ("sort=name", "search=pri", "search=sUm", "status=inactive", "status=active&sort=-name")
    }
    assert list(found.values()) == [
        ["Sale", "Spring", "Summer"],
        ["Spring"],
        ["Summer"],
        ["Sale"],
        ["Summer", "Spring"],
    ]
    assert (await api.call("GET", "/campaigns?status=paused", status=422))["errors"][0]["field"] == "status"


async def test_what_is_archived_stays_listed(api: Api) -> None:
    made = await in_state(api, "active")
    assert (await step(api, made, "archive"))["status"] == "archived"
    assert await names(api) == [made["promotion_name"]]
