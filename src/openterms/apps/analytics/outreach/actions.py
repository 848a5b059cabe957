"""Start a run: read the book, ask the strategy and the guard, and send or show what comes of it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from openterms.apps.analytics.day.arms import challenge_of
from openterms.apps.analytics.day.reads import latest_run
from openterms.apps.analytics.loading import load_book
from openterms.apps.collecting.experiment.reads import arms
from openterms.apps.collecting.outreach.actions import send
from openterms.apps.collecting.outreach.models import OutreachRun, OutreachTimetable, PlannedRun
from openterms.apps.collecting.outreach.planning import Arms, plan
from openterms.apps.collecting.outreach.plans import OwedItem, Plan
from openterms.apps.collecting.outreach.timetable import claim_day, due, keep_planned, timetable
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.models import Seller
from openterms.portfolio.rules.next_steps import OWED
from openterms.portfolio.runs.outreach import owed


def planned(seller: Seller, day: date, now: datetime, *, any_channel: bool = False) -> Plan:
    """What a run would do on a day; nothing is written. With `any_channel`, as if every channel were switched on.

    Inside the seller's own context. The book is read as it is committed.
    """
    chosen = arms(seller, day, now)
    items, segments = _owed(seller, day, chosen)
    return plan(seller, day, now, chosen, items, segments, any_channel=any_channel)


def send_run(seller: Seller, actor: Actor, day: date, now: datetime) -> OutreachRun:
    """Plan a day and send it. What a run of the day did before is left alone."""
    return send(seller, actor, planned(seller, day, now), now)


def plan_by_clock(seller: Seller, now: datetime) -> PlannedRun | None:
    """Plan the run that the seller's timetable asks for, after the steps of its day; None where none is due.

    It waits for a person's release, or goes by itself where the timetable says so or no message would go. One
    transaction, inside the seller's own context: broken off, it is done anew; two workers plan a day once.
    """
    day, last = due(seller, now), latest_run(seller)
    if day is None or last is None or last.date < day:
        return None
    claimed = claim_day(seller, day, now)
    kept = timetable(seller)
    if claimed is None or kept is None:
        return None
    found = planned(seller, day, now)
    keep_planned(seller, claimed, found, now)
    if kept.mode == OutreachTimetable.Mode.ITSELF or not found.messages:
        send(seller, SYSTEM, found, now)
        claimed.refresh_from_db()
    return claimed


def _owed(seller: Seller, day: date, chosen: Arms) -> tuple[list[OwedItem], dict[UUID, str]]:
    with load_book(seller) as book:
        found = owed(book, day, chosen.strategy, challenge_of(chosen))
    segments = {
        UUID(one): segment
        for one, segment in zip(
            found.segments["customer_id"].to_pylist(), found.segments["segment"].to_pylist(), strict=True
        )
    }
    again = f"again:{day.isoformat()}"
    items = [
        OwedItem(
            UUID(one["item_id"]), UUID(one["customer_id"]), one["currency"], one["due_on"], one["days_overdue"],
            one["collectable_minor"], one["segment"], one["step"], one["severity"],
            "overdue" if one["cause"] == OWED else again,
        )
        for one in found.steps.to_pylist()
    ]  # fmt: skip
    return items, segments
