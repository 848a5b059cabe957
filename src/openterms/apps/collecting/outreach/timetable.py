"""When runs are planned by the clock; which one waits for release, and what became of it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput, Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.collecting.timetables import due_day

from .models import OutreachRun, OutreachTimetable, PlannedRun
from .plans import Plan

SETTERS = ("credit_manager", "admin")
"""Roles that say when runs are planned, and whether they go by themselves."""
USUAL = time(8, 30)

NOT_A_SETTER = Reason(
    "timetable_not_for_role", gettext_noop("The role of %(name)s does not set when runs are planned."), "",
    gettext_noop("Ask a credit manager or an administrator."),
)  # fmt: skip


def timetable(seller: Seller) -> OutreachTimetable | None:
    """The timetable that counts; None where runs were never put under the clock."""
    return OutreachTimetable.objects.filter(seller=seller).select_related("set_by").order_by("-id").first()


def set_timetable(seller: Seller, actor: Actor, mode: str, at: time, now: datetime) -> OutreachTimetable:
    """Say at which time of day, in the seller's zone, runs are planned and whether they wait. It begins with the next
    such time; the same again changes nothing. Refused: the role. Errors: no such mode, a time with seconds or a zone.
    """
    if actor.role is not None and actor.role not in SETTERS:
        raise Refused([NOT_A_SETTER.given(name=actor.name)])
    if mode not in OutreachTimetable.Mode.values:
        raise BadInput(
            gettext_noop("%(mode)s is no way to send runs"), "mode", gettext_noop("Give one of: %(modes)s"),
            {"mode": mode, "modes": ", ".join(OutreachTimetable.Mode.values)},
        )  # fmt: skip
    if at.tzinfo is not None or at.second or at.microsecond:
        raise BadInput(gettext_noop("This is no time of day"), "at", gettext_noop("Give hours and minutes, as 08:30"))
    with transaction.atomic():
        Seller.objects.select_for_update(no_key=True).get(id=seller.id)
        before = timetable(seller)
        if before is not None and (before.mode, before.at) == (mode, at):
            return before
        made = OutreachTimetable.objects.create(seller=seller, mode=mode, at=at, set_at=now, set_by_id=actor.user_id)
        said = {"mode": mode, "at": at.isoformat("minutes")}
        record(seller.id, actor, "outreach_timetable_set", "outreach_timetable", made.id, now, None, said)
    return made


def due(seller: Seller, now: datetime) -> date | None:
    """The day whose run the clock asks for and nobody planned yet; None where there is none."""
    kept = timetable(seller)
    if kept is None or kept.mode == OutreachTimetable.Mode.HAND:
        return None
    day = due_day(kept.at, seller.timezone, now, kept.set_at)
    if day is None or PlannedRun.objects.filter(seller=seller, date=day).exists():
        return None
    return day


def claim_day(seller: Seller, day: date, now: datetime) -> PlannedRun | None:
    """Take a day for planning; None where another worker did. What still waited from earlier days has lapsed."""
    id = new_id()
    PlannedRun.objects.bulk_create(
        [PlannedRun(id=id, seller=seller, date=day, planned_at=now)], ignore_conflicts=True
    )  # fmt: skip
    found = PlannedRun.objects.filter(seller=seller, id=id).first()
    if found is None:
        return None
    waiting = PlannedRun.objects.select_for_update().filter(seller=seller, state="waiting", date__lt=day)
    for one in waiting.order_by("date"):
        _end(one, PlannedRun.State.LAPSED, now)
        said = {"date": one.date.isoformat(), **one.figures}
        record(seller.id, SYSTEM, "outreach_lapsed", "planned_run", one.id, now, None, said)
    return found


def keep_planned(seller: Seller, planned: PlannedRun, plan: Plan, now: datetime) -> PlannedRun:
    """Keep what a claimed day's plan would do, until a person releases it."""
    planned.figures = figures_of(plan)
    planned.save(update_fields=["figures"])
    said = {"date": plan.date.isoformat(), **planned.figures}
    record(seller.id, SYSTEM, "outreach_planned", "planned_run", planned.id, now, None, said)
    return planned


def release_planned(seller: Seller, run: OutreachRun, now: datetime) -> None:
    """A day's run was sent: what waited of that day waits no longer."""
    found = PlannedRun.objects.select_for_update().filter(seller=seller, date=run.date, state="waiting").first()
    if found is not None:
        found.run = run
        _end(found, PlannedRun.State.SENT, now)


def waiting(seller: Seller) -> PlannedRun | None:
    """The run that waits for release; there is at most one."""
    return PlannedRun.objects.filter(seller=seller, state="waiting").order_by("-date").first()


def figures_of(plan: Plan) -> dict[str, Any]:
    """How many messages with how many items a plan would send, how many it declines and which tasks it opens."""
    return {
        "messages": len(plan.messages), "items": sum(len(one.items) for one in plan.messages),
        "declined": len(plan.declined), "tasks": len(plan.tasks),
    }  # fmt: skip


def _end(one: PlannedRun, state: PlannedRun.State, now: datetime) -> None:
    one.state, one.ended_at = state, now
    one.save(update_fields=["state", "ended_at", "run"])
