"""A cancelled line passes what is overdue to collecting."""

from __future__ import annotations

from openterms.apps.analytics.day.worklists import reason_text
from openterms.apps.collecting.handover.actions import cancel_and_collect
from openterms.apps.collecting.models import WorkItem
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.line.states import Told
from openterms.apps.credit.models import Line
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.tenancy.actor import SYSTEM
from tests.apps.desk import NOW, day

WHY = Told(reason="They pay nobody")


def line(desk):
    set_line(desk.seller, SYSTEM, desk.customer(), "USD", 100_000, "agreed", day("02-01"), NOW)


def cancel(desk):
    return cancel_and_collect(desk.seller, SYSTEM, desk.customer(), "USD", WHY, NOW)


def test_what_is_overdue_and_collectable_is_on_the_list_today(desk):
    line(desk)
    late, contested = desk.invoice("I1", "03-01", 40_000), desk.invoice("I2", "03-01", 10_000)
    desk.invoice("I3", "05-30", 20_000)
    open_dispute(desk.seller, SYSTEM, contested.id, 10_000, "price", day("04-01"), NOW, "Too dear")
    passed = cancel(desk)
    work = WorkItem.objects.get(seller=desk.seller)
    assert (passed.overdue_minor, work.step, work.items, work.state) == (40_000, "call", [late.id], "open")
    assert reason_text(work.reasons[0]) == "The credit line was cancelled while something was overdue."
    assert Line.objects.get(seller=desk.seller).state == "cancelled"


def test_work_that_was_put_off_is_due_again(desk):
    line(desk)
    desk.invoice("I1", "03-01", 40_000)
    WorkItem.objects.create(
        seller=desk.seller, customer=desk.customer(), currency="USD", step="final_notice", amount_at_risk_minor=1,
        listed_on=day("05-01"), first_listed_on=day("05-01"), state="snoozed", snoozed_until=day("07-01"),
    )  # fmt: skip
    cancel(desk)
    work = WorkItem.objects.get(seller=desk.seller)
    assert (work.step, work.state, work.snoozed_until) == ("final_notice", "open", None)


def test_nothing_overdue_is_nothing_passed_on_and_without_a_line_nothing_happens(desk):
    desk.customer()
    with desk.refused("no line in USD"):
        cancel(desk)
    line(desk)
    desk.invoice("I3", "05-30", 20_000)
    assert (cancel(desk).overdue_minor, WorkItem.objects.filter(seller=desk.seller).count()) == (0, 0)
