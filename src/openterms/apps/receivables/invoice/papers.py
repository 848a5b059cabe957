"""From the record to papers and files: an invoice as PDF, UBL or Factur-X; a receipt; a statement of account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.kinds import CREDIT_KINDS, ItemKind
from openterms.core.receivables.payment_references import spaced
from openterms.formats.einvoice import cii, ubl
from openterms.formats.einvoice.documents import terms_of
from openterms.formats.einvoice.facturx import facturx_pdf
from openterms.formats.paper.bill import COLOUR, Brand, bill_pdf
from openterms.formats.paper.bill_account import (
    ReceiptPaper,
    StatementLine,
    StatementPaper,
    receipt_bill,
    statement_bill,
)
from openterms.formats.paper.bill_invoice import address, invoice_bill

from .actions import document_of
from .drafting import PAPER_LANGUAGES, buyer_party, identity_of
from .models import BillingIdentity, Invoice

FORMATS = {"pdf": ("application/pdf", "pdf"), "facturx": ("application/pdf", "pdf"), "ubl": ("application/xml", "xml")}
"""What an invoice is given as: the media type, and how a file's name ends."""
LETTER_COUNTRIES = ("US", "CA", "MX", "PH")
MOST_LINES = 5_000

OPEN_AS_OF = """
SELECT * FROM (
    SELECT i.number, i.kind, i.issued_on, i.due_on, i.currency, i.amount_minor,
        i.amount_minor - coalesce((SELECT sum(s.amount_minor) FROM receivables_settlement s
            WHERE s.item_id = i.id AND s.settled_on <= %(as_of)s), 0)::bigint AS open_minor
    FROM receivables_item i
    WHERE i.seller_id = %(seller)s AND i.customer_id = %(customer)s AND i.issued_on <= %(as_of)s
        AND (i.open_minor > 0 OR i.settled_on > %(as_of)s)
) o WHERE open_minor > 0 ORDER BY due_on, number LIMIT %(most)s
"""
"""What was open at the end of a day, past days included."""

PAID_WITH = """
SELECT d.number, sum(s.amount_minor)::bigint AS minor FROM receivables_settlement s
    JOIN receivables_item d ON d.id = s.counter_item_id
WHERE s.seller_id = %(seller)s AND s.item_id = %(item)s GROUP BY d.number HAVING sum(s.amount_minor) > 0 ORDER BY 1
"""


def rendered(seller: Seller, invoice: Invoice, kind: str) -> bytes:
    """An issued invoice as `pdf`, `ubl` or `facturx` (the PDF with the invoice in CII inside).

    Errors: BadInput for another kind, or an amount that e-invoices cannot write; `PaperError`.
    """
    if kind not in FORMATS:
        raise BadInput(
            gettext_noop("There is no such format"), "format", gettext_noop("Give one of: %(formats)s"),
            {"formats": ", ".join(FORMATS)},
        )  # fmt: skip
    document = document_of(invoice)
    if kind == "ubl":
        return ubl.write(terms_of(document))
    paper = invoice_bill(document, brand_of(seller), sheet_of(seller))
    return bill_pdf(paper) if kind == "pdf" else facturx_pdf(paper, cii.write(terms_of(document)))


def find_invoice(seller: Seller, number: str) -> Invoice:
    """An invoice or credit note issued here, by its number or id. Errors: there is none such."""
    found = Invoice.objects.filter(seller=seller, number=number).first()
    if found is None:
        try:
            found = Invoice.objects.filter(seller=seller, id=UUID(number)).first()
        except ValueError:
            found = None
    if found is None:
        raise BadInput(
            gettext_noop("No invoice %(number)s was issued here"), "invoice",
            gettext_noop("Give its number; invoices that were imported have no document of ours"), {"number": number},
        )  # fmt: skip
    return found


def invoice_of_item(item: Item) -> Invoice | None:
    """The invoice or credit note issued here that an item (any of its instalments) stands for."""
    return Invoice.objects.filter(seller_id=item.seller_id, item_id=item.document_id).first()


def with_papers(seller: Seller, rows: Iterable[dict[str, Any]]) -> None:
    """Note on items which of them were issued here (`has_paper`), by one question for all."""
    listed = [one for one in rows if one.get("kind") in ("invoice", "credit_note")]
    known = Invoice.objects.filter(seller=seller, number__in={one["number"] for one in listed})
    numbers = set(known.values_list("number", flat=True))
    for one in listed:
        one["has_paper"] = one["number"] in numbers


def receipt_pdf(seller: Seller, item: Item, languages: Sequence[str] = ()) -> bytes:
    """The receipt for money that came in. Errors: BadInput where the item is none."""
    if item.kind != ItemKind.RECEIPT:
        raise BadInput(gettext_noop("This is no receipt"), "number", gettext_noop("Give the number of a receipt"))
    customer = Customer.objects.get(seller=seller, id=item.customer_id)
    paid = rows(PAID_WITH, {"seller": seller.id, "item": item.id})
    paper = ReceiptPaper(
        number=item.number, received_on=item.issued_on, currency=item.currency, amount_minor=item.amount_minor,
        customer=address(buyer_party(customer)), customer_number=customer.number,
        paid=[(one["number"], one["minor"]) for one in paid], languages=_languages(seller, customer, languages),
    )  # fmt: skip
    return bill_pdf(receipt_bill(paper, brand_of(seller), sheet_of(seller)))


def statement_pdf(seller: Seller, customer: Customer, as_of: date, languages: Sequence[str] = ()) -> bytes:
    """What was open on the customer's account at the end of a day, past days included.

    Errors: BadInput for more than 5,000 open entries; `PaperError`.
    """
    found = rows(
        OPEN_AS_OF, {"seller": seller.id, "customer": customer.id, "as_of": as_of, "most": MOST_LINES + 1}
    )
    if len(found) > MOST_LINES:
        raise BadInput(
            gettext_noop("More than %(most)s entries are open"), "customer",
            gettext_noop("Take the open items as a file instead"), {"most": MOST_LINES},
        )  # fmt: skip
    identity = identity_of(seller)
    paper = StatementPaper(
        as_of=as_of, customer=address(buyer_party(customer)), customer_number=customer.number,
        lines=[_line(one) for one in found], pay_words=seller.payment_details,
        pay_to=[("holder", identity.holder), ("iban", spaced(identity.iban)), ("bic", identity.bic),
                ("bank", identity.bank)] if identity.iban else [],
        languages=_languages(seller, customer, languages),
    )  # fmt: skip
    return bill_pdf(statement_bill(paper, brand_of(seller), sheet_of(seller)))


def _line(one: dict[str, Any]) -> StatementLine:
    sign = -1 if one["kind"] in CREDIT_KINDS else 1
    return StatementLine(**one | {name: sign * one[name] for name in ("amount_minor", "open_minor")})


def _languages(seller: Seller, customer: Customer, given: Sequence[str]) -> Sequence[str]:
    wanted = given or identity_of(seller).languages or [customer.locale[:2]]
    return [one for one in wanted if one in PAPER_LANGUAGES] or ["en"]


def brand_of(seller: Seller) -> Brand:
    """How the seller's papers look. In a customer's context too, which shows no identity: it is read for the seller."""
    identity = _seen_by_all(seller)
    lines = [identity.street, " ".join(one for one in (identity.postcode, identity.city) if one)]
    numbers = [line for line in seller.registration.splitlines() if line.strip()]
    if identity.vat_number and not any(identity.vat_number in one for one in numbers):
        numbers.append(f"VAT {identity.vat_number}")
    if identity.register and not any(identity.register in one for one in numbers):
        numbers.insert(0, identity.register)
    known = [one for one in lines if one] or [one for one in seller.address.splitlines() if one.strip()]
    contact = [one for one in (identity.email, identity.phone) if one]
    return Brand(name=seller.name, lines=[*known, *contact], numbers=numbers, colour=identity.colour or COLOUR,
                 logo=identity.logo)  # fmt: skip


def _seen_by_all(seller: Seller) -> BillingIdentity:
    with acting(seller.id):
        return identity_of(seller)


def sheet_of(seller: Seller) -> str:
    """The sheet that printers in the seller's country hold."""
    return "us-letter" if seller.country in LETTER_COUNTRIES else "a4"
