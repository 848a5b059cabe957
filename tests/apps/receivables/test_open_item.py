"""How open items come into being, told by the desk."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from openterms.apps.receivables.ledger.actions import set_rate
from openterms.apps.receivables.models import Entry, Item, Posting
from openterms.apps.receivables.open_item.actions import post_opening
from openterms.apps.tenancy.actor import SYSTEM
from openterms.core.receivables.kinds import ItemKind
from tests.apps.desk import NOW, day


def test_an_invoice_books_revenue_and_vat_and_falls_due_by_its_terms(desk):
    item = desk.invoice("I1", "03-01", 120_000, vat_minor=20_000, terms="2/10 net 30")
    assert (item.due_on, item.discount_on, item.discount_minor) == (day("03-31"), day("03-11"), 2_400)
    assert desk.accounts() == {
        ("receivable_trade", "USD"): (120_000, 120_000),
        ("revenue", "USD"): (-100_000, -100_000),
        ("vat_output", "USD"): (-20_000, -20_000),
    }


@pytest.mark.parametrize(
    ("terms", "minor", "expected"),
    [
        ("net 30", 10_001, [("2026-03-31", 10_001)]),
        ("1/3 at 30, 1/3 at 60, 1/3 at 90", 10_000, [("2026-03-31", 3333), ("2026-04-30", 3333), ("2026-05-30", 3334)]),
        ("eom+15", 500, [("2026-04-15", 500)]),
    ],
)
def test_terms_lay_out_the_items(desk, terms, minor, expected):
    items = desk.invoices("I1", "03-01", minor, terms=terms)
    assert [(str(item.due_on), item.amount_minor) for item in items] == expected
    assert {item.document_id for item in items} == {items[0].id}
    assert [(item.instalment, item.instalments) for item in items] == [
        (place, len(items)) for place in range(1, len(items) + 1)
    ]
    assert desk.balance("03-01") == (minor, 0)


def test_an_instalment_is_due_and_paid_on_its_own(desk):
    first, second, third = desk.invoices("I1", "03-01", 9_000, terms="1/3 at 30, 1/3 at 60, 1/3 at 90")
    receipt = desk.receipt("R1", "04-05", 4_000)
    desk.allocate(receipt, "04-05", (first, 3_000), (third, 1_000))
    assert desk.open(first, second, third) == (0, 3_000, 2_000)
    first.refresh_from_db()
    assert first.settled_on == day("04-05")


def test_terms_come_from_the_invoice_then_the_customer_then_the_seller(desk):
    desk.customer("C1", terms="net 10")
    assert desk.invoice("I1", "03-01", 100).due_on == day("03-11")
    assert desk.invoice("I2", "03-01", 100, who="C2").due_on == day("03-31")
    assert desk.invoice("I3", "03-01", 100, terms="net 5").due_on == day("03-06")
    assert desk.invoice("I4", "03-01", 100, due_on=day("04-09")).due_on == day("04-09")


def test_charges_are_items_of_their_own_and_outlive_the_principal(desk):
    """Elsewhere late interest vanishes when the principal is paid, and a fee is added on every tick."""
    invoice = desk.invoice("I1", "03-01", 50_000)
    fee = desk.charge(ItemKind.LATE_FEE, "F1", "04-10", 4_000, "04-24")
    interest = desk.charge(ItemKind.LATE_INTEREST, "L1", "04-10", 321, "04-24")
    charity = desk.charge(ItemKind.CHARITY, "D1", "04-10", 100, "04-24")
    desk.allocate(desk.receipt("R1", "04-12", 50_000), "04-12", (invoice, 50_000))
    assert desk.open(invoice, fee, interest, charity) == (0, 4_000, 321, 100)
    assert desk.accounts() == {
        ("receivable_trade", "USD"): (4_000, 4_000),
        ("receivable_interest", "USD"): (321, 321),
        ("receivable_charity", "USD"): (100, 100),
        ("revenue", "USD"): (-50_000, -50_000),
        ("late_fee_income", "USD"): (-4_000, -4_000),
        ("interest_income", "USD"): (-321, -321),
        ("charity_payable", "USD"): (-100, -100),
        ("bank", "USD"): (50_000, 50_000),
    }
    with desk.refused("on record already"):
        desk.charge(ItemKind.LATE_FEE, "F1", "04-11", 4_000, "04-25")


def test_opening_balances_bring_over_what_is_open(desk):
    for kind, minor in (("invoice", 700), ("late_interest", 20), ("credit_note", 50), ("receipt", 30)):
        document = desk.document(f"O-{kind}", "01-01", minor)
        customer = desk.customer()
        item = post_opening(desk.seller, SYSTEM, customer, ItemKind(kind), document, date(2025, 12, 1), NOW)
        assert (item.open_minor, item.due_on) == (minor, date(2025, 12, 1))
    assert desk.balance("01-01") == (670, -30)
    assert desk.accounts()[("opening_balance", "USD")] == (-640, -640)
    assert set(Entry.objects.filter(seller=desk.seller).values_list("kind", flat=True)) == {"opening"}


def test_a_bank_keeps_its_charges_and_the_customer_is_credited_in_full(desk):
    receipt = desk.receipt("R1", "03-01", 10_000, charges_minor=250)
    assert receipt.open_minor == 10_000
    assert desk.accounts() == {
        ("bank", "USD"): (9_750, 9_750),
        ("bank_charges", "USD"): (250, 250),
        ("unapplied_cash", "USD"): (-10_000, -10_000),
    }


def test_a_foreign_invoice_keeps_the_rate_of_its_day(desk):
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.08"), day("01-01"), NOW)
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.10"), day("03-01"), NOW)
    assert desk.invoice("I1", "02-28", 10_000, "EUR").base_minor == 10_800
    assert desk.invoice("I2", "03-01", 10_000, "EUR").base_minor == 11_000
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1.20"), day("03-01"), NOW)
    assert desk.invoice("I3", "03-05", 10_000, "EUR").base_minor == 12_000
    assert Item.objects.get(number="I2", seller=desk.seller).base_minor == 11_000
    with desk.refused("No exchange rate"):
        desk.invoice("I4", "03-05", 10_000, "GBP")


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_zero_and_three_digit_currencies_convert_by_their_digits(desk, currency):
    rate = {"JPY": Decimal("0.0066"), "KWD": Decimal("3.25")}[currency]
    set_rate(desk.seller, SYSTEM, currency, rate, day("01-01"), NOW)
    item = desk.invoice("I1", "03-01", 10_000, currency)
    assert item.base_minor == {"JPY": 6_600, "KWD": 3_250}[currency]  # 10,000 yen; 10.000 dinars


@pytest.mark.parametrize(
    ("number", "minor", "match"),
    [
        ("", 100, "number is empty"),
        ("   ", 100, "number is empty"),
        ("x" * 101, 100, "too long"),
        ("I\0", 100, "too long"),
        ("I1", 0, "not positive"),
        ("I1", -5, "not positive"),
        ("I1", 2**63, "too large"),
    ],
)
def test_a_document_that_cannot_be_is_refused(desk, number, minor, match):
    desk.customer()
    for post in (desk.invoice, desk.receipt, desk.credit_note):
        with desk.refused(match):
            post(number, "03-01", minor)


def test_a_base_amount_beyond_64_bits_is_refused(desk):
    set_rate(desk.seller, SYSTEM, "EUR", Decimal("1000"), day("01-01"), NOW)
    desk.customer()
    with desk.refused("too large"):
        desk.invoice("I1", "03-01", 2**62, "EUR")


def test_a_number_is_taken_once_whatever_its_instalments(desk):
    desk.invoice("I1", "03-01", 100)
    with desk.refused("on record already"):
        desk.invoices("I1", "03-01", 300, terms="1/3 at 30, 1/3 at 60, 1/3 at 90")
    desk.receipt("I1", "03-01", 100)  # a receipt is numbered apart


def test_unknown_terms_are_refused(desk):
    desk.customer()
    with desk.refused():
        desk.invoice("I1", "03-01", 100, terms="someday")


def test_an_item_without_a_due_date_cannot_exist(desk):
    """Elsewhere items without a due date are dropped silently; here the column refuses."""
    item = desk.invoice("I1", "03-01", 100)
    copied = "id, seller_id, customer_id, kind, number, document_id, instalment, instalments, issued_on, currency,"
    more = "amount_minor, base_minor, discount_minor, terms, reference, entry_id, open_minor, contested_minor,"
    rest = f"{copied} {more} in_flight_minor, planned_minor, promised_minor"
    source = rest.replace("id,", "gen_random_uuid(),", 1)
    with pytest.raises(IntegrityError, match="due_on"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO receivables_item ({rest}, external_id) SELECT {source}, 'other' FROM receivables_item"
            " WHERE id = %s",
            [item.id],
        )


def test_every_posting_of_an_item_carries_it(desk):
    item = desk.invoice("I1", "03-01", 100)
    controls = Posting.objects.filter(entry_id=item.entry_id, account="receivable_trade")
    assert [posting.item_id for posting in controls] == [item.id]
