"""The statement of account that a reader takes along, as PDF."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from openterms.apps.collecting.answering.reads import credits_of, owed_items
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.open_item import reads
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.formats.paper import parts
from openterms.formats.paper.typesetting import pdf
from openterms.web.desk import display
from openterms.web.desk.papers import letterhead, sheet_of, words, written_for
from openterms.web.desk.words import word

MOST_LINES = 1_000


def statement(seller: Seller, customer: Customer, language: str, today: date) -> bytes:
    """All that is open on the customer's account on a day: a table for each currency, and what is in its favour.

    Errors: `PaperError` where it cannot be set.
    """
    with acting(seller.id, customer=customer.id):
        accounts = reads.account(seller, customer.id, today)
        owed = owed_items(seller, customer.id, today, MOST_LINES)
        credit = credits_of(seller, customer.id, today, MOST_LINES)
        sites = list(customer.site_set.filter(purpose__in=["billing", "registered"]).order_by("purpose")[:1])
    with written_for(seller, language):
        made: list[parts.Part] = [] if accounts else [parts.text(_("Nothing is open. Thank you."))]
        for account in accounts:
            made += _account(account, owed, credit)
        if seller.payment_details:
            made += [parts.heading(_("How to pay")), parts.text(*seller.payment_details.splitlines())]
        if len(owed) + len(credit) >= MOST_LINES:
            made.append(parts.small(_("Only the oldest entries stand here; the sums are of all.")))
        return pdf(
            parts.Paper(
                title=_("Statement of account"), language=language, dated=today, head=letterhead(seller), words=words(),
                addressee=[customer.name, *(line for site in sites for line in _address(site))],
                facts=[(_("Account"), customer.number), (_("Date"), display.day(today))], parts=made,
                sheet=sheet_of(seller),
            )
        )  # fmt: skip


def _address(site: Any) -> list[str]:
    place = " ".join(getattr(site, name) for name in ("postcode", "city")).strip()
    return [line for line in (site.street, place) if line]


def _account(account: dict[str, Any], owed: list[dict[str, Any]], credit: list[dict[str, Any]]) -> list[parts.Part]:
    """One currency: its items, what is in the customer's favour, and the balance."""
    currency = account["currency"]
    lines = [
        [_numbered(one), display.day(one["issued_on"]), display.day(one["due_on"]),
         display.amount(one["amount_minor"], currency), display.amount(one["open_minor"], currency)]
        for one in owed
        if one["currency"] == currency
    ]  # fmt: skip
    lines += [
        [f"{one['number']} ({word(one['kind'])})", display.day(one["issued_on"]), "",
         display.amount(-one["amount_minor"], currency), display.amount(-one["open_minor"], currency)]
        for one in credit
        if one["currency"] == currency
    ]  # fmt: skip
    columns = [(_("Number"), "start"), (_("Issued"), "start"), (_("Due"), "start"), (_("Amount"), "end"),
               (_("Open"), "end")]  # fmt: skip
    total = [_("Balance"), "", "", "", f"{display.amount(account['total'], currency)} {currency}"]
    overdue = f"{display.amount(account['overdue'], currency)} {currency}"
    return [
        parts.heading(_("In %(currency)s") % {"currency": currency}),
        parts.pairs([(_("Overdue"), overdue)]), parts.table(columns, lines, total),
    ]  # fmt: skip


def _numbered(one: dict[str, Any]) -> str:
    number = one["number"] if one["kind"] == "invoice" else f"{one['number']} ({word(one['kind'])})"
    return f"{number} {one['instalment']}/{one['instalments']}" if one["instalments"] > 1 else str(number)
