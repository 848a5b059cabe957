"""Payments that a customer reports: left alone for some days, found, or not."""

from __future__ import annotations

import pytest

from openterms.apps.collecting.models import ReportedPayment
from openterms.apps.collecting.reported_payment.actions import Reported, answer, derive_reported, report
from openterms.apps.parties.models import Attachment
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import SYSTEM, Actor
from tests.apps.desk import NOW, day


def say(desk, *items, minor=10_000, paid="03-09", on="03-10", **more):
    said = Reported(item_ids=[item.id for item in items], amount_minor=minor, paid_on=day(paid), **more)
    return report(desk.seller, SYSTEM, desk.customer("C1"), said, day(on), NOW)


def slices(item):
    found = Item.objects.get(id=item.id)
    return found.open_minor, found.in_flight_minor, found.collectable_minor


def states():
    return list(ReportedPayment.objects.order_by("id").values_list("state", flat=True))


def test_the_money_arrives(desk):
    item = desk.invoice("I1", "03-01", 10_000)
    say(desk, item, channel="page", reported_by="Ms Reed", reference="TT 44")
    assert slices(item) == (10_000, 10_000, 0)
    assert derive_reported(desk.seller, day("03-11"), NOW) == {}
    desk.allocate(desk.receipt("R1", "03-12", 10_000), "03-12", (item, 10_000))
    assert derive_reported(desk.seller, day("03-12"), NOW) == {"arrived": 1}
    assert derive_reported(desk.seller, day("03-13"), NOW) == {}
    assert (states(), slices(item)) == (["arrived"], (0, 0, 0))


def test_it_lapses_by_itself_and_a_second_word_needs_a_proof(desk):
    item = desk.invoice("I1", "03-01", 10_000)
    say(desk, item, minor=6_000)
    assert slices(item) == (10_000, 6_000, 4_000)
    assert derive_reported(desk.seller, day("03-15"), NOW) == {}
    assert derive_reported(desk.seller, day("03-16"), NOW) == {"lapsed": 1}
    assert slices(item) == (10_000, 0, 10_000)
    with desk.refused("before"):
        say(desk, item, on="03-20")
    proof = Attachment.objects.create(
        seller=desk.seller, customer=desk.customer("C1"), name="tt.pdf", media_type="application/pdf", size=1,
        digest="0" * 64,
    )  # fmt: skip
    say(desk, item, on="03-20", proof_id=proof.id)
    assert states() == ["lapsed", "open"]


def test_cash_looks_for_it(desk):
    item = desk.invoice("I1", "03-01", 10_000)
    said = say(desk, item)
    with desk.refused("looked"):
        answer(desk.seller, SYSTEM, said.id, "not_found", day("03-11"), NOW)
    with desk.refused("role"):
        answer(desk.seller, Actor("S", role="sales"), said.id, "arrived", day("03-11"), NOW)
    answer(desk.seller, SYSTEM, said.id, "not_found", day("03-11"), NOW, "No such transfer at the bank")
    assert (states(), slices(item)) == (["not_found"], (10_000, 0, 10_000))
    with desk.refused("looks"):
        answer(desk.seller, SYSTEM, said.id, "arrived", day("03-12"), NOW)


@pytest.mark.parametrize(
    "more",
    [{"minor": 10_001}, {"minor": 0}, {"paid": "03-11"}, {"paid": "01-01"}, {"way": "barter"}, {"channel": "pigeon"}],
)
def test_what_cannot_be_is_refused(desk, more):
    item = desk.invoice("I1", "03-01", 10_000)
    with desk.refused():
        say(desk, item, **more)
