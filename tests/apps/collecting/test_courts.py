"""What courts award and what comes in after a write-off: instalments, costs, and money that the bank takes back."""

from __future__ import annotations

from uuid import UUID

import pytest

from openterms.apps.collecting.escalation.models import Matter, MatterStep
from openterms.apps.collecting.late_charge.reads import owed
from openterms.apps.collecting.legal import actions as legal
from openterms.apps.collecting.legal import award
from openterms.apps.collecting.outreach.ahead import elsewhere, timeline
from openterms.apps.collecting.worklist.actions import log_activity
from openterms.apps.collecting.write_off import actions as write_off
from openterms.apps.collecting.write_off import recovering
from openterms.apps.receivables.claim.models import Claim
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import SYSTEM
from tests.apps.collecting.test_escalation import CHECKED, Office, state
from tests.apps.collecting.test_late_charge import terms
from tests.apps.desk import NOW, day


@pytest.fixture
def office(desk):
    return Office(desk)


def judged(desk, office, parts, costs=10_000):
    item = desk.invoice("I1", "01-01", 100_000)
    office.noticed(item)
    claim = legal.Claim(country="US", court="Superior Court", reason="strong papers")
    case = legal.sue(office.do("max", "05-01"), desk.customer(), [item.id], claim, CHECKED)
    legal.judgment(office.do("col", "09-01"), case.id, 100_000 + costs, costs, "J1", parts)
    return item, case


def test_court_instalments_are_kept_missed_and_paid_and_the_bank_takes_one_back(desk, office):
    parts = [(day("10-01"), 50_000), (day("11-01"), 60_000)]
    item, case = judged(desk, office, parts)
    costs = Item.objects.get(kind="late_fee")

    def night(on):
        return award.derive_judgments(office.do("", on))

    def shown(on):
        return [(one.paid_minor, str(one.state)) for one in award.instalments_of(case, day(on))]

    def free(*items):
        return [Item.objects.get(id=one.id).collectable_minor for one in items]

    assert free(item, costs) == [0, 0]  # what is to come is asked for by nobody
    assert night("10-04") == {} and shown("10-04") == [(0, "to_come"), (0, "to_come")]
    first = desk.receipt("R1", "10-03", 20_000)
    desk.allocate(first, "10-03", (costs, 10_000), (item, 10_000))
    assert shown("10-04") == [(20_000, "part_kept"), (0, "to_come")]
    assert award.missed_work(desk.seller, day("10-04")) == []
    assert free(item, costs) == [0, 0]
    assert (night("10-05"), night("10-05"), shown("10-05")[0]) == ({"missed": 1}, {}, (20_000, "missed"))
    assert free(item) == [30_000] and Item.objects.get(id=item.id).planned_minor == 60_000
    (work,) = award.missed_work(desk.seller, day("10-05"))
    assert work[:4] == (item.customer_id, "USD", 30_000, 4)
    assert work.reasons[0].params["missed_minor"] == 30_000
    log_activity(desk.seller, SYSTEM, desk.customer(), "call", day("10-05"), NOW, outcome="refuses")
    due = [[one.is_due for one in award.missed_work(desk.seller, day(on))] for on in ("10-05", "10-11", "10-12")]
    assert work.is_due and due == [[False], [False], [True]]
    (missed,) = award.missed_judgments(desk.seller, day("10-05"))
    assert (missed.id, missed.missed_minor) == (case.id, 30_000)
    assert award.missed_judgments(desk.seller, day("10-04")) == []
    assert award.missed_judgments(desk.seller, day("10-05"), [item.id]) == []
    (step,) = MatterStep.objects.filter(matter=case, kind="miss")
    assert (step.amount_minor, step.data["instalment"]) == (30_000, 1)
    second = desk.receipt("R2", "10-20", 90_000)
    desk.allocate(second, "10-20", (item, 90_000))
    assert shown("10-20") == [(50_000, "kept"), (60_000, "kept")]
    assert (night("10-21"), state(case), night("10-22")) == ({"paid": 1}, "paid", {})
    desk.bank_return(second, "10-25")
    assert (night("10-26"), state(case)) == ({"returned": 1}, "judgment")
    assert Matter.objects.get(id=case.id).due_on == day("10-01")
    assert free(item) == [30_000]
    assert night("11-05") == {"missed": 1} and free(item) == [90_000]
    office.clean()


def test_an_award_in_instalments_bears_no_interest_till_one_is_missed_or_it_is_enforced(desk, office):
    terms(desk)
    item, case = judged(desk, office, [(day("10-01"), 50_000), (day("12-01"), 60_000)])
    assert (elsewhere(case.customer), timeline(case.customer, day("09-02"), NOW)) == ("legal", [])
    spans = Claim.objects.filter(source_id=case.id, source_type="legal", ends_on__isnull=True)
    assert sum(spans.values_list("amount_minor", flat=True)) == 110_000
    bears = [one for one in owed(desk.seller, day("09-30"), NOW) if one.item["id"] == item.id]
    assert max(line.ends_on for one in bears for line in one.charge.lines) == day("08-31")  # the day before it
    award.derive_judgments(office.do("", "10-05"))
    assert sum(spans.values_list("amount_minor", flat=True)) == 60_000
    legal.milestone(office.do("col", "10-06"), case.id, "enforce", "writ")
    assert not spans.exists() and award.derive_judgments(office.do("", "10-07")) == {}
    assert Item.objects.get(id=item.id).collectable_minor == 100_000
    office.clean()


def test_a_second_judgment_credits_the_costs_of_the_first(desk, office):
    item, case = judged(desk, office, [])
    legal.milestone(office.do("col", "09-10"), case.id, "resume", "appeal")
    legal.judgment(office.do("col", "09-20"), case.id, 95_000, 5_000, "J2")
    first, second = Item.objects.filter(kind="late_fee").order_by("number")
    assert (desk.open(first, second), second.amount_minor) == ((0, 5_000), 5_000)
    assert desk.accounts()[("late_fee_income", "USD")] == (-5_000, -5_000)
    desk.allocate(desk.receipt("R1", "09-21", 95_000), "09-21", (item, 90_000), (second, 5_000))
    assert award.derive_judgments(office.do("", "09-22")) == {"paid": 1}
    legal_entries = MatterStep.objects.filter(matter=case, kind="judgment").count()
    assert legal_entries == 2
    office.clean()


def test_the_bank_takes_a_recovery_back(desk, office):
    desk.seller.country = "GB"
    desk.seller.save(update_fields=["country"])
    item = desk.invoice("I1", "01-01", 120_000, vat_minor=20_000)
    made = write_off.write_off(office.do("max", "12-01"), desk.customer(), [item.id], "gone away", claims_vat=True)
    before = desk.accounts()
    receipt = desk.receipt("R1", "12-10", 12_000)
    recovering.record_recovery(office.do("clerk", "12-10"), made.id, receipt.id, 12_000)
    desk.bank_return(receipt, "12-15")
    assert (recovering.recovered(made), desk.open(receipt), desk.accounts()) == (0, 0, before)
    assert recovering.note_returns(office.do("", "12-16")) == {"returned": 1}
    assert recovering.note_returns(office.do("", "12-16")) == {}
    again = desk.receipt("R2", "12-17", 10_000)
    recovering.record_recovery(office.do("clerk", "12-17"), made.id, again.id, 10_000)
    (stands,) = recovering.standing(made)
    allocation = UUID(stands.data["allocation"])
    with desk.refused("Say why"):
        recovering.take_recovery_back(office.do("clerk", "12-18"), made.id, allocation, " ")
    recovering.take_recovery_back(office.do("clerk", "12-18"), made.id, allocation, "another customer's")
    assert (recovering.recovered(made), desk.open(again)) == (0, 10_000)
    with desk.refused("taken back already"):
        recovering.take_recovery_back(office.do("clerk", "12-18"), made.id, allocation, "again")
    write_off.take_back(office.do("max", "12-19"), made.id, "paid after all")
    assert (state(made), desk.open(item)) == ("reversed", 120_000)
    office.clean()
