"""Consolidated invoices: a month of deliveries on one invoice, each cycle its own, each line once."""

from __future__ import annotations

from datetime import date

from openterms.apps.credit.authorisation.actions import Order, authorise_order, capture
from openterms.apps.credit.authorisation.reads import credit_of
from openterms.apps.credit.line.actions import set_line
from openterms.apps.receivables.invoice.actions import document_of
from openterms.apps.receivables.invoice.asking import Supplied
from openterms.apps.receivables.invoice.gathering import bill_gathered, gather, set_cycle
from openterms.apps.receivables.models import BillableLine, Item
from openterms.apps.tenancy.actor import SYSTEM
from tests.apps.desk import NOW, Desk, day

BEANS = {"name": "Beans", "quantity": "2", "price": "50.00", "vat_rate": "20", "unit": "KGM"}


def supplied(reference: str, on: str, **more) -> Supplied:
    return Supplied(reference, day(on), "USD", [BEANS], **more)


def test_a_month_of_deliveries(desk: Desk):
    """Monthly, weekly and by order: each customer is billed on the days of its own cycle, dated on the first."""
    monthly, weekly, each = (desk.customer(number) for number in ("C1", "C2", "C3"))
    assert set_cycle(desk.seller, SYSTEM, monthly, "Monthly", NOW) == "monthly 1"
    set_cycle(desk.seller, SYSTEM, weekly, "weekly mon", NOW)
    with desk.refused("billing cycle"):
        set_cycle(desk.seller, SYSTEM, weekly, "fortnightly", NOW)
    for customer, name in ((monthly, "A"), (weekly, "B"), (each, "D")):
        for at, on in enumerate(("04-07", "04-15", "04-30"), 1):
            assert gather(desk.seller, SYSTEM, customer, supplied(f"{name}{at}", on), NOW) == 1
    assert gather(desk.seller, SYSTEM, monthly, supplied("A1", "04-07"), NOW) == 0
    with desk.refused("other lines"):
        gather(desk.seller, SYSTEM, monthly, Supplied("A1", day("04-07"), "USD", [BEANS, BEANS]), NOW)
    with desk.refused("BR-S-05|category"):
        gather(desk.seller, SYSTEM, monthly, Supplied("A9", day("04-07"), "USD", [BEANS | {"vat_rate": "0"}]), NOW)

    def billed(as_of: str) -> list[tuple[str, str, int, int]]:
        run = bill_gathered(desk.seller, SYSTEM, day(as_of), NOW)
        assert not run.refused
        return [(document_of(one).buyer.number, one.issued_on.isoformat()[5:], len(document_of(one).charged.lines),
                 one.gross_minor) for one in run.issued]  # fmt: skip

    assert billed("04-15") == [("C2", "04-13", 1, 120_00), ("C3", "04-07", 1, 120_00), ("C3", "04-15", 1, 120_00)]
    assert billed("05-01") == [("C1", "05-01", 3, 360_00), ("C2", "04-27", 1, 120_00), ("C3", "04-30", 1, 120_00)]
    assert billed("05-03") == []
    assert billed("05-05") == [("C2", "05-04", 1, 120_00)]
    kept = document_of(Item.objects.get(customer=monthly).invoice_set.get())
    assert kept.period == (date(2026, 4, 7), date(2026, 4, 30))
    assert "A2, 2026-04-15" in kept.charged.lines[1].description
    assert not BillableLine.objects.filter(invoice__isnull=True).exists()


def test_captures_of_several_orders(desk: Desk):
    """One invoice bills what was captured of two orders, and no more of them; purchase orders keep invoices apart."""
    customer = desk.customer()
    set_line(desk.seller, SYSTEM, customer, "USD", 1_000_00, "test", day("01-01"), NOW)
    set_cycle(desk.seller, SYSTEM, customer, "weekly mon", NOW)
    for name in ("O-1", "O-2"):
        held = authorise_order(desk.seller, SYSTEM, customer, Order(order_ref=name, minor=240_00, currency="USD"), NOW)
        capture(desk.seller, SYSTEM, held.id, 120_00, NOW)
        gather(desk.seller, SYSTEM, customer, supplied(f"D-{name}", "05-20", order_ref=name), NOW)
    gather(desk.seller, SYSTEM, customer, supplied("D-3", "05-20", purchase_order="PO-3"), NOW)
    run = bill_gathered(desk.seller, SYSTEM, day("06-01"), NOW)
    assert sorted(one.gross_minor for one in run.issued) == [120_00, 240_00]
    ((_currency, seen),) = credit_of(customer, NOW, desk.seller)
    exposure = seen.exposure
    assert (exposure.open_items_minor, exposure.captured_not_invoiced_minor, exposure.authorised_minor) == (
        360_00, 0, 240_00,
    )  # fmt: skip
