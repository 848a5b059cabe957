"""Call mode: who gets which customer, what the guard refuses, what a call leaves behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from openterms.apps.collecting.models import Activity, Promise, StepTaken, WorkItem
from openterms.apps.collecting.pause.actions import pause
from openterms.apps.collecting.worklist.calling import Call, let_go, record_call, take, take_next
from openterms.apps.collecting.worklist.script import script_of
from openterms.apps.parties.actions import add_contact
from openterms.apps.tenancy.actions import add_membership, add_seller
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import User
from openterms.core.base.errors import Refused
from tests.apps.desk import Desk, day

NOON = datetime(2026, 6, 2, 16, tzinfo=UTC)
TUESDAY = day("06-02")


def person(desk, name):
    user = User.objects.create(email=f"{name}@{desk.seller.code.lower()}.example", name=name.title())
    add_membership(desk.seller, user, "collector")
    return Actor(user.name, user.id, "collector")


def listed(desk, number, per_minute, step="call"):
    customer = desk.customer(number, timezone="America/New_York")
    item = desk.invoice(f"I-{number}", "03-01", 10_000, who=number)
    add_contact(customer, SYSTEM, NOON, name=f"Jane {number}", phone="+1 202 555 0101")
    return WorkItem.objects.create(
        seller=desk.seller, customer=customer, currency="USD", step=step, items=[item.id], amount_at_risk_minor=1,
        per_minute_base_minor=per_minute, listed_on=TUESDAY, first_listed_on=TUESDAY,
    )  # fmt: skip


@pytest.fixture
def calls(desk):
    works = [listed(desk, "C1", 300), listed(desk, "C2", 200), listed(desk, "C3", 100)]
    return desk, works, person(desk, "amal"), person(desk, "ben")


def test_each_has_a_customer_of_their_own_and_gets_on(calls):
    desk, (first, second, third), amal, ben = calls
    assert take_next(desk.seller, amal, NOON) == first.id == take_next(desk.seller, amal, NOON)
    assert take_next(desk.seller, ben, NOON) == second.id
    with desk.refused("Somebody else has"):
        take(desk.seller, ben, first.id, NOON)
    with desk.refused("Somebody else has"):
        record_call(desk.seller, ben, first.id, Call("no_answer"), TUESDAY, NOON)
    made, _ = record_call(desk.seller, amal, first.id, Call("no_answer", note="Line busy"), TUESDAY, NOON)
    first.refresh_from_db()
    assert (first.state, first.snoozed_until, made.next_on) == ("snoozed", day("06-03"), day("06-03"))
    assert (first.held_by_id, StepTaken.objects.filter(seller=desk.seller, step="call").count()) == (None, 1)
    assert take_next(desk.seller, amal, NOON) == third.id
    assert take_next(desk.seller, ben, NOON, skipped=[second.id]) is None
    let_go(desk.seller, amal, NOON)
    assert take_next(desk.seller, ben, NOON, skipped=[second.id]) == third.id
    assert take_next(desk.seller, amal, NOON + timedelta(minutes=21), skipped=[second.id]) == third.id
    assert take_next(desk.seller, amal, NOON, collectors=[amal.user_id]) is None


def test_a_promise_in_one_act(calls):
    desk, (first, *_), amal, _ = calls
    contact = desk.customer("C1").contact_set.get()
    take(desk.seller, amal, first.id, NOON)
    with desk.refused("needs its day"):
        record_call(desk.seller, amal, first.id, Call("promised"), TUESDAY, NOON)
    with desk.refused("has passed"):
        record_call(desk.seller, amal, first.id, Call("promised", promised_for=day("06-01")), TUESDAY, NOON)
    call = Call("promised", contact.id, promised_for=day("06-09"))
    logged, made = record_call(desk.seller, amal, first.id, call, TUESDAY, NOON)
    assert (made.amount_minor, made.made_by, made.promised_for) == (10_000, "Jane C1", day("06-09"))
    assert (logged.outcome, logged.contact_id, logged.next_on) == ("promised", contact.id, None)
    with desk.refused("no longer on the list"):
        record_call(desk.seller, amal, first.id, call, TUESDAY, NOON)


def test_the_guard_refuses_the_call(calls):
    desk, (first, *_), amal, _ = calls
    take(desk.seller, amal, first.id, NOON)
    pause(desk.seller, SYSTEM, first.customer, "query", "They look for it", day("06-30"), TUESDAY, NOON)
    with desk.refused("paused"):
        record_call(desk.seller, amal, first.id, Call("no_answer"), TUESDAY, NOON)
    assert not Activity.objects.filter(seller=desk.seller).exists()


def test_a_call_may_end_after_hours_but_not_begin_then(calls):
    desk, (first, *_), amal, _ = calls
    late = datetime(2026, 6, 3, 6, tzinfo=UTC)
    take(desk.seller, amal, first.id, late)
    with desk.refused("hours"):
        record_call(desk.seller, amal, first.id, Call("no_answer"), TUESDAY, late)
    take(desk.seller, amal, first.id, NOON)
    assert record_call(desk.seller, amal, first.id, Call("no_answer"), TUESDAY, late)


def test_what_to_say(calls):
    desk, (first, *_), amal, _ = calls
    add_contact(desk.customer("C1"), SYSTEM, NOON, name="Zoe", phone="+1 202 555 0102", role="other")
    zoe = desk.customer("C1").contact_set.get(name="Zoe")
    found = script_of(desk.seller, first.customer_id, "USD", TUESDAY)
    assert [one["name"] for one in found["people"]] == ["Jane C1", "Zoe"]
    assert (found["overdue_minor"], found["count"], found["oldest"]["number"]) == (10_000, 1, "I-C1")
    take(desk.seller, amal, first.id, NOON)
    record_call(desk.seller, amal, first.id, Call("awaiting_approval", zoe.id), TUESDAY, NOON)
    assert script_of(desk.seller, first.customer_id, "USD", TUESDAY)["people"][0]["name"] == "Zoe"


def test_two_who_ask_at_once_get_different_customers(committed):
    code = f"RACE{new_id().hex[-10:]}"
    seller = add_seller(code, code, "USD", "US")
    with acting(seller.id):
        desk = Desk(seller)
        works = {listed(desk, f"C{at}", 100 * at).id for at in range(1, 5)}
        people = [person(desk, name) for name in ("amal", "ben", "cleo", "dina")]
    start = Barrier(len(people))

    def ask(actor):
        from django.db import connection

        try:
            with acting(seller.id):
                start.wait(10)
                taken = take_next(seller, actor, NOON)
            start.wait(10)
            with acting(seller.id):
                try:
                    record_call(seller, actor, max(works), Call("no_answer"), TUESDAY, NOON)
                except Refused:
                    return taken, False
            return taken, True
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        found = list(pool.map(ask, people))
    assert {taken for taken, _ in found} == works
    assert [won for _, won in found].count(True) == 1
    with acting(seller.id):
        assert Activity.objects.filter(seller=seller).count() == 1
        assert not Promise.objects.filter(seller=seller).exists()
