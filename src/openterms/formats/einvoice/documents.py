"""From an issued document to the terms of EN 16931."""

from __future__ import annotations

from decimal import Decimal

from openterms.core.base.errors import BadInput
from openterms.core.base.money import exponent, to_decimal
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.invoice_document import TYPE_CODES, InvoiceDocument, Party
from openterms.core.receivables.invoice_lines import Adjustment, Line, VatPart, line_net
from openterms.formats.einvoice.binding import Tree

EN16931 = "urn:cen.eu:en16931:2017"
PEPPOL = f"{EN16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PEPPOL_PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
TRANSFER, SEPA_TRANSFER = "30", "58"


def terms_of(document: InvoiceDocument) -> Tree:
    """The tree of an issued document. It is of Peppol where both parties have an electronic address.

    Errors: BadInput for an amount with more than two decimals, which the standard does not know (BR-DEC).
    """
    say = _Amounts(document.currency)
    totals = document.totals
    tree: Tree = {
        "BT-24": EN16931, "BT-1": document.number, "BT-2": document.issued_on.isoformat(),
        "BT-3": TYPE_CODES[document.kind], "BT-5": document.currency, "BT-10": document.buyer_reference,
        "BT-13": document.purchase_order, "BT-12": document.contract,
        "BT-106": say(totals.lines_minor), "BT-109": say(totals.net_minor), "BT-110": say(totals.vat_minor),
        "BT-112": say(totals.gross_minor), "BT-115": say(totals.payable_minor),
        "BG-23": [_vat(one, say) for one in totals.vat],
        "BG-25": [_line(one, document, say) for one in document.charged.lines],
        "BT-20": _terms(document),
    } | _seller(document.seller) | _buyer(document.buyer) | _payment(document)  # fmt: skip
    if document.seller.endpoint and document.buyer.endpoint:
        tree |= {"BT-24": PEPPOL, "BT-23": PEPPOL_PROFILE}
    for code, minor in (("BT-107", totals.allowances_minor), ("BT-108", totals.charges_minor),
                        ("BT-113", totals.prepaid_minor), ("BT-114", totals.rounding_minor)):  # fmt: skip
        if minor:
            tree[code] = say(minor)
    for code, is_charge in (("BG-20", False), ("BG-21", True)):
        found = [_whole(one, say) for one in document.charged.adjustments if one.is_charge is is_charge]
        if found:
            tree[code] = found
    return _rest(document, tree)


def _rest(document: InvoiceDocument, tree: Tree) -> Tree:
    """Dates, the corrected invoice, notes, the VAT in the currency of tax; then without what is empty."""
    if document.due_on and document.totals.payable_minor > 0:
        tree["BT-9"] = document.due_on.isoformat()
    if document.supplied_on:
        tree["BT-72"] = document.supplied_on.isoformat()
    if document.deliver_to_country:
        tree["BT-80"] = document.deliver_to_country
    if document.period:
        tree["BT-73"], tree["BT-74"] = (one.isoformat() for one in document.period)
    if document.corrects:
        tree["BG-3"] = [{"BT-25": document.corrects[0], "BT-26": document.corrects[1].isoformat()}]
    if document.tax_currency and document.tax_currency != document.currency and document.vat_local_minor is not None:
        tree["BT-6"] = document.tax_currency
        tree["BT-111"] = _Amounts(document.tax_currency)(document.vat_local_minor)
    notes = [one for one in (document.note, document.late_charge) if one]
    if notes:
        tree["BG-1"] = [{"BT-22": "\n".join(notes)}]
    return {name: value for name, value in tree.items() if value}


class _Amounts:
    """Amounts of a currency as the standard writes them."""

    def __init__(self, currency: str) -> None:
        self.currency, self.digits = currency, exponent(currency)

    def __call__(self, minor: int) -> str:
        if self.digits > 2 and minor % 10 ** (self.digits - 2):
            raise BadInput(
                gettext_noop("EN 16931 writes amounts with two decimals; this one has more"), "currency",
                gettext_noop("Round the amounts to two decimals, or send the PDF alone"),
            )  # fmt: skip
        value = to_decimal(minor, self.currency)
        return f"{value:.2f}" if self.digits else f"{value}"


def _seller(one: Party) -> Tree:
    return {
        "BT-27": one.name, "BT-31": one.vat, "BT-32": one.tax, "BT-30": one.register, "BT-34": one.endpoint,
        "BT-34-1": one.endpoint_scheme if one.endpoint else "", "BT-35": one.street, "BT-37": one.city,
        "BT-38": one.postcode, "BT-39": one.region, "BT-40": one.country, "BT-41": one.contact,
        "BT-42": one.phone, "BT-43": one.email,
    }  # fmt: skip


def _buyer(one: Party) -> Tree:
    return {
        "BT-44": one.name, "BT-46": one.number, "BT-48": one.vat, "BT-47": one.register, "BT-49": one.endpoint,
        "BT-49-1": one.endpoint_scheme if one.endpoint else "", "BT-50": one.street, "BT-52": one.city,
        "BT-53": one.postcode, "BT-54": one.region, "BT-55": one.country, "BT-58": one.email,
    }  # fmt: skip


def _payment(document: InvoiceDocument) -> Tree:
    to = document.pay_to
    if not to.iban:
        return {"BT-83": to.reference}
    means = {"BT-81": SEPA_TRANSFER if document.currency == "EUR" else TRANSFER, "BT-84": to.iban}
    means |= {code: value for code, value in (("BT-85", to.holder), ("BT-86", to.bic)) if value}
    return {"BG-16": [means], "BT-83": to.reference}


def _terms(document: InvoiceDocument) -> str:
    """The terms in words: what they are called, each part with its date, the discount."""
    say = _Amounts(document.currency)
    parts = [document.terms]
    if len(document.due) > 1:
        parts += [f"{one.due_on.isoformat()}: {say(one.amount_minor)} {document.currency}" for one in document.due]
    if document.discount:
        on, minor = document.discount
        parts.append(f"{say(minor)} {document.currency} less if paid by {on.isoformat()}")
    return "; ".join(one for one in parts if one)


def _percent(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _vat(one: VatPart, say: _Amounts) -> Tree:
    found = {"BT-116": say(one.base_minor), "BT-117": say(one.vat_minor), "BT-118": one.category}
    if one.category != "O":
        found["BT-119"] = _percent(one.percent)
    return found | ({"BT-120": one.reason} if one.reason else {})


def _whole(one: Adjustment, say: _Amounts) -> Tree:
    codes = ("BT-99", "BT-104", "BT-102", "BT-103") if one.is_charge else ("BT-92", "BT-97", "BT-95", "BT-96")
    amount, reason, category, rate = codes
    found = {amount: say(one.amount_minor), reason: one.reason, category: one.category}
    return found if one.category == "O" else found | {rate: _percent(one.percent)}


def _line(line: Line, document: InvoiceDocument, say: _Amounts) -> Tree:
    net = line_net(line, document.currency) if line.net_minor is None else line.net_minor
    found: Tree = {
        "BT-126": line.number, "BT-129": f"{line.quantity.normalize():f}", "BT-130": line.unit, "BT-131": say(net),
        "BT-153": line.name, "BT-154": line.description, "BT-155": line.item_ref, "BT-132": line.order_ref,
        "BT-146": f"{line.price:f}", "BT-151": line.category,
    }  # fmt: skip
    if line.category != "O":
        found["BT-152"] = _percent(line.percent)
    if line.price_per != 1:
        found |= {"BT-149": f"{line.price_per.normalize():f}", "BT-150": line.unit}
    for code, is_charge, (amount, reason) in (("BG-27", False, ("BT-136", "BT-139")),
                                              ("BG-28", True, ("BT-141", "BT-144"))):  # fmt: skip
        parts = [{amount: say(one.amount_minor), reason: one.reason}
                 for one in line.adjustments if one.is_charge is is_charge]  # fmt: skip
        if parts:
            found[code] = parts
    return {name: value for name, value in found.items() if value}

