"""Instants as the tables have them: texts in UTC with microseconds, which sort as time does on every database."""

from datetime import UTC, datetime


def moment(instant: datetime) -> str:
    """Write an instant as the tables have it.

    >>> moment(datetime(2026, 11, 22, 12, tzinfo=UTC))
    '2026-11-22T12:00:00.000000Z'
    """
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def instant(moment: str) -> datetime:
    """Read an instant of the tables."""
    return datetime.fromisoformat(moment)


def instant_or_none(moment: str | None) -> datetime | None:
    """Read an instant that may be missing."""
    return None if moment is None else instant(moment)
