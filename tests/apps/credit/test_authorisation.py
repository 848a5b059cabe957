"""Orders on one line: on a day asked, captured, released, expired; what is left is always told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.credit.authorisation.actions import (
    Order,
    authorise_order,
    capture,
    expire_due,
    extend,
    name_invoice,
    release,
)
from openterms.apps.credit.hold.actions import place_hold
from openterms.apps.credit.line.actions import set_line
from openterms.apps.credit.models import Authorisation, AuthorisationCapture, Line
from openterms.apps.journal.models import Event
from openterms.apps.parties.models import BillingProfile
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import new_id
from openterms.core.base.errors import Refused
from tests.apps.desk import Desk, day

MORNING = datetime(2026, 6, 1, 9, tzinfo=UTC)


class Shop:
    """A checkout that sells to one customer."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.seller = desk, desk.seller

    def limit(self, minor, currency="USD", **more):
        now = datetime(2026, 6, 1, 8, tzinfo=UTC)
        return set_line(self.seller, SYSTEM, self.desk.customer(), currency, minor, "agreed", day("05-01"), now, **more)

    def order(self, minor, ref="O-1", currency="USD", at=MORNING, key="", dry_run=False, **more):
        order = Order(order_ref=ref, minor=minor, currency=currency, **more)
        return authorise_order(self.seller, SYSTEM, self.desk.customer(), order, at, key, dry_run)

    def capture(self, made, minor, at=MORNING, **more):
        return capture(self.seller, SYSTEM, made.id, minor, at, **more)

    def release(self, made, minor=None, at=MORNING, **more):
        return release(self.seller, SYSTEM, made.id, at, minor, **more)


@pytest.fixture
def shop(desk):
    return Shop(desk)


def codes(answer):
    return [reason.code for reason in answer.reasons]


def test_an_order_within_the_limit_is_held_and_the_next_sees_what_is_left(shop):
    shop.limit(100_000)
    first = shop.order(60_000)
    assert (first.status, first.approved_minor, first.headroom_minor) == ("approved", 60_000, 40_000)
    second = shop.order(50_000, "O-2")
    assert (second.status, second.approved_minor, second.headroom_minor) == ("referred", 0, 40_000)
    assert codes(second) == ["over_limit"]
    part = shop.order(50_000, "O-3", accepts_part=True)
    assert (part.status, part.approved_minor, part.headroom_minor) == ("partly_approved", 40_000, 0)


def test_open_invoices_count_and_unapplied_money_gives_room(shop):
    shop.limit(100_000)
    shop.desk.invoice("I1", "05-20", 30_000)
    assert shop.order(1, dry_run=True).headroom_minor == 69_999
    shop.desk.receipt("R1", "05-21", 10_000)
    assert shop.order(1, dry_run=True).headroom_minor == 79_999


def test_no_limit_zero_and_unlimited_are_three_things(shop):
    assert codes(shop.order(100, "O-1")) == ["no_limit_set"]
    assert Line.objects.get(seller=shop.seller).limit_minor is None
    shop.limit(0)
    zero = shop.order(100, "O-2")
    assert (codes(zero), zero.headroom_minor, zero.is_unlimited) == (["over_limit"], 0, False)
    shop.limit(None, is_unlimited=True)
    free = shop.order(10**15, "O-3")
    assert (free.status, free.headroom_minor, free.is_unlimited) == ("approved", None, True)
    assert codes(shop.order(100, "O-4", "EUR")) == ["currency_without_line"]


def test_every_reason_is_told(shop):
    shop.limit(10_000)
    shop.desk.invoice("I1", "03-01", 50_000)
    place_hold(shop.seller, SYSTEM, shop.desk.customer(), "late", day("05-30"), MORNING)
    BillingProfile.objects.create(seller=shop.seller, customer=shop.desk.customer(), needs_purchase_order=True)
    answer = shop.order(60_000)
    assert codes(answer) == ["on_hold", "overdue", "purchase_order_missing", "over_limit"]
    assert answer.status == "declined"


def test_an_insolvent_customer_gets_no_credit(shop):
    shop.limit(10_000)
    customer = shop.desk.customer()
    customer.insolvent_on = day("05-15")
    customer.save(update_fields=["insolvent_on"])
    assert (shop.order(1).status, codes(shop.order(1))) == ("declined", ["customer_insolvent"])


def test_trying_writes_nothing(shop):
    shop.limit(10_000)
    events = Event.objects.filter(seller=shop.seller).count()
    assert shop.order(5_000, dry_run=True).id is None
    assert Authorisation.objects.filter(seller=shop.seller).count() == 0
    assert Event.objects.filter(seller=shop.seller).count() == events


def test_captured_counts_until_its_invoice_stands_and_is_never_counted_twice(shop):
    shop.limit(100_000)
    made = shop.order(60_000)
    done = shop.capture(made, 40_000, invoice="I-7")
    assert (done.status, done.captured_minor, done.headroom_minor) == ("approved", 40_000, 40_000)
    shop.desk.invoice("I-7", "05-31", 40_000)
    assert shop.order(1, dry_run=True).headroom_minor == 39_999
    done = shop.capture(made, 15_000, invoice="I-8", is_final=True)
    assert (done.status, done.released_minor, done.headroom_minor) == ("captured", 5_000, 45_000)
    shop.desk.invoice("I-8", "05-31", 14_000)
    assert shop.order(1, dry_run=True).headroom_minor == 44_999, "what the invoice lacks still counts"


def test_tolerance_on_captures(shop):
    shop.limit(105_000)
    made = shop.order(100_000)
    shop.capture(made, 40_000)
    with shop.desk.refused("cannot be captured"):
        shop.capture(made, 65_100)
    assert shop.capture(made, 65_000).status == "captured"
    assert AuthorisationCapture.objects.filter(seller=shop.seller).count() == 2


def test_tolerance_never_passes_the_limit(shop):
    shop.limit(102_000)
    made = shop.order(100_000)
    with shop.desk.refused("above the limit"):
        shop.capture(made, 105_000)
    assert shop.capture(made, 102_000).headroom_minor == 0


def test_released_is_free_again(shop):
    shop.limit(100_000)
    made = shop.order(100_000)
    assert shop.release(made, 30_000).headroom_minor == 30_000
    assert (shop.release(made).status, shop.order(1, dry_run=True).headroom_minor) == ("released", 99_999)
    with shop.desk.refused("holds nothing"):
        shop.release(made)


def test_time_frees_headroom_by_its_date_noted_or_not(shop):
    shop.limit(100_000)
    made = shop.order(100_000)
    last, over = MORNING + timedelta(days=14, seconds=-1), MORNING + timedelta(days=14)
    assert shop.order(1, at=last, dry_run=True).status == "referred"
    assert shop.order(100_000, at=over, dry_run=True).status == "approved"
    with shop.desk.refused("expired"):
        shop.capture(made, 100, at=over)
    assert expire_due(shop.seller, SYSTEM, last) == 0
    assert expire_due(shop.seller, SYSTEM, over) == 1
    assert expire_due(shop.seller, SYSTEM, over) == 0
    row = Authorisation.objects.get(id=made.id)
    assert (row.state, row.released_minor, row.lapsed_minor) == ("expired", 100_000, 100_000)


def test_extended_holds_longer_but_not_for_ever(shop):
    shop.limit(100_000)
    made = shop.order(100_000)
    later = MORNING + timedelta(days=30)
    assert extend(shop.seller, SYSTEM, made.id, later, MORNING).expires_at == later
    with shop.desk.refused("extended to"):
        extend(shop.seller, SYSTEM, made.id, later + timedelta(seconds=1), MORNING)
    assert shop.order(1, at=later - timedelta(seconds=1), dry_run=True).status == "referred"


def test_a_repeated_key_gets_the_first_answer_and_holds_nothing_more(shop):
    shop.limit(100_000)
    first = shop.order(60_000, key="k1")
    assert shop.order(60_000, key="k1") == first
    taken = shop.capture(first, 10_000, key="k2")
    assert shop.capture(first, 10_000, key="k2") == taken
    given = shop.release(first, 5_000, key="k3")
    assert shop.release(first, 5_000, key="k3") == given
    row = Authorisation.objects.get(seller=shop.seller)
    assert (row.captured_minor, row.released_minor) == (10_000, 5_000)
    with shop.desk.refused("another amount"):
        shop.order(60_001, key="k1")
    with shop.desk.refused("another purchaser"):
        shop.order(60_000, key="k1", purchaser="Ms Reed")
    with shop.desk.refused("another request"):
        shop.capture(first, 10_000, key="k1")


def test_bad_orders_are_refused_and_change_nothing(shop):
    shop.limit(100_000)
    for fault, more in {
        "above zero|more than nothing": {"minor": 0},
        "no reference": {"minor": 1, "ref": " "},
        "held until": {"minor": 1, "expires_at": MORNING},
        "held unti": {"minor": 1, "expires_at": MORNING + timedelta(days=31)},
        "XXZ": {"minor": 1, "currency": "XXZ"},
    }.items():
        with shop.desk.refused(fault):
            shop.order(**more)


def test_the_line_is_checked(shop):
    shop.limit(100_000)
    shop.order(60_000)
    shop.limit(50_000)
    assert [finding.text for finding in check_seller(shop.seller, day("06-01")) if not finding.ok] == []
    assert shop.order(1, "O-9").headroom_minor == -10_000


def test_refusals_are_refusals(shop):
    shop.limit(100_000)
    made = shop.order(1_000)
    with pytest.raises(Refused):
        shop.release(made, 2_000)


def test_the_check_finds_a_line_that_two_orders_passed_together(shop):
    shop.limit(100_000)
    made = shop.order(60_000)
    row = Authorisation.objects.get(id=made.id)
    row.id, row.order_ref = new_id(), "O-2"
    row.save(force_insert=True)
    Line.objects.filter(seller=shop.seller).update(held_minor=120_000)
    wrong = [finding for finding in check_seller(shop.seller, day("06-01")) if not finding.ok]
    assert [finding.invariant for finding in wrong] == [4]
    assert "120000 > 100000" in wrong[0].text


def test_the_check_passes_over_what_time_freed_and_limits_lowered(shop):
    shop.limit(100_000)
    shop.order(60_000, expires_at=MORNING + timedelta(days=1))
    shop.order(100_000, "O-2", at=MORNING + timedelta(days=1))
    shop.limit(10)
    assert [finding.text for finding in check_seller(shop.seller, day("06-01")) if not finding.ok] == []


def test_what_was_answered_never_changes(shop):
    shop.limit(100_000)
    made = shop.order(60_000)
    shop.capture(made, 100, invoice="I-1")
    for statement in (
        "UPDATE credit_authorisation SET approved_minor = 1",
        "DELETE FROM credit_authorisation",
        "UPDATE credit_authorisationcapture SET amount_minor = 1",
        "UPDATE credit_authorisationcapture SET invoice = 'I-9'",
        "DELETE FROM credit_authorisationcapture",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_database_refuses_more_than_the_headroom_seen(shop):
    shop.limit(100_000)
    row = Authorisation.objects.get(id=shop.order(60_000).id)
    row.id, row.headroom_minor = new_id(), 59_999
    with pytest.raises(IntegrityError, match="authorisation_within"), transaction.atomic():
        row.save(force_insert=True)


def test_an_invoice_is_named_after_the_capture(shop):
    shop.limit(100_000)
    made = shop.order(60_000)
    shop.capture(made, 60_000)
    shop.desk.invoice("I-7", "05-31", 60_000)
    assert shop.order(1, dry_run=True).status == "referred", "counted as captured and as invoiced, until named"
    named = name_invoice(shop.seller, SYSTEM, made.id, "I-7", MORNING, "k")
    assert named.headroom_minor == 40_000
    assert name_invoice(shop.seller, SYSTEM, made.id, "I-7", MORNING, "k") == named
    with shop.desk.refused("waits for its invoice"):
        name_invoice(shop.seller, SYSTEM, made.id, "I-8", MORNING)
    with shop.desk.refused("no number"):
        name_invoice(shop.seller, SYSTEM, made.id, " ", MORNING)
