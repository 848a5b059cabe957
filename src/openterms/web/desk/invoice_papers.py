"""Papers and files of what was issued here, in the desk: invoices, credit notes, receipts, statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from openterms.apps.receivables.invoice.auditing import audited
from openterms.apps.receivables.invoice.models import Invoice
from openterms.apps.receivables.invoice.papers import (
    FORMATS,
    invoice_of_item,
    receipt_pdf,
    rendered,
    statement_pdf,
)
from openterms.apps.receivables.models import Item
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import fill
from openterms.formats.paper.typesetting import PaperError

from .access import staff, today
from .customer import customer_of
from .paging import day_of
from .papers import answered

SHOWN = ("pdf", "facturx", "ubl")


def papers_of(seller: Seller, item: Mapping[str, Any]) -> dict[str, Any]:
    """What an item's page offers: files by their address, and what would make the invoice bounce."""
    if item["kind"] == "receipt":
        return {"papers": [(reverse("desk:invoice_paper", args=[item["id"], "receipt"]), _("Receipt (PDF)"))]}
    made = Invoice.objects.filter(seller=seller, item_id=item["document_id"]).first()
    if made is None:
        return {"papers": []}
    labels = {"pdf": _("PDF"), "facturx": _("PDF with e-invoice (Factur-X)"), "ubl": _("E-invoice (UBL)")}
    papers = [(reverse("desk:invoice_paper", args=[item["id"], kind]), labels[kind]) for kind in SHOWN]
    found = [
        {"gravity": one.gravity, "text": fill(_(one.reason.staff), one.reason.params),
         "remedy": fill(_(one.reason.remedy), one.reason.params)}
        for one in audited(seller, made)
    ]  # fmt: skip
    return {"papers": papers, "findings": found}


@staff
def invoice_paper(request: HttpRequest, item_id: UUID, kind: str) -> HttpResponse:
    """The paper or file of an item: of an invoice or credit note issued here, or the receipt of a payment."""
    seller = request.seller  # type: ignore[attr-defined]
    item = Item.objects.filter(seller=seller, id=item_id).first()
    made = invoice_of_item(item) if item else None
    if item is None or (kind == "receipt") != (item.kind == "receipt"):
        raise Http404
    if kind == "receipt":
        return paper_or_fault(lambda: receipt_pdf(seller, item), f"{item.number}.pdf")
    if made is None or kind not in FORMATS:
        raise Http404
    media, ending = FORMATS[kind]
    return paper_or_fault(lambda: rendered(seller, made, kind), f"{made.number}.{ending}", media)


@staff
def statement_paper(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """The statement of account as PDF, as of today or of the day in the address."""
    customer = customer_of(request, customer_id)
    day = day_of(request.GET.get("as_of", "")) or today(request)
    name = f"statement-{customer.number}-{day.isoformat()}.pdf"
    return paper_or_fault(lambda: statement_pdf(customer.seller, customer, day), name)


def paper_or_fault(make: Any, name: str, media: str = "application/pdf") -> HttpResponse:
    """A file as an answer; where it cannot be made, a line that says why."""
    try:
        response = answered(make(), name)
    except BadInput as error:
        text = fill(_(error.what), error.params)
        return HttpResponse(text, content_type="text/plain; charset=utf-8", status=422)
    except PaperError:
        text = _("The paper cannot be made now. Try again later.")
        return HttpResponse(text, content_type="text/plain; charset=utf-8", status=503)
    response["Content-Type"] = media
    if media != "application/pdf":
        response["Content-Disposition"] = response["Content-Disposition"].replace("inline", "attachment", 1)
    return response
