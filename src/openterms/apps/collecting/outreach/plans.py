"""What a run would do on a day: messages, what is declined, tasks. Values only; nothing here is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from openterms.core.base.reasons import Reason, gettext_noop

HELD_OUT = Reason("held_out", gettext_noop("%(name)s kept this customer out of today's run: %(reason)s"))
HOLD_OUT_ARM = Reason(
    "hold_out_arm", gettext_noop("The customer is in the hold-out of the experiment %(code)s: no messages by the run.")
)
CHANNEL_OFF = Reason(
    "channels_off",
    gettext_noop("None of the step's channels is switched on: %(channels)s."),
    "",
    gettext_noop("Switch a channel on, or send it by hand from the worklist."),
)
REASONS = (HELD_OUT, HOLD_OUT_ARM, CHANNEL_OFF)


class OwedItem(NamedTuple):
    """An item that is owed a step: amounts in minor units of `currency`, `cause` as `StepTaken` keeps it."""

    item_id: UUID
    customer_id: UUID
    currency: str
    due_on: date
    days_overdue: int
    minor: int
    segment: str
    step: str
    severity: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The customer that a message is for, as a run needs it."""

    customer_id: UUID
    number: str
    name: str
    language: str
    signed_by: str
    signed_phone: str = ""
    signed_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One message to one contact with all the customer's items of the day.

    `step` is the severest among them and gives the words; for an answer to an event, `code` and `cause` name it.
    `not_before` is when the contact's hours permit it.
    """

    customer: Person
    contact_id: UUID | None
    contact_name: str
    channel: str
    address: str
    why_channel: Reason
    language: str
    purpose: str
    tone: str
    segment: str
    step: str
    items: tuple[OwedItem, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    cause: str = ""
    happened_on: date | None = None
    not_before: datetime | None = None
    is_asking: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A message that is not made: for whom, on which step, with every reason."""

    customer: Person
    step: str
    channel: str
    reasons: tuple[Reason, ...]
    items: tuple[OwedItem, ...] = ()
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An answer to an event that a person gives."""

    customer: Person
    code: str
    cause: str
    by: str
    happened_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would do on `date`: `people` are steps left to people, by step."""

    date: date
    strategy_version: int
    messages: tuple[Planned, ...]
    declined: tuple[Declined, ...]
    tasks: tuple[Task, ...]
    people: Mapping[str, int]
    already: int = 0
    """Customers whom a run of the day wrote to before."""
