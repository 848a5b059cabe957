"""Day counts: how many days of interest lie between two dates, and in how many days a year is divided (FACTBOOK 4.7).

The first date is not counted, the last one is. ``30/360`` has variants that differ at month ends; the contract must
name one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from openterms.core.base.calendar import end_of_month

Between = Callable[[date, date], int]


def actual(start: date, end: date) -> int:
    """Calendar days."""
    return (end - start).days


def _days_360(start: date, end: date, first: int, last: int) -> int:
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + last - first


def thirty_e(start: date, end: date) -> int:
    """30E/360, Eurobond basis: a 31st is the 30th."""
    return _days_360(start, end, min(start.day, 30), min(end.day, 30))


def bond_basis(start: date, end: date) -> int:
    """30/360 bond basis without a rule for February: the end's 31st is the 30th only where the start is."""
    first = min(start.day, 30)
    return _days_360(start, end, first, 30 if first == 30 and end.day == 31 else end.day)


def thirty_us(start: date, end: date) -> int:
    """30/360 US: the last day of February is the 30th too."""
    if start.month == 2 and start == end_of_month(start):
        if end.month == 2 and end == end_of_month(end):
            return _days_360(start, end, 30, 30)
        return _days_360(start, end, 30, 30 if end.day == 31 else end.day)
    return bond_basis(start, end)


DAY_COUNTS: Mapping[str, tuple[Between, int]] = {
    "ACT/365": (actual, 365),
    "ACT/360": (actual, 360),
    "30E/360": (thirty_e, 360),
    "30/360": (bond_basis, 360),
    "30/360 US": (thirty_us, 360),
}
"""Each day count by name: the days between two dates, and the days of a year."""

SPLITTABLE = ("ACT/365", "ACT/360", "30E/360")
"""Those whose days add up over consecutive spans, so that a period may be cut anywhere: what charges accrue by."""
