"""Small books told by hand, really committed, because a book is loaded over a connection of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from openterms.apps.parties.actions import add_customer
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.open_item.actions import Document, post_credit_note, post_invoice, post_receipt
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
AGED = (
    ("A", date(2026, 6, 20), date(2026, 7, 20), 1000),
    ("B", date(2026, 5, 31), date(2026, 6, 30), 2000),
    ("C", date(2026, 5, 30), date(2026, 6, 29), 500),
    ("D", date(2026, 5, 1), date(2026, 5, 31), 800),
    ("E", date(2026, 4, 30), date(2026, 5, 30), 700),
    ("F", date(2026, 3, 2), date(2026, 4, 1), 400),
    ("G", date(2026, 3, 1), date(2026, 3, 31), 300),
)
"""The invoices of FACTBOOK 1.6 (TV-13), whole units."""


def aged_book(seller: Any, number: str = "C1", name: str = "Acme Ltd", **more: Any) -> Any:
    """The book of TV-13: seven invoices and an unapplied receipt of 250."""
    with acting(seller.id):
        acme = add_customer(seller, SYSTEM, number, name, "US", NOW, **more)
        for code, issued, due, amount in AGED:
            invoice(seller, acme, f"{number}-{code}", issued, due, amount * 100)
        post_receipt(seller, SYSTEM, acme, Document(f"{number}-R", date(2026, 6, 28), 25_000, seller.currency), NOW)
    return acme


def invoice(seller: Any, customer: Any, number: str, issued: date, due: date, minor: int, currency: str = "") -> Any:
    """One invoice with a due date of its own."""
    document = Document(number, issued, minor, currency or seller.currency)
    (item,) = post_invoice(seller, SYSTEM, customer, document, NOW, due_on=due)
    return item


def paid(seller: Any, customer: Any, items: Sequence[Any], on: date, currency: str = "") -> Any:
    """A receipt that pays some items in full."""
    whole = sum(item.open_minor for item in items)
    document = Document(f"P{items[0].number}", on, whole, currency or seller.currency)
    receipt = post_receipt(seller, SYSTEM, customer, document, NOW)
    return allocate(seller, SYSTEM, receipt.id, [Part(item.id, item.open_minor) for item in items], on, NOW)


def credited(seller: Any, customer: Any, number: str, on: date, minor: int) -> Any:
    """A credit note that stays open."""
    return post_credit_note(seller, SYSTEM, customer, Document(number, on, minor, seller.currency), NOW)
