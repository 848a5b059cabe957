"""Business dates: weekends, holidays, rolling a date, month arithmetic, days overdue. Calendars are given values."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

ONE_DAY = timedelta(days=1)


class RollRule(StrEnum):
    """What happens to a date that falls on a day that is no business day (FACTBOOK 6.7). The default is ``NONE``."""

    NONE = "none"
    FOLLOWING = "following"
    PRECEDING = "preceding"
    MODIFIED_FOLLOWING = "modified following"


@dataclass(frozen=True, slots=True)
class Weekend:
    """The weekly days of rest as ISO weekday numbers (Monday 1 to Sunday 7). At least one day of the week is worked."""

    days: frozenset[int]

    def __post_init__(self) -> None:
        if not self.days < frozenset(range(1, 8)):
            raise ValueError(f"a weekend is some of the ISO weekdays 1 to 7, not {sorted(self.days)}")

    @classmethod
    def of(cls, *days: int) -> Weekend:
        """``Weekend.of(6, 7)`` is Saturday and Sunday; ``Weekend.of()`` has no day of rest."""
        return cls(frozenset(days))


SATURDAY_SUNDAY = Weekend.of(6, 7)
FRIDAY_SATURDAY = Weekend.of(5, 6)


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Which dates are business days: not in the weekend and not a holiday."""

    weekend: Weekend = SATURDAY_SUNDAY
    holidays: frozenset[date] = frozenset()

    @classmethod
    def of(cls, weekend: Iterable[int], holidays: Iterable[date] = ()) -> BusinessCalendar:
        """From plain values: ISO weekday numbers of the weekend, and the dates of the holidays."""
        return cls(Weekend(frozenset(weekend)), frozenset(holidays))

    def is_business_day(self, day: date) -> bool:
        """Whether work is done on ``day``."""
        return day.isoweekday() not in self.weekend.days and day not in self.holidays

    def roll(self, day: date, rule: RollRule = RollRule.FOLLOWING) -> date:
        """``day`` itself where it is a business day, else the nearest one the rule points to (FACTBOOK 6.7, TV-79).

        ``modified following`` goes forward unless that leaves the month, and then back.
        """
        if rule is RollRule.NONE or self.is_business_day(day):
            return day
        if rule is RollRule.PRECEDING:
            return self._seek(day, -ONE_DAY)
        ahead = self._seek(day, ONE_DAY)
        if rule is RollRule.MODIFIED_FOLLOWING and ahead.month != day.month:
            return self._seek(day, -ONE_DAY)
        return ahead

    def add_business_days(self, day: date, days: int) -> date:
        """The ``days``-th business day after ``day`` (before it when negative); 0 gives ``day`` itself, not rolled."""
        step = ONE_DAY if days > 0 else -ONE_DAY
        for _ in range(abs(days)):
            day = self._seek(day + step, step)
        return day

    def _seek(self, day: date, step: timedelta) -> date:
        while not self.is_business_day(day):
            day += step
        return day


EVERY_DAY = BusinessCalendar(Weekend.of())


def roll(day: date, rule: RollRule, calendar: BusinessCalendar) -> date:
    """``calendar.roll(day, rule)`` as a function."""
    return calendar.roll(day, rule)


def end_of_month(day: date) -> date:
    """The last day of the month of ``day``."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def on_day(month: date, day: int) -> date:
    """The ``day``-th of the month in which ``month`` lies, or that month's last day where it is shorter."""
    if not 1 <= day <= 31:
        raise ValueError(f"a day of the month is 1 to 31, not {day}")
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


def add_months(day: date, months: int, anchor_day: int | None = None) -> date:
    """``day`` moved by whole months on its anchor day: 31 January + 1 is 28 February, and + 2 is 31 March (TV-80).

    ``anchor_day`` is the day of the month to keep where ``day`` is itself a shortened one; by default ``day``'s own.
    Add to the first date of a series, not to the last one, or the anchor is lost.
    """
    years, month = divmod(day.month - 1 + months, 12)
    return on_day(date(day.year + years, month + 1, 1), day.day if anchor_day is None else anchor_day)


def days_overdue(due: date, as_of: date) -> int:
    """Calendar days past the due date; 0 or less is not overdue (FACTBOOK 0, TV-2)."""
    return (as_of - due).days
