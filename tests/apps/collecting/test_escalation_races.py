"""Two at once about the same items: real threads, real commits. One wins, and the record is clean."""

from __future__ import annotations

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.collecting.models import Matter
from openterms.apps.collecting.settlement import actions as settlement
from openterms.apps.collecting.write_off import actions as write_off
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from tests.apps.collecting.test_escalation import Office, wanted
from tests.apps.desk import NOW, Desk, day
from tests.apps.test_races import refusals, together


def test_an_item_is_placed_settled_or_paid_by_one_of_those_who_try(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        office = Office(desk)
        first, second = desk.invoice("I1", "01-01", 100_000), desk.invoice("I2", "01-01", 100_000)
        office.noticed(first, second)
        receipt = desk.receipt("R1", "05-01", 100_000)
        agency = office.agency()
        desk.allocate(desk.receipt("R0", "05-01", 1), "05-01", (second, 1))
        doing = office.do("max", "05-02")
        customer = desk.customer()
    assert agency
    answers = together(
        seller,
        lambda: settlement.offer(doing, customer, [first.id], wanted(50_000)),
        lambda: settlement.offer(doing, customer, [first.id], wanted(40_000)),
        lambda: write_off.write_off(doing, customer, [second.id], "gone"),
        lambda: allocate(seller, SYSTEM, receipt.id, [Part(second.id, 99_999)], day("05-02"), NOW),
    )
    assert len(refusals(answers)) >= 2
    with acting(seller.id):
        assert Matter.objects.filter(seller=seller, kind="settlement").count() == 1
        assert Item.objects.get(id=second.id).open_minor == 0
        assert [one for one in check_seller(seller, day("12-31")) if not one.ok] == []
