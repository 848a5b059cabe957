"""Invoices issued here: numbered without gaps, booked, kept as they were, repeated without harm."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from openterms.apps.parties.models import BillingProfile, Identifier, Site
from openterms.apps.receivables.invoice.actions import document_of, issue, issue_credit_note
from openterms.apps.receivables.invoice.asking import ToIssue
from openterms.apps.receivables.invoice.identity import set_identity
from openterms.apps.receivables.models import Invoice, Item
from openterms.apps.tenancy.actor import SYSTEM, Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.core.receivables.invoice_lines import Charged, Line
from tests.apps.desk import NOW, Desk, day


def asked(on: str = "06-01", price: str = "100.00", **more) -> ToIssue:
    line = Line(number="1", name="Beans", quantity=Decimal(10), unit="KGM", price=Decimal(price), category="S",
                percent=Decimal(20))  # fmt: skip
    charged = more.pop("charged", Charged(currency=more.pop("currency", "USD"), lines=[line]))
    return ToIssue(charged=charged, on=day(on), **more)


def issued(desk: Desk, order: ToIssue, key: str = "") -> Invoice:
    return issue(desk.seller, SYSTEM, desk.customer(), order, NOW, key)[0]


def test_a_month_of_invoices(desk: Desk):
    """Two invoices, a deposit, a credit note: numbers follow on, the account shows what is left."""
    customer = desk.customer(terms="2/10 net 30")
    first = issued(desk, asked(purchase_order="PO-1"))
    second = issued(desk, asked("06-02", terms="net 45"))
    assert [first.number, second.number] == ["INV-2026-000001", "INV-2026-000002"]
    assert (first.net_minor, first.vat_minor, first.gross_minor) == (100_000, 20_000, 120_000)
    item = first.item
    assert (item.number, item.reference, item.due_on) == (first.number, "PO-1", date(2026, 7, 1))
    assert desk.accounts()[("revenue", "USD")][0] == -200_000 and desk.accounts()[("vat_output", "USD")][0] == -40_000
    kept = document_of(first)
    assert kept.discount == (date(2026, 6, 11), 2_400) and kept.due[0].amount_minor == 120_000
    assert (kept.buyer.name, kept.pay_to.reference, kept.languages) == (customer.name, first.number, ["en"])

    receipt = desk.receipt("D-1", "06-02", 50_000)
    third = issued(desk, asked("06-03", deposits=["D-1"]))
    assert document_of(third).totals.payable_minor == 70_000 and document_of(third).due[0].amount_minor == 70_000
    assert (desk.open(third.item), desk.open(receipt)) == (70_000, 0)

    note, _new = issue_credit_note(desk.seller, SYSTEM, first, asked("06-05", "30.00"), NOW)
    assert (note.number, note.corrects_id, note.gross_minor) == ("CN-2026-000001", first.id, 36_000)
    assert (desk.open(first.item), desk.open(note.item)) == (84_000, 0)
    assert document_of(note).corrects == (first.number, first.issued_on)
    with desk.refused("More is credited"):
        issue_credit_note(desk.seller, SYSTEM, first, asked("06-06", "80.00"), NOW)
    with desk.refused("its own currency"):
        issue_credit_note(desk.seller, SYSTEM, note, asked("06-06", "1.00"), NOW)


def test_refusals_take_no_number(desk: Desk):
    desk.customer()
    with desk.refused("BR-16"):
        issued(desk, asked(charged=Charged(currency="USD", lines=[])))
    with desk.refused("no receipt|No receipt"):
        issued(desk, asked(deposits=["D-9"]))
    with desk.refused("receipt on the account"):
        issued(desk, asked(charged=replace(asked().charged, prepaid_minor=5)))
    with desk.refused("series"):
        issued(desk, asked(series="inv 1"))
    with desk.refused():
        issued(desk, asked(terms="whenever"))
    made = issued(desk, asked(series="EXP"), "k-1")
    assert made.number == "EXP-2026-000001"
    assert issued(desk, asked(series="EXP"), "k-1") == made
    with desk.refused("k-1 came before"):
        issued(desk, asked("06-02", series="EXP"), "k-1")
    assert issued(desk, asked(series="EXP")).number == "EXP-2026-000002"


def test_instalments_and_currency(desk: Desk):
    """In a foreign currency the VAT stands in the seller's too; instalments are due one by one."""
    from openterms.apps.receivables.ledger.actions import set_rate

    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.10"), day("01-01"), NOW)
    desk.customer(currency="EUR")
    made = issued(desk, asked(currency="EUR", terms="1/2 at 30, 1/2 at 60"))
    kept = document_of(made)
    assert [one.amount_minor for one in kept.due] == [60_000, 60_000]
    assert Item.objects.filter(number=made.number).count() == 2
    assert (kept.tax_currency, kept.vat_local_minor) == ("USD", 22_000)


def test_what_the_seller_says_of_itself(desk: Desk):
    customer = desk.customer()
    Site.objects.create(seller=desk.seller, customer=customer, purpose="billing", street="Weg 1", city="Ulm",
                        country="DE")  # fmt: skip
    Identifier.objects.create(seller=desk.seller, customer=customer, scheme="gln", value="4012345000009")
    BillingProfile.objects.create(seller=desk.seller, customer=customer, recipients=["ap@c1.example"])
    said = {"iban": "DE89 3704 0044 0532 0130 00", "colour": "#7A1F3D", "languages": "en,ar", "city": "Austin"}
    set_identity(desk.seller, SYSTEM, said, NOW)
    for bad in ({"iban": "DE00"}, {"colour": "pink"}, {"languages": "de"}, {"city": "x" * 101}):
        with desk.refused():
            set_identity(desk.seller, SYSTEM, bad, NOW)
    with desk.refused("administrator"):
        set_identity(desk.seller, Actor("Cy", new_id(), "collector"), {"city": "Rome"}, NOW)
    kept = document_of(issued(desk, asked()))
    assert kept.pay_to.iban == "DE89370400440532013000" and kept.pay_to.reference.startswith("RF")
    assert (kept.buyer.city, kept.buyer.endpoint_scheme, kept.buyer.email) == ("Ulm", "0088", "ap@c1.example")
    assert kept.languages == ["en", "ar"]


def test_nothing_issued_is_changed(desk: Desk):
    made = issued(desk, asked())
    statements = ("UPDATE receivables_invoice SET number = 'x'", "DELETE FROM receivables_invoice",
                  "UPDATE receivables_invoiceseries SET last = 9", "DELETE FROM receivables_invoiceseries")  # fmt: skip
    for statement in statements:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    made.refresh_from_db()
    assert made.number == "INV-2026-000001"


def test_many_at_once_leave_no_gap(committed, new_seller):
    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        customer = desk.customer()
    faults: list[BaseException] = []

    def work(place: int) -> None:
        try:
            for at in range(3):
                with acting(seller.id):
                    issue(seller, SYSTEM, customer, asked(), NOW, f"k-{(place // 2)}-{at}")
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not faults
    with acting(seller.id):
        assert sorted(Invoice.objects.values_list("sequence", flat=True)) == list(range(1, 10))
        assert Item.objects.count() == 9
