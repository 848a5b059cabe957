"""Allocations, discounts, small differences, refunds, and how each is taken back, told by the desk."""

from __future__ import annotations

import time
from decimal import Decimal

import psycopg
import pytest

from openterms.apps.receivables.allocation.actions import Part
from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.receivables.ledger.writing import Draft, write
from openterms.apps.receivables.models import Item, Settlement
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.context import acting
from openterms.core.receivables import booking
from openterms.core.receivables.postings import BaseRate, NewItem
from tests.apps.desk import NOW, Desk, day


def test_part_payments_leave_the_rest_open_until_it_is_paid(desk):
    invoice = desk.invoice("I1", "03-01", 100_000)
    for number, on, minor, left in (("R1", "04-01", 40_000, 60_000), ("R2", "04-20", 60_000, 0)):
        desk.allocate(desk.receipt(number, on, minor), on, (invoice, minor))
        assert desk.open(invoice) == left
    assert desk.balance("03-31") == (100_000, 0)
    assert desk.balance("04-01") == (60_000, 0)
    assert desk.balance("04-20") == (0, 0)
    assert Item.objects.get(id=invoice.id).settled_on == day("04-20")


def test_a_receipt_over_what_is_owed_stays_unapplied_and_is_refunded(desk):
    invoice = desk.invoice("I1", "03-01", 100_000)
    receipt = desk.receipt("R1", "03-20", 100_700)
    desk.allocate(receipt, "03-20", (invoice, 100_000))
    assert desk.balance("03-20") == (0, -700)
    desk.refund(receipt, 700, "03-25")
    assert desk.balance("03-25") == (0, 0)
    assert desk.accounts() == {("revenue", "USD"): (-100_000, -100_000), ("bank", "USD"): (100_000, 100_000)}


def test_a_credit_note_settles_invoices_and_can_be_paid_out(desk):
    invoice = desk.invoice("I1", "03-01", 100_000)
    note = desk.credit_note("CN1", "03-10", 30_000, vat_minor=5_000)
    assert desk.balance("03-10") == (70_000, 0)
    desk.allocate(note, "03-11", (invoice, 20_000))
    desk.refund(note, 10_000, "03-12")
    assert desk.open(invoice, note) == (80_000, 0)
    kinds = Settlement.objects.filter(item=invoice).values_list("kind", flat=True)
    assert list(kinds) == ["credit"]
    assert desk.accounts()[("vat_output", "USD")] == (5_000, 5_000)
    assert desk.balance("03-12") == (80_000, 0)


def test_a_cash_discount_is_taken_with_the_payment_that_earned_it(desk):
    invoice = desk.invoice("I1", "03-01", 120_000, terms="2/10 net 30")
    receipt = desk.receipt("R1", "03-11", 117_600)
    desk.allocate(receipt, "03-15", Part(invoice.id, 117_600, discount_minor=2_400))  # the money's date counts
    assert desk.open(invoice, receipt) == (0, 0)
    assert desk.accounts()[("discounts_allowed", "USD")] == (2_400, 2_400)


@pytest.mark.parametrize(
    ("terms", "paid_on", "discount", "match"),
    [
        ("2/10 net 30", "03-12", 2_400, "not earned"),  # a day late
        ("2/10 net 30", "03-11", 2_401, "not earned"),  # more than the terms give
        ("net 30", "03-02", 1, "not earned"),  # none agreed
    ],
)
def test_a_discount_that_is_not_earned_is_refused(desk, terms, paid_on, discount, match):
    invoice = desk.invoice("I1", "03-01", 120_000, terms=terms)
    receipt = desk.receipt("R1", paid_on, 100_000)
    with desk.refused(match):
        desk.allocate(receipt, "03-20", Part(invoice.id, 100_000, discount_minor=discount))


def test_a_discount_shrinks_with_credit_notes_and_is_taken_once(desk):
    invoice = desk.invoice("I1", "03-01", 120_000, terms="2/10 net 30")
    desk.allocate(desk.credit_note("CN1", "03-02", 60_000), "03-02", (invoice, 60_000))
    receipt = desk.receipt("R1", "03-05", 60_000)
    with desk.refused("not earned"):
        desk.allocate(receipt, "03-05", Part(invoice.id, 50_000, discount_minor=1_201))
    with desk.refused("not earned"):
        parts = Part(invoice.id, 10_000, discount_minor=1_000), Part(invoice.id, 10_000, discount_minor=201)
        desk.allocate(receipt, "03-05", *parts)
    desk.allocate(receipt, "03-05", Part(invoice.id, 50_000, discount_minor=1_200))
    with desk.refused("not earned"):
        desk.allocate(receipt, "03-05", Part(invoice.id, 1_000, discount_minor=1))


def test_small_differences_are_given_up_within_the_sellers_tolerance(desk):
    invoice = desk.invoice("I1", "03-01", 100_000)
    receipt = desk.receipt("R1", "03-20", 99_600)
    desk.allocate(receipt, "03-20", Part(invoice.id, 99_600, difference_minor=300))
    with desk.refused("cannot be settled"):
        desk.write_off(invoice, 150, "03-21")
    desk.write_off(invoice, 100, "03-21")
    assert desk.open(invoice) == 0
    assert desk.accounts()[("small_differences", "USD")] == (400, 400)


def test_small_differences_do_not_add_up_to_a_large_one(desk):
    """One item given up in small bites is the same as given up whole."""
    invoice = desk.invoice("I1", "03-01", 100_000)
    desk.write_off(invoice, 400, "03-20")
    with desk.refused("Give at most 1.00"):
        desk.write_off(invoice, 101, "03-21")


def test_the_tolerance_is_an_amount_of_money_not_a_count_of_units(desk):
    """500 cents are five dollars; 500 yen or half a dinar are something else."""
    set_rate(desk.seller, SYSTEM, "JPY", Decimal("0.0066"), day("01-01"), NOW)
    set_rate(desk.seller, SYSTEM, "KWD", Decimal("3.25"), day("01-01"), NOW)
    yen = desk.invoice("J1", "03-01", 100_000, "JPY")
    desk.write_off(yen, 757, "03-02")  # 4.996 dollars
    dinars = desk.invoice("K1", "03-01", 100_000, "KWD")
    with desk.refused("more than a small difference"):
        desk.write_off(dinars, 1_539, "03-02")  # 5.002 dollars
    desk.write_off(dinars, 1_538, "03-02")


def test_what_is_not_there_cannot_be_allocated(desk):
    invoice, other = desk.invoice("I1", "03-01", 10_000), desk.invoice("I2", "03-01", 10_000, who="C2")
    receipt, note = desk.receipt("R1", "03-10", 5_000), desk.credit_note("CN1", "03-10", 500)
    for match, parts in (
        ("cannot be settled", [(invoice, 5_001)]),
        ("cannot be settled", [(invoice, 3_000), (invoice, 2_001)]),
        ("another customer", [(other, 100)]),
        ("does not belong on this side", [(note, 100)]),
        ("does not belong on this side", [(receipt, 100)]),
        ("nothing to allocate", []),
        ("nothing to allocate", [(invoice, 0)]),
        ("negative", [(invoice, -1)]),
        ("negative", [Part(invoice.id, 10, difference_minor=-1)]),
        ("no such item", [Part(desk.seller.id, 10)]),
    ):
        with desk.refused(match):
            desk.allocate(receipt, "03-10", *parts)
    with desk.refused("does not exist before 2026-03-10"):
        desk.allocate(receipt, "03-09", (invoice, 100))
    with desk.refused("does not belong on this side"):
        desk.allocate(invoice, "03-10", (invoice, 100))
    with desk.refused("cannot be settled"):
        desk.refund(receipt, 5_001, "03-10")
    with desk.refused("does not belong on this side"):
        desk.refund(invoice, 1, "03-10")
    with desk.refused("does not exist before"):
        desk.refund(receipt, 1, "03-01")
    with desk.refused("no such allocation"):
        desk.reverse(desk.seller.id, "03-10")


def test_an_allocation_is_whole_or_not_at_all(desk):
    first, second = desk.invoice("I1", "03-01", 10_000), desk.invoice("I2", "03-01", 10_000)
    receipt = desk.receipt("R1", "03-10", 15_000)
    with desk.refused("cannot be settled"):
        desk.allocate(receipt, "03-10", (first, 10_000), (second, 5_001))


def test_an_allocation_taken_back_opens_items_with_their_own_due_dates(desk):
    invoice = desk.invoice("I1", "03-01", 120_000, terms="2/10 net 30")
    receipt = desk.receipt("R1", "03-05", 110_000)
    made = desk.allocate(receipt, "03-05", Part(invoice.id, 110_000, 2_400, 500))
    with desk.refused("lies before the allocation"):
        desk.reverse(made, "03-04")
    undone = desk.reverse(made, "03-09")
    assert desk.open(invoice, receipt) == (120_000, 110_000)
    assert (Item.objects.get(id=invoice.id).due_on, Item.objects.get(id=invoice.id).settled_on) == (day("03-31"), None)
    assert ("discounts_allowed", "USD") not in desk.accounts()
    assert desk.balance("03-05") == (120_000 - 112_900, 0)
    assert desk.balance("03-09") == (120_000, -110_000)
    with desk.refused("taken back already"):
        desk.reverse(made, "03-10")
    with desk.refused("taken back already"):
        desk.reverse(undone, "03-10")
    again = desk.allocate(receipt, "03-09", Part(invoice.id, 110_000, 2_400))
    assert again != made
    assert desk.open(invoice) == 7_600


def test_the_bank_takes_a_receipt_back(desk):
    first, second = desk.invoice("I1", "03-01", 100_000), desk.invoice("I2", "03-05", 20_000)
    receipt = desk.receipt("R1", "04-01", 121_000)
    desk.allocate(receipt, "04-01", (first, 100_000))
    desk.allocate(receipt, "04-03", Part(second.id, 19_800, difference_minor=200))
    with desk.refused("lies before the allocation"):
        desk.bank_return(receipt, "04-02")
    desk.bank_return(receipt, "04-08", charges_minor=1_500, reason="AC04 account closed")
    assert desk.open(first, second, receipt) == (100_000, 20_000, 0)
    assert Item.objects.get(id=first.id).due_on == day("03-31")
    assert desk.balance("04-07") == (0, -1_200)
    assert desk.balance("04-08") == (120_000, 0)
    assert desk.accounts()[("bank", "USD")] == (-1_500, -1_500)
    assert desk.accounts()[("bank_charges", "USD")] == (1_500, 1_500)
    with desk.refused("cannot be settled"):
        desk.bank_return(receipt, "04-09")


def test_only_what_was_not_refunded_goes_back_to_the_bank(desk):
    invoice = desk.invoice("I1", "03-01", 100_000)
    receipt = desk.receipt("R1", "04-01", 101_000)
    made = desk.allocate(receipt, "04-01", (invoice, 50_000))
    desk.reverse(made, "04-02")
    desk.allocate(receipt, "04-02", (invoice, 100_000))
    desk.refund(receipt, 1_000, "04-03")
    with desk.refused("cannot be settled"):
        desk.bank_return(receipt, "04-08", amount_minor=100_001)
    with desk.refused("does not belong on this side"):
        desk.bank_return(invoice, "04-08")
    desk.bank_return(receipt, "04-08")
    assert desk.open(invoice, receipt) == (100_000, 0)
    assert desk.accounts()[("receivable_trade", "USD")] == (100_000, 100_000)
    assert ("bank", "USD") not in desk.accounts()


def test_an_exchange_difference_is_realised_when_the_money_is_used(desk):
    """USD books, 10,000 euro invoiced at 1.08 and paid at 1.05: 300 dollars lost (TV-125 without remeasurement)."""
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.08"), day("01-01"), NOW)
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.05"), day("04-01"), NOW)
    invoice, receipt = desk.invoice("I1", "03-01", 1_000_000, "EUR"), desk.receipt("R1", "04-01", 1_000_000, "EUR")
    made = desk.allocate(receipt, "04-02", (invoice, 1_000_000))
    assert desk.accounts() == {
        ("revenue", "EUR"): (-1_000_000, -1_080_000),
        ("bank", "EUR"): (1_000_000, 1_050_000),
        ("fx_difference", "EUR"): (0, 30_000),
    }
    desk.reverse(made, "04-03")
    assert ("fx_difference", "EUR") not in desk.accounts()


def test_odd_parts_and_reversals_leave_no_unit_behind(desk):
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.0837"), day("01-01"), NOW)
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.0912"), day("04-01"), NOW)
    invoice = desk.invoice("I1", "03-01", 10_001, "EUR")
    made = []
    for number, minor in (("R1", 3_333), ("R2", 3_334), ("R3", 3_334)):
        receipt = desk.receipt(number, "04-01", minor, "EUR")
        made.append((receipt, minor, desk.allocate(receipt, "04-02", (invoice, minor))))
    desk.reverse(made[1][2], "04-03")
    desk.allocate(made[1][0], "04-04", (invoice, made[1][1]))
    accounts = desk.accounts()
    assert ("receivable_trade", "EUR") not in accounts
    assert ("unapplied_cash", "EUR") not in accounts


def test_a_receipt_in_one_currency_pays_an_invoice_in_another(desk):
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.08"), day("01-01"), NOW)
    invoice = desk.invoice("I1", "03-01", 100_000, "EUR")
    receipt = desk.receipt("R1", "04-01", 120_000)
    with desk.refused("cannot settle EUR directly"):
        desk.allocate(receipt, "04-01", (invoice, 100_000))
    made = desk.allocate(receipt, "04-01", Part(invoice.id, 100_000, credit_minor=110_000))
    assert desk.open(invoice, receipt) == (0, 10_000)
    accounts = desk.accounts()
    assert accounts[("fx_clearing", "USD")] == (-110_000, -110_000)
    assert accounts[("fx_clearing", "EUR")] == (100_000, 110_000)
    assert accounts[("fx_difference", "EUR")] == (0, -2_000)
    assert desk.balance("04-01", "EUR") == (0, 0)
    assert desk.balance("04-01", "USD") == (0, -10_000)
    with desk.refused("taken back already|cannot be settled"):
        desk.allocate(receipt, "04-01", Part(invoice.id, 1, credit_minor=1))
    desk.reverse(made, "04-02")
    assert desk.open(invoice, receipt) == (100_000, 120_000)
    assert ("fx_clearing", "USD") not in desk.accounts()


def test_one_currency_has_one_amount(desk):
    invoice, receipt = desk.invoice("I1", "03-01", 1_000), desk.receipt("R1", "03-01", 1_000)
    with desk.refused("out of range"):
        desk.allocate(receipt, "03-01", Part(invoice.id, 900, credit_minor=1_000))


def test_a_receipt_of_tomorrow_is_no_money_of_today(desk):
    invoice = desk.invoice("I1", "03-01", 100_000)
    receipt = desk.receipt("R1", "12-24", 100_000)
    assert desk.balance("12-23") == (100_000, 0)
    assert desk.balance("12-24") == (100_000, -100_000)
    with desk.refused("does not exist before 2026-12-24"):
        desk.allocate(receipt, "12-23", (invoice, 100_000))
    desk.allocate(receipt, "12-24", (invoice, 100_000))
    assert desk.balance("12-23") == (100_000, 0)
    assert desk.balance("12-24") == (0, 0)


def test_a_receipt_before_its_invoice_waits_for_it(desk):
    receipt, invoice = desk.receipt("R1", "03-01", 100_000), desk.invoice("I1", "04-01", 100_000)
    with desk.refused("does not exist before 2026-04-01"):
        desk.allocate(receipt, "03-01", (invoice, 100_000))
    desk.allocate(receipt, "04-01", (invoice, 100_000))
    assert desk.balance("03-31") == (0, -100_000)


def test_no_past_day_is_ever_settled_beyond_its_amount(desk):
    """Allocated on the 10th, taken back on the 20th: an allocation dated the 15th would settle that day twice."""
    invoice = desk.invoice("I1", "03-01", 100_000)
    first, second = desk.receipt("R1", "03-10", 60_000), desk.receipt("R2", "03-10", 100_000)
    desk.reverse(desk.allocate(first, "03-10", (invoice, 60_000)), "03-20")
    for on in ("03-10", "03-15", "03-19"):
        with desk.refused("settled otherwise until 2026-03-20"):
            desk.allocate(second, on, (invoice, 40_001))
    desk.allocate(second, "03-15", (invoice, 40_000))
    with desk.refused("settled otherwise until 2026-03-20"):
        desk.refund(first, 1, "03-12")
    desk.allocate(first, "03-20", (invoice, 60_000))
    assert desk.open(invoice) == 0


def test_an_item_is_settled_on_the_last_day_of_its_settlements(desk):
    invoice = desk.invoice("I1", "03-01", 100_000)
    late, early = desk.receipt("R1", "04-20", 60_000), desk.receipt("R2", "04-01", 40_000)
    desk.allocate(late, "04-20", (invoice, 60_000))
    desk.allocate(early, "04-01", (invoice, 40_000))
    assert Item.objects.get(id=invoice.id).settled_on == day("04-20")


@pytest.mark.deep
def test_a_receipt_is_allocated_to_very_many_items_in_time(committed, home, new_seller):
    """Elsewhere a customer with tens of thousands of open items times out in allocation."""
    seller, count = new_seller(enter=False), 10_000
    with acting(seller.id):
        desk = Desk(seller)
        news = [NewItem(new_id(), 100) for _ in range(count)]
        lines = booking.invoice(news, [booking.TaxedLine(100 * count)], BaseRate.same("USD"))
        rows = [
            {"id": new.item, "kind": "invoice", "number": f"I{n}", "external_id": f"I{n}", "document_id": new.item,
             "issued_on": day("03-01"), "due_on": day("03-31"), "currency": "USD", "amount_minor": 100,
             "base_minor": 100, "open_minor": 100}
            for n, new in enumerate(news)
        ]  # fmt: skip
        write(seller, [Draft("invoice", desk.customer().id, day("03-01"), lines, [Item(**row) for row in rows])])
        receipt = desk.receipt("R1", "04-01", 100 * count)
    with psycopg.connect(home.database_url(), autocommit=True) as owner:
        owner.execute("ANALYZE receivables_item, receivables_settlement, receivables_entry")
    began = time.monotonic()
    with acting(seller.id):
        desk.allocate(receipt, "04-01", *(Part(new.item, 100) for new in news))
        took = time.monotonic() - began
        assert desk.balance("04-01") == (0, 0)
        assert not Item.objects.filter(seller=seller, open_minor__gt=0).exists()
    assert took < 60, f"{took:.1f} s"
