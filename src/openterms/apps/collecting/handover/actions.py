"""Cancel a credit line, or that of a group, and pass what is overdue to collecting, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from openterms.apps.collecting.worklist.models import WorkItem
from openterms.apps.credit.group_line.actions import cancel_group_line
from openterms.apps.credit.line.models import LineStep
from openterms.apps.credit.line.states import Told, cancel_line
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer, Group
from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import local_date
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.rounding import released
from openterms.core.collecting.priority import DEFAULT_SECONDS, Cell, Extra, in_base, worth
from openterms.core.collecting.step_reasons import LINE_CANCELLED

FIRST_STEP = "call"
REASON = LINE_CANCELLED.code
UNKNOWN_BP = 5_000
"""Share not paid until the next day tells the seller's own: it only places the customer on the list until then."""


@dataclass(frozen=True)
class Passed:
    """The step that cancelled the line, and what was passed on: minor units of its currency, and the work for it."""

    step: LineStep
    overdue_minor: int
    work: WorkItem | None


def cancel_and_collect(
    seller: Seller, actor: Actor, customer: Customer, currency: str, told: Told, now: datetime
) -> Passed:
    """Cancel a line, and put the customer on today's worklist for what is overdue and collectable in its currency.

    Work that is put off is due again; where a step is due already it stays. Nothing overdue, nothing passed on; the
    strategy goes on from there as for everybody. Refused and errors: as `credit.line.states.cancel_line`.
    """
    with transaction.atomic():
        step = cancel_line(seller, actor, customer, currency, told, now)
        overdue = list(_overdue(seller, now).filter(customer=customer, currency=currency))
        minor, work = _passed_on(seller, actor, customer, currency, overdue, told.reason, now)
    return Passed(step, minor, work)


def cancel_group_and_collect(seller: Seller, actor: Actor, group: Group, reason: str, now: datetime) -> list[WorkItem]:
    """Cancel the line of a group, and put every customer of it on today's worklist for what is overdue, as
    `cancel_and_collect` does for one. Returns the work. Refused and errors: as `group_line.actions.cancel_group_line`.
    """
    with transaction.atomic():
        cancel_group_line(seller, actor, group, reason, now)
        owed: dict[tuple[UUID, str], list[Item]] = {}
        for item in _overdue(seller, now).filter(customer__group=group).select_related("customer"):
            owed.setdefault((item.customer_id, item.currency), []).append(item)
        passed = [
            _passed_on(seller, actor, items[0].customer, currency, items, reason, now)[1]
            for (_, currency), items in sorted(owed.items())
        ]
    return [work for work in passed if work is not None]


def _overdue(seller: Seller, now: datetime) -> QuerySet[Item]:
    """What is overdue and collectable, the oldest first, each with its `collectable`."""
    left = F("open_minor") - F("contested_minor") - F("in_flight_minor") - F("planned_minor") - F("promised_minor")
    found = Item.objects.filter(seller=seller, open_minor__gt=0, due_on__lt=local_date(now, seller.timezone))
    wanted = found.filter(kind__in=DEBIT_KINDS).annotate(collectable=left).filter(collectable__gt=0)
    return wanted.order_by("due_on", "id")


def _passed_on(
    seller: Seller, actor: Actor, customer: Customer, currency: str, overdue: list[Item], reason: str, now: datetime
) -> tuple[int, WorkItem | None]:
    """List what a customer owes in a currency; nothing of one that owes nothing, or is insolvent."""
    if not overdue or customer.insolvent_on is not None:
        return 0, None
    minor = sum(one.collectable for one in overdue)  # type: ignore[attr-defined]
    work = _listed(seller, customer, currency, overdue, minor, local_date(now, seller.timezone))
    record(
        seller.id, actor, "passed_to_collecting", "work_item", work.id, now, customer.id,
        {"amount_minor": minor, "currency": currency, "items": len(overdue), "step": work.step,
         "reason": reason.strip()},
    )  # fmt: skip
    return minor, work


def _listed(
    seller: Seller, customer: Customer, currency: str, overdue: list[Item], minor: int, on: date
) -> WorkItem:
    """The customer's work in a currency, due today, with the cancelled line as its first reason."""
    reason = {"code": REASON, "params": {}}
    with locking():
        wanted = WorkItem.objects.select_for_update().filter(seller=seller, customer=customer, currency=currency)
        work = wanted.filter(state__in=["open", "snoozed"]).first()
    if work is None:
        guess = worth([Cell(minor, 0, UNKNOWN_BP, UNKNOWN_BP)], Extra(), 0, DEFAULT_SECONDS[FIRST_STEP])
        owed = sum(one.open_minor for one in overdue)
        owed_base = sum(released(one.base_minor, 0, one.open_minor, one.amount_minor) for one in overdue)
        return WorkItem.objects.create(
            seller=seller, customer=customer, collector_id=customer.collector_id, currency=currency, step=FIRST_STEP,
            reasons=[reason], items=[one.id for one in overdue], amount_at_risk_minor=minor,
            collectable_overdue_minor=minor, listed_on=on, first_listed_on=on, moved_minor=guess.moved_minor,
            work_seconds=guess.seconds, per_minute_base_minor=in_base(guess.per_minute_minor, owed, owed_base),
        )  # fmt: skip
    work.state, work.snoozed_until = "open", None
    work.reasons = [reason, *(one for one in work.reasons if one["code"] != REASON)]
    work.save(update_fields=["state", "snoozed_until", "reasons"])
    return work
