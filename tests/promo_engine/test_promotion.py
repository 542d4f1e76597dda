"""Schedules: instants, the company's days and hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from promo_engine import DocumentError, Hours, Limits, Schedule, local_day

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
END = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def test_a_start_is_inclusive() -> None:
    schedule = Schedule(START, END)
    assert schedule.has_started(START)
    assert not schedule.has_started(START - timedelta(microseconds=1))


def test_an_end_includes_its_whole_second() -> None:
    schedule = Schedule(START, END)
    assert not schedule.has_ended(END + timedelta(microseconds=999_999))
    assert schedule.has_ended(END + timedelta(seconds=1))


def test_a_naive_schedule_is_refused() -> None:
    with pytest.raises(DocumentError, match="aware"):
        Schedule(datetime(2026, 1, 1), END)  # noqa: DTZ001


@pytest.mark.parametrize(("clock", "is_open"), [("07:59", False), ("08:00", True), ("19:59", True), ("20:00", False)])
def test_hours_include_their_start_and_exclude_their_end(clock: str, is_open: bool) -> None:
    schedule = Schedule(START, END, hours=Hours(time(8), time(20)))
    at = datetime.combine(START.date(), time.fromisoformat(clock), BERLIN)
    assert schedule.is_open(at, BERLIN) is is_open


@pytest.mark.parametrize(
    ("day", "clock", "is_open"),
    [(27, "22:00", True), (28, "01:59", True), (28, "02:00", False), (28, "22:30", False), (27, "01:00", False)],
)
def test_hours_past_midnight_belong_to_the_day_they_started_on(day: int, clock: str, is_open: bool) -> None:
    fridays = Schedule(START, END, days=frozenset({"friday"}), hours=Hours(time(22), time(2)))
    at = datetime.combine(datetime(2026, 11, day, tzinfo=UTC).date(), time.fromisoformat(clock), BERLIN)
    assert fridays.is_open(at, BERLIN) is is_open


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Kiritimati", "2026-11-23"), ("UTC", "2026-11-22"), ("Pacific/Niue", "2026-11-22")]
)
def test_a_day_is_the_companys(zone: str, day: str) -> None:
    assert local_day(datetime(2026, 11, 22, 12, tzinfo=UTC), ZoneInfo(zone)) == day


def test_limits_are_there_when_one_is() -> None:
    assert not Limits()
    assert Limits(daily=1)
