"""On which day's run the clock stands: a time of day in a zone, with nights that are an hour longer or shorter."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CATCH_UP = timedelta(hours=12)
"""So long after its time a day's run is still planned; later it is part of the next one."""


def instant_of(day: date, at: time, zone: str) -> datetime:
    """The instant at which a day's run is due, in UTC.

    A time that the clock skips on a night in spring is as long after midnight as on any other night; of a time that
    comes twice in autumn the first counts.
    """
    return datetime.combine(day, at.replace(tzinfo=None, fold=0), ZoneInfo(zone)).astimezone(UTC)


def due_day(at: time, zone: str, now: datetime, since: datetime) -> date | None:
    """The day whose run is due at ``now``: today once its time has come, yesterday's for twelve hours, else None.

    A time that lay before ``since``, when the timetable was set, is not due: a new one begins with its next time.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    for day in (today, today - timedelta(days=1)):
        due = instant_of(day, at, zone)
        if due <= now:
            return day if due >= since and (day == today or now - due < CATCH_UP) else None
    return None
