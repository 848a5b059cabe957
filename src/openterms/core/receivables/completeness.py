"""What would make an invoice bounce at this customer: a table of rules, each with its reason and what would help.

Pure: an issued (or drafted) document and what is known of the customer go in, findings come out, the gravest first.
`stops` means that it will not be paid as it is, `delays` that somebody will ask, `note` that it could be better.
Source: FACTBOOK 6.1, 6.3, 6.4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.receivables.invoice_document import CREDIT_NOTE, InvoiceDocument

STOPS, DELAYS, NOTE = "stops", "delays", "note"
GRAVITY = (STOPS, DELAYS, NOTE)
SAME_DAYS = 10
"""Invoices of the same amount within so many days may be the same one twice."""
LATE_CHARGE_COUNTRIES = frozenset({"FR"})
"""Where an invoice must say what late payment costs (FACTBOOK 6.1)."""
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An invoice that stands already: its number, day, amount in minor units, currency, purchase order."""

    number: str
    issued_on: date
    gross_minor: int
    currency: str
    purchase_order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the customer wants of invoices (its billing profile), and what is known of its account."""

    needs_purchase_order: bool = False
    channel: str = "email"
    recipients: Sequence[str] = ()
    unreachable: frozenset[str] = frozenset()
    """Addresses at which mail came back."""
    has_profile: bool = True
    earlier: Sequence[Earlier] = field(default_factory=tuple)


class Finding(NamedTuple):
    """A rule that is not kept: how grave, and why with what would help."""

    gravity: str
    reason: Reason


class Rule(NamedTuple):
    """A rule: its gravity, its reason, and whether a document breaks it (None: no; else what fills the reason)."""

    gravity: str
    reason: Reason
    broken: Callable[[InvoiceDocument, Wanted], dict[str, str | int] | None]


def _when(is_broken: Callable[[InvoiceDocument, Wanted], object]) -> Callable[
    [InvoiceDocument, Wanted], dict[str, str | int] | None
]:  # fmt: skip
    """A rule without places: broken where the test says so."""
    return lambda document, wanted: {} if is_broken(document, wanted) else None


def _reason(code: str, staff: str, remedy: str) -> Reason:
    return Reason(code, staff, remedy=remedy)


def _taxed(document: InvoiceDocument, *categories: str) -> bool:
    return any(part.category in categories for part in document.totals.vat)


def _bad_recipient(document: InvoiceDocument, wanted: Wanted) -> dict[str, str | int] | None:
    if wanted.channel != "email":
        return None
    wrong = [one for one in wanted.recipients if not _MAIL.fullmatch(one) or one.lower() in wanted.unreachable]
    return {"address": wrong[0]} if wrong else None


def _duplicate(document: InvoiceDocument, wanted: Wanted) -> dict[str, str | int] | None:
    for one in wanted.earlier:
        near = abs(document.issued_on - one.issued_on) <= timedelta(days=SAME_DAYS)
        same = (one.gross_minor, one.currency) == (document.totals.gross_minor, document.currency)
        if near and same and one.purchase_order == document.purchase_order and one.number != document.number:
            return {"number": one.number, "date": one.issued_on.isoformat()}
    return None


def _is_payable(document: InvoiceDocument) -> bool:
    return document.kind != CREDIT_NOTE and document.totals.payable_minor > 0


RULES = (
    Rule(STOPS, _reason("billing_no_purchase_order", gettext_noop(
        "This customer pays no invoice without its purchase-order number, and this one has none."),
        gettext_noop("Ask for the number and put it on the invoice.")),
        _when(lambda d, w: w.needs_purchase_order and not d.purchase_order)),
    Rule(STOPS, _reason("billing_no_recipient", gettext_noop("Nobody is named to whom this customer's invoices go."),
        gettext_noop("Put the address of its accounts payable into the billing profile.")),
        _when(lambda d, w: w.channel == "email" and not w.recipients)),
    Rule(STOPS, Reason("billing_bad_recipient", gettext_noop("Mail to %(address)s does not arrive."),
        remedy=gettext_noop("Ask the customer for the right address and correct the billing profile.")),
        _bad_recipient),
    Rule(STOPS, _reason("billing_no_postal_address", gettext_noop(
        "Invoices go by post to this customer, and its address is not complete."),
        gettext_noop("Enter street, post code and town of its billing address.")),
        _when(lambda d, w: w.channel == "post" and not (d.buyer.street and d.buyer.city))),
    Rule(STOPS, _reason("billing_no_due_date", gettext_noop("The invoice does not say when it is due."),
        gettext_noop("Give terms of payment, or a due date (BR-CO-25).")),
        _when(lambda d, w: _is_payable(d) and not d.due)),
    Rule(STOPS, _reason("billing_due_before_issue", gettext_noop("The invoice is due before it is issued."),
        gettext_noop("Correct the due date or the terms.")),
        _when(lambda d, w: d.kind != CREDIT_NOTE and any(one.due_on < d.issued_on for one in d.due))),
    Rule(STOPS, _reason("billing_no_seller_tax_number", gettext_noop(
        "VAT is charged, and the invoice does not show our VAT number."),
        gettext_noop("Enter our VAT or tax number (BR-S-02).")),
        _when(lambda d, w: d.totals.vat_minor and not (d.seller.vat or d.seller.tax))),
    Rule(STOPS, _reason("billing_no_buyer_tax_number", gettext_noop(
        "The customer owes the VAT itself, and the invoice does not show its VAT number."),
        gettext_noop("Ask for the number and enter it with the customer (BR-AE-03, BR-IC-02).")),
        _when(lambda d, w: _taxed(d, "AE", "K") and not d.buyer.vat)),
    Rule(STOPS, _reason("billing_no_seller_vat_number", gettext_noop(
        "The invoice charges no VAT under reverse charge or as an intra-Community supply, and lacks our VAT number."),
        gettext_noop("Enter our VAT number (BR-AE-02, BR-IC-02).")),
        _when(lambda d, w: _taxed(d, "AE", "K", "G", "E", "Z") and not (d.seller.vat or d.seller.tax))),
    Rule(STOPS, _reason("billing_no_delivery", gettext_noop(
        "An intra-Community supply says when and to which country it went; this invoice does not."),
        gettext_noop("Give the date of supply and the country (BR-IC-11, BR-IC-12).")),
        _when(lambda d, w: _taxed(d, "K") and not ((d.supplied_on or d.period) and d.deliver_to_country))),
    Rule(STOPS, _reason("billing_bad_saudi_number", gettext_noop(
        "A Saudi tax invoice shows a VAT number of 15 digits that begins and ends with 3; ours is another."),
        gettext_noop("Correct our VAT number.")),
        _when(lambda d, w: d.seller.country == "SA" and not re.fullmatch(r"3\d{13}3", d.seller.vat))),
    Rule(STOPS, _reason("billing_no_account", gettext_noop("The invoice does not say to which account to pay."),
        gettext_noop("Enter our IBAN, or how else to pay.")),
        _when(lambda d, w: _is_payable(d) and not (d.pay_to.iban or d.pay_to.words or d.pay_to.link))),
    Rule(STOPS, _reason("billing_late_charge_required", gettext_noop(
        "The law here wants an invoice to say what late payment costs, and this one does not."),
        gettext_noop("Enter the words on late payment with our billing details.")),
        _when(lambda d, w: _is_payable(d) and d.seller.country in LATE_CHARGE_COUNTRIES and not d.late_charge)),
    Rule(DELAYS, Reason("billing_duplicate", gettext_noop(
        "Invoice %(number)s of %(date)s has the same amount and order: this may be the same one twice."),
        remedy=gettext_noop("Check the delivery; say on the invoice what sets it apart.")), _duplicate),
    Rule(DELAYS, _reason("billing_no_seller_address", gettext_noop("The invoice does not show our address."),
        gettext_noop("Enter street, post code and town with our billing details (BR-08).")),
        _when(lambda d, w: not (d.seller.city and d.seller.country))),
    Rule(DELAYS, _reason("billing_no_buyer_address", gettext_noop("The invoice does not show the customer's address."),
        gettext_noop("Enter its billing address (BR-10, BR-11).")),
        _when(lambda d, w: not (d.buyer.city and d.buyer.country))),
    Rule(DELAYS, _reason("billing_no_supply_date",
        gettext_noop("The invoice does not say when the goods were supplied."),
        gettext_noop("Give the date of supply, or the period.")),
        _when(lambda d, w: not (d.supplied_on or d.period) and d.kind != CREDIT_NOTE)),
    Rule(DELAYS, _reason("billing_no_profile",
        gettext_noop("Nobody has asked this customer how it wants its invoices."),
        gettext_noop("Enter its billing profile: recipients, channel, purchase orders, days on which it pays.")),
        _when(lambda d, w: not w.has_profile)),
    Rule(DELAYS, _reason("billing_no_buyer_reference", gettext_noop(
        "An invoice by Peppol names the customer's order or reference; this one names neither."),
        gettext_noop("Give the purchase-order number or the customer's reference (PEPPOL-EN16931-R003).")),
        _when(lambda d, w: d.buyer.endpoint and not (d.purchase_order or d.buyer_reference))),
    Rule(NOTE, _reason("billing_no_late_charge", gettext_noop("The invoice does not say what late payment costs."),
        gettext_noop("Enter the words on late payment with our billing details.")),
        _when(lambda d, w: _is_payable(d) and not d.late_charge and d.seller.country not in LATE_CHARGE_COUNTRIES)),
    Rule(NOTE, _reason("billing_no_structured_reference", gettext_noop(
        "The reference to give is no creditor reference that banks check, so it may arrive damaged."),
        gettext_noop("Enter our IBAN: references are then made by ISO 11649.")),
        _when(lambda d, w: _is_payable(d) and not d.pay_to.reference.startswith("RF"))),
)  # fmt: skip
"""Every rule, in order of precedence."""


def findings(document: InvoiceDocument, wanted: Wanted) -> list[Finding]:
    """Every rule that a document breaks at a customer, the gravest first, else in the table's order."""
    found = []
    for rule in RULES:
        params = rule.broken(document, wanted)
        if params is not None:
            found.append(Finding(rule.gravity, rule.reason.given(**params)))
    return sorted(found, key=lambda one: GRAVITY.index(one.gravity))
