"""An issued invoice or credit note as a paper, with its codes for payment and tax."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time

from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount, to_decimal
from openterms.core.receivables.invoice_document import CREDIT_NOTE, InvoiceDocument, Party
from openterms.core.receivables.invoice_lines import Line, net_of
from openterms.core.receivables.payment_references import spaced
from openterms.formats.paper.bill import Bill, Brand, Row
from openterms.formats.paper.bill_words import Sayer
from openterms.formats.payment_qr import drawing, payloads

UNITS = {"C62": "", "EA": "", "H87": "", "HUR": "h", "DAY": "d", "KGM": "kg", "LTR": "l", "MTR": "m", "MON": "mo"}
"""Units by their code as papers show them; others are shown as they are."""


def invoice_bill(document: InvoiceDocument, brand: Brand, sheet: str = "a4") -> Bill:
    """The paper of an issued document, in its languages. Errors: BadInput for a language that there is none for."""
    say = Sayer(document.languages)
    kind = document.kind
    title = say(f"tax_{kind}" if document.seller.country in ("SA", "AE", "BH", "OM") else kind)
    return Bill(
        languages=say.languages, dated=document.issued_on, title=title, number=document.number, brand=brand,
        addressee=address(document.buyer), sheet=sheet, facts=_facts(document, say),
        columns=[(["#"] * len(say.languages), "start"), (say("item"), "wide"), (say("quantity"), "end"),
                 (say("price"), "end"), (say("rate"), "end"), (say("net_amount"), "end")],
        rows=[_row(one, document) for one in document.charged.lines], totals=_totals(document, say),
        tax_columns=[say("vat"), say("tax_rate"), say("taxable"), say("vat")], taxes=_taxes(document),
        payment=_payment(document, say), codes=_codes(document, say), sections=_sections(document, say),
    )  # fmt: skip


def address(one: Party) -> list[str]:
    """The lines of an address, below the name."""
    place = " ".join(part for part in (one.postcode, one.city) if part)
    return [line for line in (one.name, one.street, place, one.region, one.country) if line]


def _facts(document: InvoiceDocument, say: Sayer) -> list[Row]:
    found: list[tuple[str, str]] = [("number", document.number), ("date", say.day(document.issued_on))]
    if document.corrects:
        found.append(("corrects", f"{document.corrects[0]} ({say.day(document.corrects[1])})"))
    if document.supplied_on:
        found.append(("supplied", say.day(document.supplied_on)))
    if document.period:
        found.append(("period", " – ".join(say.day(one) for one in document.period)))
    found += [("order", document.purchase_order), ("buyer_reference", document.buyer_reference),
              ("contract", document.contract), ("account", document.buyer.number),
              ("buyer_vat", document.buyer.vat)]  # fmt: skip
    if document.due_on and document.kind != CREDIT_NOTE:
        found.append(("due", say.day(document.due_on)))
    return [(say(name), value, name == "due") for name, value in found if value]


def _row(line: Line, document: InvoiceDocument) -> list[str]:
    currency = document.currency
    words = [line.name, line.description]
    words += [f"{one.reason}: {format_amount(one.signed_minor, currency)}" for one in line.adjustments]
    unit = UNITS.get(line.unit, line.unit)
    per = "" if line.price_per == 1 else f" / {line.price_per.normalize():f} {unit}".rstrip()
    return [
        line.number, "\n".join(one for one in words if one), f"{line.quantity.normalize():,f} {unit}".strip(),
        f"{line.price:,f}{per}", line.category if line.category == "O" else f"{line.percent.normalize():f}%",
        format_amount(net_of(line, currency), currency),
    ]  # fmt: skip


def _totals(document: InvoiceDocument, say: Sayer) -> list[Row]:
    totals, currency = document.totals, document.currency
    found: list[Row] = []
    if document.charged.adjustments:
        found.append((say("lines"), say.money(totals.lines_minor, currency), False))
        found += [([one.reason] * len(say.languages), say.money(one.signed_minor, currency), False)
                  for one in document.charged.adjustments]  # fmt: skip
    found += [(say("net"), say.money(totals.net_minor, currency), False),
              (say("vat"), say.money(totals.vat_minor, currency), False)]  # fmt: skip
    if document.vat_local_minor is not None and document.tax_currency != currency:
        local = say.money(document.vat_local_minor, document.tax_currency)
        found.append((say("vat_local", currency=document.tax_currency), local, False))
    is_all = not (totals.prepaid_minor or totals.rounding_minor)
    last = "credited" if document.kind == CREDIT_NOTE else "payable"
    found.append((say("gross"), say.money(totals.gross_minor, currency), is_all and last == "credited"))
    if totals.prepaid_minor:
        found.append((say("prepaid"), say.money(-totals.prepaid_minor, currency), False))
    if totals.rounding_minor:
        found.append((say("rounding"), say.money(totals.rounding_minor, currency), False))
    return [*found, (say(last), say.money(totals.payable_minor, currency), True)]


def _taxes(document: InvoiceDocument) -> list[list[str]]:
    return [
        [one.reason or one.category, "" if one.category == "O" else f"{one.percent.normalize():f}%",
         format_amount(one.base_minor, document.currency), format_amount(one.vat_minor, document.currency)]
        for one in document.totals.vat
    ]  # fmt: skip


def _payment(document: InvoiceDocument, say: Sayer) -> list[Row]:
    if document.kind == CREDIT_NOTE or document.totals.payable_minor <= 0:
        return []
    to = document.pay_to
    found = [("holder", to.holder), ("iban", spaced(to.iban)), ("bic", to.bic), ("bank", to.bank),
             ("reference", spaced(to.reference) if to.reference.startswith("RF") else to.reference)]  # fmt: skip
    rows: list[Row] = [(say(name), value, name == "reference") for name, value in found if value]
    if to.words and not to.iban:
        rows.insert(0, ([""] * len(say.languages), to.words, False))
    return rows


def _codes(document: InvoiceDocument, say: Sayer) -> list[tuple[str, Sequence[str]]]:
    found: list[tuple[str, Sequence[str]]] = []
    if document.seller.country == "SA" and document.seller.vat:
        found.append((drawing.svg(tax_code(document)), say("tax_code")))
    if document.kind == CREDIT_NOTE or document.totals.payable_minor <= 0:
        return found
    payload, is_swiss = payment_code(document)
    if payload:
        found.append((drawing.svg(payload, is_swiss=is_swiss), say("scan")))
    if document.pay_to.link:
        found.append((drawing.svg(document.pay_to.link), say("pay_online")))
    return found


def tax_code(document: InvoiceDocument) -> str:
    """The Saudi tax code of a document (tags 1 to 5); the instant is the day's first where no time is kept."""
    at = datetime.combine(document.issued_on, time(), UTC)
    currency, totals = document.currency, document.totals
    vat = totals.vat_minor if document.vat_local_minor is None else document.vat_local_minor
    vat_currency = currency if document.vat_local_minor is None else document.tax_currency
    return payloads.zatca(
        seller=document.seller.name, vat_number=document.seller.vat, at=at,
        gross=str(to_decimal(totals.gross_minor, currency)), vat=str(to_decimal(vat, vat_currency)),
    )  # fmt: skip


def payment_code(document: InvoiceDocument) -> tuple[str, bool]:
    """The text of the code that pays an invoice, and whether it is the Swiss one; empty where no code fits it."""
    to, minor, currency = document.pay_to, document.totals.payable_minor, document.currency
    try:
        if to.iban[:2] in ("CH", "LI") and currency in ("CHF", "EUR"):
            return payloads.swiss_qr(
                account=to.iban, creditor=_place(document.seller, to.holder), minor=minor, currency=currency,
                reference=to.reference, message=document.number,
            ), True  # fmt: skip
        if to.iban and currency == "EUR":
            name = (to.holder or document.seller.name)[:70]
            return payloads.epc(name=name, account=to.iban, minor=minor, bic=to.bic, reference=to.reference), False
    except BadInput:
        return "", False
    return "", False


def _place(one: Party, holder: str) -> payloads.Address:
    return payloads.Address(name=holder or one.name, street=one.street, postcode=one.postcode, town=one.city,
                            country=one.country)  # fmt: skip


def _sections(document: InvoiceDocument, say: Sayer) -> list[tuple[Sequence[str], Sequence[Sequence[str]]]]:
    found: list[tuple[Sequence[str], Sequence[Sequence[str]]]] = []
    currency = document.currency
    if document.kind == CREDIT_NOTE:
        found.append(([], [say("credit_use")]))
    elif document.due:
        found.append((say("terms"), _terms(document, say)))
    reasons = [[one.reason] * len(say.languages) for one in document.totals.vat if one.reason]
    if reasons:
        found.append((say("vat"), reasons[:1] if len({one[0] for one in reasons}) == 1 else reasons))
    if document.note:
        found.append((say("note"), [[document.note]]))
    assert currency
    return found


def _terms(document: InvoiceDocument, say: Sayer) -> list[list[str]]:
    """What is to be paid when, what an early payment earns and a late one costs, in plain words."""
    currency = document.currency
    if len(document.due) == 1:
        (one,) = document.due
        made = [say.each("pay_by", amount=say.moneys(one.amount_minor, currency), day=say.days(one.due_on))]
    else:
        each = [
            say.each("pay_part", amount=say.moneys(one.amount_minor, currency), day=say.days(one.due_on))
            for one in document.due
        ]
        made = [say.each("pay_parts", parts=["; ".join(part[at] for part in each) for at in range(len(each[0]))])]
    if document.discount:
        on, minor = document.discount
        made.append(say.each("discount", day=say.days(on), amount=say.moneys(minor, currency)))
    if document.late_charge:
        made.append([document.late_charge])
    return [*made, say("wrong")]
