"""Open items come into being: invoices, credit notes, receipts, charges, opening balances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from openterms.apps.journal.actions import record
from openterms.apps.journal.announcing import announce
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.receivables.ledger.writing import Draft, write
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.calendar import BusinessCalendar
from openterms.core.base.errors import BadInput
from openterms.core.base.money import MOST_MINOR, format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables import booking
from openterms.core.receivables.kinds import Account, ItemKind
from openterms.core.receivables.postings import NewItem, Postings
from openterms.core.receivables.terms import Instalment, parse_terms

from .events import InvoicePosted
from .models import Item

ORDER = "order_ref"
ORDERS = "order_refs"
"""The attribute by which an invoice names the order, or the authorisation, that it bills."""


@dataclass(frozen=True)
class Document:
    """What every new item says of itself."""

    number: str
    on: date
    amount_minor: int
    currency: str
    external_id: str = ""
    reference: str = ""
    attributes: Mapping[str, Any] | None = None


def post_invoice(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    document: Document,
    now: datetime,
    *,
    vat_minor: int = 0,
    terms: str = "",
    due_on: date | None = None,
) -> list[Item]:
    """Book an invoice; one open item per instalment of its terms, or one due on `due_on` where that is given.

    Its attribute `order_ref` names the order that it bills; what is held for that is captured in this transaction.
    Errors: amount not positive, number taken, locked date, unknown terms, no rate.
    """
    _check(document)
    notation = terms or customer.terms or seller.terms
    calendar = BusinessCalendar.of(seller.weekend)
    if due_on is not None:
        schedule: Sequence[Instalment] = [Instalment(due_on, document.amount_minor, None, 0, due_on)]
        notation = terms
    else:
        parsed = parse_terms(notation)
        schedule, notation = parsed.schedule(document.on, document.amount_minor, calendar), str(parsed)
    news = [NewItem(new_id(), part.amount_minor) for part in schedule]
    rate = base_rate(seller, document.currency, document.on)
    lines = [booking.TaxedLine(document.amount_minor - vat_minor, vat_minor)]
    postings = booking.invoice(news, lines, rate)
    items = [
        _item(ItemKind.INVOICE, new, document, postings)
        | {
            "document_id": news[0].item,
            "instalment": place,
            "instalments": len(news),
            "due_on": part.due_on,
            "discount_on": part.discount_on,
            "discount_minor": part.discount_minor,
            "terms": notation,
        }
        for place, (new, part) in enumerate(zip(news, schedule, strict=True), 1)
    ]
    with transaction.atomic():
        posted = _post(seller, actor, customer, document, now, "invoice", postings, items)
        announce(
            InvoicePosted(
                seller=seller,
                actor=actor,
                customer_id=customer.id,
                external_id=posted[0].external_id,
                currency=document.currency,
                amount_minor=document.amount_minor,
                order=str((document.attributes or {}).get(ORDER) or "").strip(),
                orders=tuple((document.attributes or {}).get(ORDERS) or ()),
                now=now,
            )
        )
    return posted


def post_credit_note(
    seller: Seller, actor: Actor, customer: Customer, document: Document, now: datetime, vat_minor: int = 0
) -> Item:
    """Book a credit note; it stays open until it is allocated or refunded."""
    _check(document)
    new = NewItem(new_id(), document.amount_minor)
    rate = base_rate(seller, document.currency, document.on)
    postings = booking.credit_note(new, [booking.TaxedLine(document.amount_minor - vat_minor, vat_minor)], rate)
    return _post_one(seller, actor, customer, document, now, ItemKind.CREDIT_NOTE, new, postings)


def post_receipt(
    seller: Seller, actor: Actor, customer: Customer, document: Document, now: datetime, charges_minor: int = 0,
    charged_to: Account = Account.BANK_CHARGES,
) -> Item:  # fmt: skip
    """Book money that came in; it is unapplied until it is allocated. `charges_minor` of it was kept on the way, by the
    bank or by an agency as its fee."""
    _check(document)
    new = NewItem(new_id(), document.amount_minor)
    postings = booking.receipt(new, base_rate(seller, document.currency, document.on), charges_minor, charged_to)
    return _post_one(seller, actor, customer, document, now, ItemKind.RECEIPT, new, postings)


def post_charge(
    seller: Seller, actor: Actor, customer: Customer, kind: ItemKind, document: Document, due_on: date, now: datetime
) -> Item:
    """Book a late fee, late interest or a charity undertaking as an item of its own."""
    booked = {
        ItemKind.LATE_FEE: booking.late_fee,
        ItemKind.LATE_INTEREST: booking.late_interest,
        ItemKind.CHARITY: booking.charity,
    }[kind]
    _check(document)
    new = NewItem(new_id(), document.amount_minor)
    postings = booked(new, base_rate(seller, document.currency, document.on))
    return _post_one(seller, actor, customer, document, now, kind, new, postings, due_on)


def post_charge_credit(
    seller: Seller, actor: Actor, customer: Customer, kind: ItemKind, document: Document, now: datetime
) -> Item:
    """Book a credit note that gives up a charge of a kind, on the account the charge was booked to."""
    _check(document)
    new = NewItem(new_id(), document.amount_minor)
    postings = booking.charge_credit(kind, new, base_rate(seller, document.currency, document.on))
    return _post_one(seller, actor, customer, document, now, ItemKind.CREDIT_NOTE, new, postings)


def post_opening(
    seller: Seller, actor: Actor, customer: Customer, kind: ItemKind, document: Document, due_on: date, now: datetime
) -> Item:
    """Bring over what is open of an item from another system."""
    _check(document)
    new = NewItem(new_id(), document.amount_minor)
    postings = booking.opening(kind, new, base_rate(seller, document.currency, document.on))
    return _post_one(seller, actor, customer, document, now, kind, new, postings, due_on, entry_kind="opening")


def _check(document: Document) -> None:
    """Refuse what the record has no room for."""
    for name, text, least, most in (
        ("number", document.number, 1, 100),
        ("external id", document.external_id, 0, 200),
        ("reference", document.reference, 0, 500),
    ):
        if not least <= len(text.strip()) or len(text) > most or "\0" in text:
            raise BadInput(
                gettext_noop("%(name)s is empty or too long"),
                where=name,
                remedy=gettext_noop("Give %(least)s to %(most)s characters"),
                params={"name": name, "least": least, "most": most},
            )
    if document.amount_minor <= 0:
        raise BadInput(gettext_noop("The amount is not positive"), "amount", gettext_noop("Give an amount above zero"))
    if document.amount_minor > MOST_MINOR:
        raise _too_large()


def _too_large() -> BadInput:
    return BadInput(gettext_noop("The amount is too large"), "amount", gettext_noop("Give a smaller amount"))


def _post_one(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    document: Document,
    now: datetime,
    kind: ItemKind,
    new: NewItem,
    postings: Postings,
    due_on: date | None = None,
    entry_kind: str | None = None,
) -> Item:
    item = _item(kind, new, document, postings) | {"document_id": new.item, "due_on": due_on or document.on}
    (posted,) = _post(seller, actor, customer, document, now, entry_kind or kind.value, postings, [item])
    return posted


def _item(kind: ItemKind, new: NewItem, document: Document, postings: Postings) -> dict[str, Any]:
    base = sum(line.base_minor for line in postings if line.item == new.item) * kind.sign
    return {
        "id": new.item,
        "kind": kind.value,
        "number": document.number,
        "external_id": document.external_id or document.number,
        "issued_on": document.on,
        "currency": document.currency,
        "amount_minor": new.amount_minor,
        "base_minor": base,
        "open_minor": new.amount_minor,
        "reference": document.reference,
        "attributes": dict(document.attributes) if document.attributes else None,
    }


def _post(
    seller: Seller,
    actor: Actor,
    customer: Customer,
    document: Document,
    now: datetime,
    kind: str,
    postings: Postings,
    items: list[dict[str, Any]],
) -> list[Item]:
    if max(abs(item["base_minor"]) for item in items) > MOST_MINOR:
        raise _too_large()
    draft = Draft(kind, customer.id, document.on, postings, [Item(**item) for item in items])
    with transaction.atomic():
        try:
            with transaction.atomic():
                write(seller, [draft])
        except IntegrityError as error:
            if "item_external" not in str(error):
                raise
            raise BadInput(
                gettext_noop("%(number)s is on record already"),
                where="number",
                remedy=gettext_noop("Use another number, or open the existing one"),
                params={"number": document.number},
            ) from error
        amount = format_amount(document.amount_minor, document.currency)
        record(
            seller.id,
            actor,
            f"{kind}_posted",
            "item",
            items[0]["id"],
            now,
            customer.id,
            {
                "number": document.number,
                "amount_minor": document.amount_minor,
                "currency": document.currency,
                "on": document.on.isoformat(),
                "text": f"{document.number} {amount} {document.currency}",
            },
        )
        return list(Item.objects.filter(id__in=[item["id"] for item in items]).order_by("instalment"))
