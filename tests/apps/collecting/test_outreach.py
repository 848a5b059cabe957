"""Runs: one message a customer and day, each step once, refusals kept, nothing twice."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest

from openterms.apps.collecting.models import (
    EventStep,
    MessageItem,
    OutreachHold,
    OutreachRefusal,
    StepTaken,
    WorkItem,
)
from openterms.apps.collecting.outreach.actions import finish_task, hold_out, let_in, send
from openterms.apps.collecting.outreach.last_looks import refusals
from openterms.apps.collecting.outreach.people import People
from openterms.apps.collecting.plan import actions as plans
from openterms.apps.collecting.promise.actions import derive_states, promise
from openterms.apps.messaging.models import Message, MessageReport
from openterms.apps.parties.models import Contact
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.sql import rows
from openterms.core.base.errors import BadInput
from tests.apps.collecting.mailroom import Mailroom, noon
from tests.apps.desk import NOW, day

pytestmark = pytest.mark.usefixtures("public_address")

ISSUED, DUE = "03-02", date(2026, 4, 1)


def after(days: int) -> date:
    """A day counted from when the invoices are due."""
    return DUE + timedelta(days=days)


@pytest.fixture
def room(desk):
    return Mailroom(desk)


def test_forty_messages_due_to_one_contact_become_one_with_all_items(room, desk):
    for number in range(40):
        desk.invoice(f"I{number:02}", ISSUED, 10_000 + number)
    run = room.send(after(1))
    (message,) = [one for one in room.messages() if one.purpose == "reminder"]
    assert (run.figures["messages"], run.figures["items"]) == (1, 40)
    assert MessageItem.objects.filter(message=message).count() == 40
    assert StepTaken.objects.filter(seller=room.seller, step="reminder").count() == 40
    assert message.state == "queued" and "4,007.80" in message.subject
    assert all(f"I{number:02}" in message.html for number in range(40))


def test_a_rerun_and_a_second_worker_with_the_same_plan_do_nothing_twice(room, desk):
    desk.invoice("I1", ISSUED, 50_000)
    plan = room.plan(after(1))
    first = send(room.seller, SYSTEM, plan, noon(after(1)))
    second = send(room.seller, SYSTEM, plan, noon(after(1)))
    third = room.send(after(1))
    assert [run.figures["messages"] for run in (first, second, third)] == [1, 0, 0]
    assert Message.objects.filter(seller=room.seller).count() == 1
    assert [step for step, _ in room.steps()] == ["reminder"]
    desk.invoice("I2", ISSUED, 70_000)
    fourth = room.send(after(1))
    assert (fourth.figures["messages"], fourth.figures["already"]) == (0, 1)
    assert room.send(after(2)).figures["messages"] == 1
    assert MessageItem.objects.filter(item__number="I2").count() == 1


def test_a_step_taken_between_plan_and_sending_takes_the_whole_message_back(room, desk):
    one, _two = desk.invoice("I1", ISSUED, 50_000), desk.invoice("I2", ISSUED, 50_000)
    plan = room.plan(after(1))
    StepTaken.objects.create(
        seller=room.seller, customer=one.customer, item=one, step="reminder", cause="overdue", taken_on=after(1)
    )
    assert send(room.seller, SYSTEM, plan, noon(after(1))).figures["messages"] == 0
    assert StepTaken.objects.filter(seller=room.seller).count() == 1
    assert room.send(after(1)).figures["items"] == 1


def test_a_late_run_takes_the_last_notice_once_and_never_a_legal_step(room, desk):
    desk.invoice("I1", ISSUED, 50_000)
    for days in (200, 201, 213, 214, 215):
        room.send(after(days))
    assert room.steps() == [("final_notice", after(200))]
    assert room.plan(after(215)).people == {"propose_demand": 1}


def test_what_the_guard_refuses_is_kept_with_every_reason_and_no_step_is_taken(room, desk):
    desk.invoice("I1", ISSUED, 50_000)
    room.desk.customer().contact_set.update(do_not_contact=True)
    room.add("C2")
    desk.invoice("J1", ISSUED, 50_000, who="C2")
    run = room.send(after(1))
    assert (run.figures["messages"], run.figures["declined"]) == (1, 1)
    (kept,) = OutreachRefusal.objects.filter(run=run)
    assert kept.customer.number == "C1" and kept.step == "reminder" and kept.reasons[0]["code"] == "no_channel"
    assert {step.item.number for step in StepTaken.objects.filter(seller=room.seller)} == {"J1"}


def test_the_guard_is_asked_again_just_before_sending(room, desk):
    item = desk.invoice("I1", ISSUED, 50_000)
    room.send(after(1))
    (message,) = room.messages()
    assert refusals([message.id], noon(after(1))) == {}
    desk.allocate(desk.receipt("R1", "04-02", 50_000), "04-02", (item, 50_000))
    said = refusals([message.id], noon(after(1)))[message.id]
    assert said.reason.code == "nothing_collectable" and said.is_final


def test_a_channel_that_is_off_sends_nothing_and_leaves_the_work_to_people(desk):
    room = Mailroom(desk, live=())
    desk.invoice("I1", ISSUED, 50_000)
    run = room.send(after(1))
    (kept,) = OutreachRefusal.objects.filter(run=run)
    assert kept.reasons[0]["code"] == "channels_off" and room.steps() == [] and room.messages() == []
    (shown,) = room.plan(after(1), any_channel=True).messages
    assert (shown.channel, shown.purpose, shown.contact_name) == ("email", "reminder", "Ada C1")


def test_a_person_keeps_a_customer_out_of_a_day_and_lets_it_in_again(room, desk):
    desk.invoice("I1", ISSUED, 50_000)
    customer, manager = desk.customer(), Actor("May", None, "credit_manager")
    with desk.refused("Say why"):
        hold_out(room.seller, manager, customer.id, after(1), " ", NOW)
    with desk.refused("sends no messages"):
        hold_out(room.seller, Actor("Al", None, "auditor"), customer.id, after(1), "visit", NOW)
    held = hold_out(room.seller, manager, customer.id, after(1), "We visit them today", NOW)
    assert hold_out(room.seller, manager, customer.id, after(1), "again", NOW).id == held.id
    assert room.send(after(1)).figures["messages"] == 0
    assert OutreachRefusal.objects.get(seller=room.seller).reasons[0]["code"] == "held_out"
    assert let_in(room.seller, manager, customer.id, after(1), NOW)
    assert not let_in(room.seller, manager, customer.id, after(1), NOW)
    assert room.send(after(1)).figures["messages"] == 1
    assert OutreachHold.objects.get(id=held.id).released_at == NOW


def test_a_day_to_come_is_not_sent(room, desk):
    desk.invoice("I1", ISSUED, 50_000)
    plan = room.plan(after(1))
    with desk.refused("has not come"):
        send(room.seller, SYSTEM, plan, noon(after(0)))


def test_work_that_a_message_does_leaves_the_list(room, desk):
    item = desk.invoice("I1", ISSUED, 50_000)
    work = WorkItem.objects.create(
        seller=room.seller, customer=item.customer, currency="USD", step="reminder", items=[item.id],
        amount_at_risk_minor=1, listed_on=after(1), first_listed_on=after(1),
    )  # fmt: skip
    room.send(after(1))
    work.refresh_from_db()
    assert (work.state, work.done_on) == ("done", after(1))


def test_events_are_answered_once_and_within_their_days(room, desk):
    item = desk.invoice("I1", ISSUED, 50_000)
    made = promise(room.seller, SYSTEM, desk.customer(), [item.id], 50_000, day("04-10"), day("04-05"), NOW)
    derive_states(room.seller, day("04-12"), NOW)
    assert room.send(day("04-12")).figures["messages"] == 1
    answer = EventStep.objects.get(seller=room.seller)
    assert (answer.code, answer.cause) == ("promise_broken:promise_broken", f"promise:{made.id}")
    assert "500.00" in answer.message.text and answer.message.purpose == "promise_broken"
    room.send(day("04-13"))
    assert EventStep.objects.filter(seller=room.seller).count() == 1


def test_an_instalment_is_announced_with_a_link_three_days_before_and_not_once_it_is_paid(room, desk):
    item = desk.invoice("I1", ISSUED, 60_000)
    wanted = plans.Wanted(item_ids=[item.id], count=3, first_on=day("04-20"))
    at = datetime(2026, 4, 10, 9, tzinfo=UTC)
    offered = plans.offer(room.seller, SYSTEM, desk.customer(), wanted, at)
    plans.accept(
        room.seller, SYSTEM, offered.id, "R. Ellis", "ann@c1.example", at, agreement_hash=offered.agreement_hash
    )
    assert [room.send(day(on)).figures["messages"] for on in ("04-16", "04-17", "04-18", "04-20")] == [0, 1, 0, 0]
    (message,) = room.messages()
    assert (message.purpose, message.state) == ("instalment_due", "queued")
    assert "200.00" in message.text and "/p/" in message.text and "20 Apr" in message.text
    desk.allocate(desk.receipt("R1", "04-21", 40_000), "04-21", (item, 40_000))
    assert room.send(day("05-18")).figures["messages"] == 0  # the second is paid already


def test_a_message_that_comes_back_is_a_task_to_find_somebody_else(room, desk):
    desk.invoice("I1", ISSUED, 50_000)
    room.send(after(1))
    (message,) = room.messages()
    report = {"seller": room.seller, "message": message, "at": noon(after(2))}
    MessageReport.objects.create(kind="bounced", event_key="e1", **report)
    MessageReport.objects.create(kind="opened", event_key="e2", **report)
    room.send(after(3))
    task = EventStep.objects.get(seller=room.seller)
    assert (task.by, task.message, task.done_on) == ("collector", None, None)
    finish_task(room.seller, SYSTEM, task.id, after(3), NOW)
    with pytest.raises(BadInput, match="not waiting"):
        finish_task(room.seller, SYSTEM, task.id, after(3), NOW)
    asked = "SELECT kind, touched_on FROM book_touches WHERE seller_id = %(seller)s AND item_id IS NULL ORDER BY kind"
    touches = rows(asked, {"seller": room.seller.id})
    assert [(one["kind"], one["touched_on"]) for one in touches] == [("bounced", after(2)), ("opened", after(2))]




def test_the_channel_is_the_one_that_this_customer_answers_to(desk):
    """A reply, a tap or money after a message is an answer; that it was opened is none."""
    room = Mailroom(desk, live=("email", "sms"))
    who = room.add("C2", phone="+12025550102")
    ada = Contact.objects.get(customer=who)
    number = itertools.count(1)

    def wrote(channel, on, item=None, **more):
        made = Message.objects.create(
            seller=desk.seller, key=f"k{next(number)}", customer=who, contact=ada, channel=channel, address="x",
            purpose="reminder", language="en", state="sent", queued_at=noon(on), sent_at=noon(on),
            send_not_before=noon(on), next_try_at=noon(on), batch_id=new_id(), **more,
        )  # fmt: skip
        if item is not None:
            MessageItem.objects.create(
                seller=desk.seller, message=made, customer=who, item=item, step="reminder", cause="x"
            )
        return made

    first, second = desk.invoice("I1", "01-01", 10_000, who="C2"), desk.invoice("I2", "01-01", 10_000, who="C2")
    for on in ("02-02", "02-12", "02-22"):
        opened = wrote("email", day(on))
        MessageReport.objects.create(
            seller=desk.seller, message=opened, event_key=f"o{on}", kind="opened", at=noon(day(on))
        )
    wrote("sms", day("03-01"), first)  # paid three days later
    wrote("sms", day("03-10"), second)  # paid a month later: no answer to this
    tapped = wrote("sms", day("04-01"))
    MessageReport.objects.create(
        seller=desk.seller, message=tapped, event_key="c", kind="clicked", at=noon(day("04-01"))
    )
    wrote("email", date(2025, 3, 1))  # more than a year ago: not counted
    desk.allocate(desk.receipt("R1", "03-04", 10_000, who="C2"), "03-04", (first, 10_000))
    desk.allocate(desk.receipt("R2", "04-10", 10_000, who="C2"), "04-10", (second, 10_000))
    people = People(desk.seller, {who.id}, day("05-01"))
    assert {name: (one.tries, one.answers) for name, one in people.past[who.id].items()} == {
        "email": (3, 0), "sms": (3, 2),
    }  # fmt: skip
    way = people.way(who.id, ["email", "sms"]).best
    assert (way.channel, way.reason.code, way.reason.params) == ("sms", "channel_answered", {"answers": 2, "tries": 3})
    assert people.way(who.id, ["email"]).best.channel == "email"
