"""Credit lines and holds."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection

from openterms.apps.credit.hold.actions import lift_hold, place_hold
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Hold, LineChange
from openterms.apps.journal.models import Event
from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.core.base.errors import Refused
from tests.apps.desk import NOW, day


def line(desk, limit, on="05-01", actor=SYSTEM, currency="USD", reason="review", **more):
    return set_line(desk.seller, actor, desk.customer(), currency, limit, reason, day(on), NOW, **more)


def test_no_limit_zero_and_unlimited_are_three_things(desk):
    for limit, unlimited in ((None, False), (0, False), (None, True), (500, False)):
        made = line(desk, limit, is_unlimited=unlimited)
        assert (made.limit_minor, made.is_unlimited) == (limit, unlimited)
    assert LineChange.objects.filter(seller=desk.seller).count() == 4
    events = Event.objects.filter(seller=desk.seller, kind="line_set").order_by("id")
    assert [(e.data["before"], e.data["after"]) for e in events] == [
        (None, None), (None, 0), (0, "unlimited"), ("unlimited", 500),
    ]  # fmt: skip


def test_a_line_has_one_limit_on_each_day(desk):
    line(desk, 100, "03-01")
    line(desk, 200, "04-01")
    with connection.cursor() as cursor:
        cursor.execute("SELECT limit_minor, valid_from, valid_to FROM book_lines WHERE seller_id = %s ORDER BY 2",
                       [desk.seller.id])  # fmt: skip
        assert cursor.fetchall() == [(100, day("03-01"), day("04-01")), (200, day("04-01"), None)]


@pytest.mark.parametrize(
    ("limit", "more", "match"),
    [
        (-1, {}, "zero or more"),
        (5, {"is_unlimited": True}, "zero or more"),
        (5, {"reason": " "}, "reason is empty"),
        (5, {"currency": "ZZZ"}, "not a currency"),
        (5, {"on": "06-02"}, "cannot be set for 2026-06-02"),
        (5, {"on": "04-30"}, "Give a day from 2026-05-01"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(desk, limit, more, match):
    line(desk, 100)
    with desk.refused(match):
        line(desk, limit, **more)


def test_nobody_grants_beyond_their_authority(desk):
    """Elsewhere the right to grant is enforced only on the button, and the override is not recorded."""
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.10"), day("01-01"), NOW)
    manager = Actor("Ann", None, "credit_manager", 100_000)
    line(desk, 100_000, actor=manager)
    line(desk, 90_909, actor=manager, currency="EUR")
    line(desk, None, actor=manager)
    for match, actor, limit, more in (
        ("more than this person may grant", manager, 100_001, {}),
        ("more than this person may grant", manager, 90_910, {"currency": "EUR"}),
        ("more than this person may grant", manager, None, {"is_unlimited": True}),
        ("does not set credit limits", Actor("Bo", None, "collector", 100_000), 1, {}),
        ("does not set credit limits", Actor("Cy", None, "auditor", 100_000), None, {}),
    ):
        with desk.refused(match) as caught:
            line(desk, limit, actor=actor, **more)
        assert isinstance(caught.value, Refused)


def test_a_hold_stops_once_and_is_lifted_once(desk):
    customer = desk.customer()
    with desk.refused("reason is empty"):
        place_hold(desk.seller, SYSTEM, customer, "  ", day("03-01"), NOW)
    with desk.refused("not on hold"):
        lift_hold(desk.seller, SYSTEM, customer, day("03-01"), NOW)
    place_hold(desk.seller, SYSTEM, customer, "cheque bounced", day("03-01"), NOW)
    with desk.refused("on hold already"):
        place_hold(desk.seller, SYSTEM, customer, "again", day("03-02"), NOW)
    lift_hold(desk.seller, SYSTEM, customer, day("03-05"), NOW)
    place_hold(desk.seller, SYSTEM, customer, "again", day("03-06"), NOW)
    assert Hold.objects.filter(seller=desk.seller, lifted_on__isnull=True).count() == 1
