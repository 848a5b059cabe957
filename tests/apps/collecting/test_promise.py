"""Promises, told by the desk."""

from __future__ import annotations

import pytest

from openterms.apps.collecting.models import Promise
from openterms.apps.collecting.promise.actions import derive_states, promise, withdraw
from openterms.apps.journal.models import Event
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.actor import SYSTEM
from tests.apps.desk import NOW, day


def take(desk, *items, minor=10_000, by="03-20", on="03-10", who="C1"):
    ids = [item.id for item in items]
    return promise(desk.seller, SYSTEM, desk.customer(who), ids, minor, day(by), day(on), NOW, "Ms Reed")


def state(desk, made, on):
    derive_states(desk.seller, day(on), NOW)
    return Promise.objects.get(id=made.id).state


def pay(desk, item, number, on, minor):
    receipt = desk.receipt(number, on, minor)
    return receipt, desk.allocate(receipt, on, (item, minor))


@pytest.mark.parametrize(
    ("payments", "expected"),
    [
        ([], [("03-21", "pending"), ("03-22", "broken")]),
        ([("03-15", 10_000)], [("03-14", "pending"), ("03-15", "kept"), ("04-30", "kept")]),
        ([("03-21", 10_000)], [("03-20", "pending"), ("03-22", "kept")]),
        ([("03-15", 4_000)], [("03-21", "pending"), ("03-22", "part_kept")]),
        ([("03-15", 4_000), ("03-20", 6_000)], [("03-19", "pending"), ("03-20", "kept")]),
        ([("03-25", 10_000)], [("03-26", "broken")]),
    ],
)
def test_how_a_promise_ends(desk, payments, expected):
    item = desk.invoice("I1", "03-01", 10_000)
    made = take(desk, item)
    todo = list(payments)
    for on, wanted in expected:
        while todo and todo[0][0] <= on:
            pay(desk, item, f"R{len(todo)}", *todo.pop(0))
        assert state(desk, made, on) == wanted, on


def test_the_oldest_due_item_is_promised_first(desk):
    late, early = desk.invoice("I1", "03-05", 8_000), desk.invoice("I2", "03-01", 8_000)
    take(desk, late, early, minor=10_000)
    assert [Item.objects.get(id=item.id).promised_minor for item in (early, late)] == [8_000, 2_000]


def test_money_that_comes_back_breaks_a_promise_it_had_kept(desk):
    """Nobody has to tell: the state is derived again from what is on record."""
    item = desk.invoice("I1", "03-01", 10_000)
    made = take(desk, item)
    receipt, _ = pay(desk, item, "R1", "03-18", 10_000)
    assert state(desk, made, "03-22") == "kept"
    desk.bank_return(receipt, "03-25")
    assert state(desk, made, "03-25") == "broken"
    assert Event.objects.filter(seller=desk.seller, kind="promise_broken").count() == 1


def test_money_that_comes_back_before_the_date_leaves_the_promise_pending(desk):
    item = desk.invoice("I1", "03-01", 10_000)
    made = take(desk, item)
    receipt, _ = pay(desk, item, "R1", "03-12", 10_000)
    assert state(desk, made, "03-12") == "kept"
    desk.bank_return(receipt, "03-14")
    assert state(desk, made, "03-14") == "pending"
    assert Item.objects.get(id=item.id).promised_minor == 10_000


def test_a_receipt_booked_late_keeps_the_promise_after_all(desk):
    item = desk.invoice("I1", "03-01", 10_000)
    made = take(desk, item)
    assert state(desk, made, "03-22") == "broken"
    pay(desk, item, "R1", "03-19", 10_000)
    assert state(desk, made, "03-23") == "kept"


def test_an_earlier_or_repeated_day_changes_nothing(desk):
    item = desk.invoice("I1", "03-01", 10_000)
    made = take(desk, item)
    assert state(desk, made, "03-22") == "broken"
    assert derive_states(desk.seller, day("03-22"), NOW) == {}
    assert state(desk, made, "03-15") == "broken"


def test_a_later_promise_replaces_one_that_is_pending(desk):
    item = desk.invoice("I1", "03-01", 10_000)
    first = take(desk, item)
    second = take(desk, item, minor=6_000, by="04-10", on="03-12")
    assert [Promise.objects.get(id=made.id).state for made in (first, second)] == ["renegotiated", "pending"]
    assert Item.objects.get(id=item.id).promised_minor == 6_000


def test_a_withdrawn_promise_claims_nothing(desk):
    item = desk.invoice("I1", "03-01", 10_000)
    made = take(desk, item)
    withdraw(desk.seller, SYSTEM, made.id, day("03-11"), NOW)
    assert Item.objects.get(id=item.id).collectable_minor == 10_000
    assert state(desk, made, "04-30") == "withdrawn"
    with desk.refused("not pending"):
        withdraw(desk.seller, SYSTEM, made.id, day("03-12"), NOW)
    with desk.refused("not pending"):
        withdraw(desk.seller, SYSTEM, item.id, day("03-12"), NOW)


def test_a_promise_that_cannot_be_is_refused(desk):
    item, other = desk.invoice("I1", "03-01", 10_000), desk.invoice("I2", "03-01", 10_000, who="C2")
    receipt = desk.receipt("R1", "03-01", 500)
    take(desk, item)
    open_dispute(desk.seller, SYSTEM, item.id, 4_000, "price", day("03-10"), NOW)
    for match, more in (
        ("has passed", {"by": "03-09"}),
        ("cannot be promised", {"minor": 0}),
        ("at most 60.00, which is open and not disputed", {"minor": 6_001}),
        ("nothing that the customer owes", {"on": "02-01", "by": "02-02"}),
    ):
        with desk.refused(match):
            take(desk, item, **more)
    for match, items in (
        ("one customer", [item, other]),
        ("one customer", []),
        ("nothing that the customer owes", [receipt]),
        ("no such item", [item, desk.customer()]),
    ):
        with desk.refused(match):
            take(desk, *items, minor=100)
