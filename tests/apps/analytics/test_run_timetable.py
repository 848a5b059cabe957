"""Runs by the clock: planned after the day's steps, waiting or going by themselves, once, and after an outage."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time

import pytest
from django.db import DatabaseError, connection, transaction

from openterms.apps.analytics.day.actions import run_day
from openterms.apps.analytics.outreach.actions import plan_by_clock, send_run
from openterms.apps.collecting.models import OutreachRun, OutreachTimetable, PlannedRun
from openterms.apps.collecting.outreach.timetable import set_timetable, waiting
from openterms.apps.journal.models import Event
from openterms.apps.messaging.models import Message
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from openterms.jobs import timetable as jobs
from tests.apps.collecting.mailroom import Mailroom
from tests.apps.desk import Desk

pytestmark = pytest.mark.usefixtures("public_address")


def at(text):
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def books(seller, count=2):
    """Customers with an invoice that is a month overdue on the second of April."""
    desk = Desk(seller)
    room = Mailroom(desk)
    for place in range(1, count + 1):
        room.add(f"C{place}") if place > 1 else None
        desk.invoice(f"I{place}", "02-01", 10_000, who=f"C{place}")
    return desk


def asked(seller, now):
    with acting(seller.id):
        return plan_by_clock(seller, now)


def test_a_run_is_planned_after_the_days_steps_and_waits_until_a_person_releases_it(committed, new_seller):
    seller = new_seller(enter=False, timezone="America/New_York")
    with acting(seller.id):
        desk = books(seller)
        with desk.refused("does not set"):
            set_timetable(seller, Actor("ann", None, "collector"), "itself", time(8, 30), at("04-01T12:00"))
        with desk.refused("no way to send"):
            set_timetable(seller, SYSTEM, "daily", time(8, 30), at("04-01T12:00"))
        kept = set_timetable(seller, SYSTEM, "waits", time(8, 30), at("04-01T12:00"))
        assert set_timetable(seller, SYSTEM, "waits", time(8, 30), at("04-01T13:00")).id == kept.id
    # the clock has come, the day's steps have not been read
    assert asked(seller, at("04-02T13:00")) is None
    run_day(seller, date(2026, 4, 2), at("04-02T13:01"))
    assert asked(seller, at("04-02T12:29")) is None
    planned = asked(seller, at("04-02T13:05"))
    assert (planned.state, planned.date, planned.figures["messages"]) == ("waiting", date(2026, 4, 2), 2)
    assert asked(seller, at("04-02T13:10")) is None  # asked again: nothing
    with acting(seller.id):
        assert not Message.objects.filter(seller=seller).exists()
        assert waiting(seller).figures == {"messages": 2, "items": 2, "declined": 0, "tasks": 0}
        # C2 pays meanwhile: a release plans anew
        paid = desk.receipt("R1", "04-02", 10_000, who="C2")
        desk.allocate(paid, "04-02", (desk_item(seller, "I2"), 10_000))
    with acting(seller.id):
        run = send_run(seller, SYSTEM, date(2026, 4, 2), at("04-02T14:00"))
        assert run.figures["messages"] == 1
        found = PlannedRun.objects.get(seller=seller)
        assert (found.state, found.run_id, found.ended_at) == ("sent", run.id, at("04-02T14:00"))
        assert waiting(seller) is None
        kinds = Event.objects.filter(seller_id=seller.id, kind__startswith="outreach_").order_by("id")
        assert list(kinds.values_list("kind", flat=True)) == [
            "outreach_timetable_set", "outreach_planned", "outreach_sent",
        ]  # fmt: skip
        for change in ({"state": "waiting"}, {"date": date(2026, 4, 9)}):
            with pytest.raises(DatabaseError), transaction.atomic():
                PlannedRun.objects.filter(seller=seller).update(**change)


def desk_item(seller, number):
    from openterms.apps.receivables.models import Item

    return Item.objects.get(seller=seller, number=number)


def test_what_nobody_released_is_in_the_next_run_also_after_an_outage(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        books(seller, 1)
        set_timetable(seller, SYSTEM, "waits", time(8, 30), at("04-01T12:00"))
    run_day(seller, date(2026, 4, 2), at("04-02T02:00"))
    assert asked(seller, at("04-02T08:30")).figures["messages"] == 1
    # the worker is away from the second at noon to the fifth at nine
    run_day(seller, date(2026, 4, 5), at("04-05T09:00"))
    planned = asked(seller, at("04-05T09:01"))
    assert (planned.date, planned.figures["messages"]) == (date(2026, 4, 5), 1)
    with acting(seller.id):
        states = PlannedRun.objects.filter(seller=seller).order_by("date").values_list("date", "state")
        assert list(states) == [(date(2026, 4, 2), "lapsed"), (date(2026, 4, 5), "waiting")]
        # it goes by itself from now on: what waits is released by a person or part of the next day's run
        set_timetable(seller, SYSTEM, "itself", time(8, 30), at("04-05T10:00"))
    run_day(seller, date(2026, 4, 6), at("04-06T02:00"))
    assert asked(seller, at("04-06T08:29")) is None
    sent = asked(seller, at("04-06T08:31"))
    assert (sent.state, sent.figures["messages"]) == ("sent", 1)
    with acting(seller.id):
        assert Message.objects.filter(seller=seller).count() == 1
        set_timetable(seller, SYSTEM, "hand", time(8, 30), at("04-06T10:00"))
    run_day(seller, date(2026, 4, 7), at("04-07T02:00"))
    assert asked(seller, at("04-07T09:00")) is None


def test_two_workers_plan_a_day_once_and_one_sellers_fault_stops_no_other(committed, new_seller, monkeypatch):
    first, second = new_seller(enter=False), new_seller(enter=False)
    for one in (first, second):
        with acting(one.id):
            books(one)
            set_timetable(one, SYSTEM, "itself", time(8, 30), at("04-01T12:00"))
        run_day(one, date(2026, 4, 2), at("04-02T02:00"))
    gate, faults = threading.Barrier(2), []

    def work():
        try:
            gate.wait(60)
            asked(first, at("04-02T09:00"))
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(120)
    assert not faults
    with acting(first.id):
        assert OutreachRun.objects.filter(seller=first).count() == 1
        assert Message.objects.filter(seller=first).count() == 2
        assert OutreachTimetable.objects.filter(seller=first).count() == 1

    def planned(seller, now):
        if seller.id == first.id:
            raise RuntimeError("the book cannot be read")
        done.append(seller.id)

    done = []
    monkeypatch.setattr(jobs, "plan_by_clock", planned)
    jobs.plan_runs(timestamp=0)
    assert second.id in done and first.id not in done
