"""Issue invoices and credit notes: checked, numbered without gaps, booked and kept in one transaction."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.allocation.actions import Part, allocate
from openterms.apps.receivables.open_item.actions import ORDER, ORDERS, Document, post_credit_note, post_invoice
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.locks import locking
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.invoice_document import CREDIT_NOTE, INVOICE, Due, InvoiceDocument, read, written
from openterms.core.receivables.invoice_lines import Totals
from openterms.core.receivables.invoice_rules import settled
from openterms.core.receivables.kinds import ItemKind

from .asking import ToIssue, digest_of
from .drafting import draft
from .models import Invoice, InvoiceSeries

USUAL_SERIES = {INVOICE: "INV", CREDIT_NOTE: "CN"}
_SERIES = re.compile(r"[A-Z][A-Z0-9]{0,11}")
_DIGITS = 6


def issue(
    seller: Seller, actor: Actor, customer: Customer, asked: ToIssue, now: datetime, key: str = ""
) -> tuple[Invoice, bool]:
    """Issue an invoice: checked by EN 16931's sums, numbered, booked by its terms; and whether it is new.

    `key` makes the request repeatable: the first invoice comes again. Errors: a sum that does not hold (with its rule),
    terms, dates, deposits that are none, the key with another request. Refused: busy.
    """
    totals = settled(asked.charged)
    digest = digest_of(f"{INVOICE} {customer.id}", asked)
    with transaction.atomic():
        series = _series(seller, asked.series or USUAL_SERIES[INVOICE], asked.on)
        if (known := _known(seller, key, digest)) is not None:
            return known, False
        deposits = _deposits(seller, customer, asked)
        prepaid = min(totals.gross_minor, sum(one.open_minor for one in deposits))
        if deposits:
            asked = replace(asked, charged=replace(asked.charged, prepaid_minor=prepaid))
            totals = settled(asked.charged)
        elif asked.charged.prepaid_minor or asked.charged.rounding_minor:
            raise BadInput(
                gettext_noop("What was paid before is a receipt on the account"), "prepaid",
                gettext_noop("Record the deposit as a receipt and name it in `deposits`"),
            )  # fmt: skip
        number = _next(series)
        items = post_invoice(
            seller, actor, customer, _item_of(asked, number, totals), now, vat_minor=totals.vat_minor,
            terms=asked.terms, due_on=asked.due_on,
        )  # fmt: skip
        _take(seller, actor, deposits, items, prepaid, asked.on, now)
        document = draft(seller, customer, INVOICE, number, asked, totals, _due(items, prepaid), items[0])
        return _keep(seller, actor, customer, series, document, items[0], now, key, digest), True


def issue_credit_note(
    seller: Seller, actor: Actor, corrected: Invoice, asked: ToIssue, now: datetime, key: str = ""
) -> tuple[Invoice, bool]:
    """Issue a credit note for an invoice issued here, and settle what is open of that by it; and whether it is new.

    Errors: a sum that does not hold, another currency, more than is left of the invoice. Refused: busy.
    """
    totals = settled(asked.charged)
    digest = digest_of(f"{CREDIT_NOTE} {corrected.id}", asked)
    with transaction.atomic():
        series = _series(seller, asked.series or USUAL_SERIES[CREDIT_NOTE], asked.on)
        if (known := _known(seller, key, digest)) is not None:
            return known, False
        items = _open_items(seller, corrected)
        _check_credit(corrected, asked, totals)
        number = _next(series)
        customer = Customer.objects.get(seller=seller, id=corrected.customer_id)
        made = post_credit_note(
            seller, actor, customer, _item_of(replace(asked, purchase_order=corrected.number), number, totals), now,
            totals.vat_minor,
        )  # fmt: skip
        _take(seller, actor, [made], items, totals.gross_minor, max(asked.on, corrected.issued_on), now)
        document = replace(
            draft(seller, customer, CREDIT_NOTE, number, asked, totals, [], made),
            corrects=(corrected.number, corrected.issued_on),
        )
        return _keep(seller, actor, customer, series, document, made, now, key, digest, corrected), True


def _series(seller: Seller, code: str, on: date) -> InvoiceSeries:
    """The row of a series, held. Errors: a code that cannot be one."""
    if not _SERIES.fullmatch(code):
        raise BadInput(
            gettext_noop("This cannot be a series of numbers"), "series",
            gettext_noop("Give up to 12 capital letters and digits, a letter first"),
        )  # fmt: skip
    InvoiceSeries.objects.bulk_create([InvoiceSeries(seller=seller, code=code, year=on.year)], ignore_conflicts=True)
    with locking():
        return InvoiceSeries.objects.select_for_update(no_key=True).get(seller=seller, code=code, year=on.year)


def _known(seller: Seller, key: str, digest: str) -> Invoice | None:
    """What was issued under a key before. Errors: it came with another request."""
    known = Invoice.objects.filter(seller=seller, request_key=key).first() if key else None
    if known is not None and known.request_digest != digest:
        raise BadInput(
            gettext_noop("The key %(key)s came before with another %(field)s"), "Idempotency-Key",
            gettext_noop("Repeat the request as it was, or give a new key"), {"key": key, "field": "invoice"},
        )  # fmt: skip
    return known


def _next(series: InvoiceSeries) -> str:
    """The next number of a series that is held."""
    series.last += 1
    series.save(update_fields=["last"])
    return f"{series.code}-{series.year}-{series.last:0{_DIGITS}d}"


def _item_of(asked: ToIssue, number: str, totals: Totals) -> Document:
    attributes: dict[str, Any] = {ORDER: asked.order_ref} if asked.order_ref else {}
    if asked.order_refs:
        attributes[ORDERS] = list(asked.order_refs)
    return Document(
        number=number, on=asked.on, amount_minor=totals.gross_minor, currency=asked.charged.currency,
        reference=asked.purchase_order, attributes=attributes or None,
    )  # fmt: skip


def _deposits(seller: Seller, customer: Customer, asked: ToIssue) -> list[Item]:
    """The receipts that an invoice takes, held. Errors: one that is not the customer's, or has nothing open."""
    if not asked.deposits:
        return []
    wanted = Item.objects.filter(
        seller=seller, customer=customer, kind=ItemKind.RECEIPT, number__in=list(asked.deposits),
        currency=asked.charged.currency, issued_on__lte=asked.on,
    )  # fmt: skip
    found = lock_items(seller, list(wanted.values_list("id", flat=True)))
    items = [one for one in found.values() if one.open_minor > 0]
    missing = [one for one in asked.deposits if one not in {item.number for item in items}]
    if missing:
        raise BadInput(
            gettext_noop("No receipt %(number)s of this customer has something open on that day"), "deposits",
            gettext_noop("Name receipts in the invoice's currency, dated no later than it"), {"number": missing[0]},
        )  # fmt: skip
    return sorted(items, key=lambda one: (one.issued_on, one.id))


def _take(
    seller: Seller, actor: Actor, credits: list[Item], debits: list[Item], whole: int, on: date, now: datetime
) -> None:
    """Settle debts by credits in order, up to a whole."""
    rests = {one.id: one.open_minor for one in debits}
    for credit in credits:
        left, parts = min(credit.open_minor, whole), []
        for one in debits:
            taken = min(left, rests[one.id])
            if taken > 0:
                parts.append(Part(one.id, taken))
                rests[one.id] -= taken
                left -= taken
                whole -= taken
        if parts:
            allocate(seller, actor, credit.id, parts, on, now)


def _due(items: list[Item], prepaid: int) -> list[Due]:
    """What is due when, after what was paid before."""
    found = []
    for one in items:
        taken = min(prepaid, one.amount_minor)
        prepaid -= taken
        if one.amount_minor > taken:
            found.append(Due(one.due_on, one.amount_minor - taken))
    return found


def _open_items(seller: Seller, corrected: Invoice) -> list[Item]:
    """The items of an invoice, held, in order of their due dates."""
    wanted = Item.objects.filter(seller=seller, document_id=corrected.item_id).values_list("id", flat=True)
    return sorted(lock_items(seller, list(wanted)).values(), key=lambda one: (one.due_on, one.id))


def _check_credit(corrected: Invoice, asked: ToIssue, totals: Totals) -> None:
    given = Invoice.objects.filter(corrects=corrected).values_list("gross_minor", "vat_minor")
    left = corrected.gross_minor - sum(gross for gross, _vat in given)
    left_vat = corrected.vat_minor - sum(vat for _gross, vat in given)
    if corrected.kind != INVOICE or asked.charged.currency != corrected.currency or asked.on < corrected.issued_on:
        raise BadInput(
            gettext_noop("A credit note corrects an invoice of its own currency, on its day or later"), "invoice",
            gettext_noop("Give the invoice's currency and a later date"),
        )  # fmt: skip
    if totals.gross_minor > left or totals.vat_minor > left_vat:
        raise BadInput(
            gettext_noop("More is credited than is left of %(number)s"), "lines",
            gettext_noop("Give at most %(left)s, of which VAT %(vat)s"),
            {"number": corrected.number, "left": f"{format_amount(left, corrected.currency)} {corrected.currency}",
             "vat": format_amount(left_vat, corrected.currency)},
        )  # fmt: skip


def _keep(
    seller: Seller, actor: Actor, customer: Customer, series: InvoiceSeries, document: InvoiceDocument, item: Item,
    now: datetime, key: str, digest: str, corrects: Invoice | None = None,
) -> Invoice:  # fmt: skip
    totals = document.totals
    made = Invoice.objects.create(
        seller=seller, customer=customer, item=item, kind=document.kind, series=series.code, year=series.year,
        sequence=series.last, number=document.number, issued_on=document.issued_on, currency=document.currency,
        net_minor=totals.net_minor, vat_minor=totals.vat_minor, gross_minor=totals.gross_minor,
        content=written(document), corrects=corrects, request_key=key, request_digest=digest,
    )  # fmt: skip
    data = {"number": made.number, "currency": made.currency, "amount_minor": made.gross_minor}
    if corrects is not None:
        data["invoice"] = corrects.number
    record(seller.id, actor, f"{document.kind}_issued", "invoice", made.id, now, customer.id, data)
    return made


def document_of(invoice: Invoice) -> InvoiceDocument:
    """The document as it was issued."""
    return read(invoice.content)
