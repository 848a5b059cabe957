"""When to come back to a customer after a contact, by how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

NEXT_DAYS: Mapping[str, int | None] = MappingProxyType(
    {
        "no_answer": 1,
        "voicemail": 2,
        "wrong_contact": 1,
        "not_received": 3,
        "copy_requested": 3,
        "po_requested": 3,
        "awaiting_approval": 5,
        "in_payment_run": 7,
        "promised": None,
        "disputes": None,
        "already_paid": 3,
        "cannot_pay": 1,
        "refuses": None,
        "message_sent": 3,
        "other": 3,
    }
)
"""Days until the customer is due again; None where something else brings it back: the promise's own date, the
decision of the dispute, the next step of the strategy. A convention of ours."""


def next_day(outcome: str, on: date, weekend: frozenset[int] = frozenset()) -> date | None:
    """The day to come back on, moved past the seller's weekend (ISO numbers of days); None where none is set."""
    days = NEXT_DAYS.get(outcome)
    if days is None:
        return None
    found = on + timedelta(days=days)
    for _ in range(7):
        if found.isoweekday() not in weekend:
            break
        found += timedelta(days=1)
    return found


def promise_days(on: date, weekend: frozenset[int] = frozenset()) -> tuple[date, ...]:
    """Days that customers usually promise: tomorrow, in three days, the week's last working day, in a week, the month's
    end; each once, in order, none of them ``on`` itself."""
    last = next(
        (day for ahead in range(7, 0, -1) if _is_week_end(day := on + timedelta(days=ahead), weekend)),
        on + timedelta(days=5),
    )
    month_end = (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    if month_end <= on:
        month_end = (month_end + timedelta(days=1)).replace(day=28) + timedelta(days=4)
        month_end = month_end.replace(day=1) - timedelta(days=1)
    wanted = (on + timedelta(days=1), on + timedelta(days=3), last, on + timedelta(days=7), month_end)
    return tuple(sorted(set(wanted)))


def _is_week_end(day: date, weekend: frozenset[int]) -> bool:
    """Whether it is a working day before a day of rest."""
    rest = weekend or frozenset({6, 7})
    return day.isoweekday() not in rest and (day + timedelta(days=1)).isoweekday() in rest
