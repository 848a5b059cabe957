"""A small seller by its own actions: a handful of customers with invoices, receipts, claims and a day that was run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from openterms.apps.analytics.day.actions import run_day
from openterms.apps.collecting.promise.actions import promise
from openterms.apps.credit.line.actions import set_line
from openterms.apps.parties.actions import add_contact, add_customer, add_note
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.dispute.actions import open_dispute
from openterms.apps.receivables.open_item.actions import Document, post_invoice, post_receipt
from openterms.apps.tenancy import clock
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting

NAMES = (
    "Acme Tools", "Bergmann & Söhne GmbH", "شركة النور للتجارة", "Cedar Mills", "Dune Logistics", "Elm Street Bakery",
)  # fmt: skip


@dataclass
class SmallSeller:
    """What was made, by number."""

    seller: Any
    today: date
    customers: dict[str, Any] = field(default_factory=dict)
    invoices: dict[str, Any] = field(default_factory=dict)
    receipts: dict[str, Any] = field(default_factory=dict)
    promises: list[Any] = field(default_factory=list)
    disputes: list[Any] = field(default_factory=list)
    policies: list[Any] = field(default_factory=list)


def fill(seller: Any, collector: Any = None, day: bool = True) -> SmallSeller:
    """Six customers: each with a paid, an overdue and a coming invoice; the first also disputes and promises."""
    now = clock.now()
    made = SmallSeller(seller, clock.today(seller.timezone))
    with acting(seller.id):
        for at, name in enumerate(NAMES, 1):
            _customer(made, at, name, collector, now)
        first = made.customers["C-1"]
        add_note(first, SYSTEM, "Pays by the end of the week when called.", now)
        add_contact(first, SYSTEM, now, name="Jane Doe", phone="+1 202 555 0101", email="jane@acme.example")
        set_line(seller, SYSTEM, first, "USD", 1_000_000, "By hand", made.today, now)
        made.disputes.append(
            open_dispute(seller, SYSTEM, made.invoices["I-12"].id, 5_000, "price", made.today, now, "Too dear")
        )
        made.promises.append(
            promise(seller, SYSTEM, first, [made.invoices["I-12"].id], 10_000, made.today + timedelta(days=3),
                    made.today, now, made_by="Jane Doe")
        )  # fmt: skip
    if day:
        run_day(seller, made.today, now)
    return made


def _customer(made: SmallSeller, at: int, name: str, collector: Any, now: datetime) -> None:
    seller, today = made.seller, made.today
    customer = add_customer(
        seller, SYSTEM, f"C-{at}", name, "US", now, created_on=today - timedelta(days=400),
        collector_id=collector.id if collector else None,
    )  # fmt: skip
    made.customers[customer.number] = customer
    for step, (ago, amount) in enumerate(((120, 40_000), (45 + 10 * at, 100_000 * at), (5, 30_000)), 1):
        number = f"I-{at}{step}"
        document = Document(number, today - timedelta(days=ago), amount, seller.currency)
        (made.invoices[number],) = post_invoice(seller, SYSTEM, customer, document, now)
    paid_on = today - timedelta(days=80)
    receipt = post_receipt(seller, SYSTEM, customer, Document(f"R-{at}", paid_on, 40_000, seller.currency), now)
    made.receipts[receipt.number] = receipt
    allocate(seller, SYSTEM, receipt.id, [Part(made.invoices[f"I-{at}1"].id, 40_000)], paid_on, now)
