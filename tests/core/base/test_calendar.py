from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.calendar import (
    EVERY_DAY,
    FRIDAY_SATURDAY,
    BusinessCalendar,
    RollRule,
    Weekend,
    add_months,
    days_overdue,
    end_of_month,
    on_day,
    roll,
)
from tests.shared import vector

EUROPE = BusinessCalendar()
RIYADH = BusinessCalendar(FRIDAY_SATURDAY)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text[:10])


def test_days_overdue_tv_2() -> None:
    tv = vector(2)
    assert [days_overdue(day(due), day(tv["inputs"]["as_of"])) for due in tv["inputs"]["due"]] == tv["expected"]["dpd"]


def test_weekend_roll_tv_79() -> None:
    tv = vector(79)
    saturday, sunday = day(tv["inputs"]["raw_due"]), day(tv["inputs"]["raw_due_2"])
    found = {
        "none": roll(saturday, RollRule.NONE, EUROPE),
        "following": roll(saturday, RollRule.FOLLOWING, EUROPE),
        "preceding": roll(saturday, RollRule.PRECEDING, EUROPE),
        "following_sa": roll(saturday, RollRule.FOLLOWING, RIYADH),
        "following_2": roll(sunday, RollRule.FOLLOWING, EUROPE),
        "modified_following_2": roll(sunday, RollRule.MODIFIED_FOLLOWING, EUROPE),
    }
    assert {name: found_on.isoformat() for name, found_on in found.items()} == tv["expected"]


def test_holidays_count_as_days_of_rest() -> None:
    christmas = BusinessCalendar.of((6, 7), [date(2026, 12, 25)])
    assert christmas.roll(date(2026, 12, 25)) == date(2026, 12, 28)
    assert christmas.add_business_days(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert christmas.add_business_days(date(2026, 12, 28), -1) == date(2026, 12, 24)
    assert christmas.add_business_days(date(2026, 12, 26), 0) == date(2026, 12, 26)


def test_a_weekend_leaves_a_day_to_work() -> None:
    for days in (range(1, 8), (0,), (8,)):
        with pytest.raises(ValueError, match="weekend"):
            Weekend.of(*days)
    assert EVERY_DAY.is_business_day(date(2026, 11, 22))


@pytest.mark.parametrize(("start", "months", "anchor", "expected"), [
    ("2026-01-31", 1, None, "2026-02-28"),
    ("2026-01-31", 2, None, "2026-03-31"),
    ("2028-01-31", 1, None, "2028-02-29"),
    ("2026-02-28", 1, 31, "2026-03-31"),
    ("2026-11-30", 2, None, "2027-01-30"),
    ("2026-01-15", -1, None, "2025-12-15"),
    ("2026-03-31", -13, None, "2025-02-28"),
])  # fmt: skip
def test_add_months_keeps_the_anchor_day(start: str, months: int, anchor: int | None, expected: str) -> None:
    assert add_months(day(start), months, anchor) == day(expected)


def test_days_of_a_month() -> None:
    assert end_of_month(date(2028, 2, 3)) == date(2028, 2, 29)
    assert on_day(date(2026, 2, 3), 30) == date(2026, 2, 28)
    with pytest.raises(ValueError, match="day of the month"):
        on_day(date(2026, 2, 3), 0)


WEEKENDS = st.frozensets(st.integers(1, 7), max_size=6)


@given(DAYS, st.sampled_from(list(RollRule)), WEEKENDS, st.frozensets(DAYS, max_size=20))
def test_a_rolled_date_is_a_business_day_and_rolling_again_changes_nothing(
    start: date, rule: RollRule, weekend: frozenset[int], holidays: frozenset[date]
) -> None:
    calendar = BusinessCalendar.of(weekend, holidays)
    rolled = calendar.roll(start, rule)
    assert calendar.roll(rolled, rule) == rolled
    assert rolled == start if rule is RollRule.NONE else calendar.is_business_day(rolled)
