"""A line's life: suspended, resumed, reduced, ended on a day, cancelled; each with its reason and what was told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.credit.authorisation.overrides import release_order
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.line.states import (
    Told,
    cancel_line,
    end_line,
    extend_line,
    reduce_line,
    resume_line,
    suspend_line,
)
from openterms.apps.credit.models import Line, LineChange, LineStep
from openterms.apps.journal.models import Event
from openterms.apps.tenancy.actor import SYSTEM, Actor
from tests.apps.credit.test_authorisation import MORNING, Shop, codes
from tests.apps.desk import day

WHY = Told(reason="Cheque came back", message="A cheque of yours was returned.")
MANAGER = Actor("Mara Stein", None, "credit_manager", 100_000)


@pytest.fixture
def shop(desk):
    made = Shop(desk)
    made.limit(100_000)
    return made


def step(shop, verb, *more, actor=SYSTEM, told=WHY, currency="USD", at=MORNING):
    return verb(shop.seller, actor, shop.desk.customer(), currency, *more, told, at)


def limit(shop, minor):
    set_line(shop.seller, SYSTEM, shop.desk.customer(), "USD", minor, "anew", day("06-01"), MORNING)


def test_a_suspended_line_takes_no_new_orders_and_keeps_what_is_authorised(shop):
    made = shop.order(30_000)
    kept = step(shop, suspend_line, actor=MANAGER)
    assert (kept.message, kept.before_minor, kept.after_minor) == (WHY.message, 100_000, 100_000)
    asked = shop.order(10_000, "O-2")
    assert (asked.status, codes(asked)) == ("referred", ["line_suspended"])
    assert asked.reasons[0].customer_text() == "New orders on credit are not possible for now."
    assert asked.reasons[0].remedy_text().startswith("Contact us about your credit")
    assert shop.order(10_000, "O-P", prepaid_minor=None).status == "approved", "paid in advance"
    shop.capture(made, 30_000, invoice="I-1")
    assert Line.objects.get(seller=shop.seller).held_minor == 0
    given = release_order(shop.seller, MANAGER, asked.id, "Paid meanwhile", MORNING)
    assert given.status == "approved"
    with shop.desk.refused("suspended already"):
        step(shop, suspend_line)
    step(shop, resume_line)
    assert shop.order(10_000, "O-3").status == "approved"
    with shop.desk.refused("not suspended"):
        step(shop, resume_line)
    kinds = Event.objects.filter(seller=shop.seller, kind__startswith="line_").order_by("id")
    assert [one.kind for one in kinds] == ["line_set", "line_suspended", "line_resumed"]
    assert all(finding.ok for finding in check_seller(shop.seller, day("06-01")))


def test_a_cancelled_line_takes_no_orders_until_a_new_limit_is_granted(shop):
    made = shop.order(30_000)
    step(shop, cancel_line)
    line = Line.objects.get(seller=shop.seller)
    assert (line.state, line.limit_minor, line.held_minor) == ("cancelled", 0, 30_000)
    asked = shop.order(10_000, "O-2")
    assert (asked.status, codes(asked)) == ("declined", ["line_cancelled", "over_limit"])
    assert LineChange.objects.filter(line=line).count() == 2
    shop.capture(made, 30_000, invoice="I-1")
    for verb in (suspend_line, resume_line, cancel_line):
        with shop.desk.refused("is cancelled"):
            step(shop, verb)
    limit(shop, 0)
    assert Line.objects.get(id=line.id).state == "cancelled"
    limit(shop, 90_000)
    assert shop.order(10_000, "O-3").status == "approved"
    assert all(finding.ok for finding in check_seller(shop.seller, day("06-01")))


def test_a_line_is_reduced_never_raised_by_the_way(shop):
    made = step(shop, reduce_line, 40_000, actor=Actor("Lee", None, "analyst", 0))
    assert (made.before_minor, made.after_minor, shop.order(40_001).status) == (100_000, 40_000, "referred")
    for minor in (40_000, 40_001):
        with shop.desk.refused("not less than the limit"):
            step(shop, reduce_line, minor)
    with shop.desk.refused("zero or more"):
        step(shop, reduce_line, -1)


def test_a_line_ends_on_its_last_day_and_is_extended(shop):
    step(shop, end_line, day("06-10"))
    assert shop.order(1_000, "O-1", at=MORNING + timedelta(days=9)).status == "approved"
    late = MORNING + timedelta(days=10)
    asked = shop.order(1_000, "O-2", at=late)
    assert (asked.status, codes(asked)) == ("referred", ["line_expired"])
    with shop.desk.refused("holds through 2026-06-10 already"):
        step(shop, extend_line, day("06-09"))
    with shop.desk.refused("more than this person may grant"):
        step(shop, extend_line, day("07-01"), actor=Actor("Lee", None, "analyst", 99_999))
    step(shop, extend_line, day("07-01"), actor=MANAGER)
    assert shop.order(1_000, "O-3", at=late).status == "approved"
    with shop.desk.refused("does not end before today"):
        step(shop, end_line, day("05-31"))
    step(shop, end_line, None, actor=MANAGER)
    with shop.desk.refused("already"):
        step(shop, extend_line, day("07-01"))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"told": Told(reason=" ")}, "reason is empty"),
        ({"told": Told(reason="x", message="m" * 2_001)}, "too long"),
        ({"currency": "EUR"}, "no line in EUR"),
        ({"currency": "ZZZ"}, "not a currency"),
        ({"actor": Actor("Bo", None, "collector", 10**9)}, "does not set credit limits"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(shop, change, match):
    for verb in (suspend_line, cancel_line):
        with shop.desk.refused(match):
            step(shop, verb, **change)


def test_what_was_done_is_never_changed(shop):
    step(shop, suspend_line)
    for sql in ("UPDATE credit_linestep SET reason = 'other'", "DELETE FROM credit_linestep"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert LineStep.objects.get(seller=shop.seller).reason == WHY.reason
