"""The one way rows enter the ledger: drafts in, four set-based inserts out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection

from openterms.apps.receivables.allocation.models import Settlement
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import Refused
from openterms.core.base.reasons import Reason, gettext_noop
from openterms.core.receivables.postings import Postings

from .models import Entry, Posting
from .reads import refuse_locked

BUSY = Reason(
    "busy",
    gettext_noop("Somebody else is working on this account right now."),
    gettext_noop("Somebody else is working on this account right now."),
    gettext_noop("Try again in a moment."),
)
LOCK_SECONDS = 3


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
    for draft in drafts:
        refuse_locked(seller, draft.posted_on)
    common = {"seller_id": seller.id, "batch_id": batch_id}
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


def lock_items(seller: Seller, ids: Sequence[UUID]) -> dict[UUID, Item]:
    """The items, locked in order of id; answers "busy, try again" after three seconds.

    Items that the seller does not have are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
    try:
        return {item.id: item for item in Item.objects.select_for_update().filter(seller=seller, id__in=ids).order_by("id")}
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "55P03":
            raise Refused([BUSY]) from error
        raise
