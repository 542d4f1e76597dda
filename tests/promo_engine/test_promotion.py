"""Schedules: instants, the company's days and hours."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promo_engine import DAYS, DocumentError, Hours, Limits, Schedule, first_open, local_day

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
END = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def weekly(hours: str = "", *days: str, start: str = "2020-01-01 00:00", end: str = "2030-01-01 00:00") -> Schedule:
    """Build a schedule of hours, as 22:00-02:00, and days; its start and end are UTC."""
    clocks = [time.fromisoformat(clock) for clock in hours.split("-") if clock]
    return Schedule(utc(start), utc(end), frozenset(days), Hours(*clocks) if clocks else None)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def open_spans(schedule: Schedule, zone: str, day: str, days: int = 1) -> list[str]:
    """Return when a schedule is open on a zone's days, to the minute, as 24 20:00-25 00:00 in UTC."""
    first = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    begin, end = (midnight.astimezone(UTC) for midnight in (first, first + days * DAY))
    moments = [begin + number * MINUTE for number in range(-1, (end - begin) // MINUTE + 1)]
    states = [False, *(schedule.is_open(moment, ZoneInfo(zone)) for moment in moments[1:-1]), False]
    changes = [after for (_, was), (after, now) in pairwise(zip(moments, states, strict=True)) if was != now]
    return [f"{opens:%d %H:%M}-{closes:%d %H:%M}" for opens, closes in zip(changes[::2], changes[1::2], strict=True)]


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


def test_hours_with_an_end_equal_to_their_start_are_a_whole_day_from_then_on() -> None:
    fridays = weekly("09:00-09:00", "friday")
    assert open_spans(fridays, "UTC", "2026-11-26", days=4) == ["27 09:00-28 09:00"]


def test_an_hour_is_open_to_its_last_microsecond() -> None:
    morning = weekly("08:00-09:00")
    assert morning.is_open(utc("2026-11-22 07:59:59.999999"), BERLIN)
    assert not morning.is_open(utc("2026-11-22 08:00"), BERLIN)


@pytest.mark.parametrize(
    ("hours", "zone", "day", "spans"),
    [
        ("02:00-03:00", "Europe/Berlin", "2026-03-29", []),
        ("01:30-02:30", "Europe/Berlin", "2026-03-29", ["29 00:30-29 01:00"]),
        ("02:30-04:00", "Europe/Berlin", "2026-03-29", ["29 01:00-29 02:00"]),
        ("02:00-03:00", "America/New_York", "2026-03-08", []),
        ("02:00-02:30", "Australia/Lord_Howe", "2026-10-04", []),
        ("01:30-03:00", "Australia/Lord_Howe", "2026-10-04", ["03 15:00-03 16:00"]),
    ],
)
def test_hours_that_the_clocks_skip_are_not_open_that_day(hours: str, zone: str, day: str, spans: list[str]) -> None:
    assert open_spans(weekly(hours), zone, day) == spans


@pytest.mark.parametrize(
    ("hours", "zone", "day", "spans"),
    [
        ("02:00-03:00", "Europe/Berlin", "2026-10-25", ["25 00:00-25 02:00"]),
        ("02:15-02:45", "Europe/Berlin", "2026-10-25", ["25 00:15-25 00:45", "25 01:15-25 01:45"]),
        ("01:00-02:00", "America/New_York", "2026-11-01", ["01 05:00-01 07:00"]),
        ("01:30-02:00", "Australia/Lord_Howe", "2026-04-05", ["04 14:30-04 15:30"]),
        ("00:00-01:00", "America/Havana", "2026-11-01", ["01 04:00-01 06:00"]),
    ],
)
def test_hours_that_the_clocks_show_twice_are_open_twice(hours: str, zone: str, day: str, spans: list[str]) -> None:
    assert open_spans(weekly(hours), zone, day) == spans


@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        ("22:00-02:00", ["24 20:00-25 00:00"]),
        ("22:00-02:30", ["24 20:00-25 00:30", "25 01:00-25 01:30"]),
        ("22:00-03:00", ["24 20:00-25 02:00"]),
    ],
)
def test_hours_past_midnight_follow_the_clocks_when_they_go_back(hours: str, spans: list[str]) -> None:
    assert open_spans(weekly(hours, "saturday"), "Europe/Berlin", "2026-10-24", days=3) == spans


@pytest.mark.parametrize(
    ("zone", "span"),
    [
        ("Asia/Kathmandu", "27 16:15-27 20:15"),
        ("Pacific/Kiritimati", "27 08:00-27 12:00"),
        ("Pacific/Pago_Pago", "28 09:00-28 13:00"),
    ],
)
def test_a_friday_night_is_the_companys_friday_night(zone: str, span: str) -> None:
    assert open_spans(weekly("22:00-02:00", "friday"), zone, "2026-11-26", days=4) == [span]


@pytest.mark.parametrize(
    ("day", "zone", "span"),
    [
        ("friday", "Africa/Cairo", "23 22:00-24 21:00"),
        ("monday", "Pacific/Kiritimati", "19 10:00-20 10:00"),
        ("monday", "Pacific/Pago_Pago", "20 11:00-21 11:00"),
    ],
)
def test_a_day_without_hours_is_the_companys_whole_day(day: str, zone: str, span: str) -> None:
    assert open_spans(weekly("", day), zone, "2026-04-19", days=6) == [span]


@pytest.mark.parametrize(
    ("hours", "days", "zone", "start", "opens"),
    [
        ("", "", "Europe/Berlin", "2026-03-29 01:07", "2026-03-29 01:07"),
        ("02:00-03:00", "", "Europe/Berlin", "2026-03-29 00:00", "2026-03-30 00:00"),
        ("02:15-04:00", "", "Europe/Berlin", "2026-03-29 00:00", "2026-03-29 01:00"),
        ("02:00-03:00", "sunday", "Europe/Berlin", "2026-03-22 02:00", "2026-04-05 00:00"),
        ("02:30-02:45", "", "Europe/Berlin", "2026-10-25 00:50", "2026-10-25 01:30"),
        ("22:00-02:30", "saturday", "Europe/Berlin", "2026-10-25 00:40", "2026-10-25 01:00"),
        ("02:00-02:30", "", "Australia/Lord_Howe", "2026-10-03 15:00", "2026-10-04 15:00"),
        ("22:00-02:00", "friday", "Asia/Kathmandu", "2026-11-27 20:15", "2026-12-04 16:15"),
        ("22:00-02:00", "friday", "Asia/Kathmandu", "2026-11-27 20:14", "2026-11-27 20:14"),
        ("09:00-09:00", "friday", "America/New_York", "2026-11-28 14:00", "2026-12-04 14:00"),
        ("", "friday", "Africa/Cairo", "2026-04-22 12:00", "2026-04-23 22:00"),
        ("", "monday", "Pacific/Kiritimati", "2026-11-22 00:00", "2026-11-22 10:00"),
        ("", "monday", "Pacific/Pago_Pago", "2026-11-22 00:00", "2026-11-23 11:00"),
    ],
)
def test_the_first_open_moment(hours: str, days: str, zone: str, start: str, opens: str) -> None:
    schedule = weekly(hours, *days.split(), start=start)
    assert first_open(schedule, ZoneInfo(zone)) == utc(opens)


@pytest.mark.parametrize(("end", "opens"), [("2026-11-23 07:59:59", None), ("2026-11-23 08:00", "2026-11-23 08:00")])
def test_what_opens_after_the_end_never_opens(end: str, opens: str | None) -> None:
    mondays = weekly("08:00-20:00", "monday", start="2026-11-22 00:00", end=end)
    assert first_open(mondays, ZoneInfo("UTC")) == (utc(opens) if opens else None)


ZONES = [
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
]


@cache
def changing_days(zone: str) -> list[datetime]:
    """Return the days of 2024 to 2027 on which a zone's clocks change, and one other."""
    days = [utc("2024-01-01") + number * DAY for number in range(4 * 365)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    return [days[0], *(day for day, (before, after) in zip(days, pairwise(offsets), strict=False) if before != after)]


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """Draw a whole minute of 2024 to 2027, oftener than not in the week before the clocks change."""
    anywhere = st.integers(0, 4 * 365 - 1).map(lambda number: utc("2024-01-01") + number * DAY)
    near = st.builds(lambda day, back: day - back * DAY, st.sampled_from(changing_days(zone)), st.integers(-1, 8))
    return draw(near | anywhere) + draw(st.integers(0, 1439)) * MINUTE


clocks = st.integers(0, 1439) | st.sampled_from([0, 60, 90, 120, 150, 180, 1380])
weeks = st.builds(
    lambda days, hours: (days, hours), st.frozensets(st.sampled_from(DAYS)), st.none() | st.tuples(clocks, clocks)
)
zones_and_moments = st.sampled_from(ZONES).flatmap(lambda zone: st.tuples(st.just(zone), moments(zone)))


def open_minutes(days: frozenset[str], hours: tuple[int, int] | None) -> Iterator[tuple[int, int]]:
    """Walk each open day minute by minute until the clock shows the end: weekday and minute of the day."""
    start, end = hours or (0, 0)
    for weekday, name in enumerate(DAYS):
        minute = start
        while name in (days or DAYS):
            yield (weekday + minute // 1440) % 7, minute % 1440
            minute += 1
            if minute % 1440 == end:
                break


def modelled(days: frozenset[str], hours: tuple[int, int] | None, start: datetime) -> Schedule:
    open_hours = Hours(*(time(minute // 60, minute % 60) for minute in hours)) if hours else None
    return Schedule(start, start + 365 * DAY, days, open_hours)


@settings(max_examples=300, deadline=None)
@given(weeks, zones_and_moments)
def test_a_schedule_is_open_when_a_walk_along_the_clock_is(
    week: tuple[frozenset[str], tuple[int, int] | None], place: tuple[str, datetime]
) -> None:
    zone, moment = place
    local = moment.astimezone(ZoneInfo(zone))
    is_open = (local.weekday(), local.hour * 60 + local.minute) in set(open_minutes(*week))
    assert modelled(*week, moment).is_open(moment, ZoneInfo(zone)) is is_open


@settings(max_examples=100, deadline=None)
@given(weeks, zones_and_moments)
def test_nothing_is_open_before_the_first_open_moment(
    week: tuple[frozenset[str], tuple[int, int] | None], place: tuple[str, datetime]
) -> None:
    zone, start = ZoneInfo(place[0]), place[1]
    schedule = modelled(*week, start)
    opens = first_open(schedule, zone)
    assert opens is not None
    assert schedule.is_open(opens, zone)
    minutes = (start + number * MINUTE for number in range(8 * 1440))
    found = next((minute for minute in minutes if schedule.is_open(minute, zone)), None)
    assert opens == found if found else opens >= start + 8 * DAY
