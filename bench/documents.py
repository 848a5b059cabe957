"""How many invoices a second a core sets as Factur-X: PDF/A-3 with codes, and the invoice in CII inside."""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal

from openterms.core.receivables.invoice_document import Due, InvoiceDocument, Party, PayTo
from openterms.core.receivables.invoice_lines import Charged, Line
from openterms.core.receivables.invoice_rules import settled
from openterms.core.receivables.payment_references import rf
from openterms.formats.einvoice import cii, ubl
from openterms.formats.einvoice.documents import terms_of
from openterms.formats.einvoice.facturx import facturx_pdf
from openterms.formats.paper.bill import Brand
from openterms.formats.paper.bill_invoice import invoice_bill

from .figures import Figure

DOCUMENTS = 300
LANGUAGES = (("en",), ("ar",), ("en", "ar"))
SELLER = Party(name="Nordwind GmbH", street="Hafenstr. 4", postcode="20457", city="Hamburg", country="DE",
               vat="DE123456789", register="HRB 4711")  # fmt: skip
BRAND = Brand(name="Nordwind GmbH", lines=["Hafenstr. 4", "20457 Hamburg"], numbers=["HRB 4711", "VAT DE123456789"])
START = date(2026, 7, 1)


def document(at: int) -> InvoiceDocument:
    """An invoice of five lines at two rates; every third is English, Arabic, or both."""
    lines = [
        Line(number=str(one), name=f"Article {at}-{one}", quantity=Decimal(one * 3), unit="C62",
             price=Decimal("12.45") * one, category="S", percent=Decimal(19 if one % 2 else 7))
        for one in range(1, 6)
    ]  # fmt: skip
    charged = Charged(currency="EUR", lines=lines)
    totals, number = settled(charged), f"INV-2026-{at:06d}"
    buyer = Party(name=f"Customer {at}", street="Markt 1", postcode="04109", city="Leipzig", country="DE",
                  number=f"C-{at}")  # fmt: skip
    return InvoiceDocument(
        kind="invoice", number=number, issued_on=START, seller=SELLER, buyer=buyer, charged=charged, totals=totals,
        due=[Due(START + timedelta(days=30), totals.payable_minor)], terms="net 30", supplied_on=START,
        pay_to=PayTo(iban="DE89370400440532013000", holder="Nordwind GmbH", reference=rf(number)),
        late_charge="Late payment is charged by law.", languages=LANGUAGES[at % 3],
    )  # fmt: skip


def measure(size: int) -> list[Figure]:
    """Invoices a second on one core (of processor time), and e-invoices alone."""
    facturx_pdf(invoice_bill(document(0), BRAND), cii.write(terms_of(document(0))))
    began, wall = time.process_time(), time.perf_counter()
    made = 0
    for at in range(1, DOCUMENTS + 1):
        one = document(at)
        made += len(facturx_pdf(invoice_bill(one, BRAND), cii.write(terms_of(one))))
    spent, waited = time.process_time() - began, time.perf_counter() - wall
    began = time.process_time()
    for at in range(DOCUMENTS):
        ubl.read(ubl.write(terms_of(document(at))))
    alone = time.process_time() - began
    note = f"{made // DOCUMENTS >> 10} KiB each, {DOCUMENTS / waited:.0f} a second by the clock"
    return [
        Figure("documents", "invoices as Factur-X a second of a core", DOCUMENTS / spent, "/s", least=30, note=note),
        Figure("documents", "e-invoices in UBL written and read a second", DOCUMENTS / alone, "/s"),
    ]
