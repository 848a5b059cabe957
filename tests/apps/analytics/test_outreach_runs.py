"""A run from the book: columns, guard and messages together, on committed rows; two workers at once; an experiment."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from openterms.apps.analytics.day.actions import run_day
from openterms.apps.analytics.day.worklists import worklist_of
from openterms.apps.analytics.outreach.actions import planned, send_run
from openterms.apps.analytics.outreach.simulation import simulated
from openterms.apps.collecting.experiment.actions import draft_experiment, end_experiment, start_experiment
from openterms.apps.collecting.experiment.reads import arms, report, strategy_of
from openterms.apps.collecting.models import ExperimentArm, StepTaken, WorkItem
from openterms.apps.collecting.outreach.ahead import timeline
from openterms.apps.collecting.pause.actions import end_pause, pause
from openterms.apps.collecting.strategy.actions import standard_document
from openterms.apps.collecting.team.actions import set_rules
from openterms.apps.collecting.team.results import team_results
from openterms.apps.collecting.worklist.actions import log_activity
from openterms.apps.messaging.models import Message
from openterms.apps.receivables.models import Standing
from openterms.apps.tenancy.actions import add_membership, add_user
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from openterms.core.collecting.assignment import AssignmentRule
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


def test_the_days_worklist_reads_each_customer_by_its_arm_and_results_stand_by_arm(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        for place in range(1, 13):
            desk.invoice(f"I{place}", "03-01", 10_000 * place, who=f"C{place}")  # due on the 31st, two days ago
        writer, manager = people(seller, "wes", "may")
        changed = standard_document().replace("after_days: 1\n", "after_days: 4\n")
        swapped = changed.replace("segment: forgetful\n", "segment: too_new_\n")
        changed = swapped.replace("segment: too_new\n", "segment: forgetful\n").replace("too_new_\n", "too_new\n")
        days = {"starts_on": ON, "ends_on": ON + timedelta(days=60), "now": NOW}
        draft_experiment(seller, writer, "later", changed, challenger_bp=5_000, hold_out_bp=0, **days)
        start_experiment(seller, manager, "later", NOW)
        drawn = dict(ExperimentArm.objects.filter(seller=seller).values_list("customer__number", "arm"))
        assert sorted(drawn) == sorted(desk.customers) and set(drawn.values()) == {"champion", "challenger"}
        strata = Counter(ExperimentArm.objects.filter(seller=seller).values_list("stratum", "arm"))
        quarters = [f"unclassified:{quarter}" for quarter in (1, 2, 3, 4)]  # three customers in each, half drawn
        assert {stratum for stratum, _ in strata} == set(quarters)
        assert all({strata[one, "champion"], strata[one, "challenger"]} == {1, 2} for one in quarters)
    champions = {number for number, arm in drawn.items() if arm == "champion"}
    figures = run_day(seller, ON, NOW).days[0]
    assert (figures["parity"], figures["experiment"]) == (0, "later")
    with acting(seller.id):
        listed = WorkItem.objects.filter(seller=seller, state="open").select_related("customer")
        assert {one.customer.number for one in listed} == champions
        sorted_as = dict(Standing.objects.filter(seller=seller).values_list("customer__number", "segment"))
        assert sorted_as == {one: "too_new" if one in champions else "forgetful" for one in desk.customers}
        named = planned(seller, ON, NOW, any_channel=True)
        assert all(one.customer.number in champions for one in named.messages)
        reminded = {
            number: next(step.on for step in timeline(one, ON, NOW, strategy_of(one, ON, NOW)) if step.step == "call")
            for number, one in desk.customers.items()
        }  # the challenger sorts them as forgetful, whom it calls a week later
        assert {number: (day - ON).days for number, day in reminded.items()} == {
            number: 5 if number in champions else 12 for number in desk.customers
        }
        assert {one["customer"] for one in worklist_of(seller, ON + timedelta(days=1), NOW)} == champions
        for number in desk.customers:
            outcome = "promised" if number in champions else "no_answer"
            log_activity(seller, writer, desk.customer(number), "call", ON, NOW, outcome=outcome)
        found = {one["arm"]: one for one in team_results(seller, ON, ON, ON)["arms"]}
        assert found["champion"]["reached"].share_bp == 10_000 and found["challenger"]["reached"].share_bp == 0
        assert found["champion"]["calls"] == found["champion"]["customers"] == len(champions)
        assert team_results(seller, ON - timedelta(9), ON - timedelta(1), ON)["arms"] == []
        # somebody new has an arm too, by the seed; ended, everybody is treated by the strategy in force
        desk.customer("C99")
        assert len(arms(seller, ON, NOW).challenged) in (12 - len(champions), 13 - len(champions))
        end_experiment(seller, manager, "later", NOW)
        assert not arms(seller, ON, NOW).challenged
    run_day(seller, ON, NOW)
    with acting(seller.id):
        assert WorkItem.objects.filter(seller=seller, state="open").count() == 12


def test_the_day_gives_new_customers_to_collectors_by_the_rules(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        amal, ben = people(seller, "amal", "ben")
        old = desk.customer("OLD")
    run_day(seller, ON, NOW)
    with acting(seller.id):
        emails = [f"{name}-{seller.code.lower()}@example.com" for name in ("amal", "ben")]
        rules = [AssignmentRule((emails[0],), countries=("GB",)), AssignmentRule((emails[1],), countries=("US",))]
        set_rules(seller, amal, rules, "Spring", ON, NOW)
    with acting(seller.id):
        new = desk.customer("NEW")
        nobodys = desk.customer("FAR")
        type(nobodys).objects.filter(id=nobodys.id).update(country="FR")
    figures = run_day(seller, ON, NOW).days[0]
    assert figures["assigned"] == 1
    assert run_day(seller, ON, NOW).days[0]["assigned"] == 1  # the same day again: nobody else
    with acting(seller.id):
        for one, collector in ((old, None), (new, ben.user_id), (nobodys, None)):
            one.refresh_from_db()
            assert one.collector_id == collector
