"""Schedules of the contract as the engine judges them: whole days, exact moments, and the status shown."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from promo_contracts.company.models import Schedule
from promo_server.compile import compile_schedule, shown_status


@pytest.mark.parametrize(
    ("zone", "day", "first", "last"),
    [
        ("UTC", "2026-12-24", "2026-12-24 00:00:00", "2026-12-24 23:59:59"),
        ("Asia/Kathmandu", "2026-12-24", "2026-12-23 18:15:00", "2026-12-24 18:14:59"),
        ("Pacific/Kiritimati", "2026-12-24", "2026-12-23 10:00:00", "2026-12-24 09:59:59"),
        ("Pacific/Pago_Pago", "2026-12-24", "2026-12-24 11:00:00", "2026-12-25 10:59:59"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28 23:00:00", "2026-03-29 21:59:59"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24 22:00:00", "2026-10-25 22:59:59"),
        ("America/Sao_Paulo", "2018-11-03", "2018-11-03 03:00:00", "2018-11-04 02:59:59"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04 03:00:00", "2018-11-05 01:59:59"),
        ("Africa/Cairo", "2026-04-24", "2026-04-23 22:00:00", "2026-04-24 20:59:59"),
        ("America/Havana", "2026-03-08", "2026-03-08 05:00:00", "2026-03-09 03:59:59"),
        ("America/Havana", "2026-11-01", "2026-11-01 04:00:00", "2026-11-02 04:59:59"),
    ],
)
def test_a_day_is_whole_on_the_companys_calendar(zone: str, day: str, first: str, last: str) -> None:
    body = Schedule.model_validate({"start_date": day, "end_date": day})
    schedule = compile_schedule(body, ZoneInfo(zone))
    assert (f"{schedule.start:%F %T}", f"{schedule.end:%F %T}") == (first, last)


def test_a_day_and_an_instant_stand_side_by_side() -> None:
    body = Schedule.model_validate({"start_date": "2026-12-24T12:00:00Z", "end_date": "2026-12-24"})
    schedule = compile_schedule(body, ZoneInfo("Europe/Berlin"))
    assert schedule.start == datetime(2026, 12, 24, 12, tzinfo=UTC)
    assert schedule.end == datetime(2026, 12, 24, 22, 59, 59, tzinfo=UTC)


NIGHT = {"days_of_week": ["friday"], "hours_of_day": {"start": "22:00", "end": "02:00"}}
SKIPPED = {"hours_of_day": {"start": "02:15", "end": "04:00"}}


@pytest.mark.parametrize(
    ("zone", "start", "end", "restrictions", "opens", "ends"),
    [
        ("Europe/Berlin", "2026-12-24", "2026-12-24", None, "2026-12-23 23:00", "2026-12-24 23:00"),
        ("Europe/Berlin", "2026-03-29", "2026-03-29", SKIPPED, "2026-03-29 01:00", "2026-03-29 22:00"),
        ("Asia/Kathmandu", "2026-11-23", "2026-12-06", NIGHT, "2026-11-27 16:15", "2026-12-06 18:15"),
        ("Pacific/Kiritimati", "2026-11-23", "2026-11-29", NIGHT, "2026-11-27 08:00", "2026-11-29 10:00"),
        ("Africa/Cairo", "2026-04-24", "2026-04-24", None, "2026-04-23 22:00", "2026-04-24 21:00"),
        ("UTC", "2026-12-24T10:00:00Z", "2026-12-24T12:00:00.500Z", None, "2026-12-24 10:00", "2026-12-24 12:00:01"),
    ],
)
def test_a_promotion_is_scheduled_then_active_then_expired(
    zone: str, start: str, end: str, restrictions: Any, opens: str, ends: str
) -> None:
    body = Schedule.model_validate({"start_date": start, "end_date": end, "time_restrictions": restrictions})
    schedule = compile_schedule(body, ZoneInfo(zone))
    for change, before, after in ((opens, "scheduled", "active"), (ends, "active", "expired")):
        moment = datetime.fromisoformat(change).replace(tzinfo=UTC)
        assert shown_status("active", schedule, moment - timedelta(microseconds=1), ZoneInfo(zone)) == before
        assert shown_status("active", schedule, moment, ZoneInfo(zone)) == after


def test_a_status_does_not_flap_with_the_hours() -> None:
    body = Schedule.model_validate({"start_date": "2026-10-23", "end_date": "2026-11-08", "time_restrictions": NIGHT})
    schedule = compile_schedule(body, ZoneInfo("Europe/Berlin"))
    hours = (datetime(2026, 10, 23, 20, tzinfo=UTC) + timedelta(hours=number) for number in range(15 * 24))
    assert {shown_status("active", schedule, hour, ZoneInfo("Europe/Berlin")) for hour in hours} == {"active"}


@pytest.mark.parametrize("stored", ["draft", "paused"])
def test_draft_and_paused_are_shown_as_stored(stored: str) -> None:
    body = Schedule.model_validate({"start_date": "2026-12-24", "end_date": "2026-12-24"})
    schedule = compile_schedule(body, ZoneInfo("UTC"))
    assert shown_status(stored, schedule, datetime(2026, 12, 24, 12, tzinfo=UTC), ZoneInfo("UTC")) == stored
