"""Settle items: allocate receipts and credit notes, take discounts, write off small differences, refund; and undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from openterms.apps.journal.actions import record
from openterms.apps.receivables.ledger.models import Posting
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.receivables.ledger.writing import Draft
from openterms.apps.receivables.open_item.locking import lock_items
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables import booking
from openterms.core.receivables.kinds import Account, ItemKind, SettlementKind
from openterms.core.receivables.postings import BookedItem, Postings
from openterms.core.receivables.postings import Posting as CorePosting

from .checks import check_date, check_discount, check_target, check_tolerance, found
from .models import Settlement
from .settling import booked_items, settle, settlement_row


@dataclass(frozen=True)
class Part:
    """A part of a receipt or credit note for one item; `discount_minor` and `difference_minor` are given up with it.

    All amounts are in the item's currency but `credit_minor`: what the receipt or credit note gives up for
    `amount_minor`, in its own currency, where the two differ.
    """

    item_id: UUID
    amount_minor: int
    discount_minor: int = 0
    difference_minor: int = 0
    credit_minor: int | None = None


@dataclass
class _Steps:
    """An allocation as it grows: its lines and settlements, and the items as they stand after each line."""

    allocation: UUID
    on: date
    booked: dict[UUID, BookedItem]
    lines: list[CorePosting] = field(default_factory=list)
    settlements: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: SettlementKind, lines: Postings, item_id: UUID, counter: UUID | None = None) -> None:
        """Book lines that settle an item, and the credit that pays it where there is one."""
        pairs = [(item_id, counter)] if counter is None else [(counter, item_id), (item_id, counter)]
        for one, other in pairs:
            self.settlements.append(settlement_row(self.booked[one], other, lines, kind, self.allocation, self.on))
            self.booked[one] = self.booked[one].after(lines)
        self.lines += lines


def allocate(
    seller: Seller, actor: Actor, credit_id: UUID, parts: Sequence[Part], on: date, now: datetime
) -> UUID:
    """Settle items by a receipt or credit note, with discounts taken and small differences written off.

    One entry, one allocation id. Errors: more than is open on either side, other customer's items, a discount that is
    not earned, a difference over the seller's tolerance, a locked date, a date before the item or receipt exists.
    Nothing is half-applied.
    """
    with transaction.atomic():
        items = lock_items(seller, [credit_id, *(part.item_id for part in parts)])
        credit = found(items, credit_id)
        booked = booked_items([credit, *(found(items, part.item_id) for part in parts)])
        steps = _Steps(new_id(), on, booked)
        paid_by = SettlementKind.CREDIT if credit.kind == ItemKind.CREDIT_NOTE else SettlementKind.CASH
        _check_amounts(parts)
        for part, (discount, difference) in zip(parts, _given_up(parts), strict=True):
            target = items[part.item_id]
            check_target(credit, target, on)
            if part.amount_minor:
                credit_now, debit_now = steps.booked[credit.id], steps.booked[target.id]
                if part.credit_minor is None:
                    lines = booking.allocate(credit_now, debit_now, part.amount_minor)
                else:
                    lines = booking.allocate_across(credit_now, debit_now, part.credit_minor, part.amount_minor)
                steps.add(paid_by, lines, target.id, credit.id)
            if part.discount_minor:
                check_discount(credit, target, discount)
                lines = booking.cash_discount(steps.booked[target.id], part.discount_minor)
                steps.add(SettlementKind.DISCOUNT, lines, target.id)
            if part.difference_minor:
                lines = booking.small_difference(steps.booked[target.id], part.difference_minor)
                check_tolerance(seller, target, difference)
                steps.add(SettlementKind.SMALL_DIFFERENCE, lines, target.id)
        draft = Draft("allocation", credit.customer_id, on, tuple(steps.lines))
        settle(seller, draft, steps.settlements, items)
        record(
            seller.id, actor, "allocated", "item", credit.id, now, credit.customer_id,
            {
                "allocation": str(steps.allocation),
                "number": credit.number,
                "currency": credit.currency,
                "amount_minor": credit.open_minor - steps.booked[credit.id].open_minor,
                "items": [items[part.item_id].number for part in parts[:50]],
            },
        )  # fmt: skip
    return steps.allocation


def _check_amounts(parts: Sequence[Part]) -> None:
    amounts = [amount for p in parts for amount in (p.amount_minor, p.discount_minor, p.difference_minor)]
    amounts += [part.credit_minor for part in parts if part.credit_minor is not None]
    if any(amount < 0 for amount in amounts):
        raise BadInput(gettext_noop("An amount is negative"), "amount", gettext_noop("Give it as positive"))
    if not parts or any(not (p.amount_minor or p.discount_minor or p.difference_minor) for p in parts):
        raise BadInput(
            gettext_noop("There is nothing to allocate"), "amount", gettext_noop("Give an amount above zero")
        )


def _given_up(parts: Sequence[Part]) -> list[tuple[int, int]]:
    """Discount and difference of each part, those of earlier parts for the same item included."""
    sums: dict[UUID, tuple[int, int]] = {}
    running = []
    for part in parts:
        discount, difference = sums.get(part.item_id, (0, 0))
        sums[part.item_id] = (discount + part.discount_minor, difference + part.difference_minor)
        running.append(sums[part.item_id])
    return running


def write_off_difference(
    seller: Seller, actor: Actor, item_id: UUID, amount_minor: int, on: date, now: datetime
) -> UUID:
    """Give up a small rest of an item. Errors: more than the seller's tolerance or than is open."""
    with transaction.atomic():
        item = found(lock_items(seller, [item_id]), item_id)
        check_date(item, on)
        booked = booked_items([item])[item.id]
        lines = booking.small_difference(booked, amount_minor)
        check_tolerance(seller, item, amount_minor)
        return _single(seller, actor, item, booked, lines, SettlementKind.SMALL_DIFFERENCE, on, now)


def refund(seller: Seller, actor: Actor, item_id: UUID, amount_minor: int, on: date, now: datetime) -> UUID:
    """Pay back what is open of a receipt or credit note."""
    with transaction.atomic():
        item = found(lock_items(seller, [item_id]), item_id)
        check_date(item, on)
        booked = booked_items([item])[item.id]
        lines = booking.refund(booked, amount_minor, base_rate(seller, item.currency, on))
        return _single(seller, actor, item, booked, lines, SettlementKind.REFUND, on, now)


def bank_return(
    seller: Seller,
    actor: Actor,
    receipt_id: UUID,
    on: date,
    now: datetime,
    amount_minor: int | None = None,
    charges_minor: int = 0,
    reason: str = "",
) -> UUID:
    """The bank takes a receipt back (TV-130): what it paid is open again with its own due dates.

    Every allocation of the receipt is reversed, discounts and small differences with it, and so is what counted as a
    recovery of a written-off debt; then the money leaves:
    `amount_minor`, or all that was not refunded before. `charges_minor` is what the bank takes for it. Errors: not a
    receipt, a date before its allocations, more than is left of it.
    """
    with transaction.atomic():
        uses = [SettlementKind.CASH, SettlementKind.RECOVERY]
        rows = Settlement.objects.filter(seller=seller, item_id=receipt_id, kind__in=uses)
        touched = [*rows.exclude(counter_item_id=None).values_list("counter_item_id", flat=True), receipt_id]
        receipt = found(lock_items(seller, touched), receipt_id)
        check_date(receipt, on)
        taken_back = Settlement.objects.filter(item_id=receipt_id, reverses_id__isnull=False).values("reverses_id")
        standing = rows.filter(reverses_id__isnull=True).exclude(id__in=taken_back)
        allocations = list(dict.fromkeys(standing.order_by("id").values_list("allocation_id", flat=True)))
        for allocation in allocations:
            reverse(seller, actor, allocation, on, now, reason)
        receipt = lock_items(seller, [receipt_id])[receipt_id]
        booked = booked_items([receipt])[receipt.id]
        amount = receipt.open_minor if amount_minor is None else amount_minor
        rate = base_rate(seller, receipt.currency, on)
        lines = booking.bank_return(booked, amount, rate, charges_minor)
        more = {"reason": reason, "charges_minor": charges_minor, "reversed": [str(a) for a in allocations]}
        return _single(
            seller, actor, receipt, booked, lines, SettlementKind.REFUND, on, now, verb="bank_return", more=more
        )


def reverse(seller: Seller, actor: Actor, allocation_id: UUID, on: date, now: datetime, reason: str = "") -> UUID:
    """Take an allocation back: items are open again with their own due dates. A second reversal is refused."""
    with transaction.atomic():
        rows = list(Settlement.objects.filter(seller=seller, allocation_id=allocation_id).order_by("id"))
        if not rows:
            raise BadInput(gettext_noop("There is no such allocation"), where="allocation")
        lock_items(seller, [row.item_id for row in rows])
        if rows[0].reverses_id or Settlement.objects.filter(reverses_id__in=[row.id for row in rows]).exists():
            raise BadInput(gettext_noop("This allocation was taken back already"), where="allocation")
        if on < max(row.settled_on for row in rows):
            raise BadInput(
                gettext_noop("%(day)s lies before the allocation itself"),
                where="date",
                remedy=gettext_noop("Use the allocation's own date or a later one"),
                params={"day": on.isoformat()},
            )
        entry_id, customer_id = rows[0].entry_id, rows[0].customer_id
        lines = booking.reverse(
            CorePosting(Account(p.account), p.amount_minor, p.currency, p.base_minor, p.item_id)
            for p in Posting.objects.filter(entry_id=entry_id).order_by("line")
        )
        undone = new_id()
        settlements = [_undoing(row, undone, on) for row in rows]
        settle(seller, Draft("reversal", customer_id, on, lines, reverses_id=entry_id), settlements)
        record(
            seller.id, actor, "allocation_reversed", "allocation", allocation_id, now, customer_id, {"reason": reason}
        )
    return undone


def _undoing(row: Settlement, undone: UUID, on: date) -> dict[str, Any]:
    return {
        "item_id": row.item_id,
        "counter_item_id": row.counter_item_id,
        "allocation_id": undone,
        "kind": row.kind,
        "settled_on": on,
        "currency": row.currency,
        "amount_minor": -row.amount_minor,
        "base_minor": -row.base_minor,
        "reverses_id": row.id,
    }


def _single(
    seller: Seller,
    actor: Actor,
    item: Item,
    booked: BookedItem,
    lines: Postings,
    kind: SettlementKind,
    on: date,
    now: datetime,
    verb: str = "",
    more: dict[str, Any] | None = None,
) -> UUID:
    allocation = new_id()
    row = settlement_row(booked, None, lines, kind, allocation, on)
    settle(seller, Draft(verb or kind.value, item.customer_id, on, lines), [row], {item.id: item})
    record(
        seller.id, actor, f"{verb or kind.value}_posted", "item", item.id, now, item.customer_id,
        {"number": item.number, "amount_minor": row["amount_minor"], "currency": item.currency} | (more or {}),
    )  # fmt: skip
    return allocation
