"""Many lines at once: looked at first, done once, each by itself."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from openterms.apps.credit.line.actions import locked_line, set_line
from openterms.apps.credit.mass_change import working
from openterms.apps.credit.mass_change.actions import Target, Wanted, confirm, look
from openterms.apps.credit.mass_change.files import targets_of
from openterms.apps.credit.models import Line, LineChange, LineStep, MassChange, MassChangeRow
from openterms.apps.journal.house import change_person
from openterms.apps.journal.models import Event
from openterms.apps.tenancy import locks
from openterms.apps.tenancy.actions import add_membership, add_user
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.context import acting
from tests.apps.desk import NOW, Desk, day, fingerprint

MANAGER = Actor("Mara Stein", None, "credit_manager", 60_000)


@pytest.fixture
def book(desk):
    """Four customers: 100,000, 50,000, unlimited, and none."""
    for number, minor in (("C1", 100_000), ("C2", 50_000), ("C3", None)):
        set_line(
            desk.seller, SYSTEM, desk.customer(number), "USD", minor, "agreed", day("05-01"), NOW,
            is_unlimited=minor is None,
        )  # fmt: skip
    desk.customer("C4")
    desk.invoice("I1", "05-20", 70_000)
    return desk


def seen(book, actor=MANAGER, targets=None, **wanted):
    wanted = Wanted(**{"reason": "tight year", **wanted})
    targets = targets or [Target(book.customers[number].id, "USD") for number in ("C1", "C2", "C3", "C4")]
    return look(book.seller, actor, wanted, targets, NOW)


def told(change):
    found = MassChangeRow.objects.filter(change=change).select_related("customer").order_by("place")
    return [(one.customer.number, one.before_minor, one.after_minor, (one.fault or {}).get("code")) for one in found]


def limits(book):
    return dict(Line.objects.filter(seller=book.seller).values_list("customer__number", "limit_minor"))


def test_looking_changes_nothing_and_says_what_would_be_refused(book):
    before = limits(book)
    change = seen(book, verb="percent", change_bp=2_000)
    assert told(change) == [
        ("C1", 100_000, 120_000, "beyond_authority"), ("C2", 50_000, 60_000, None),
        ("C3", None, None, "no_limit_to_change"), ("C4", None, None, "no_line"),
    ]  # fmt: skip
    assert limits(book) == before and not LineStep.objects.filter(seller=book.seller).exists()
    assert MassChangeRow.objects.get(change=change, customer__number="C1").exposure_minor == 70_000


def test_confirmed_twice_it_is_done_once_and_only_to_what_is_still_as_it_was(book):
    change = seen(book, verb="limit", amount_minor=40_000, currency="USD", message="We lower limits this year.")
    assert [row[3] for row in told(change)] == [None, None, None, "no_line"]
    set_line(book.seller, SYSTEM, book.customers["C2"], "USD", 55_000, "meanwhile", day("06-01"), NOW)
    confirm(book.seller, MANAGER, change.id, NOW)
    assert limits(book) == {"C1": 40_000, "C2": 55_000, "C3": 40_000}
    assert [row[3] for row in told(change)] == [None, "line_changed_since", None, "no_line"]
    before = fingerprint(book.seller)
    confirm(book.seller, MANAGER, change.id, NOW)
    assert fingerprint(book.seller) == before
    assert LineStep.objects.filter(seller=book.seller, kind="reduce", message__startswith="We lower").count() == 2


def test_every_verb_by_its_own_rules(book):
    change = seen(book, verb="suspend")
    confirm(book.seller, MANAGER, change.id, NOW)
    assert {line.state for line in Line.objects.filter(seller=book.seller)} == {"suspended"}
    change = seen(book, verb="resume")
    assert [row[3] for row in told(change)] == ["beyond_authority", None, "beyond_authority", "no_line"]
    confirm(book.seller, SYSTEM, seen(book, SYSTEM, verb="resume").id, NOW)
    confirm(book.seller, MANAGER, seen(book, verb="until", until=day("12-31")).id, NOW)
    assert {line.valid_until for line in Line.objects.filter(seller=book.seller)} == {day("12-31")}


def test_a_file_sets_each_line_its_own_limit_and_tells_every_bad_row(book):
    text = "Customer,Currency,Limit\nC1,usd,900.00\nC9,USD,1\nC2,USD,x\nC4,USD,100.00\nC1,USD,5\n"
    targets, bad = targets_of(book.seller, text)
    assert [(row.number, row.error.where) for row in bad] == [(3, "customer"), (4, ""), (6, "customer")]
    change = seen(book, verb="set", targets=targets)
    assert told(change) == [("C1", 100_000, 90_000, None), ("C4", None, 10_000, None)]
    confirm(book.seller, MANAGER, change.id, NOW)
    assert limits(book) == {"C1": 90_000, "C2": 50_000, "C3": None, "C4": 10_000}
    with book.refused("lacks a column"):
        targets_of(book.seller, "customer,limit\nC1,5\n")


@pytest.mark.parametrize(
    ("wanted", "match"),
    [
        ({"verb": "explode"}, "no such change"),
        ({"verb": "suspend", "reason": " "}, "reason is empty"),
        ({"verb": "limit", "currency": "USD"}, "zero or more"),
        ({"verb": "percent", "change_bp": 0}, "not by nothing"),
        ({"verb": "percent", "change_bp": -10_001}, "not by nothing"),
        ({"verb": "suspend", "actor": Actor("Bo", None, "collector", 10**9)}, "does not set credit limits"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(book, wanted, match):
    with book.refused(match):
        seen(book, **wanted)


def many(book, actor=MANAGER, **wanted):
    """A change by the worker, not looked at yet."""
    targets = [Target(book.customers[number].id, "USD") for number in ("C1", "C2", "C3", "C4")]
    wanted = Wanted(**{"verb": "limit", "amount_minor": 40_000, "currency": "USD", "reason": "tight year", **wanted})
    return working.begin(book.seller, actor, wanted, targets, NOW)


def worked(book, change):
    """Let the worker do what it would do now, a line or two in a transaction."""
    for some in (working.look_on, working.carry_on):
        while some(book.seller, change.id, NOW) >= working.AT_ONCE:
            pass
    change.refresh_from_db()
    return change


@pytest.mark.parametrize("at_once", [1, 2, 50])
def test_the_worker_does_what_a_person_waits_for_otherwise(book, monkeypatch, at_once):
    monkeypatch.setattr(working, "AT_ONCE", at_once)
    monkeypatch.setattr(working, "LOOKED_AT_ONCE", at_once)
    change = many(book, message="We lower limits this year.")
    with book.refused("not one that waits to be confirmed"):
        working.ask_for(book.seller, MANAGER, change.id, NOW)
    before = limits(book)
    assert worked(book, change).state == "preview" and limits(book) == before
    assert told(change) == [
        ("C1", 100_000, 40_000, None), ("C2", 50_000, 40_000, None), ("C3", None, 40_000, None),
        ("C4", None, 40_000, "no_line"),
    ]  # fmt: skip
    set_line(book.seller, SYSTEM, book.customers["C2"], "USD", 55_000, "meanwhile", day("06-01"), NOW)
    for _ in range(2):
        working.ask_for(book.seller, MANAGER, change.id, NOW)
    assert worked(book, change).state == "done"
    assert limits(book) == {"C1": 40_000, "C2": 55_000, "C3": 40_000}
    assert [row[3] for row in told(change)] == [None, "line_changed_since", None, "no_line"]
    standing = working.progress_of(change)
    assert (standing.total, standing.looked, standing.fine, standing.tried) == (4, 4, 2, 3)
    (event,) = Event.objects.filter(seller_id=book.seller.id, kind="lines_changed")
    assert (event.data["done"], event.data["refused"]) == (2, 2)
    before = fingerprint(book.seller)
    worked(book, change)
    working.ask_for(book.seller, MANAGER, change.id, NOW)
    assert fingerprint(book.seller) == before, "done is done"


def test_a_change_is_cancelled_until_its_first_line(book, monkeypatch):
    monkeypatch.setattr(working, "AT_ONCE", 1)
    monkeypatch.setattr(working, "LOOKED_AT_ONCE", 1)
    change = many(book)
    working.look_on(book.seller, change.id, NOW)
    working.cancel(book.seller, MANAGER, change.id, NOW)
    assert worked(book, change).state == "cancelled" and not LineStep.objects.filter(seller=book.seller).exists()
    change = worked(book, many(book))
    working.ask_for(book.seller, MANAGER, change.id, NOW)
    working.cancel(book.seller, MANAGER, change.id, NOW)
    assert worked(book, change).state == "cancelled" and limits(book)["C1"] == 100_000
    change = worked(book, many(book))
    working.ask_for(book.seller, MANAGER, change.id, NOW)
    working.carry_on(book.seller, change.id, NOW)
    with book.refused("has begun, or is over"):
        working.cancel(book.seller, MANAGER, change.id, NOW)
    assert limits(book) == {"C1": 40_000, "C2": 50_000, "C3": None}, "broken off after its first line"
    assert worked(book, change).state == "done" and limits(book)["C3"] == 40_000


def test_who_leaves_half_way_changes_no_more_lines(book, monkeypatch):
    monkeypatch.setattr(working, "AT_ONCE", 1)
    monkeypatch.setattr(working, "LOOKED_AT_ONCE", 1)
    user = add_user("mara@seller.example", "correct horse battery", "Mara")
    member = add_membership(book.seller, user, "credit_manager", 60_000)
    mara = Actor("Mara", user.id, "credit_manager", 60_000)
    change = worked(book, many(book, mara))
    working.ask_for(book.seller, mara, change.id, NOW)
    working.carry_on(book.seller, change.id, NOW)
    boss = Actor("Bo", None, "admin", 0)
    change_person(book.seller, boss, member.id, member.role, member.authority_minor, False, NOW)
    assert worked(book, change).state == "done"
    assert limits(book) == {"C1": 40_000, "C2": 50_000, "C3": None}
    assert [row[3] for row in told(change)] == [None, "changer_gone", "changer_gone", "no_line"]


def test_a_line_that_is_busy_keeps_nobody_else_waiting(committed, new_seller, monkeypatch):
    """An order holds one line: it is refused as busy and the others are done; who had none gets a line of its own."""
    monkeypatch.setattr(locks, "LOCK_SECONDS", 1)
    desk = Desk(new_seller(enter=False))
    with acting(desk.seller.id):
        for number in ("C1", "C2"):
            set_line(desk.seller, SYSTEM, desk.customer(number), "USD", 50_000, "agreed", day("05-01"), NOW)
        who = [desk.customer(number).id for number in ("C1", "C2", "C3")]
        change = look(
            desk.seller, SYSTEM, Wanted(verb="set", reason="r"), [Target(one, "USD", 70_000) for one in who], NOW
        )
    held, done = threading.Event(), threading.Event()

    def hold():
        with acting(desk.seller.id):
            locked_line(desk.seller, desk.customers["C1"], "USD")
            held.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(20)
        with acting(desk.seller.id):
            confirm(desk.seller, SYSTEM, change.id, NOW)
    finally:
        done.set()
        holder.join()
    with acting(desk.seller.id):
        assert [row[3] for row in told(change)] == ["busy", None, None]
        assert limits(desk) == {"C1": 50_000, "C2": 70_000, "C3": 70_000}
        kinds = Event.objects.filter(seller_id=desk.seller.id, kind="line_set").count()
        assert kinds == LineChange.objects.filter(seller=desk.seller).count() == 4


def test_more_lines_than_the_worker_takes_are_refused(book, monkeypatch):
    monkeypatch.setattr(working, "MOST_BY_WORKER", 3)
    with book.refused("4 lines are too many"):
        many(book)
    with book.refused("does not set credit limits"):
        many(book, Actor("Bo", None, "collector", 10**9))
    assert not MassChange.objects.filter(seller=book.seller).exists()


@pytest.mark.parametrize("actor", [SYSTEM, MANAGER])
def test_what_is_seen_ahead_is_what_the_verb_says(book, actor):
    """Every verb to lines in every state: done at once after the look, nothing is refused that was not seen."""
    lines = Line.objects.filter(seller=book.seller)
    states = [
        {"state": "open"}, {"state": "suspended"}, {"state": "cancelled"},
        {"state": "open", "valid_until": day("08-01")}, {"state": "suspended", "valid_until": day("06-20")},
    ]  # fmt: skip
    verbs = [
        {"verb": "suspend"}, {"verb": "resume"}, {"verb": "until", "until": day("07-01")}, {"verb": "until"},
        {"verb": "until", "until": day("05-02")}, {"verb": "limit", "amount_minor": 50_000, "currency": "USD"},
        {"verb": "limit", "amount_minor": 55_000, "currency": "USD"},
        {"verb": "limit", "amount_minor": 1, "currency": "EUR"}, {"verb": "percent", "change_bp": 2_500},
        {"verb": "percent", "change_bp": -2_500}, {"verb": "set"}, {"verb": "suspend", "message": "x" * 2_000},
    ]  # fmt: skip
    own = [Target(book.customers[number].id, "USD", minor) for number, minor in (("C1", 90_000), ("C2", 70_000),
           ("C3", 0), ("C4", 10_000))]  # fmt: skip
    codes = set()
    for state in states:
        for verb in verbs:
            with transaction.atomic():
                lines.update(**{"state_on": None, "valid_until": None, **state})
                change = seen(book, actor, own if verb["verb"] == "set" else None, **verb)
                ahead = [row[3] for row in told(change)]
                MassChangeRow.objects.filter(change=change).update(fault=None)
                confirm(book.seller, actor, change.id, NOW)
                assert ahead == [row[3] for row in told(change)], (state, verb)
                codes.update(ahead)
                transaction.set_rollback(True)
    assert codes >= {
        None, "no_line", "suspended_already", "not_suspended", "cancelled_already", "not_less", "not_longer",
        "same_limit", "no_limit_to_change", "line_in_other_currency", "until",
    }  # fmt: skip
    assert ("beyond_authority" in codes) == (actor is MANAGER)
