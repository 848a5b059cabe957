"""Disputes and the slices that claims cut out of an item."""

from __future__ import annotations

import pytest

from openterms.apps.collecting.promise.actions import promise
from openterms.apps.receivables.dispute.actions import close_dispute, open_dispute
from openterms.apps.receivables.models import Claim, Item
from openterms.apps.tenancy.actor import SYSTEM
from tests.apps.desk import NOW, day


def contest(desk, item, minor, on="03-10", reason="price"):
    return open_dispute(desk.seller, SYSTEM, item.id, minor, reason, day(on), NOW)


def slices(item):
    found = Item.objects.get(id=item.id)
    return found.open_minor, found.contested_minor, found.promised_minor, found.collectable_minor


def test_an_item_is_partly_disputed_and_partly_promised(desk):
    """Elsewhere one status says dispute or promise, so an item cannot be partly both."""
    item = desk.invoice("I1", "03-01", 100_000)
    contest(desk, item, 30_000)
    promise(desk.seller, SYSTEM, desk.customer(), [item.id], 50_000, day("03-20"), day("03-10"), NOW)
    assert slices(item) == (100_000, 30_000, 50_000, 20_000)


def test_claims_shrink_with_a_part_payment_and_grow_back(desk):
    """What may be collected follows the open amount, never the gross total."""
    item = desk.invoice("I1", "03-01", 100_000)
    contest(desk, item, 30_000)
    promise(desk.seller, SYSTEM, desk.customer(), [item.id], 50_000, day("03-20"), day("03-10"), NOW)
    made = desk.allocate(desk.receipt("R1", "03-12", 60_000), "03-12", (item, 60_000))
    assert slices(item) == (40_000, 30_000, 10_000, 0)
    second = desk.allocate(desk.receipt("R2", "03-13", 30_000), "03-13", (item, 30_000))
    assert slices(item) == (10_000, 10_000, 0, 0)
    desk.reverse(second, "03-14")
    desk.reverse(made, "03-14")
    assert slices(item) == (100_000, 30_000, 50_000, 20_000)


def test_what_was_contested_may_be_chased_again_once_decided(desk):
    item = desk.invoice("I1", "03-01", 100_000)
    dispute = contest(desk, item, 30_000)
    with desk.refused("ends as one of"):
        close_dispute(desk.seller, SYSTEM, dispute.id, "lost", day("03-12"), NOW)
    with desk.refused("on or after the day"):
        close_dispute(desk.seller, SYSTEM, dispute.id, "upheld", day("03-09"), NOW)
    close_dispute(desk.seller, SYSTEM, dispute.id, "rejected", day("03-12"), NOW)
    assert slices(item) == (100_000, 0, 0, 100_000)
    assert Claim.objects.get(source_id=dispute.id).ends_on == day("03-12")
    with desk.refused("not open"):
        close_dispute(desk.seller, SYSTEM, dispute.id, "rejected", day("03-13"), NOW)
    with desk.refused("not open"):
        close_dispute(desk.seller, SYSTEM, item.id, "rejected", day("03-13"), NOW)


@pytest.mark.parametrize("minor", [0, -1, 70_001])
def test_no_more_is_contested_than_is_open_and_free(desk, minor):
    item = desk.invoice("I1", "03-01", 100_000)
    contest(desk, item, 30_000)
    with desk.refused("cannot be disputed"):
        contest(desk, item, minor)


def test_what_cannot_be_contested_is_refused(desk):
    item, receipt = desk.invoice("I1", "03-01", 100), desk.receipt("R1", "03-01", 100)
    with desk.refused("not a reason"):
        contest(desk, item, 10, reason="mood")
    with desk.refused("nothing that the customer owes"):
        contest(desk, receipt, 10)
    with desk.refused("nothing that the customer owes"):
        contest(desk, item, 10, on="02-28")
    with desk.refused("no such item"):
        contest(desk, desk.customer(), 10)
