"""The one way rows enter the ledger: drafts in, one set-based insert per table out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model

from openterms.apps.tenancy.clock import new_id
from openterms.apps.tenancy.models import Seller
from openterms.core.receivables.postings import Postings

from .models import Entry, Posting
from .reads import refuse_locked


@dataclass
class Draft:
    """An entry about to be written, with the rows that come with it.

    `rows` are unsaved items or settlements of upper rooms; the entry, its seller and its customer are filled in here.
    """

    kind: str
    customer_id: UUID
    posted_on: date
    postings: Postings
    rows: Sequence[Model] = ()
    reverses_id: UUID | None = None
    id: UUID = field(default_factory=new_id)


def write(seller: Seller, drafts: Sequence[Draft], batch_id: UUID | None = None) -> None:
    """Write entries, postings and the rows with them. Errors: a date in a locked period; the database's own checks."""
    if not all(draft.postings for draft in drafts):
        raise ValueError("An entry has postings.")
    days = [draft.posted_on for draft in drafts]
    refuse_locked(seller, *days)
    try:
        with transaction.atomic():
            _write_entries(seller, drafts, batch_id)
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
    by_model: dict[type[Model], list[Model]] = {}
    for draft in drafts:
        common = {
            "entry_id": draft.id, "customer_id": draft.customer_id, "seller_id": seller.id, "batch_id": batch_id,
        }  # fmt: skip
        for row in draft.rows:
            for name, value in common.items():
                setattr(row, name, value)
            by_model.setdefault(type(row), []).append(row)
    for model, rows in by_model.items():
        model._default_manager.bulk_create(rows)


def _write_entries(seller: Seller, drafts: Sequence[Draft], batch_id: UUID | None) -> None:
    Entry.objects.bulk_create(
        Entry(
            id=draft.id,
            seller_id=seller.id,
            customer_id=draft.customer_id,
            kind=draft.kind,
            posted_on=draft.posted_on,
            reverses_id=draft.reverses_id,
            batch_id=batch_id,
        )
        for draft in drafts
    )
