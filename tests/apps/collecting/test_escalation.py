"""What becomes of accounts that reminders do not move, told by the desk with days."""

from __future__ import annotations

from datetime import UTC, datetime, time
from uuid import UUID

import pytest

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.collecting.checklist.models import SixChecks
from openterms.apps.collecting.checklist.reads import against_escalating
from openterms.apps.collecting.escalation import demand, review
from openterms.apps.collecting.escalation.matters import Doing
from openterms.apps.collecting.escalation.models import Matter, MatterStep
from openterms.apps.collecting.insolvency import actions as insolvency
from openterms.apps.collecting.legal import actions as legal
from openterms.apps.collecting.models import StepTaken
from openterms.apps.collecting.placement import actions as placement
from openterms.apps.collecting.placement.reads import lines, results
from openterms.apps.collecting.settlement import actions as settlement
from openterms.apps.collecting.tracing import actions as tracing
from openterms.apps.collecting.write_off import actions as write_off
from openterms.apps.collecting.write_off import recovering
from openterms.apps.parties.models import Customer, Site
from openterms.apps.receivables.loss.actions import raise_allowance, reverse_cost
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actions import add_membership, add_user
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.core.base.errors import BadInput, Refused
from openterms.core.collecting.checks import SIX_CHECKS, CheckAnswer
from openterms.core.collecting.demand import CHECKLIST, Answer
from tests.apps.desk import NOW, day

CHECKED = {one.code: CheckAnswer("no", "asked") for one in SIX_CHECKS}
LISTED = {one.code: Answer("yes") for one in CHECKLIST}


class Office:
    """People with roles and money around a desk; `col` decides nothing alone, `max` up to 50,000.00."""

    def __init__(self, desk):
        self.desk, self.seller = desk, desk.seller
        self.people = {
            name: self._person(name, role, minor)
            for name, role, minor in (
                ("col", "collector", 0), ("max", "credit_manager", 5_000_000), ("fin", "cfo", 10**12),
                ("clerk", "cash_clerk", 10**12),
            )
        }  # fmt: skip

    def _person(self, name, role, minor):
        user = add_user(f"{name}-{new_id().hex}@t.example", None, name)
        add_membership(self.seller, user, role, minor)
        return Actor(name, user.id, role, minor)

    def do(self, who, on):
        actor = self.people[who] if who else SYSTEM
        return Doing(seller=self.seller, actor=actor, on=day(on), now=datetime.combine(day(on), time(12), UTC))

    def noticed(self, *items, on="03-20"):
        for item in items:
            StepTaken.objects.create(
                seller=self.seller, customer_id=item.customer_id, item=item, step="final_notice", taken_on=day(on)
            )

    def agency(self):
        words = placement.AgencyWords(
            code="A1", name="Atlas Recovery", countries=["US"],
            fees=[{"most_days": 180, "fee_bp": 3_000}, {"most_days": None, "fee_bp": 5_000}],
        )  # fmt: skip
        return placement.keep_agency(self.do("max", "01-02"), words)

    def clean(self):
        faults = [one for one in check_seller(self.seller, day("12-31")) if not one.ok]
        assert faults == []

    def place(self, who, item, on="05-01"):
        agency = self.agency()
        return placement.place(self.do(who, on), self.desk.customer(), [item.id], agency.id, CHECKED, "no answer")


@pytest.fixture
def office(desk):
    return Office(desk)


def state(matter):
    return Matter.objects.get(id=matter.id).state


def test_a_placement_is_paid_in_part_and_recalled(desk, office):
    item = desk.invoice("I1", "01-01", 1_000_000)
    office.noticed(item)
    placed = office.place("max", item)
    assert (state(placed), placed.terms["fee_bp"]) == ("placed", 3_000)
    assert [one["invoice"] for one in lines(desk.seller)] == ["I1"]
    placement.answer(office.do("col", "05-03"), placed.id, "acknowledge", "AR-77")
    paid = placement.AgencyPayment(amount_minor=400_000, fee_minor=120_000, reference="P1")
    placement.record_payment(office.do("clerk", "05-20"), placed.id, paid)
    assert desk.open(item) == 600_000
    usd = desk.seller.currency
    assert desk.accounts()[("collection_fees", usd)] == (120_000, 120_000)
    assert desk.accounts()[("bank", usd)] == (280_000, 280_000)
    with desk.refused("on record"):
        placement.record_payment(office.do("clerk", "05-21"), placed.id, paid)
    with desk.refused("more than was agreed"):
        more = placement.AgencyPayment(amount_minor=100, fee_minor=31, reference="P2")
        placement.record_payment(office.do("clerk", "05-21"), placed.id, more)
    direct = placement.AgencyPayment(amount_minor=100_000, fee_minor=30_000, reference="D1", is_direct=True)
    placement.record_payment(office.do("clerk", "05-22"), placed.id, direct)
    assert desk.accounts()[("agency_payable", usd)] == (-30_000, -30_000)
    placement.pay_agency(office.do("clerk", "05-25"), placed.id, 30_000, "T1")
    assert ("agency_payable", usd) not in desk.accounts()
    with desk.refused("Say why"):
        placement.answer(office.do("max", "06-01"), placed.id, "recall")
    placement.answer(office.do("max", "06-01"), placed.id, "recall", note="too slow")
    assert state(placed) == "recalled"
    (one,) = results(desk.seller)
    assert (one["cases"], one["collected_minor"], one["fees_minor"], one["collected_bp"]) == (
        1,
        500_000,
        150_000,
        5_000,
    )
    entry = MatterStep.objects.get(matter=placed, kind="direct_payment").data["entry"]
    reverse_cost(desk.seller, SYSTEM, UUID(entry), day("06-02"), NOW, "wrong")
    office.clean()


def test_no_notice_no_placement_and_an_open_check_stops_it(desk, office):
    item = desk.invoice("I1", "01-01", 10_000)
    agency = office.agency()
    with desk.refused():
        placement.place(office.do("max", "05-01"), desk.customer(), [item.id], agency.id, CHECKED, "x")
    office.noticed(item)
    with desk.refused("have not been answered in the last 30 days"):
        placement.place(office.do("max", "05-01"), desk.customer(), [item.id], agency.id, {}, "x")
    with desk.refused("no answer"):
        missing = {code: one for code, one in CHECKED.items() if code != "pattern"}
        placement.place(office.do("max", "05-01"), desk.customer(), [item.id], agency.id, missing, "x")
    with desk.refused("does not escalate"):
        placement.place(office.do("clerk", "05-01"), desk.customer(), [item.id], agency.id, CHECKED, "x")


def test_the_six_checks_are_answered_in_one_place(desk, office):
    """On the customer's page or with an escalation: one row, which the work of a legal step reads as well."""
    item, other = desk.invoice("I1", "01-01", 10_000), desk.invoice("I2", "01-01", 10_000)
    office.noticed(item)
    office.noticed(other)
    who = desk.customer()
    assert against_escalating(desk.seller, who.id, day("05-01")) is not None
    placed = office.place("max", item)
    first = SixChecks.objects.get(seller=desk.seller)
    step = MatterStep.objects.get(matter=placed, number=1)
    assert step.data["six_checks"] == str(first.id) and step.data["checks"] == first.answers
    assert against_escalating(desk.seller, who.id, day("05-01")) is None
    # a second escalation rests on the same answers; thirty days later they are asked again
    claim = legal.Claim(country="US", court="County court", reason="silent")
    case = legal.sue(office.do("max", "05-20"), who, [other.id], claim, {})
    assert MatterStep.objects.get(matter=case, number=1).data["six_checks"] == str(first.id)
    assert SixChecks.objects.filter(seller=desk.seller).count() == 1
    assert against_escalating(desk.seller, who.id, day("06-01")) is not None


def test_beyond_ones_authority_somebody_else_agrees(desk, office):
    item = desk.invoice("I1", "01-01", 6_000_000)
    office.noticed(item)
    asked = office.place("max", item)
    assert state(asked) == "proposed"
    assert lines(desk.seller) == []
    for who, why in (("max", "proposed themselves"), ("col", "more than"), ("clerk", "does not escalate")):
        with desk.refused(why):
            placement.approve(office.do(who, "05-02"), asked.id)
    receipt = desk.receipt("R1", "05-02", 100)
    undone = desk.allocate(receipt, "05-02", (item, 100))
    with desk.refused("has changed"):
        placement.approve(office.do("fin", "05-03"), asked.id)
    desk.reverse(undone, "05-03")
    desk.refund(receipt, 100, "05-03")
    placement.approve(office.do("fin", "05-03"), asked.id)
    assert state(asked) == "placed"
    with desk.refused("part of PL-00001"):
        write_off.write_off(office.do("fin", "05-04"), desk.customer(), [item.id], "gone")
    office.clean()


def wanted(pays, pay_by="06-10", answer_by="05-20"):
    return settlement.Offer(pays_minor=pays, pay_by=day(pay_by), answer_by=day(answer_by), reason="cash now")


def test_a_settlement_is_kept_and_the_rest_forgiven_then_the_money_comes_back(desk, office):
    item = desk.invoice("I1", "01-01", 100_000)
    made = settlement.offer(office.do("max", "05-01"), desk.customer(), [item.id], wanted(60_000))
    settlement.accept(office.do("col", "05-10"), made.id, "Ms Reed")
    assert Item.objects.get(id=item.id).collectable_minor == 0
    receipt = desk.receipt("R1", "06-01", 60_000)
    desk.allocate(receipt, "06-01", (item, 60_000))
    assert settlement.derive_settlements(office.do("", "06-01")) == {"paid": 1}
    assert settlement.derive_settlements(office.do("", "06-01")) == {}
    assert desk.open(item) == 0
    assert desk.accounts()[("loss_allowance", "USD")] == (40_000, 40_000)
    office.clean()
    desk.bank_return(receipt, "06-05")
    assert settlement.derive_settlements(office.do("", "06-06")) == {"broken": 1}
    assert (desk.open(item), state(made)) == (100_000, "broken")
    assert ("loss_allowance", "USD") not in desk.accounts()
    office.clean()


def test_a_settlement_is_broken_and_everything_is_owed_again(desk, office):
    item = desk.invoice("I1", "01-01", 100_000)
    made = settlement.offer(office.do("max", "05-01"), desk.customer(), [item.id], wanted(60_000))
    settlement.accept(office.do("col", "05-10"), made.id, "Ms Reed")
    desk.allocate(desk.receipt("R1", "06-01", 20_000), "06-01", (item, 20_000))
    assert settlement.derive_settlements(office.do("", "06-13")) == {}
    assert settlement.derive_settlements(office.do("", "06-14")) == {"broken": 1}
    assert (Item.objects.get(id=item.id).collectable_minor, state(made)) == (80_000, "broken")
    office.clean()


def test_an_offer_lapses_and_a_large_one_waits_for_a_second_person(desk, office):
    item = desk.invoice("I1", "01-01", 100_000)
    made = settlement.offer(office.do("col", "05-01"), desk.customer(), [item.id], wanted(60_000))
    assert state(made) == "proposed"
    with desk.refused("not at a point"):
        settlement.accept(office.do("col", "05-02"), made.id, "Ms Reed")
    with desk.refused("proposed themselves"):
        settlement.approve(office.do("col", "05-02"), made.id)
    settlement.approve(office.do("max", "05-02"), made.id)
    with desk.refused("lapsed"):
        settlement.accept(office.do("col", "05-21"), made.id, "Ms Reed")
    assert settlement.derive_settlements(office.do("", "05-21")) == {"expired": 1}
    with desk.refused("settles nothing"):
        settlement.offer(office.do("max", "05-01"), desk.customer(), [item.id], wanted(100_000))


def test_an_insolvency_stops_everything_and_pays_a_dividend(desk, office):
    item, second = desk.invoice("I1", "01-01", 100_000), desk.invoice("I2", "02-01", 50_000)
    office.noticed(item, second)
    placed = office.place("max", item)
    heard = insolvency.Proceedings(
        proceedings="Chapter 7",
        court="Delaware",
        administrator="T. Trustee",
        opened_on=day("05-10"),
        prove_by=day("07-01"),
    )
    case = insolvency.record_insolvency(office.do("col", "05-12"), desk.customer(), heard)
    assert (case.amount_minor, state(placed)) == (150_000, "recalled")
    assert Customer.objects.get(id=desk.customer().id).insolvent_on == day("05-10")
    with desk.refused("on record already"):
        insolvency.record_insolvency(office.do("col", "05-12"), desk.customer(), heard)
    with desk.refused():
        settlement.offer(office.do("max", "05-13"), desk.customer(), [item.id], wanted(20_000))
    insolvency.prove(office.do("col", "06-01"), case.id, 150_000, "POD-9")
    insolvency.dividend(office.do("clerk", "09-01"), case.id, 15_000, "DIV-1")
    assert desk.open(item, second) == (85_000, 50_000)
    insolvency.end(office.do("max", "10-01"), case.id, "final account")
    gone = write_off.write_off(office.do("max", "10-02"), desk.customer(), [item.id, second.id], "insolvent")
    assert (state(gone), desk.open(item, second)) == ("booked", (0, 0))
    office.clean()


def test_a_write_off_with_vat_relief_then_a_recovery(desk, office):
    desk.seller.country = "GB"
    desk.seller.save(update_fields=["country"])
    item = desk.invoice("I1", "01-01", 120_000, vat_minor=20_000)
    raise_allowance(desk.seller, SYSTEM, desk.customer(), 120_000, "USD", day("06-30"), NOW)
    made = write_off.write_off(office.do("max", "12-01"), desk.customer(), [item.id], "gone away", claims_vat=True)
    assert (state(made), desk.open(item)) == ("booked", 0)
    books = desk.accounts()
    assert (books[("vat_bad_debts", "USD")][0], books[("loss_allowance", "USD")][0]) == (20_000, -20_000)
    receipt = desk.receipt("R1", "12-10", 12_000)
    recovering.record_recovery(office.do("clerk", "12-10"), made.id, receipt.id, 12_000)
    books = desk.accounts()
    assert (books[("recoveries", "USD")][0], books[("vat_output", "USD")][0]) == (-10_000, -22_000)
    assert desk.open(receipt) == 0
    with desk.refused("has come in"):
        write_off.take_back(office.do("max", "12-11"), made.id, "paid after all")
    with desk.refused("more than was written off"):
        recovering.record_recovery(office.do("clerk", "12-11"), made.id, receipt.id, 200_000)
    office.clean()


def test_a_write_off_is_taken_back(desk, office):
    item = desk.invoice("I1", "01-01", 120_000)
    made = write_off.write_off(office.do("col", "12-01"), desk.customer(), [item.id], "gone", against="bad_debts")
    assert (state(made), desk.open(item)) == ("proposed", 120_000)
    write_off.approve(office.do("max", "12-02"), made.id)
    assert desk.open(item) == 0
    write_off.take_back(office.do("max", "12-03"), made.id, "found them")
    assert (state(made), desk.open(item)) == ("reversed", 120_000)
    assert ("bad_debts", "USD") not in desk.accounts()
    office.clean()


def test_a_legal_case_to_judgment_by_instalments(desk, office):
    item = desk.invoice("I1", "01-01", 100_000)
    office.noticed(item)
    claim = legal.Claim(country="US", court="Superior Court", reason="strong papers")
    case = legal.sue(office.do("max", "05-01"), desk.customer(), [item.id], claim, CHECKED)
    assert case.terms["limitation_on"] == "2030-01-31"
    legal.milestone(office.do("col", "05-10"), case.id, "file", reference="24-CV-1")
    legal.pay_cost(office.do("col", "05-10"), case.id, 40_000, "court fee")
    assert desk.accounts()[("court_costs", "USD")] == (40_000, 40_000)
    with desk.refused("make up the award"):
        legal.judgment(office.do("col", "09-01"), case.id, 110_000, 10_000, "J1", [(day("10-01"), 50_000)])
    parts = [(day("10-01"), 50_000), (day("11-01"), 60_000)]
    legal.judgment(office.do("col", "09-01"), case.id, 110_000, 10_000, "J1", parts)
    assert (state(case), Matter.objects.get(id=case.id).due_on) == ("judgment", day("10-01"))
    costs = Item.objects.get(kind="late_fee")
    assert (costs.number, costs.amount_minor, costs.due_on) == (f"{case}-C1", 10_000, day("10-01"))
    assert desk.accounts()[("late_fee_income", "USD")] == (-10_000, -10_000)
    legal.close(office.do("max", "12-01"), case.id, "paid")
    office.clean()


def test_a_debtor_is_traced(desk, office):
    case = tracing.trace(office.do("col", "05-01"), desk.customer(), "mail came back")
    with desk.refused("sources were not asked"):
        tracing.finish(office.do("col", "05-02"), case.id, False, "")
    for source in tracing.SOURCES:
        tracing.look(office.do("col", "05-02"), case.id, source, "nothing", "public", "")
    with desk.refused("what was found"):
        tracing.look(office.do("col", "05-02"), case.id, "web", "found", "public", "")
    tracing.finish(office.do("col", "05-03"), case.id, False, "")
    assert (state(case), len(tracing.asked(case))) == ("not_found", 10)


def test_a_review_compares_and_is_decided_by_two(desk, office):
    item = desk.invoice("I1", "01-01", 6_000_000)
    case = review.review(office.do("col", "06-01"), desk.customer(), [item.id])
    facts = review.facts_of(case)
    assert facts["agency_bp"].source == "survey"
    assert facts["claim_minor"].value == 6_000_000
    with desk.refused("no offer"):
        review.decide(office.do("col", "06-01"), case.id, "settle", "x")
    with desk.refused("out of its range"):
        review.change_inputs(office.do("col", "06-01"), case.id, {"win_bp": 10_001}, "hopeful")
    review.change_inputs(office.do("col", "06-01"), case.id, {"settlement_minor": 5_500_000}, "they offered it")
    best = review.comparison(case).data["answer"]["best"]
    assert best == "settle"
    review.decide(office.do("max", "06-02"), case.id, "settle", "")
    assert state(case) == "proposed"
    with desk.refused("proposed themselves"):
        review.approve(office.do("max", "06-02"), case.id)
    review.approve(office.do("fin", "06-02"), case.id)
    assert state(case) == "decided"
    assert list(review.differing(desk.seller)) == []


def letter(language="en", **more):
    return demand.Wanted(
        language=language, deadline_on=day("06-15"), pay_to=["IBAN GB33BUKB20201555555555"], signer="Max Vale",
        plan_contact="collections@seller.example", contract="our order terms of 2025", consequences=["agency", "court"],
        **more,
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_demand_letter_is_issued_kept_and_delivered(desk, office, language):
    item = desk.invoice("I1", "01-01", 100_000)
    Site.objects.create(
        seller=desk.seller, customer=desk.customer(), purpose="registered", street="1 Mill Road", city="Leeds"
    )
    with desk.refused("address"):
        demand.issue(office.do("col", "06-01"), desk.customer(), [item.id], letter(language), LISTED, CHECKED)
    desk.seller.address = "2 Quay\nDover"
    desk.seller.save(update_fields=["address"])
    with desk.refused("not answered|cannot be issued"):
        listed = LISTED | {"contract": Answer("no")}
        demand.issue(office.do("col", "06-01"), desk.customer(), [item.id], letter(language), listed, CHECKED)
    made = demand.issue(office.do("col", "06-01"), desk.customer(), [item.id], letter(language), LISTED, CHECKED)
    content = demand.content_of(made)
    assert content is not None
    assert content.startswith(b"%PDF")
    assert b"pdfaid" in content
    with desk.refused("no proof"):
        demand.deliver(office.do("col", "06-03"), made.id, "registered", "")
    demand.deliver(office.do("col", "06-03"), made.id, "registered", "RR123")
    assert state(made) == "delivered"
    office.clean()


def test_the_product_itself_decides_nothing(desk, office):
    item = desk.invoice("I1", "01-01", 100)
    made = write_off.write_off(office.do("", "12-01"), desk.customer(), [item.id], "gone")
    assert state(made) == "proposed"
    with pytest.raises((Refused, BadInput)):
        write_off.approve(office.do("", "12-01"), made.id)
