"""What posting by hand needs to see: money that waits, the debts it may settle, and what was booked last."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Sum

from openterms.apps.journal.models import Event
from openterms.apps.receivables.open_item.models import CREDIT_KINDS, DEBIT_KINDS, Item
from openterms.apps.tenancy.models import Seller
from openterms.core.receivables.allocation import (
    AllocationRules,
    Named,
    OpenItem,
    ProposedAllocation,
    Tolerance,
    discount_left,
    propose_allocation,
)
from openterms.core.receivables.kinds import ItemKind

from .models import Settlement

MOST_DEBTS = 200
"""Debts shown for one receipt; the oldest due come first, others are found by their number."""

POSTED = (
    "receipt_posted", "invoice_posted", "credit_note_posted", "refund_posted", "bank_return_posted",
    "small_difference_posted", "allocated", "allocation_reversed", "opening_posted", "late_fee_posted",
)  # fmt: skip


def waiting(seller: Seller, limit: int, start: int = 0) -> list[Item]:
    """Receipts and credit notes with something open, the oldest first."""
    found = Item.objects.filter(seller=seller, open_minor__gt=0, kind__in=CREDIT_KINDS).select_related("customer")
    return list(found.order_by("due_on", "id")[start : start + limit])


def small_rests(seller: Seller, limit: int) -> list[Item]:
    """Partly paid debts whose rest is within the seller's tolerance, the oldest first."""
    found = Item.objects.filter(
        seller=seller, open_minor__gt=0, open_minor__lte=seller.small_difference_minor, kind__in=DEBIT_KINDS
    ).exclude(open_minor__gte=_amount())
    return list(found.select_related("customer").order_by("due_on", "id")[:limit])


def _amount() -> Any:
    from django.db.models import F

    return F("amount_minor")


def debts(credit: Item, text: str = "", limit: int = MOST_DEBTS) -> list[Item]:
    """Open debts of the credit's customer in its currency, the oldest due first; `text` begins their numbers."""
    found = Item.objects.filter(
        seller_id=credit.seller_id,
        customer_id=credit.customer_id,
        currency=credit.currency,
        kind__in=DEBIT_KINDS,
        open_minor__gt=0,
    )
    if text:
        found = found.filter(number__gte=text, number__lt=text + "\U0010ffff")
    return list(found.order_by("due_on", "number", "id")[:limit])


def as_open_items(items: Sequence[Item]) -> list[OpenItem]:
    """The debts as the core sees them, with the cash discount that each still has."""
    offered = [item.id for item in items if item.discount_minor]
    settled: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = Settlement.objects.filter(item_id__in=offered, kind__in=("credit", "discount")).values("item_id", "kind")
    for row in rows.annotate(total=Sum("amount_minor")):
        settled[row["item_id"]][row["kind"]] = int(row["total"])
    return [
        OpenItem(
            item.id,
            ItemKind(item.kind),
            item.due_on,
            item.open_minor,
            item.number,
            item.discount_on,
            discount_left(
                item.discount_minor,
                item.amount_minor,
                settled[item.id].get("credit", 0) if item.discount_minor else 0,
                settled[item.id].get("discount", 0) if item.discount_minor else 0,
            ),
        )
        for item in items
    ]


def rules_for(seller: Seller, credit: Item) -> AllocationRules:
    """The seller's rules; only money earns a cash discount."""
    return AllocationRules(
        tolerance=Tolerance(most_minor=seller.small_difference_minor), grants_discount=credit.kind == ItemKind.RECEIPT
    )


def suggested(seller: Seller, credit: Item, items: Sequence[OpenItem]) -> ProposedAllocation:
    """What the money should settle: items whose numbers its reference names first, then the oldest due."""
    said = set(re.findall(r"[\w./-]+", credit.reference or ""))
    named = [Named(item.item) for item in items if item.number and item.number in said]
    return propose_allocation(credit.open_minor, items, credit.issued_on, rules_for(seller, credit), named)


def booked_lately(seller: Seller, limit: int) -> list[dict[str, Any]]:
    """The last things booked, newest first; an allocation says whether it was taken back since."""
    events = list(Event.objects.filter(seller=seller, kind__in=POSTED).order_by("-id")[:limit])
    made = [str(event.data.get("allocation")) for event in events if event.kind == "allocated"]
    undone = set()
    if made:
        taken_back = Event.objects.filter(seller=seller, kind="allocation_reversed", subject_id__in=made)
        undone = {str(one) for one in taken_back.values_list("subject_id", flat=True)}
    return [
        {
            "event": event,
            "allocation": event.data.get("allocation") if event.kind == "allocated" else None,
            "is_undone": event.kind == "allocated" and str(event.data.get("allocation")) in undone,
        }
        for event in events
    ]
