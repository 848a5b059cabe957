"""The line of a group: orders of its members are held to it beside their own lines, in one currency, at dated rates."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.collecting.handover.actions import cancel_group_and_collect
from openterms.apps.collecting.models import WorkItem
from openterms.apps.credit.authorisation.actions import Order, authorise_order, authorise_orders, capture
from openterms.apps.credit.authorisation.asking import Ask
from openterms.apps.credit.authorisation.overrides import release_order
from openterms.apps.credit.group_line.actions import (
    cancel_group_line,
    end_group_line,
    reduce_group_line,
    resume_group_line,
    set_group_line,
    suspend_group_line,
)
from openterms.apps.credit.group_line.reads import group_view, members_told
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Authorisation, GroupLine, GroupLineChange, Line
from openterms.apps.journal.models import Event
from openterms.apps.parties.models import Group
from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from tests.apps.credit.test_authorisation import MORNING, codes
from tests.apps.desk import NOW, day, fingerprint


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


LEE = Actor("Lee", None, "analyst", 50_000)


def test_a_group_is_suspended_and_resumed_and_its_members_orders_wait(mates):
    mates.limit(120_000)
    held = mates.order("C1", 10_000)
    with mates.desk.refused("too long"):
        suspend_group_line(mates.seller, LEE, mates.group, "late", NOW, "x" * 2_001)
    suspend_group_line(mates.seller, LEE, mates.group, "one of them is late", NOW, " Invoice 7 is unpaid. ")
    told = GroupLineChange.objects.get(seller=mates.seller, kind="suspend")
    assert (told.message, [one.number for one in members_told(told)]) == ("Invoice 7 is unpaid.", ["C1", "C2"])
    assert GroupLineChange.objects.get(seller=mates.seller, kind="set").told == [], "nobody is told of what has no text"
    for who in ("C1", "C2"):
        asked = mates.order(who, 10, f"O-{who}")
        assert (asked.status, codes(asked)) == ("referred", ["group_line_suspended"])
    assert mates.order("C2", 10, "O-9", prepaid_minor=None).status == "approved", "prepaid uses no line"
    assert capture(mates.seller, SYSTEM, held.id, 10_000, MORNING, "I-1").status == "captured", "what is held stays"
    seen = Authorisation.objects.get(seller=mates.seller, order_ref="O-C2").seen["group_seen"]
    assert (seen["state"], seen["state_on"]) == ("suspended", "2026-06-01")
    with mates.desk.refused("suspended already"):
        suspend_group_line(mates.seller, LEE, mates.group, "again", NOW)
    with mates.desk.refused("more than this person may grant"):
        resume_group_line(mates.seller, LEE, mates.group, "paid", NOW)
    resume_group_line(mates.seller, SYSTEM, mates.group, "paid", NOW)
    with mates.desk.refused("not suspended"):
        resume_group_line(mates.seller, SYSTEM, mates.group, "paid", NOW)
    assert mates.order("C2", 10, "O-10").status == "approved"
    kinds = Event.objects.filter(seller_id=mates.seller.id, kind__startswith="group_line_").order_by("id")
    assert [event.kind for event in kinds] == ["group_line_set", "group_line_suspended", "group_line_resumed"]
    assert fine(mates) == []


def test_a_suspended_group_s_order_is_released_by_a_person(mates):
    mates.limit(120_000)
    suspend_group_line(mates.seller, SYSTEM, mates.group, "wait", NOW)
    asked = mates.order("C1", 10_000)
    mara = Actor("Mara", None, "credit_manager", 10**9)
    assert release_order(mates.seller, mara, asked.id, "They pay tomorrow", MORNING).status == "approved"
    assert fine(mates) == []


def test_a_group_s_line_ends_on_a_day(mates):
    mates.limit(120_000)
    with mates.desk.refused("does not end before today"):
        end_group_line(mates.seller, LEE, mates.group, day("05-31"), "over", NOW)
    end_group_line(mates.seller, LEE, mates.group, day("06-01"), "over", NOW)
    assert mates.order("C1", 10).status == "approved", "the last day is a day of it"
    GroupLine.objects.filter(seller=mates.seller).update(valid_until=day("05-31"))
    asked = mates.order("C2", 10)
    assert (asked.status, codes(asked)) == ("referred", ["group_line_expired"])
    with mates.desk.refused("more than this person may grant"):
        end_group_line(mates.seller, LEE, mates.group, None, "go on", NOW)
    end_group_line(mates.seller, SYSTEM, mates.group, None, "go on", NOW)
    assert mates.order("C2", 10, "O-2").status == "approved"


def test_a_group_s_limit_is_reduced_and_only_reduced(mates):
    with mates.desk.refused("no limit of its own"):
        reduce_group_line(mates.seller, LEE, mates.group, 5, "less", NOW)
    mates.limit(120_000)
    for minor, match in ((120_000, "not less"), (-1, "zero or more")):
        with mates.desk.refused(match):
            reduce_group_line(mates.seller, LEE, mates.group, minor, "less", NOW)
    reduce_group_line(mates.seller, LEE, mates.group, 20_000, "less", NOW)
    assert codes(mates.order("C1", 20_001)) == ["over_group_limit"]
    assert fine(mates) == []


def test_a_group_s_line_is_cancelled_and_what_its_customers_owe_is_collected(mates):
    mates.limit(120_000)
    mates.desk.invoice("I-1", "03-01", 30_000, who="C1")
    mates.desk.invoice("I-2", "05-31", 30_000, who="C2")
    before = fingerprint(mates.seller)
    for actor, reason, match in (
        (Actor("Bo", None, "collector", 10**9), "over", "does not set credit limits"), (LEE, " ", "reason is empty"),
    ):  # fmt: skip
        with mates.desk.refused(match):
            cancel_group_line(mates.seller, actor, mates.group, reason, NOW)
    assert fingerprint(mates.seller) == before
    passed = cancel_group_and_collect(mates.seller, LEE, mates.group, "they fell out with us", NOW)
    assert [(work.customer.number, work.collectable_overdue_minor) for work in passed] == [("C1", 30_000)]
    assert WorkItem.objects.get(seller=mates.seller).reasons[0]["code"] == "line_cancelled_overdue"
    asked = mates.order("C2", 10)
    assert (asked.status, codes(asked)) == ("declined", ["group_line_cancelled", "over_group_limit"])
    with mates.desk.refused("line is cancelled"):
        suspend_group_line(mates.seller, LEE, mates.group, "too", NOW)
    with mates.desk.refused("more than this person may grant"):
        mates.limit(None, actor=LEE)
    mates.limit(80_000)
    assert mates.order("C2", 10, "O-2").status == "approved", "a new limit opens it again"
    assert fine(mates) == []
