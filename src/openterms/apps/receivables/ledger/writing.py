"""The one way rows enter the ledger: drafts in, four set-based inserts out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from openterms.apps.receivables.allocation.models import Settlement
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.locks import BUSY, locking
from openterms.apps.tenancy.models import Seller
from openterms.core.receivables.postings import Postings

from .models import Entry, Posting
from .reads import refuse_locked

__all__ = ["BUSY", "Draft", "lock_items", "write"]


@dataclass
class Draft:
    """An entry about to be written, with the items it opens and the settlements it makes."""

    kind: str
    customer_id: UUID
    posted_on: date
    postings: Postings
    items: list[dict[str, Any]] = field(default_factory=list)
    settlements: list[dict[str, Any]] = field(default_factory=list)
    reverses_id: UUID | None = None
    id: UUID = field(default_factory=new_id)


def write(seller: Seller, drafts: Sequence[Draft], batch_id: UUID | None = None) -> None:
    """Write entries, postings, items and settlements. Errors: a date in a locked period; the database's own checks."""
    if not all(draft.postings for draft in drafts):
        raise ValueError("An entry has postings.")
    days = [draft.posted_on for draft in drafts]
    refuse_locked(seller, *days)
    common = {"seller_id": seller.id, "batch_id": batch_id}
    try:
        with transaction.atomic():
            _write_entries(drafts, common)
    except IntegrityError as error:
        refuse_locked(seller, *days)  # a period locked meanwhile
        raise error
    Posting.objects.bulk_create(
        Posting(
            entry_id=draft.id,
            line=line,
            seller_id=seller.id,
            customer_id=draft.customer_id,
            item_id=posting.item,
            account=posting.account.value,
            amount_minor=posting.amount_minor,
            currency=posting.currency,
            base_minor=posting.base_minor,
            posted_on=draft.posted_on,
        )
        for draft in drafts
        for line, posting in enumerate(draft.postings, 1)
    )
    Item.objects.bulk_create(
        Item(entry_id=draft.id, customer_id=draft.customer_id, **item, **common)
        for draft in drafts
        for item in draft.items
    )
    Settlement.objects.bulk_create(
        Settlement(entry_id=draft.id, customer_id=draft.customer_id, **settlement, **common)
        for draft in drafts
        for settlement in draft.settlements
    )


def _write_entries(drafts: Sequence[Draft], common: dict[str, Any]) -> None:
    Entry.objects.bulk_create(
        Entry(
            id=draft.id,
            customer_id=draft.customer_id,
            kind=draft.kind,
            posted_on=draft.posted_on,
            reverses_id=draft.reverses_id,
            **common,
        )
        for draft in drafts
    )


def lock_items(seller: Seller, ids: Sequence[UUID]) -> dict[UUID, Item]:
    """The items, locked in order of id; answers "busy, try again" after three seconds.

    Items that the seller does not have are left out.
    """
    with locking():
        found = Item.objects.select_for_update().filter(seller=seller, id__in=ids).order_by("id")
        return {item.id: item for item in found}
