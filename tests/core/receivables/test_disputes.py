"""The clock of a dispute: business days, and standing still while the customer is asked."""

from __future__ import annotations

from datetime import date

import pytest

from openterms.core.base.calendar import BusinessCalendar
from openterms.core.receivables.disputes import ROUTES, answer_by, is_late, resumed

CALENDAR = BusinessCalendar.of((6, 7))


def day(text):
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("opened", "days", "due"), [("03-06", 1, "03-09"), ("03-04", 5, "03-11"), ("03-07", 1, "03-09")]
)
def test_business_days(opened, days, due):
    assert answer_by(day(opened), days, CALENDAR) == day(due)


@pytest.mark.parametrize(
    ("since", "until", "due"),
    [
        ("03-05", "03-05", "03-11"), ("03-05", "03-06", "03-12"), ("03-06", "03-09", "03-12"),
        ("03-05", "03-12", "03-18"),
    ],
)
def test_waiting_moves_the_last_day_by_the_business_days_waited(since, until, due):
    assert resumed(day("03-11"), day(since), day(until), CALENDAR) == day(due)


def test_only_our_own_time_runs_out():
    assert is_late("received", day("03-11"), day("03-12"))
    assert not is_late("received", day("03-11"), day("03-11"))
    assert not is_late("waiting", day("03-11"), day("04-12"))
    assert not is_late("decided", day("03-11"), day("04-12"))


def test_every_reason_has_a_route():
    from openterms.apps.receivables.dispute.models import Department, DisputeReason

    assert set(ROUTES) == set(DisputeReason.values)
    assert {route.department for route in ROUTES.values()} <= set(Department.values)
