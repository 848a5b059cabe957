"""Orders beyond the plain one: invoices capture them, people release them, purchasers have limits, hundreds at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from openterms.apps.analytics.checking.reads import check_seller
from openterms.apps.analytics.importing.actions import run_import
from openterms.apps.credit.authorisation.actions import authorise_orders, capture, expire_due
from openterms.apps.credit.authorisation.asking import Ask, Order
from openterms.apps.credit.authorisation.overrides import give_override, refuse_order, release_order
from openterms.apps.credit.authorisation.reads import OrderFilter, authorisation_now, orders
from openterms.apps.credit.models import Authorisation, AuthorisationCapture, Line, Override
from openterms.apps.journal.models import Event
from openterms.apps.parties.models import BillingProfile, Purchaser
from openterms.apps.receivables.open_item.actions import Document, post_invoice
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.core.base.errors import BadInput
from tests.apps.credit.test_authorisation import MORNING, Shop, codes
from tests.apps.desk import day


@pytest.fixture
def shop(desk):
    return Shop(desk)


def invoice(shop, number, minor, order, on="06-01"):
    document = Document(number, day(on), minor, "USD", attributes={"order_ref": order})
    return post_invoice(shop.seller, SYSTEM, shop.desk.customer(), document, MORNING)


def left(shop):
    return shop.order(1, "TRY", dry_run=True).headroom_minor + 1


def fine(shop):
    return [finding.text for finding in check_seller(shop.seller, day("06-01")) if not finding.ok]


def test_an_invoice_that_names_its_order_captures_it_once(shop):
    shop.limit(100_000)
    made = shop.order(60_000)
    invoice(shop, "I-1", 40_000, "O-1")
    assert left(shop) == 40_000, "40,000 invoiced and 20,000 still held"
    invoice(shop, "I-2", 20_000, str(made.id))
    row = Authorisation.objects.get(id=made.id)
    assert (row.state, row.captured_minor, left(shop)) == ("captured", 60_000, 40_000)
    assert AuthorisationCapture.objects.filter(authorisation=row, is_billed=True).count() == 2
    assert Line.objects.get(seller=shop.seller).held_minor == 0
    assert fine(shop) == []


def test_an_invoice_bills_what_was_captured_before_and_takes_no_more(shop):
    shop.limit(100_000)
    made = shop.order(60_000)
    shop.capture(made, 25_000)
    shop.capture(made, 5_000, invoice="I-1")
    invoice(shop, "I-1", 30_000, "O-1")
    row = Authorisation.objects.get(id=made.id)
    assert (row.captured_minor, left(shop)) == (30_000, 40_000)
    assert {one.invoice for one in AuthorisationCapture.objects.filter(authorisation=row)} == {"I-1"}


def test_shipped_goods_can_always_be_invoiced(shop):
    """Beyond what was held, after expiry, and where nobody was asked: the invoice stands and tells what is beyond."""
    shop.limit(100_000)
    made = shop.order(60_000)
    expire_due(shop.seller, SYSTEM, MORNING + timedelta(days=15))
    invoice(shop, "I-1", 90_000, "O-1")
    row = Authorisation.objects.get(id=made.id)
    assert (row.captured_minor, left(shop)) == (60_000, 10_000)
    (event,) = Event.objects.filter(seller=shop.seller, kind="authorisation_billed")
    assert (event.data["amount_minor"], event.data["beyond_minor"]) == (60_000, 30_000)
    invoice(shop, "I-2", 5_000, "NOBODY-ASKED")
    assert left(shop) == 5_000


def test_an_import_captures_what_its_invoices_name(shop, tmp_path):
    shop.limit(100_000)
    shop.order(60_000)
    path = tmp_path / "invoices.csv"
    path.write_text(
        "customer,invoice,issued,due,amount,order ref\nC1,I-1,2026-06-01,2026-07-01,450.00,O-1\n"
        "C1,I-2,2026-06-01,2026-07-01,100.00,\n"
    )
    for _ in range(2):  # loading the same file again changes nothing
        run_import(shop.seller, SYSTEM, path, "invoices", None, MORNING)
        assert Authorisation.objects.get(seller=shop.seller).captured_minor == 45_000
    assert left(shop) == 100_000 - 45_000 - 10_000 - 15_000
    assert fine(shop) == []


def test_prepaid_orders_use_no_limit(shop):
    shop.limit(10_000)
    full = shop.order(60_000, prepaid_minor=None)
    assert (full.status, full.approved_minor, full.headroom_minor) == ("approved", 0, 10_000)
    part = shop.order(60_000, "O-2", prepaid_minor=55_000)
    assert (part.status, part.approved_minor, part.headroom_minor) == ("approved", 5_000, 5_000)
    assert codes(shop.order(60_000, "O-3", prepaid_minor=50_000)) == ["over_limit"]


class TestQueue:
    """Referred orders wait for a person."""

    MANAGER = Actor("Mara Stein", None, "credit_manager", 5_000_000)

    def waiting(self, shop, **more):
        return [one["order_ref"] for one in orders(shop.seller, OrderFilter(**more), MORNING)]

    def test_released_is_held_at_once_and_the_shop_learns_it_either_way(self, shop):
        shop.limit(10_000)
        asked = shop.order(60_000, key="k1")
        assert (asked.status, self.waiting(shop)) == ("referred", ["O-1"])
        given = release_order(shop.seller, self.MANAGER, asked.id, "They pay tomorrow", MORNING)
        assert (given.status, given.approved_minor, given.headroom_minor) == ("approved", 60_000, -50_000)
        assert authorisation_now(shop.seller, asked.id, MORNING).id == given.id
        assert shop.order(60_000, key="k2").id == given.id, "asked again, the same is given"
        assert (self.waiting(shop), self.waiting(shop, state="approved")) == ([], ["O-1"])
        shop.capture(asked, 60_000, invoice="I-1")
        event = Event.objects.get(seller=shop.seller, kind="authorisation_captured")
        assert event.data["override"] == str(Override.objects.get(seller=shop.seller).id)
        assert fine(shop) == []
        with shop.desk.refused("waits for nobody"):
            release_order(shop.seller, self.MANAGER, asked.id, "again", MORNING)

    def test_authority_and_reasons_are_held_by_the_action(self, shop):
        shop.limit(10_000)
        asked = shop.order(60_000)
        for actor, fault in {
            Actor("Lee", None, "credit_manager", 59_999): "more than this person may grant",
            Actor("Kim", None, "collector", 10**9): "does not set credit limits",
        }.items():
            with shop.desk.refused(fault):
                release_order(shop.seller, actor, asked.id, "please", MORNING)
        with shop.desk.refused("reason is empty"):
            release_order(shop.seller, self.MANAGER, asked.id, " ", MORNING)
        with shop.desk.refused("waits for nobody"):
            release_order(shop.seller, self.MANAGER, asked.id, "late", MORNING + timedelta(days=14))

    def test_what_the_customer_rules_nobody_overrides(self, shop):
        shop.limit(10_000)
        asked = shop.order(60_000, purchaser="Ann")
        Purchaser.objects.create(
            seller=shop.seller, customer=shop.desk.customer(), name="Ann", limit_minor=100, is_active=True
        )
        with shop.desk.refused("purchaser's limit"):
            release_order(shop.seller, self.MANAGER, asked.id, "please", MORNING)

    def test_refused_is_declined(self, shop):
        shop.limit(10_000)
        asked = shop.order(60_000)
        refuse_order(shop.seller, self.MANAGER, asked.id, "too risky", MORNING)
        assert authorisation_now(shop.seller, asked.id, MORNING).status == "declined"
        assert (self.waiting(shop), self.waiting(shop, state="declined")) == ([], ["O-1"])

    def test_an_override_given_before_is_used_once_and_capped(self, shop):
        shop.limit(10_000)
        customer, until = shop.desk.customer(), MORNING + timedelta(days=2)
        give_override(shop.seller, self.MANAGER, customer, "O-1", "USD", 50_000, "agreed", until, MORNING)
        assert codes(shop.order(50_001)) == ["over_limit", "override_too_small"]
        assert shop.order(30_000).status == "approved"
        assert codes(shop.order(10_000)) == ["over_limit"], "used"
        give_override(shop.seller, self.MANAGER, customer, "O-2", "USD", 50_000, "agreed", until, MORNING)
        assert codes(shop.order(30_000, "O-2", at=until)) == ["over_limit"], "expired"
        with pytest.raises(DatabaseError), transaction.atomic():
            Override.objects.filter(seller=shop.seller).update(most_minor=1)

    def test_pages_by_key(self, shop):
        shop.limit(0)
        for number in range(5):
            shop.order(100, f"O-{number}")
        first = orders(shop.seller, OrderFilter(), MORNING, limit=3)
        rest = orders(shop.seller, OrderFilter(), MORNING, first[-1]["id"])
        assert [one["order_ref"] for one in first + rest] == ["O-4", "O-3", "O-2", "O-1", "O-0"]
        assert [one["order_ref"] for one in orders(shop.seller, OrderFilter(order_ref="O-3"), MORNING)] == ["O-3"]


@pytest.mark.parametrize(
    "minor, who, found",
    [
        (20_000, "ann@buyer.example", []),
        (20_001, "Ann", ["purchaser_limit"]),
        (20_000, "Bob", ["purchaser_may_not_order"]),
        (20_000, "Eve", ["purchaser_may_not_order"]),
        (20_000, "", ["purchaser_may_not_order"]),
    ],
)
def test_a_company_rules_who_orders_and_how_much(shop, minor, who, found):
    shop.limit(100_000)
    customer = shop.desk.customer()
    BillingProfile.objects.create(seller=shop.seller, customer=customer, only_purchasers=True)
    more = {"seller": shop.seller, "customer": customer}
    Purchaser.objects.create(name="Ann", email="ann@buyer.example", limit_minor=20_000, **more)
    Purchaser.objects.create(name="Bob", is_active=False, **more)
    assert codes(shop.order(minor, purchaser=who)) == found


def test_a_purchasers_month(shop):
    shop.limit(100_000)
    Purchaser.objects.create(seller=shop.seller, customer=shop.desk.customer(), name="Ann", month_limit_minor=30_000)
    assert shop.order(20_000, purchaser="Ann").status == "approved"
    assert codes(shop.order(10_001, "O-2", purchaser="Ann")) == ["purchaser_budget"]
    assert shop.order(10_000, "O-3", purchaser="Ann").status == "approved"
    july = MORNING + timedelta(days=30)
    assert shop.order(30_000, "O-4", purchaser="Ann", at=july).status == "approved"


def test_hundreds_at_once_are_answered_as_if_one_after_the_other(shop):
    shop.limit(100_000)
    shop.desk.customer("C2")
    Purchaser.objects.create(seller=shop.seller, customer=shop.desk.customer(), name="Ann", month_limit_minor=50_000)

    def ask(ref, minor, who="C1", key="", **more):
        return Ask(customer=who, order=Order(order_ref=ref, minor=minor, currency="USD", **more), key=key)

    asks = [
        ask("A", 40_000, purchaser="Ann", key="a"), ask("B", 20_000, purchaser="Ann"),
        ask("A", 40_000, purchaser="Ann", key="a"), ask("C", 40_000), ask("D", 30_000, accepts_part=True),
        ask("E", 1), ask("F", 5, "NOBODY"), ask(" ", 5), ask("G", 5, "C2"),
    ]  # fmt: skip
    found = authorise_orders(shop.seller, SYSTEM, asks, MORNING)
    told = [str(one.where) if isinstance(one, BadInput) else one.status for one in found]
    assert told == [
        "approved", "declined", "approved", "approved", "partly_approved", "referred", "customer", "order_ref",
        "referred",
    ]  # fmt: skip
    assert found[0] == found[2] and found[4].approved_minor == 20_000
    assert Line.objects.get(seller=shop.seller, customer=shop.desk.customer()).held_minor == 100_000
    assert Authorisation.objects.filter(seller=shop.seller).count() == 6
    assert authorise_orders(shop.seller, SYSTEM, asks[:1], MORNING) == found[:1]
    assert fine(shop) == []
    with shop.desk.refused("at most 500"):
        authorise_orders(shop.seller, SYSTEM, [ask("A", 1)] * 501, MORNING)


def test_the_check_finds_a_line_that_holds_something_else(shop):
    shop.limit(100_000)
    shop.order(60_000)
    Line.objects.filter(seller=shop.seller).update(held_minor=1)
    assert any("60000" in text for text in fine(shop))


def test_what_is_kept_for_a_line_is_what_the_rows_add_up_to(shop):
    """Through every step: authorised, captured in parts, released, expired."""
    shop.limit(1_000_000)
    made = [shop.order(10_000 * n, f"O-{n}") for n in range(1, 6)]
    shop.capture(made[0], 3_000)
    shop.capture(made[1], 21_000)
    shop.release(made[2], 5_000)
    capture(shop.seller, SYSTEM, made[3].id, 1_000, MORNING, is_final=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(greatest(approved_minor - captured_minor - released_minor, 0)) FROM credit_authorisation"
            " WHERE seller_id = %s AND state IN ('approved', 'partly_approved')", [shop.seller.id],
        )  # fmt: skip
        assert cursor.fetchone()[0] == Line.objects.get(seller=shop.seller).held_minor == 7_000 + 25_000 + 50_000
    expire_due(shop.seller, SYSTEM, MORNING + timedelta(days=14))
    assert Line.objects.get(seller=shop.seller).held_minor == 0
