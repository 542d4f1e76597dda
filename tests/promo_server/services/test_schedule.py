"""Dates, days and hours through the API: what is accepted, what is refused and why, and the company's day."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette

from promo_contracts import Scope
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context
from tests.databases import ON_SQLITE
from tests.promo_server.conftest import Api, Time, cart, client

pytestmark = ON_SQLITE  # what is read and refused is the same on both; what is stored has its tests elsewhere

DAYS = {"start_date": "2026-11-23", "end_date": "2026-11-29"}
SEED_BODY = {
    "error": "Invalid promotion schedule",
    "message": "End date must be after start date",
    "code": "INVALID_SCHEDULE",
}


def dates(start: Any, end: Any) -> dict[str, Any]:
    return {"start_date": start, "end_date": end}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def shop_in(app: Starlette, context: Context, time: Time) -> Callable[[str, str], Api]:
    """Open a shop in a time zone, its clock set to a moment in UTC."""

    def opened(zone: str, now: str) -> Api:
        time.now = utc(now)
        create_company(context, company_id="zoned", name=zone, time_zone=zone)
        key = create_key(context, company_id="zoned", name="tests", scopes=[Scope.ADMIN])
        return Api(client(app, key, "zoned"), context, time)

    return opened


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        (dates("2026-12-24", "2026-12-24"), dates("2026-12-24", "2026-12-24")),
        (dates("2026-12-24", "2026-12-24T22:00:00Z"), dates("2026-12-24", "2026-12-24T22:00:00.000Z")),
        (dates("2026-12-24T10:00:00.5+01:00", "2026-12-24"), dates("2026-12-24T09:00:00.500Z", "2026-12-24")),
    ],
    ids=range(3),
)
async def test_a_date_stays_a_date_and_an_instant_an_instant(api: Api, given: Any, answered: Any) -> None:
    made = await api.promote(schedule=given)
    shown = await api.promotion(made["promotion_id"])
    assert {name: shown["schedule"][name] for name in answered} == answered


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("2026-11-24T08:00:00", "must have an offset or a final Z"),
        ("2026-13-01", "must be a day that the calendar has"),
        ("2026-02-30", "must be a day that the calendar has"),
        ("2026-02-30T08:00:00Z", "must be a day that the calendar has"),
        ("20261224", "must be a date, as 2025-04-14, or"),
        ("2026-W52-1", "must be a date, as 2025-04-14, or"),
        ("2026-W52-1T08:00:00Z", "must be a date, as 2025-04-14, or"),
        ("2026-12-24 08:00:00Z", "must be a date, as 2025-04-14, or"),
        ("2026-12-24T24:00:00Z", "must be a date, as 2025-04-14, or"),
        ("2026-12-24T08:00:00+1", "must be a date, as 2025-04-14, or"),
        ("\u0662026-12-24", "must be a date, as 2025-04-14, or"),
        ("2026-12-24\n", "must be a date, as 2025-04-14, or"),
        ("", "must be a date, as 2025-04-14, or"),
        (1766534400, "must be a date, as 2025-04-14, or"),
        (20261224.5, "must be a date, as 2025-04-14, or"),
        (True, "must be a date, as 2025-04-14, or"),
        (None, "must be a date, as 2025-04-14, or"),
        (["2026-12-24"], "must be a date, as 2025-04-14, or"),
        ("1969-12-31", "must be in the years 1970 to 2200"),
        ("2201-01-01", "must be in the years 1970 to 2200"),
        ("0001-01-01T00:00:00+14:00", "must be in the years 1970 to 2200"),
        ("9999-12-31T23:59:59-12:00", "must be in the years 1970 to 2200"),
        ("2200-12-31T23:59:59-12:00", "must be in the years 1970 to 2200"),
    ],
)
async def test_a_wrong_date_is_told_what_would_be_right(api: Api, given: Any, said: str) -> None:
    error = await api.promote(422, schedule=dates(given, given))
    assert error["code"] == "INVALID_SCHEDULE"
    assert [one["field"] for one in error["errors"]] == ["schedule.start_date", "schedule.end_date"]
    assert all(said in one["message"] for one in error["errors"])


@pytest.mark.parametrize(
    ("zone", "now", "yesterday", "today"),
    [
        ("Pacific/Kiritimati", "2026-11-22T09:59:59", "2026-11-21", "2026-11-22"),
        ("Pacific/Kiritimati", "2026-11-22T10:00:00", "2026-11-22", "2026-11-23"),
        ("Pacific/Kiritimati", "2026-11-22T10:00:00", "2026-11-22T09:59:59Z", "2026-11-22T10:00:00Z"),
        ("Pacific/Pago_Pago", "2026-11-22T10:59:59", "2026-11-20", "2026-11-21"),
        ("Pacific/Pago_Pago", "2026-11-22T11:00:00", "2026-11-21", "2026-11-22"),
        ("Pacific/Pago_Pago", "2026-11-22T11:00:00", "2026-11-22T10:59:59Z", "2026-11-22T11:00:00Z"),
        ("Africa/Cairo", "2026-04-23T22:00:00", "2026-04-23T21:59:59Z", "2026-04-24"),
    ],
)
async def test_a_start_is_today_or_later_on_the_companys_calendar(
    shop_in: Callable[[str, str], Api], zone: str, now: str, yesterday: str, today: str
) -> None:
    shop = shop_in(zone, now)
    error = await shop.promote(422, schedule=dates(yesterday, "2026-12-01"))
    assert error["errors"][0]["field"] == "schedule.start_date"
    assert error["message"].startswith("Start date must be today or later")
    await shop.promote(schedule=dates(today, "2026-12-01"))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-24", "2026-11-23"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00+00:00"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:30:00+01:00"),
        ("2026-11-24T00:00:00Z", "2026-11-23"),
        ("2026-11-24", "2026-11-24T00:00:00Z"),
    ],
)
async def test_an_end_that_is_not_after_the_start_has_the_seeds_body(api: Api, start: str, end: str) -> None:
    error = await api.promote(422, schedule=dates(start, end))
    assert {name: error[name] for name in SEED_BODY} == SEED_BODY
    assert [one["field"] for one in error["errors"]] == ["schedule.end_date"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-24", "2026-11-24"),
        ("2026-11-24", "2026-11-24T00:00:01Z"),
        ("2026-11-24T23:59:58Z", "2026-11-24"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00.001Z"),
    ],
)
async def test_an_end_after_the_start_may_be_on_the_same_day(api: Api, start: str, end: str) -> None:
    assert (await api.promote(schedule=dates(start, end)))["status"] == "scheduled"


@pytest.mark.parametrize(
    ("zone", "start", "longest", "too_long"),
    [
        ("UTC", "2027-01-01", "2027-12-31", "2028-01-01"),
        ("UTC", "2027-01-01T08:00:00Z", "2028-01-01T08:00:00Z", "2028-01-01T08:00:01Z"),
        ("UTC", "2027-01-01T08:00:00Z", "2027-12-31", "2028-01-01"),
        # 365 days by the calendar, an hour more elapsed: summer time ends within each of the two days.
        ("Europe/Berlin", "2028-10-29", "2029-10-28", "2029-10-29"),
        ("Europe/Berlin", "2028-10-29T00:00:00+02:00", "2029-10-29T00:00:00+01:00", "2029-10-29T00:00:01+01:00"),
        # 365 days elapsed, an hour more by the clock: summer time begins between the two.
        ("Europe/Berlin", "2028-03-25T12:00:00+01:00", "2029-03-25T13:00:00+02:00", "2029-03-25T13:00:01+02:00"),
    ],
)
async def test_a_promotion_lasts_365_days_whatever_summer_time_does(
    shop_in: Callable[[str, str], Api], zone: str, start: str, longest: str, too_long: str
) -> None:
    shop = shop_in(zone, "2026-11-22T12:00:00")
    error = await shop.promote(422, schedule=dates(start, too_long))
    assert error["errors"][0]["field"] == "schedule.end_date"
    assert error["message"] == "A promotion lasts at most 365 days"
    await shop.promote(schedule=dates(start, longest))


async def test_a_last_day_that_the_ruleset_cannot_name_is_refused(shop_in: Callable[[str, str], Api]) -> None:
    shop = shop_in("America/New_York", "2026-11-22T12:00:00")
    error = await shop.promote(422, schedule=dates("2200-12-01", "2200-12-31"))
    assert [one["field"] for one in error["errors"]] == ["schedule.end_date"]
    await shop.promote(schedule=dates("2200-12-01", "2200-12-30"))


@pytest.mark.parametrize(
    ("restrictions", "path", "said"),
    [
        ({"hours_of_day": {"start": "24:00", "end": "08:00"}}, ".hours_of_day.start", "from 00:00 to 23:59, as 08:30"),
        ({"hours_of_day": {"start": "08:00", "end": "8:00"}}, ".hours_of_day.end", "from 00:00 to 23:59, as 08:30"),
        ({"hours_of_day": {"start": "08:60", "end": "09:00"}}, ".hours_of_day.start", "from 00:00 to 23:59, as 08:30"),
        ({"hours_of_day": {"start": "08:00:00", "end": "09:00"}}, ".hours_of_day.start", "from 00:00 to 23:59"),
        ({"hours_of_day": {"start": "\u0660\u0668:00", "end": "09:00"}}, ".hours_of_day.start", "from 00:00 to 23:59"),
        ({"hours_of_day": {"start": 800, "end": "09:00"}}, ".hours_of_day.start", "from 00:00 to 23:59"),
        ({"hours_of_day": {"start": "08:00"}}, ".hours_of_day.end", "is required"),
        ({"days_of_week": ["monday", "Friday"]}, ".days_of_week[1]", "did you mean 'friday'?"),
        ({"days_of_week": ["wensday"]}, ".days_of_week[0]", "did you mean 'wednesday'?"),
        ({"days_of_week": [1]}, ".days_of_week[0]", "must be one of monday, tuesday"),
        ({"days_of_week": ["monday", "monday"]}, ".days_of_week", "must name each day once"),
        ({"days_of_week": ["monday"] * 8}, ".days_of_week", "at most 7 items"),
        ({"days_of_week": "monday"}, ".days_of_week", "must be a list"),
        ({"days_of_weeks": []}, ".days_of_weeks", "did you mean 'days_of_week'?"),
    ],
    ids=range(14),
)
async def test_a_wrong_restriction_is_named_by_its_path(api: Api, restrictions: Any, path: str, said: str) -> None:
    error = await api.promote(422, schedule=DAYS | {"time_restrictions": restrictions})
    assert [one["field"] for one in error["errors"]] == [f"schedule.time_restrictions{path}"]
    assert error["code"] == "INVALID_SCHEDULE"
    assert said in error["message"]


@pytest.mark.parametrize("restrictions", [None, {}, {"days_of_week": []}, {"days_of_week": [], "hours_of_day": None}])
async def test_no_day_named_is_every_day(api: Api, restrictions: Any) -> None:
    schedule = dates("2026-11-22", "2026-11-28") | {"time_restrictions": restrictions}
    assert (await api.promote(schedule=schedule))["status"] == "active"


@pytest.mark.parametrize(
    ("start", "end", "restrictions"),
    [
        ("2026-11-24", "2026-11-25", {"days_of_week": ["monday"]}),
        ("2026-11-24T10:00:00Z", "2026-11-24T18:00:00Z", {"hours_of_day": {"start": "20:00", "end": "22:00"}}),
        ("2027-03-28", "2027-03-28", {"hours_of_day": {"start": "02:00", "end": "03:00"}}),
    ],
)
async def test_days_and_hours_that_never_come_are_refused(
    shop_in: Callable[[str, str], Api], start: str, end: str, restrictions: Any
) -> None:
    shop = shop_in("Europe/Berlin", "2026-11-22T12:00:00")
    error = await shop.promote(422, schedule=dates(start, end) | {"time_restrictions": restrictions})
    assert [one["field"] for one in error["errors"]] == ["schedule.time_restrictions"]
    assert error["message"] == "Days and hours must be open at some time between start and end date"


async def buy(shop: Api, reference: str) -> str | None:
    """Hold and confirm a cart; return why its code did not apply."""
    held = await shop.hold(reference, customer=reference)
    await shop.settle(reference, "confirm", charged=held["amount_due"])
    reason: str | None = held["evaluation"]["codes"][0].get("reason")
    return reason


async def test_a_promotion_applies_at_its_moments_only(shop_in: Callable[[str, str], Api]) -> None:
    shop = shop_in("Asia/Kathmandu", "2026-11-22T12:00:00")
    nights = {"days_of_week": ["friday"], "hours_of_day": {"start": "22:00", "end": "02:00"}}
    await shop.promote(schedule=dates("2026-11-23", "2026-11-28") | {"time_restrictions": nights})
    for number, (now, reason) in enumerate(
        [
            ("2026-11-22T18:14:59", "not_started"),
            ("2026-11-22T18:15:00", "outside_hours"),
            ("2026-11-27T16:15:00", None),
            ("2026-11-27T20:14:59.999", None),
            ("2026-11-27T20:15:00", "outside_hours"),
            ("2026-11-28T18:15:00", "expired"),
        ]
    ):
        shop.time.now = utc(now)
        assert await buy(shop, f"o{number}") == reason


MIDNIGHTS = pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Pacific/Kiritimati", "2026-11-22T09:59:59", "2026-11-22T10:00:00"),
        ("Pacific/Pago_Pago", "2026-11-22T10:59:59", "2026-11-22T11:00:00"),
        ("Europe/Berlin", "2026-10-25T22:59:59", "2026-10-25T23:00:00"),
        ("Africa/Cairo", "2026-04-23T21:59:59", "2026-04-23T22:00:00"),
    ],
)


async def limited_to_one_a_day(shop: Api) -> Callable[[], Any]:
    """Create a promotion with one use a day; return what reads its confirmed uses: today's and all."""
    today = dates(shop.time.now.isoformat(), "2026-12-24")
    made = await shop.promote(schedule=today, usage_limits={"daily_usage_limit": 1})

    async def used() -> tuple[int, int]:
        usage = (await shop.promotion(made["promotion_id"]))["usage_limits"]["current_usage"]
        return usage["today_used"], usage["total_used"]

    return used


@MIDNIGHTS
async def test_a_daily_limit_starts_again_at_the_companys_midnight(
    shop_in: Callable[[str, str], Api], zone: str, before: str, after: str
) -> None:
    shop = shop_in(zone, before)
    used = await limited_to_one_a_day(shop)
    assert [await buy(shop, "o1"), await buy(shop, "o2")] == [None, "limit_daily"]
    assert await used() == (1, 1)
    shop.time.now = utc(after)
    assert await used() == (0, 1)
    assert [await buy(shop, "o3"), await buy(shop, "o4")] == [None, "limit_daily"]
    assert await used() == (1, 2)


@MIDNIGHTS
async def test_a_use_belongs_to_the_day_on_which_it_was_taken(
    shop_in: Callable[[str, str], Api], zone: str, before: str, after: str
) -> None:
    shop = shop_in(zone, before)
    used = await limited_to_one_a_day(shop)
    await shop.hold("o1")
    shop.time.now = utc(after)
    await shop.settle("o1", "confirm", charged=4792)
    assert await used() == (0, 1)
    assert await buy(shop, "o2") is None


async def test_a_day_of_25_hours_has_one_limit(shop_in: Callable[[str, str], Api]) -> None:
    shop = shop_in("Europe/Berlin", "2026-10-24T22:00:00")
    used = await limited_to_one_a_day(shop)
    assert await buy(shop, "o1") is None
    shop.time.now = utc("2026-10-25T22:59:59")
    assert await buy(shop, "o2") == "limit_daily"
    assert await used() == (1, 1)


async def test_a_dry_run_looks_at_the_uses_of_its_carts_day(api: Api) -> None:
    await api.promote(usage_limits={"daily_usage_limit": 1})
    await api.hold("o1")
    for at, due in (("2026-11-22T23:59:59Z", 5990), ("2026-11-23T00:00:00Z", 4792)):
        evaluation = await api.call("POST", "/evaluations", {"cart": cart("8", at=at)})
        assert evaluation["totals"]["amount_due"] == due


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        (dates("2026-11-22T05:00:00Z", "2026-11-22T06:00:00Z"), "schedule.end_date"),
        (
            dates("2026-11-22T00:00:00Z", "2026-11-22T20:00:00Z")
            | {"time_restrictions": {"hours_of_day": {"start": "05:00", "end": "06:00"}}},
            "schedule.time_restrictions",
        ),
    ],
    ids=range(2),
)
async def test_a_promotion_that_can_never_apply_any_more_is_refused(
    shop_in: Callable[[str, str], Api], schedule: Any, field: str
) -> None:
    api = shop_in("UTC", "2026-11-22T12:00:00")
    refused = await api.promote(422, schedule=schedule)
    assert [one["field"] for one in refused["errors"]] == [field]


async def test_a_small_z_is_a_z(api: Api) -> None:
    made = await api.promote(schedule=dates("2026-12-24T08:00:00z", "2026-12-24"))
    assert made["schedule"]["start_date"] == "2026-12-24T08:00:00.000Z"
