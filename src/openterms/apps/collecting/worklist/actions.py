"""Work the list: log what was done, set the next date, snooze, finish."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from openterms.apps.collecting.checklist.reads import against_escalating
from openterms.apps.collecting.strategy.models import StepTaken
from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Contact, Customer
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.steps import LEGAL_STEPS

from .models import Activity, Outcome, WorkItem


def log_activity(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    kind: str,
    on: date,
    now: datetime,
    *,
    outcome: str = "",
    contact: Contact | None = None,
    person_reached: str = "",
    note: str = "",
    next_on: date | None = None,
    work_item_id: UUID | None = None,
) -> Activity:
    """Record a call, letter, visit or note. With a work item, its step is taken and the item leaves today's list.

    A legal step is not taken by it while the six checks have no fresh answers: the work stays on the list.
    `next_on` brings the customer back on that day. Errors: unknown kind or outcome, a next date that has passed.
    """
    if kind not in Activity.Kind.values or (outcome and outcome not in Outcome.values):
        raise BadInput(gettext_noop("This kind of activity or outcome is not known"), "outcome")
    if kind == Activity.Kind.CALL and not outcome:
        raise BadInput(gettext_noop("A call needs an outcome"), "outcome", gettext_noop("Choose how the call ended"))
    if next_on is not None and next_on <= on:
        raise BadInput(gettext_noop("The next date has passed"), "next_on", gettext_noop("Give a later date"))
    with transaction.atomic():
        work = None
        if work_item_id is not None:
            work = WorkItem.objects.select_for_update().filter(
                seller=seller, customer=customer, id=work_item_id, state__in=["open", "snoozed"]
            ).first()  # fmt: skip
        activity = Activity.objects.create(
            seller=seller, customer=customer, work_item=work, kind=kind, contact=contact, outcome=outcome,
            person_reached=person_reached or (contact.name if contact else ""), note=note.strip(), next_on=next_on,
            done_on=on, user_id=actor.user_id,
        )  # fmt: skip
        if work is not None and kind != Activity.Kind.NOTE and not _against(work, on):
            _take_step(work, outcome, on)
            _leave(work, actor, on, next_on)
        record(
            seller.id, actor, f"{kind}_logged", "activity", activity.id, now, customer.id,
            {"outcome": outcome, "person_reached": activity.person_reached, "note": activity.note,
             "next_on": next_on.isoformat() if next_on else None, "step": work.step if work else None},
        )  # fmt: skip
    return activity


def strike_activity(seller: Seller, actor: Actor, activity_id: UUID, on: date, now: datetime) -> Activity:
    """Strike out what was logged by mistake; the record keeps it.

    On the day it was done its step counts as not taken, and the customer returns to the list if this took it off.
    Errors: unknown, or struck out already.
    """
    with transaction.atomic():
        seen = Activity.objects.filter(seller=seller, id=activity_id).first()
        work = None
        if seen is not None and seen.work_item_id is not None and seen.done_on == on:
            work = WorkItem.objects.select_for_update().filter(seller=seller, id=seen.work_item_id).first()
        activity = Activity.objects.select_for_update().filter(seller=seller, id=activity_id).first()
        if activity is None or activity.struck_at is not None:
            raise BadInput(gettext_noop("This is not on record, or struck out already"), "activity")
        activity.struck_at = now
        activity.save(update_fields=["struck_at"])
        returned = work is not None and activity.kind != Activity.Kind.NOTE and _return(work, activity)
        record(
            seller.id, actor, "activity_struck", "activity", activity.id, now, activity.customer_id,
            {"kind": activity.kind, "outcome": activity.outcome, "person_reached": activity.person_reached,
             "step": work.step if work and returned else None},
        )  # fmt: skip
    return activity


def snooze(seller: Seller, actor: Actor, work_item_id: UUID, until: date, on: date, now: datetime) -> WorkItem:
    """Take a customer off the list until a day; no step is taken."""
    if until <= on:
        raise BadInput(gettext_noop("That day has passed"), "until", gettext_noop("Give a later date"))
    with transaction.atomic():
        work = _open_item(seller, work_item_id)
        work.state, work.snoozed_until = "snoozed", until
        work.save(update_fields=["state", "snoozed_until"])
        record(
            seller.id, actor, "work_snoozed", "work_item", work.id, now, work.customer_id, {"until": until.isoformat()}
        )
    return work


def wake(seller: Seller, actor: Actor, work_item_id: UUID, now: datetime) -> WorkItem:
    """Put a customer that was put off back on the list."""
    with transaction.atomic():
        work = WorkItem.objects.select_for_update().filter(seller=seller, id=work_item_id, state="snoozed").first()
        if work is None:
            raise BadInput(gettext_noop("This is not put off"), "work item")
        work.state, work.snoozed_until = "open", None
        work.save(update_fields=["state", "snoozed_until"])
        record(seller.id, actor, "work_woken", "work_item", work.id, now, work.customer_id, {})
    return work


def finish(seller: Seller, actor: Actor, work_item_id: UUID, on: date, now: datetime, outcome: str = "") -> WorkItem:
    """Say that the step was done (a reminder sent by hand, a letter posted).

    Refused: a legal step while the six checks have no answers of the last 30 days.
    """
    with transaction.atomic():
        work = _open_item(seller, work_item_id)
        missing = _against(work, on)
        if missing:
            raise Refused([missing])
        _take_step(work, outcome, on)
        _leave(work, actor, on, None)
        record(
            seller.id, actor, "step_taken", "work_item", work.id, now, work.customer_id,
            {"step": work.step, "outcome": outcome},
        )  # fmt: skip
    return work


def _against(work: WorkItem, on: date) -> Reason | None:
    """What keeps the step of a piece of work from being taken: legal ones want the six checks answered."""
    return against_escalating(work.seller, work.customer_id, on) if work.step in LEGAL_STEPS else None


def _open_item(seller: Seller, work_item_id: UUID) -> WorkItem:
    work = WorkItem.objects.select_for_update().filter(seller=seller, id=work_item_id, state="open").first()
    if work is None:
        raise BadInput(gettext_noop("This is no longer on the list"), "work item")
    return work


def _take_step(work: WorkItem, outcome: str, on: date) -> None:
    """Remember the step on each item it acted on; a repetition changes nothing."""
    StepTaken.objects.bulk_create(
        (
            StepTaken(
                seller_id=work.seller_id,
                customer_id=work.customer_id,
                item_id=item_id,
                step=work.step,
                cause=cause,
                taken_on=on,
                work_item_id=work.id,
                outcome=outcome,
            )
            for item_id, cause in work.causes()
        ),
        ignore_conflicts=True,
    )


def _leave(work: WorkItem, actor: Actor, on: date, next_on: date | None) -> None:
    work.done_on, work.done_by_id = on, actor.user_id
    if next_on is None:
        work.state = "done"
    else:
        work.state, work.snoozed_until = "snoozed", next_on
    work.save(update_fields=["state", "snoozed_until", "done_on", "done_by"])


def _return(work: WorkItem, struck: Activity) -> bool:
    """Undo what an activity did to its work item, unless something else has happened to it or took its place since."""
    others = Activity.objects.filter(work_item=work, struck_at__isnull=True).exclude(kind=Activity.Kind.NOTE)
    as_left = ("done", None) if struck.next_on is None else ("snoozed", struck.next_on)
    if others.exists() or (work.state, work.snoozed_until) != as_left:
        return False
    rivals = WorkItem.objects.filter(
        seller_id=work.seller_id, customer_id=work.customer_id, currency=work.currency, state__in=["open", "snoozed"]
    )
    if rivals.exclude(id=work.id).exists():
        return False
    StepTaken.objects.filter(seller_id=work.seller_id, work_item_id=work.id, taken_on=struck.done_on).delete()
    work.state, work.snoozed_until, work.done_on, work.done_by_id = "open", None, None, None
    work.save(update_fields=["state", "snoozed_until", "done_on", "done_by"])
    return True
