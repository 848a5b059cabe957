"""Debts that leave the books and what chasing them costs: write off, recover, set aside, pay agencies and courts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.parties.models import Customer
from openterms.apps.receivables.allocation.checks import check_date, found
from openterms.apps.receivables.allocation.settling import booked_items, settle, settlement_row
from openterms.apps.receivables.ledger.models import Entry, Posting
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.receivables.ledger.writing import Draft, write
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables import booking, loss_booking
from openterms.core.receivables.kinds import Account, SettlementKind
from openterms.core.receivables.postings import Posting as CorePosting
from openterms.core.receivables.postings import Postings

COSTS = {
    "agency_fee": loss_booking.agency_fee,
    "agency_paid": loss_booking.agency_paid,
    "court_cost": loss_booking.court_cost,
}


def give_up(
    seller: Seller, actor: Actor, parts: Mapping[UUID, int], on: date, now: datetime, *,
    against: Account = Account.LOSS_ALLOWANCE, vat: Mapping[UUID, int] | None = None, reason: str = "",
) -> UUID:  # fmt: skip
    """Write off amounts of a customer's items in one entry; the claim on the debtor stays. `allocation.reverse` of the
    id that this gives brings them back.

    `vat` is what of each amount comes back as relief. Errors: items of several customers, more than is open, a day
    before an item exists or in a locked period, nothing.
    """
    with transaction.atomic():
        items = lock_items(seller, list(parts))
        several = [found(items, item_id) for item_id in sorted(parts)]
        if not several or len({one.customer_id for one in several}) != 1:
            raise BadInput(
                gettext_noop("These are not items of one customer"), "items",
                gettext_noop("Choose open items of one customer"),
            )  # fmt: skip
        booked, allocation = booked_items(several), new_id()
        lines: list[CorePosting] = []
        settlements: list[dict[str, Any]] = []
        for item in several:
            check_date(item, on)
            made = loss_booking.write_off(booked[item.id], parts[item.id], (vat or {}).get(item.id, 0), against)
            settlements.append(
                settlement_row(booked[item.id], None, made, SettlementKind.WRITE_OFF, allocation, on)
            )
            lines += made
        settle(seller, Draft("write_off", several[0].customer_id, on, tuple(lines)), settlements, items)
        sums: dict[str, int] = {}
        for item in several:
            sums[item.currency] = sums.get(item.currency, 0) + parts[item.id]
        record(
            seller.id, actor, "debt_written_off", "allocation", allocation, now, several[0].customer_id,
            {"numbers": [one.number for one in several[:50]], "against": against.value, "reason": reason,
             "vat_minor": sum((vat or {}).values()),
             "text": ", ".join(f"{format_amount(minor, code)} {code}" for code, minor in sorted(sums.items()))},
        )  # fmt: skip
    return allocation


def recover(
    seller: Seller, actor: Actor, receipt_id: UUID, amount_minor: int, vat_minor: int, on: date, now: datetime
) -> UUID:
    """Money that came in is a recovery of what was written off: income, and no item is open again (TV-118).

    Errors: not a receipt, more than is open of it, VAT beyond it, a day before it came.
    """
    with transaction.atomic():
        item = found(lock_items(seller, [receipt_id]), receipt_id)
        check_date(item, on)
        booked = booked_items([item])[item.id]
        lines, allocation = loss_booking.recovery(booked, amount_minor, vat_minor), new_id()
        row = settlement_row(booked, None, lines, SettlementKind.RECOVERY, allocation, on)
        settle(seller, Draft("recovery", item.customer_id, on, lines), [row], {item.id: item})
        record(
            seller.id, actor, "debt_recovered", "item", item.id, now, item.customer_id,
            {"number": item.number, "amount_minor": amount_minor, "vat_minor": vat_minor, "currency": item.currency,
             "text": f"{format_amount(amount_minor, item.currency)} {item.currency}"},
        )  # fmt: skip
    return allocation


def book_cost(
    seller: Seller, actor: Actor, customer: Customer, kind: str, amount_minor: int, currency: str, on: date,
    now: datetime, note: str = "",
) -> UUID:  # fmt: skip
    """Book an agency's fee, its payment, or a court's or lawyer's bill about a customer; the entry's id.

    Errors: an unknown kind, an amount that is not positive, no rate, a locked period.
    """
    if kind not in COSTS or amount_minor <= 0:
        raise BadInput(gettext_noop("The amount is not positive"), "amount", gettext_noop("Give an amount above zero"))
    lines = COSTS[kind](amount_minor, base_rate(seller, currency, on))
    with transaction.atomic():
        return _write(seller, actor, customer, kind, lines, on, now, amount_minor, currency, note)


def raise_allowance(
    seller: Seller, actor: Actor, customer: Customer, amount_minor: int, currency: str, on: date, now: datetime,
    note: str = "",
) -> UUID:  # fmt: skip
    """Set money aside for a loss that is expected of a customer (TV-115); a negative amount takes it back."""
    if not amount_minor:
        raise BadInput(gettext_noop("The amount is zero"), "amount", gettext_noop("Give an amount"))
    lines = loss_booking.allowance(amount_minor, base_rate(seller, currency, on))
    with transaction.atomic():
        return _write(seller, actor, customer, "allowance", lines, on, now, amount_minor, currency, note)


def reverse_cost(seller: Seller, actor: Actor, entry_id: UUID, on: date, now: datetime, reason: str) -> UUID:
    """Take a cost back that was booked wrongly: the opposite entry. Errors: unknown, no such entry, taken back before,
    a day before it."""
    with transaction.atomic():
        before = Entry.objects.filter(seller=seller, id=entry_id, kind__in=[*COSTS, "allowance"]).first()
        if before is None or Entry.objects.filter(seller=seller, reverses_id=entry_id).exists():
            raise BadInput(gettext_noop("There is no such entry, or it was taken back already"), "entry")
        if on < before.posted_on:
            raise BadInput(
                gettext_noop("%(day)s lies before the entry itself"), "date",
                gettext_noop("Use the entry's own date or a later one"), {"day": on.isoformat()},
            )  # fmt: skip
        lines = booking.reverse(
            CorePosting(Account(p.account), p.amount_minor, p.currency, p.base_minor, p.item_id)
            for p in Posting.objects.filter(entry_id=entry_id).order_by("line")
        )
        draft = Draft("cost_reversal", before.customer_id, on, lines, reverses_id=entry_id)
        write(seller, [draft])
        record(
            seller.id, actor, "cost_reversed", "entry", entry_id, now, before.customer_id,
            {"kind": before.kind, "reason": reason},
        )  # fmt: skip
    return draft.id


def _write(
    seller: Seller, actor: Actor, customer: Customer, kind: str, lines: Postings, on: date, now: datetime,
    amount_minor: int, currency: str, note: str,
) -> UUID:  # fmt: skip
    draft = Draft(kind, customer.id, on, lines)
    write(seller, [draft])
    record(
        seller.id, actor, f"{kind}_booked", "entry", draft.id, now, customer.id,
        {"amount_minor": amount_minor, "currency": currency, "note": note,
         "text": f"{format_amount(amount_minor, currency)} {currency}"},
    )  # fmt: skip
    return draft.id


def vat_of(seller: Seller, item_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """VAT and gross of the document that each item belongs to, as the ledger has it; what is not known is left out."""
    found_rows = rows(
        "SELECT i.id, -coalesce(sum(p.amount_minor) FILTER (WHERE p.account = 'vat_output'), 0)::bigint AS vat,"
        " sum(p.amount_minor) FILTER (WHERE p.item_id IS NOT NULL)::bigint AS gross"
        " FROM receivables_item i JOIN receivables_entry e ON e.id = i.entry_id AND e.kind = 'invoice'"
        " JOIN receivables_posting p ON p.entry_id = e.id"
        " WHERE i.seller_id = %(seller)s AND i.id = ANY(%(ids)s) AND i.kind = 'invoice' GROUP BY i.id",
        {"seller": seller.id, "ids": list(item_ids)},
    )
    return {one["id"]: (one["vat"], one["gross"]) for one in found_rows}
