"""A court's missed instalment in the worklist: ranked by what it moves, a row for a customer, not asked daily."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from openterms.apps.analytics.day.actions import run_day
from openterms.apps.analytics.day.worklists import worklist_of
from openterms.apps.collecting.legal import actions as legal
from openterms.apps.collecting.models import StepTaken, WorkItem
from openterms.apps.collecting.worklist.actions import finish
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.apps.collecting.test_escalation import CHECKED, Office
from tests.apps.desk import Desk, day

ON = date(2026, 10, 5)
NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)


def test_a_missed_instalment_takes_its_rank_and_is_left_alone_for_a_week_once_done(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        office = Office(desk)
        item = desk.invoice("I1", "01-01", 100_000)
        desk.invoice("S1", "08-25", 2_000, who="C2")
        office.noticed(item)
        claim = legal.Claim(country="US", court="Superior Court", reason="strong papers")
        case = legal.sue(office.do("max", "05-01"), desk.customer(), [item.id], claim, CHECKED)
        parts = [(day("10-01"), 60_000), (day("12-01"), 40_000)]
        legal.judgment(office.do("col", "09-01"), case.id, 100_000, 0, "J1", parts)
    before = run_day(seller, ON - timedelta(1), NOW).days[0]
    with acting(seller.id):
        assert [one.customer.number for one in WorkItem.objects.filter(seller=seller, state="open")] == ["C2"]
    found = run_day(seller, ON, NOW).days[0]
    assert (before["parity"], found["parity"]) == (0, 0)
    with acting(seller.id):
        first, second = WorkItem.objects.filter(seller=seller, state="open").order_by("-per_minute_base_minor")
        assert (first.customer.number, first.step, first.items) == ("C1", "court_instalment", [])
        assert (first.collectable_overdue_minor, second.customer.number) == (60_000, "C2")
        assert first.per_minute_base_minor > second.per_minute_base_minor > 0
        (row, _other) = worklist_of(seller, ON, NOW)
        assert (row["customer"], row["step"]) == ("C1", "court_instalment")
        assert row["reasons"][0].startswith("600.00 USD of an instalment that a court allowed in")
        finish(seller, SYSTEM, first.id, ON, NOW)
        assert not StepTaken.objects.filter(seller=seller, item=item, taken_on=ON).exists()
    listed = []
    for later in (1, 7):
        run_day(seller, ON + timedelta(later), NOW + timedelta(later))
        with acting(seller.id):
            listed.append({one.customer.number for one in WorkItem.objects.filter(seller=seller, state="open")})
    assert listed == [{"C2"}, {"C1", "C2"}]
