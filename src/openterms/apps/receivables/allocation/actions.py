"""Settle items: allocate receipts and credit notes, take discounts, write off small differences, refund; and undo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum

from openterms.apps.journal.actions import record
from openterms.apps.receivables.claim.actions import refresh_slices
from openterms.apps.receivables.ledger.models import Posting
from openterms.apps.receivables.ledger.reads import base_rate
from openterms.apps.receivables.ledger.writing import Draft, lock_items, write
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.actor import Actor
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.money import format_amount
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables import booking
from openterms.core.receivables.kinds import Account, ItemKind, SettlementKind
from openterms.core.receivables.postings import BookedItem, Postings
from openterms.core.receivables.postings import Posting as CorePosting

from .models import Settlement


@dataclass(frozen=True)
class Part:
    """A part of a receipt or credit note for one item; `discount_minor` and `difference_minor` are given up with it."""

    item_id: UUID
    amount_minor: int
    discount_minor: int = 0
    difference_minor: int = 0


def allocate(
    seller: Seller, actor: Actor, credit_id: UUID, parts: Sequence[Part], on: date, now: datetime
) -> UUID:
    """Settle items by a receipt or credit note, with discounts taken and small differences written off.

    One entry, one allocation id. Errors: more than is open on either side, other customer's items, a difference over
    the seller's tolerance, a locked date, a date before the item or receipt exists. Nothing is half-applied.
    """
    with transaction.atomic():
        items = lock_items(seller, [credit_id, *(part.item_id for part in parts)])
        credit = _found(items, credit_id)
        booked = _booked([credit, *(_found(items, part.item_id) for part in parts)])
        allocation = new_id()
        postings: list[CorePosting] = []
        settlements: list[dict[str, Any]] = []
        paid_by = SettlementKind.CREDIT if credit.kind == ItemKind.CREDIT_NOTE else SettlementKind.CASH
        for part in parts:
            target = items[part.item_id]
            _check_part(seller, credit, target, part, on)
            steps: list[tuple[SettlementKind, Postings]] = []
            if part.amount_minor:
                lines = booking.allocate(booked[credit.id], booked[target.id], part.amount_minor)
                steps.append((paid_by, lines))
                settlements.append(_row(booked, credit.id, target.id, lines, paid_by, allocation, on))
                settlements.append(_row(booked, target.id, credit.id, lines, paid_by, allocation, on))
                booked[credit.id] = booked[credit.id].after(lines)
                booked[target.id] = booked[target.id].after(lines)
                postings += lines
            if part.discount_minor:
                lines = booking.cash_discount(booked[target.id], part.discount_minor)
                settlements.append(_row(booked, target.id, None, lines, SettlementKind.DISCOUNT, allocation, on))
                booked[target.id] = booked[target.id].after(lines)
                postings += lines
            if part.difference_minor:
                lines = booking.small_difference(booked[target.id], part.difference_minor)
                kind = SettlementKind.SMALL_DIFFERENCE
                settlements.append(_row(booked, target.id, None, lines, kind, allocation, on))
                booked[target.id] = booked[target.id].after(lines)
                postings += lines
        _settle(seller, Draft("allocation", credit.customer_id, on, tuple(postings), [], settlements))
        record(
            seller.id, actor, "allocated", "item", credit.id, now, credit.customer_id,
            {
                "allocation": str(allocation),
                "number": credit.number,
                "currency": credit.currency,
                "amount_minor": sum(part.amount_minor for part in parts),
                "items": [items[part.item_id].number for part in parts[:50]],
            },
        )  # fmt: skip
    return allocation


def write_off_difference(
    seller: Seller, actor: Actor, item_id: UUID, amount_minor: int, on: date, now: datetime
) -> UUID:
    """Give up a small rest of an item. Errors: more than the seller's tolerance or than is open."""
    with transaction.atomic():
        item = _found(lock_items(seller, [item_id]), item_id)
        _check_tolerance(seller, amount_minor, item.currency)
        _check_date(item, on)
        booked = _booked([item])
        lines = booking.small_difference(booked[item.id], amount_minor)
        return _single(seller, actor, item, booked, lines, SettlementKind.SMALL_DIFFERENCE, on, now)


def refund(seller: Seller, actor: Actor, item_id: UUID, amount_minor: int, on: date, now: datetime) -> UUID:
    """Pay back what is open of a receipt or credit note."""
    with transaction.atomic():
        item = _found(lock_items(seller, [item_id]), item_id)
        _check_date(item, on)
        booked = _booked([item])
        lines = booking.refund(booked[item.id], amount_minor, base_rate(seller, item.currency, on))
        return _single(seller, actor, item, booked, lines, SettlementKind.REFUND, on, now)


def reverse(seller: Seller, actor: Actor, allocation_id: UUID, on: date, now: datetime, reason: str = "") -> UUID:
    """Take an allocation back: items are open again with their own due dates. A second reversal is refused."""
    with transaction.atomic():
        rows = list(Settlement.objects.filter(seller=seller, allocation_id=allocation_id))
        if not rows:
            raise BadInput(gettext_noop("There is no such allocation"), where="allocation")
        lock_items(seller, [row.item_id for row in rows])
        ids = [row.id for row in rows]
        if rows[0].reverses_id or Settlement.objects.filter(reverses_id__in=ids).exists():
            raise BadInput(gettext_noop("This allocation was taken back already"), where="allocation")
        if on < max(row.settled_on for row in rows):
            raise BadInput(
                gettext_noop("%(day)s lies before the allocation itself"),
                where="date",
                remedy=gettext_noop("Use the allocation's own date or a later one"),
                params={"day": on.isoformat()},
            )
        entry_id = rows[0].entry_id
        lines = booking.reverse(
            CorePosting(Account(p.account), p.amount_minor, p.currency, p.base_minor, p.item_id)
            for p in Posting.objects.filter(entry_id=entry_id).order_by("line")
        )
        undone = new_id()
        settlements = [
            {
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
            for row in rows
        ]
        customer_id = rows[0].customer_id
        _settle(seller, Draft("reversal", customer_id, on, lines, [], settlements, reverses_id=entry_id))
        record(
            seller.id, actor, "allocation_reversed", "allocation", allocation_id, now, customer_id, {"reason": reason}
        )
    return undone


def _single(
    seller: Seller,
    actor: Actor,
    item: Item,
    booked: dict[UUID, BookedItem],
    lines: Postings,
    kind: SettlementKind,
    on: date,
    now: datetime,
) -> UUID:
    allocation = new_id()
    row = _row(booked, item.id, None, lines, kind, allocation, on)
    _settle(seller, Draft(kind.value, item.customer_id, on, lines, [], [row]))
    record(
        seller.id, actor, f"{kind.value}_posted", "item", item.id, now, item.customer_id,
        {"number": item.number, "amount_minor": row["amount_minor"], "currency": item.currency},
    )  # fmt: skip
    return allocation


SETTLE = """
UPDATE receivables_item i SET open_minor = i.open_minor - d.amount,
    contested_minor = 0, in_flight_minor = 0, planned_minor = 0, promised_minor = 0,
    settled_on = CASE WHEN i.open_minor = d.amount THEN d.settled_on END
FROM (SELECT item_id, sum(amount_minor)::bigint AS amount, max(settled_on) AS settled_on
      FROM receivables_settlement WHERE entry_id = %s GROUP BY item_id) d
WHERE i.id = d.item_id
"""


def _settle(seller: Seller, draft: Draft) -> None:
    """Write the entry and move the running open amounts and claims with it."""
    write(seller, [draft])
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, [draft.id])
    refresh_slices([row["item_id"] for row in draft.settlements])


def _booked(items: Sequence[Item]) -> dict[UUID, BookedItem]:
    """The items as the ledger has them, settled amounts in base included."""
    ids = [item.id for item in items]
    settled = dict(
        Settlement.objects.filter(item_id__in=ids).values_list("item_id").annotate(total=Sum("base_minor"))
    )
    return {
        item.id: BookedItem(
            item.id,
            ItemKind(item.kind),
            item.currency,
            item.amount_minor,
            item.base_minor,
            item.amount_minor - item.open_minor,
            int(settled.get(item.id, 0)),
        )
        for item in items
    }


def _row(
    booked: dict[UUID, BookedItem],
    item_id: UUID,
    counter: UUID | None,
    lines: Postings,
    kind: SettlementKind,
    allocation: UUID,
    on: date,
) -> dict[str, Any]:
    item = booked[item_id]
    effect = item.effect(lines)
    return {
        "item_id": item_id,
        "counter_item_id": counter,
        "allocation_id": allocation,
        "kind": kind.value,
        "settled_on": on,
        "currency": item.currency,
        "amount_minor": effect.amount_minor,
        "base_minor": effect.base_minor,
    }


def _found(items: dict[UUID, Item], item_id: UUID) -> Item:
    if item_id not in items:
        raise BadInput(gettext_noop("There is no such item"), where="item")
    return items[item_id]


def _check_part(seller: Seller, credit: Item, target: Item, part: Part, on: date) -> None:
    if target.customer_id != credit.customer_id:
        raise BadInput(
            gettext_noop("%(number)s belongs to another customer"),
            where="item",
            remedy=gettext_noop("Move the money to that customer first"),
            params={"number": target.number},
        )
    if min(part.amount_minor, part.discount_minor, part.difference_minor) < 0:
        raise BadInput(gettext_noop("An amount is negative"), where="amount", remedy=gettext_noop("Give it as positive"))
    if part.difference_minor:
        _check_tolerance(seller, part.difference_minor, target.currency)
    for item in (credit, target):
        _check_date(item, on)


def _check_date(item: Item, on: date) -> None:
    if on < item.issued_on:
        raise BadInput(
            gettext_noop("%(number)s does not exist before %(day)s"),
            where="date",
            remedy=gettext_noop("Use that date or a later one"),
            params={"number": item.number, "day": item.issued_on.isoformat()},
        )


def _check_tolerance(seller: Seller, amount_minor: int, currency: str) -> None:
    if amount_minor > seller.small_difference_minor:
        raise BadInput(
            gettext_noop("%(amount)s %(currency)s is more than a small difference"),
            where="difference",
            remedy=gettext_noop("Give at most %(most)s, or leave the rest open"),
            params={
                "amount": format_amount(amount_minor, currency),
                "currency": currency,
                "most": format_amount(seller.small_difference_minor, currency),
            },
        )
