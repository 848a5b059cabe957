"""The list of late charges reads alike for few and for many, and refuses alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openterms.apps.analytics.late_charge import reads
from openterms.apps.collecting.late_charge.actions import book
from openterms.apps.collecting.late_charge.reads import owed
from openterms.apps.collecting.pause.actions import pause
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.core.base.errors import BadInput
from tests.apps.cases import POLICY, publish
from tests.apps.desk import Desk, day

NOW = datetime(2026, 8, 31, 9, tzinfo=UTC)
LATE = "late_charges: {mode: interest_and_lump_sum, reference: fixed, above_reference_bp: 1200, lump_sum_minor: 4000}"


def told(found):
    return [
        (one.id, one.interest_minor, one.lump_sum_minor, one.charity_minor, one.overcharged_minor, one.basis,
         one.policy, one.number, one.customer_name, [reason.code for reason in one.refusals], one.correction_minor,
         one.lines, one.sources)
        for one in found.rows
    ]  # fmt: skip


def both(seller, monkeypatch, on="08-31", most=None):
    """The list read one by one, and set-wise; the same figures in all."""
    monkeypatch.setattr(reads, "FEW", 10**6)
    few = reads.owing(seller, day(on), NOW, most=most, explain=True)
    monkeypatch.setattr(reads, "FEW", -1)
    many = reads.owing(seller, day(on), NOW, most=most, explain=True)
    assert told(many) == told(few)
    assert (many.count, many.chargeable, many.sums) == (few.count, few.chargeable, few.sums)
    return many


@pytest.fixture
def busy(committed, new_seller):
    """Customers in several countries, a consumer, one insolvent, one paused; money, disputes and earlier charges."""
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        for place, (country, more) in enumerate(
            (("US", {}), ("DE", {}), ("AE", {}), ("SA", {}), ("US", {"is_sole_trader": True}), ("XX", {}),
             ("US", {"insolvent_on": "2026-05-01"}))
        ):  # fmt: skip
            customer = desk.customer(f"C{place}")
            Customer.objects.filter(id=customer.id).update(country=country, **more)
            for n in range(4):
                desk.invoice(f"I{place}{n}", f"0{n + 1}-10", 10_000 * (n + 1) + place, who=f"C{place}")
    return seller, desk


def test_the_list_reads_alike_for_few_and_for_many(busy, monkeypatch):
    seller, desk = busy
    with acting(seller.id):
        assert both(seller, monkeypatch).count == 0
        publish(seller, POLICY.replace("late_charges: {mode: none}", LATE))
        first = both(seller, monkeypatch)
        assert first.count >= 12 and first.chargeable < first.count
        items = {one.number: one for one in first.rows}
        receipt = desk.receipt("R1", "06-01", 5_000, who="C0")
        desk.allocate(receipt, "06-01", (_item("I00"), 5_000))
        whole = desk.receipt("R2", "08-20", 20_001, who="C1")
        desk.allocate(whole, "08-20", (_item("I11"), 20_001))
        open_dispute(seller, SYSTEM, items["I01"].id, 10_000, "price", day("05-01"), NOW)
    with acting(seller.id):
        both(seller, monkeypatch)
        book(seller, SYSTEM, day("06-30"), NOW)
        late = desk.receipt("R3", "04-20", 10_000, who="C2")
        desk.allocate(late, "04-20", (_item("I20"), 10_000))
        pause(seller, SYSTEM, Customer.objects.get(number="C2"), "other", "asked", day("12-31"), day("08-31"), NOW)
    with acting(seller.id):
        after = both(seller, monkeypatch)
        assert any(one.overcharged_minor for one in after.rows) and any(one.refusals for one in after.rows)
        assert any(one.correction_minor for one in after.rows)
        assert all(sum(line.amount_minor for line in one.lines) + one.correction_minor
                   == one.interest_minor - one.overcharged_minor for one in after.rows)  # fmt: skip
        assert len(both(seller, monkeypatch, most=3).rows) == 3
        wanted = owed(seller, day("08-31"), NOW)
        assert after.count == len(wanted)
        assert sum(after.sums.values()) == sum(one.charge.total_minor for one in wanted if one.is_chargeable)


def test_compound_terms_are_read_one_by_one_beside_the_others(busy, monkeypatch):
    seller, _desk = busy
    with acting(seller.id):
        Customer.objects.filter(number="C5").update(country="NG")
        text = LATE.replace("lump_sum_minor", "compound: month, lump_sum_minor")
        publish(seller, POLICY.replace("late_charges: {mode: none}", text))
    with acting(seller.id):
        found = both(seller, monkeypatch)
        (one, *_rest) = [each for each in found.rows if each.number == "I50"]
        (other, *_rest) = [each for each in found.rows if each.number == "I00"]
        assert one.interest_minor > other.interest_minor
        assert [each.number for each in both(seller, monkeypatch, most=5).rows] == [
            each.number for each in found.rows[:5]
        ]


def test_a_rate_that_is_not_known_is_refused_alike(busy, monkeypatch):
    seller, _desk = busy
    with acting(seller.id):
        publish(seller, POLICY.replace("late_charges: {mode: none}", LATE.replace("fixed", "eibor")))
    for few in (10**6, -1):
        monkeypatch.setattr(reads, "FEW", few)
        with acting(seller.id), pytest.raises(BadInput, match="eibor"):
            reads.owing(seller, day("08-31") - timedelta(days=0), NOW)


def _item(number):
    from openterms.apps.receivables.models import Item

    return Item.objects.get(number=number)
