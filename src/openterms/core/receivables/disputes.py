"""A dispute's way: whose it is, how long it may take, and how its clock stops while the customer is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from openterms.core.base.calendar import BusinessCalendar


class CaseState(StrEnum):
    """Where a dispute case stands."""

    RECEIVED = "received"
    INVESTIGATING = "investigating"
    WAITING = "waiting"
    DECIDED = "decided"
    CLOSED = "closed"


OPEN_STATES = (CaseState.RECEIVED, CaseState.INVESTIGATING, CaseState.WAITING)
RUNNING_STATES = (CaseState.RECEIVED, CaseState.INVESTIGATING)
"""In which the seller's own clock runs."""


class Resolution(StrEnum):
    """What a dispute comes to."""

    CREDIT_NOTE = "credit_note"
    PRICE_CORRECTION = "price_correction"
    SETTLED = "settled"
    WRITTEN_OFF = "written_off"
    REJECTED = "rejected"


class Route(NamedTuple):
    """Which department answers a reason, in how many business days."""

    department: str
    business_days: int


ROUTES: Mapping[str, Route] = MappingProxyType(
    {
        "price": Route("sales", 5),
        "quantity": Route("logistics", 5),
        "quality": Route("quality", 10),
        "not_received": Route("logistics", 3),
        "purchase_order": Route("billing", 3),
        "duplicate": Route("billing", 2),
        "tax": Route("billing", 5),
        "other": Route("credit", 10),
    }
)
"""The usual routes; a seller sets its own by reason."""

DEPARTMENTS = ("sales", "logistics", "quality", "billing", "credit", "service")


def answer_by(opened_on: date, business_days: int, calendar: BusinessCalendar) -> date:
    """The last day to decide: so many business days after the day it was opened."""
    return calendar.add_business_days(opened_on, business_days)


def resumed(due_on: date, waiting_since: date, resumed_on: date, calendar: BusinessCalendar) -> date:
    """The last day to decide once the customer has answered: later by the business days that were waited."""
    waited, day = 0, waiting_since
    while day < resumed_on:
        day += timedelta(days=1)
        waited += calendar.is_business_day(day)
    return calendar.add_business_days(due_on, waited) if waited else due_on


def is_late(state: str, due_on: date, as_of: date) -> bool:
    """Whether the seller's own clock has run out; it stands still while the customer is waited for."""
    return state in RUNNING_STATES and as_of > due_on
