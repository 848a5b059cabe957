"""The clock of runs: times of day in zones whose nights are an hour longer or shorter, and days that were missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.collecting.timetables import CATCH_UP, due_day, instant_of

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "clock", "now", "due"),
    [
        ("America/New_York", "08:30", "2026-06-01T12:29", None),
        ("America/New_York", "08:30", "2026-06-01T12:30", "2026-06-01"),
        ("America/New_York", "08:30", "2026-06-02T03:59", "2026-06-01"),  # 23:59 of the same day
        ("Asia/Riyadh", "23:30", "2026-06-01T21:00", "2026-06-01"),  # midnight is past there: the day before
        ("Asia/Riyadh", "23:30", "2026-06-02T08:29", "2026-06-01"),
        ("Asia/Riyadh", "23:30", "2026-06-02T08:31", None),  # twelve hours are over: part of the next run
        ("Europe/Berlin", "02:30", "2026-03-29T01:29", None),  # the night in which 02:30 is skipped
        ("Europe/Berlin", "02:30", "2026-03-29T01:30", "2026-03-29"),  # 03:30 on the clock
        ("Europe/Berlin", "02:30", "2026-10-25T00:29", None),
        ("Europe/Berlin", "02:30", "2026-10-25T00:30", "2026-10-25"),  # the first of two
        ("Europe/Berlin", "02:30", "2026-10-25T01:30", "2026-10-25"),  # the second: the same day, planned once
    ],
)
def test_a_days_run_is_due_once_its_time_has_come(zone, clock, now, due):
    found = due_day(time.fromisoformat(clock), zone, at(now), LONG_AGO)
    assert found == (date.fromisoformat(due) if due else None)


def test_a_new_timetable_begins_with_its_next_time():
    set_at = at("2026-06-01T15:00")
    assert due_day(time(8, 30), "UTC", at("2026-06-01T15:05"), set_at) is None
    assert due_day(time(8, 30), "UTC", at("2026-06-02T08:31"), set_at) == date(2026, 6, 2)


@given(
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe"]),
    clock=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    start=st.dates(date(2026, 1, 1), date(2026, 12, 30)),
    late=st.integers(0, 11 * 60),
)
def test_whoever_asks_often_enough_misses_no_day_and_asks_for_none_before_its_time(zone, clock, start, late):
    due = instant_of(start, clock, zone)
    assert due_day(clock, zone, due + timedelta(minutes=late), LONG_AGO) == start
    before = due_day(clock, zone, due - timedelta(minutes=1), LONG_AGO)
    assert before is None or before < start
    assert due.astimezone(ZoneInfo(zone)).date() == start and timedelta(hours=11) < CATCH_UP
