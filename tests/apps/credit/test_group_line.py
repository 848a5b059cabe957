"""The line of a group: orders of its members are held to it beside their own lines, in one currency, at dated rates."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.credit.authorisation.actions import Order, authorise_order, authorise_orders, capture
from openterms.apps.credit.authorisation.asking import Ask
from openterms.apps.credit.authorisation.overrides import release_order
from openterms.apps.credit.group_line.actions import set_group_line
from openterms.apps.credit.group_line.reads import group_view
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Authorisation, GroupLineChange, Line
from openterms.apps.parties.models import Group
from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from tests.apps.credit.test_authorisation import MORNING, codes
from tests.apps.desk import NOW, day


class Mates:
    """Two customers of a group, each with room of its own."""

    def __init__(self, desk):
        self.desk, self.seller = desk, desk.seller
        for number in ("C1", "C2"):
            desk.customer(number, group="ACME")
            set_line(self.seller, SYSTEM, desk.customer(number), "USD", 100_000, "agreed", day("05-01"), NOW)
        self.group = Group.objects.get(seller=self.seller, code="ACME")

    def limit(self, minor, currency="USD", actor=SYSTEM, reason="the whole house"):
        return set_group_line(self.seller, actor, self.group, currency, minor, reason, NOW)

    def order(self, who, minor, ref="O-1", currency="USD", **more):
        order = Order(order_ref=ref, minor=minor, currency=currency, **more)
        return authorise_order(self.seller, SYSTEM, self.desk.customer(who), order, MORNING)


@pytest.fixture
def mates(desk):
    return Mates(desk)


def fine(mates):
    return [finding.text for finding in check_seller(mates.seller, day("06-01")) if not finding.ok]


def test_what_one_member_takes_the_other_no_longer_finds(mates):
    mates.limit(120_000)
    first = mates.order("C1", 80_000)
    asked = mates.order("C2", 50_000)
    assert (first.status, asked.status, codes(asked)) == ("approved", "referred", ["over_group_limit"])
    part = mates.order("C2", 50_000, "O-2", accepts_part=True)
    assert (part.status, part.approved_minor) == ("partly_approved", 40_000)
    seen = Authorisation.objects.get(id=part.id).seen["group_seen"]
    assert (seen["room_minor"], seen["held_minor"], seen["taken_minor"]) == (40_000, 80_000, 40_000)
    capture(mates.seller, SYSTEM, first.id, 80_000, MORNING, "I-1")
    mates.desk.invoice("I-1", "06-01", 80_000)
    assert codes(mates.order("C2", 1, "O-3")) == ["over_group_limit"], "an invoice counts as what it bills"
    given = release_order(
        mates.seller, Actor("Mara", None, "credit_manager", 10**9), asked.id, "They pay tomorrow", MORNING
    )
    assert given.status == "approved"
    assert fine(mates) == []


def test_a_member_s_own_money_pays_for_no_other(mates):
    mates.limit(120_000)
    mates.desk.receipt("R-1", "06-01", 50_000, who="C1")
    assert mates.order("C2", 100_000).status == "approved"
    assert codes(mates.order("C1", 30_000)) == ["over_group_limit"], "20,000 are left, and nothing is set off"


def test_currencies_are_counted_at_the_rate_of_the_day_and_with_a_margin(mates):
    set_rate(mates.seller, SYSTEM, "EUR", Decimal("1.10"), day("01-01"), NOW)
    set_line(mates.seller, SYSTEM, mates.desk.customer("C2"), "EUR", 200_000, "agreed", day("05-01"), NOW)
    mates.limit(115_500)
    mates.desk.invoice("E-1", "05-20", 50_000, "EUR", "C2")
    view = group_view(mates.seller, mates.group, day("06-01"), NOW)
    assert (view.headroom.exposure_minor, view.headroom.minor) == (57_750, 57_750), "500 EUR are 550 USD and 5 %"
    assert codes(mates.order("C2", 50_001, currency="EUR")) == ["over_group_limit"]
    assert mates.order("C2", 50_000, currency="EUR").status == "approved"
    assert codes(mates.order("C1", 1)) == ["over_group_limit"]
    seen = Authorisation.objects.filter(seller=mates.seller, approved_minor__gt=0).get().seen["group_seen"]
    assert seen["taken_minor"] == 57_750 and seen["rates"] == {"EUR": "1.100000000000"}
    assert fine(mates) == []


def test_a_currency_without_a_rate_is_said_and_nothing_is_held(mates):
    mates.limit(100_000)
    set_line(mates.seller, SYSTEM, mates.desk.customer("C2"), "JPY", 100_000, "agreed", day("05-01"), NOW)
    with mates.desk.refused("No exchange rate from JPY"):
        mates.order("C2", 1_000, currency="JPY")


def test_orders_of_one_question_see_what_those_before_them_took(mates):
    mates.limit(120_000)
    asks = [Ask(customer=who, order=Order(order_ref=f"O-{who}", minor=70_000, currency="USD")) for who in ("C1", "C2")]
    answers = authorise_orders(mates.seller, SYSTEM, asks, MORNING)
    assert [answer.status for answer in answers] == ["approved", "referred"]
    assert fine(mates) == []


def test_a_group_line_is_set_with_authority_and_a_reason(mates):
    lee = Actor("Lee", None, "analyst", 50_000)
    for change, match in (
        ({"minor": -1}, "zero or more"),
        ({"minor": 5, "reason": " "}, "reason is empty"),
        ({"minor": 50_001, "actor": lee}, "more than this person may grant"),
        ({"minor": 5, "actor": Actor("Bo", None, "collector", 10**9)}, "does not set credit limits"),
    ):
        with mates.desk.refused(match):
            mates.limit(**change)
    mates.limit(90_000)
    with mates.desk.refused("in USD"):
        mates.limit(90_000, "EUR")
    with mates.desk.refused("more than this person may grant"):
        mates.limit(None, actor=lee)
    mates.limit(60_000, actor=lee)
    mates.limit(None)
    assert mates.order("C1", 100_000).status == "approved", "no limit of the group checks nothing"
    assert GroupLineChange.objects.filter(seller=mates.seller).count() == 3


def test_the_check_finds_a_group_that_two_orders_passed_together(mates):
    mates.limit(120_000)
    made = mates.order("C1", 80_000)
    assert fine(mates) == []
    row = Authorisation.objects.get(id=made.id)
    row.id, row.order_ref, row.customer = new_id(), "O-2", mates.desk.customer("C2")
    row.line = Line.objects.get(seller=mates.seller, customer=row.customer)
    row.save(force_insert=True)
    Line.objects.filter(id=row.line_id).update(held_minor=80_000)
    (found,) = fine(mates)
    assert "No group is authorised past its limit" in found and "160000 > 120000" in found
