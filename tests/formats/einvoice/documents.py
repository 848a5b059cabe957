"""Issued documents for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from openterms.core.receivables.invoice_document import CREDIT_NOTE, Due, InvoiceDocument, Party, PayTo
from openterms.core.receivables.invoice_lines import Adjustment, Charged, Line
from openterms.core.receivables.invoice_rules import settled

SELLER = Party(
    name="Nordwind Handel GmbH", street="Hafenstr. 4", postcode="20457", city="Hamburg", country="DE",
    vat="DE123456789", register="HRB 4711", email="billing@nordwind.example", phone="+49 40 123456", contact="Billing",
    endpoint="DE123456789",
    endpoint_scheme="9930",
)  # fmt: skip
BUYER = Party(
    name="Café Zentral & Söhne", street="Marktplatz 1", postcode="04109", city="Leipzig", country="DE", number="C-17",
    vat="DE987654321", endpoint="DE987654321", endpoint_scheme="9930",
)  # fmt: skip
PAY_TO = PayTo(iban="DE89370400440532013000", bic="COBADEFFXXX", bank="Commerzbank", holder="Nordwind Handel GmbH",
               reference="RF18539007547034")  # fmt: skip


def line(number="1", **more):
    given = {"name": "Espresso beans", "quantity": Decimal(12), "unit": "KGM", "price": Decimal("14.90"),
             "category": "S", "percent": Decimal(7)} | more  # fmt: skip
    return Line(number=number, **given)


def document(charged: Charged | None = None, **more) -> InvoiceDocument:
    """An invoice that keeps the rules: two rates, an allowance on a line, an allowance and a charge on the whole."""
    charged = charged or Charged(
        currency="EUR",
        lines=[line(), line("2", name="Grinder", quantity=Decimal(1), unit="C62", price=Decimal("499"),
                            percent=Decimal(19), item_ref="GR-1",
                            adjustments=[Adjustment(amount_minor=2500, reason="Display model")])],
        adjustments=[Adjustment(amount_minor=1000, reason="Loyalty", category="S", percent=Decimal(19)),
                     Adjustment(amount_minor=990, reason="Freight", is_charge=True, category="S",
                                percent=Decimal(19))],
    )  # fmt: skip
    totals = settled(charged)
    given = {
        "kind": "invoice", "number": "R-2026-000017", "issued_on": date(2026, 7, 1), "seller": SELLER, "buyer": BUYER,
        "charged": charged, "totals": totals, "due": [Due(date(2026, 7, 31), totals.payable_minor)],
        "pay_to": PAY_TO, "supplied_on": date(2026, 6, 29), "purchase_order": "PO-9", "buyer_reference": "Kst 44",
        "terms": "net 30", "late_charge": "Late payment is charged by law.",
    }  # fmt: skip
    return InvoiceDocument(**given | more)


def credit_note() -> InvoiceDocument:
    """A credit note for the invoice above."""
    return document(kind=CREDIT_NOTE, number="G-2026-000003", corrects=("R-2026-000017", date(2026, 7, 1)), due=[])
