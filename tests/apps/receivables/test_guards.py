"""The ledger, told by the desk."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from openterms.apps.parties.actions import add_customer
from openterms.apps.receivables.allocation.actions import Part, allocate, reverse
from openterms.apps.receivables.ledger.reads import control_balances
from openterms.apps.receivables.open_item.actions import Document, post_invoice, post_receipt
from openterms.apps.tenancy.actor import SYSTEM
from openterms.core.base.errors import BadInput

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def test_a_receipt_pays_part_of_an_invoice_and_is_taken_back(seller):
    acme = add_customer(seller, SYSTEM, "C1", "Acme Ltd", "US", NOW)
    (invoice,) = post_invoice(seller, SYSTEM, acme, Document("I1", date(2026, 3, 1), 100_000, "USD"), NOW)
    assert invoice.due_on == date(2026, 3, 31)
    receipt = post_receipt(seller, SYSTEM, acme, Document("R1", date(2026, 4, 10), 60_000, "USD"), NOW)

    allocation = allocate(seller, SYSTEM, receipt.id, [Part(invoice.id, 60_000)], date(2026, 4, 10), NOW)
    invoice.refresh_from_db()
    receipt.refresh_from_db()
    assert (invoice.open_minor, receipt.open_minor) == (40_000, 0)
    balance = control_balances(seller.id, date(2026, 4, 10))["USD"]
    assert (balance.receivable_minor, balance.unapplied_cash_minor) == (40_000, 0)

    reverse(seller, SYSTEM, allocation, date(2026, 4, 12), NOW, "wrong invoice")
    invoice.refresh_from_db()
    receipt.refresh_from_db()
    assert (invoice.open_minor, receipt.open_minor, invoice.due_on) == (100_000, 60_000, date(2026, 3, 31))
    balance = control_balances(seller.id, date(2026, 4, 12))["USD"]
    assert (balance.receivable_minor, balance.unapplied_cash_minor) == (100_000, -60_000)
    with pytest.raises(BadInput, match="taken back already"):
        reverse(seller, SYSTEM, allocation, date(2026, 4, 12), NOW)


def test_the_database_refuses_what_the_record_forbids(seller):
    acme = add_customer(seller, SYSTEM, "C1", "Acme Ltd", "US", NOW)
    (invoice,) = post_invoice(seller, SYSTEM, acme, Document("I1", date(2026, 3, 1), 100_000, "USD"), NOW)
    for statement in (
        "UPDATE receivables_posting SET amount_minor = 1",
        "DELETE FROM receivables_entry",
        "UPDATE receivables_item SET amount_minor = 5",
        "DELETE FROM receivables_item",
        "UPDATE receivables_item SET open_minor = -1",
        "UPDATE journal_event SET actor = 'x'",
        "UPDATE receivables_accountday SET amount_minor = 1",
        "DELETE FROM receivables_accountday",
        f"INSERT INTO receivables_accountday (seller_id, account, currency, posted_on, slot, amount_minor,"
        f" base_minor) VALUES ('{seller.id}', 'bank', 'USD', '2026-03-01', 0, 5, 5)",
        f"INSERT INTO receivables_posting (entry_id, line, seller_id, customer_id, account, amount_minor, currency,"
        f" base_minor, posted_on) VALUES ('{invoice.entry_id}', 9, '{seller.id}', '{acme.id}', 'bank', 5, 'USD', 5,"
        " '2026-03-01')",
    ):
        with pytest.raises(Exception) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert isinstance(refused.value, IntegrityError) or "denied" in str(refused.value), statement
