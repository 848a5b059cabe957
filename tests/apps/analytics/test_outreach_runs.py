"""A run from the book: columns, guard and messages together, on committed rows; two workers at once; an experiment."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from openterms.apps.analytics.day.actions import run_day
from openterms.apps.analytics.outreach.actions import planned, send_run
from openterms.apps.analytics.outreach.simulation import simulated
from openterms.apps.collecting.experiment.actions import draft_experiment, start_experiment
from openterms.apps.collecting.experiment.reads import arms, report
from openterms.apps.collecting.models import StepTaken, WorkItem
from openterms.apps.collecting.pause.actions import end_pause, pause
from openterms.apps.collecting.strategy.actions import standard_document
from openterms.apps.messaging.models import Message
from openterms.apps.tenancy.actions import add_membership, add_user
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from tests.apps.collecting.mailroom import Mailroom
from tests.apps.desk import Desk

pytestmark = pytest.mark.usefixtures("public_address")

ON = date(2026, 4, 2)
NOW = datetime(2026, 4, 2, 11, tzinfo=UTC)


def people(seller, *names):
    found = []
    for name in names:
        user = add_user(f"{name}-{seller.code.lower()}@example.com", name, "a long enough password 1")
        add_membership(seller, user, "credit_manager", 0)
        found.append(Actor(name, user.id, "credit_manager"))
    return found


def test_two_workers_send_a_day_once_and_the_strategy_is_tried_and_simulated(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        room = Mailroom(desk)
        for place in range(1, 21):
            room.add(f"C{place}") if place > 1 else None
            desk.invoice(f"I{place}", "03-02", 10_000 * place, who=f"C{place}")
            desk.invoice(f"J{place}", "02-01", 10_000 * place, who=f"C{place}")
        writer, manager = people(seller, "wes", "may")
    run_day(seller, ON, NOW)
    with acting(seller.id):
        assert WorkItem.objects.filter(seller=seller, state="open", step="final_notice").count() == 20
    runs, faults = [], []

    def work():
        try:
            with acting(seller.id):
                plan = planned(seller, ON, NOW)
                gate.wait(60)
            with acting(seller.id):
                from openterms.apps.collecting.outreach.actions import send

                runs.append(send(seller, SYSTEM, plan, NOW).figures)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    gate = threading.Barrier(2)
    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(120)
    assert not faults
    assert sorted(run["messages"] for run in runs) == [0, 20]
    with acting(seller.id):
        assert Message.objects.filter(seller=seller).count() == 20
        steps = StepTaken.objects.filter(seller=seller)
        assert {(step.step, step.item.number[0]) for step in steps} == {("reminder", "I"), ("final_notice", "J")}
        assert steps.count() == 40
        assert {one.purpose for one in Message.objects.filter(seller=seller)} == {"final_notice"}
        assert not WorkItem.objects.filter(seller=seller, state="open").exists()
        assert send_run(seller, SYSTEM, ON, NOW).figures["messages"] == 0
    with acting(seller.id):
        changed = standard_document().replace("after_days: 1\n", "after_days: 4\n")
        tried = simulated(seller, changed, date(2026, 2, 1), date(2026, 4, 30), NOW)
        assert tried["items"] == 40 and tried["present"]["totals"]["customers"] == 20
        assert tried["customers"]["earlier"] == 0 and len(tried["cannot_know"]) == 4
        days = {"starts_on": ON, "ends_on": ON + timedelta(days=60), "now": NOW}
        draft_experiment(seller, writer, "later", changed, challenger_bp=5_000, hold_out_bp=1_000, **days)
        with desk.refused("that they wrote"):
            start_experiment(seller, writer, "later", NOW)
        start_experiment(seller, manager, "later", NOW)
        chosen = arms(seller, ON, NOW)
        assert 3 <= len(chosen.challenged) <= 17 and chosen.challenged == arms(seller, ON, NOW).challenged
        found = report(seller, "later", ON + timedelta(days=60))
        assert found["measures"]["days_to_pay"]["verdict"] == "too_few"
        assert sum(found["customers"].values()) == 20
    with acting(seller.id):
        challenged = {one.number for one in desk.customers.values() if one.id in chosen.challenged}
        held = {one.number for one in desk.customers.values() if one.id in chosen.held_out}
        desk.invoice("K1", "03-03", 10_000, who=min(challenged))
        others = sorted(set(desk.customers) - challenged - held)
        desk.invoice("K2", "03-03", 10_000, who=others[0])
    later = ON + timedelta(days=1)
    with acting(seller.id):
        plan = planned(seller, later, NOW + timedelta(days=1))
        assert {item.step for one in plan.messages for item in one.items} == {"reminder"}
        assert [one.customer.number for one in plan.messages] == [others[0]]


def test_a_paused_item_gets_no_step_by_day_and_run_while_its_pause_holds(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        Mailroom(desk)
        first, second = desk.invoice("I1", "02-01", 10_000), desk.invoice("I2", "02-02", 20_000)
        alone = desk.invoice("K1", "02-01", 30_000, who="C2")
        held = pause(seller, SYSTEM, desk.customer(), "query", "price", ON + timedelta(3), ON, NOW, [first.id])
        pause(seller, SYSTEM, desk.customer("C2"), "query", "price", ON + timedelta(3), ON, NOW, [alone.id])
    assert run_day(seller, ON, NOW).days[0]["parity"] == 0
    with acting(seller.id):
        listed = WorkItem.objects.filter(seller=seller, state="open")
        assert [(one.customer.number, one.items) for one in listed] == [("C1", [second.id])]
        plan = planned(seller, ON, NOW)
        assert [item.item_id for one in plan.messages for item in one.items] == [second.id]
        end_pause(seller, SYSTEM, held.id, ON + timedelta(1), NOW + timedelta(days=1))
    for later, wanted in ((1, {first.id, second.id}), (3, {first.id, second.id}), (4, {first.id, second.id, alone.id})):
        found = run_day(seller, ON + timedelta(later), NOW + timedelta(days=later))
        assert {day["parity"] for day in found.days} == {0}
        with acting(seller.id):
            works = WorkItem.objects.filter(seller=seller, state="open")
            assert {item for one in works for item in one.items} == wanted
