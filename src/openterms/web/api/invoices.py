"""The API of invoices: issue one, credit one, look at one, take its paper or file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from openterms.apps.parties.reads import find_customer
from openterms.apps.receivables.invoice.actions import document_of, issue, issue_credit_note
from openterms.apps.receivables.invoice.auditing import audited
from openterms.apps.receivables.invoice.models import Invoice
from openterms.apps.receivables.invoice.papers import FORMATS, find_invoice, rendered
from openterms.apps.receivables.invoice.reading import to_issue
from openterms.apps.tenancy import clock
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import fill
from openterms.core.receivables.completeness import Finding
from openterms.core.receivables.invoice_rules import faults

from . import fields
from .authorisations import money
from .door import Call, door
from .problems import Problem, bad_input, filled

MOST_BYTES = 2 * 2**20


@door("bill", "POST")
def invoices(call: Call) -> tuple[int, dict[str, Any]]:
    """Issue an invoice: 201 with it, 200 with the first one where the key came before, or for one only tried.

    Every fault where sums fail. `findings` says what would make it bounce.
    """
    body = call.body(MOST_BYTES)
    is_tried = fields.flag(body, "dry_run")
    body.pop("dry_run", None)
    asked = to_issue(body, clock.today(call.seller.timezone))
    customer = find_customer(call.seller, str(body.get("customer") or ""))
    _refuse_faults(asked.charged)
    with transaction.atomic():
        made, is_new = issue(call.seller, call.actor, customer, asked, clock.now(), call.repeated_by)
        answer = shown(made) | {"findings": _findings(audited(call.seller, made))}
        transaction.set_rollback(is_tried)
    if is_tried:
        return 200, answer | {"id": None, "number": None}
    return (201 if is_new else 200), answer


@door("bill", "POST")
def credit_notes(call: Call, number: str) -> tuple[int, dict[str, Any]]:
    """Credit an invoice: with its own lines where none are given, else with the lines that are credited."""
    corrected = _found(call, number)
    body = dict(call.body(MOST_BYTES))
    whole = "lines" not in body
    asked = to_issue({"currency": corrected.currency} | body, clock.today(call.seller.timezone))
    if whole:
        asked = replace(asked, charged=replace(document_of(corrected).charged, prepaid_minor=0))
    _refuse_faults(asked.charged)
    made, is_new = issue_credit_note(call.seller, call.actor, corrected, asked, clock.now(), call.repeated_by)
    return (201 if is_new else 200), shown(made)


@door("read", "GET")
def invoice(call: Call, number: str) -> dict[str, Any]:
    """An invoice or credit note issued here; with `?format=pdf`, `ubl` or `facturx` its file too, in base64."""
    found = _found(call, number)
    kind = call.request.GET.get("format", "")
    if not kind:
        return shown(found) | {"findings": _findings(audited(call.seller, found))}
    content = rendered(call.seller, found, kind)
    media, ending = FORMATS[kind]
    file = {"name": f"{found.number}.{ending}", "media_type": media, "content": base64.b64encode(content).decode()}
    return shown(found) | {"file": file}


def shown(found: Invoice) -> dict[str, Any]:
    """An invoice as it is sent: amounts as decimal texts."""
    document, currency = document_of(found), found.currency
    totals = document.totals
    return {
        "id": str(found.id), "kind": found.kind, "number": found.number, "customer": document.buyer.number,
        "issued_on": found.issued_on.isoformat(), "currency": currency, "net": money(totals.net_minor, currency),
        "vat_total": money(totals.vat_minor, currency), "total": money(totals.gross_minor, currency),
        "payable": money(totals.payable_minor, currency),
        "vat": [{"category": one.category, "vat_rate": f"{one.percent:f}", "taxable": money(one.base_minor, currency),
                 "amount": money(one.vat_minor, currency)} for one in totals.vat],
        "due": [{"on": one.due_on.isoformat(), "amount": money(one.amount_minor, currency)} for one in document.due],
        "terms": document.terms, "purchase_order": document.purchase_order,
        "payment_reference": document.pay_to.reference,
        "corrects": document.corrects[0] if document.corrects else None,
    }  # fmt: skip


def _findings(found: Sequence[Finding]) -> list[dict[str, str]]:
    """What would make it bounce, the gravest first, in the language that was asked for."""
    told = []
    for one in found:
        places = filled(one.reason.params)
        told.append({"gravity": one.gravity, "code": one.reason.code, "message": fill(_(one.reason.staff), places),
                     "remedy": fill(_(one.reason.remedy), places)})  # fmt: skip
    return told


def _refuse_faults(charged: Any) -> None:
    """Errors: a problem 422 with every rule that does not hold, the first one in front."""
    found = [bad_input(one).body() for one in faults(charged)]
    if found:
        told = [{name: one[name] for name in ("detail", "field", "remedy")} for one in found]
        raise Problem(422, "bad_input", found[0]["detail"], field=found[0]["field"], remedy=found[0]["remedy"],
                      faults=told)  # fmt: skip


def _found(call: Call, number: str) -> Invoice:
    try:
        return find_invoice(call.seller, number)
    except BadInput as error:
        raise Problem(404, "not_found", bad_input(error).detail) from error
