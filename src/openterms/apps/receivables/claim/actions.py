"""Place and end claims, and keep the slices of items in step with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.claims import ClaimKind, clamp, gather

from .models import Claim

BATCH = 5_000
SLICES = ("contested_minor", "in_flight_minor", "planned_minor", "promised_minor")


def refresh_slices(ids: Sequence[UUID]) -> None:
    """Clamp the running claims of items to what is open, by `core.receivables.claims`. The caller holds their locks."""
    for start in range(0, len(ids), BATCH):
        _refresh(ids[start : start + BATCH])


def _refresh(ids: Sequence[UUID]) -> None:
    asked: dict[UUID, list[tuple[ClaimKind, int]]] = {}
    running = Claim.objects.filter(item_id__in=ids, ends_on__isnull=True)
    for item_id, kind, minor in running.values_list("item_id", "kind", "amount_minor"):
        asked.setdefault(item_id, []).append((ClaimKind(kind), minor))
    changed = []
    for item in Item.objects.filter(id__in=ids).only("id", "open_minor", *SLICES):
        slices = clamp(item.open_minor, gather(asked.get(item.id, ())))
        if any(getattr(item, name) != minor for name, minor in zip(SLICES, slices, strict=True)):
            for name, minor in zip(SLICES, slices, strict=True):
                setattr(item, name, minor)
            changed.append(item)
    Item.objects.bulk_update(changed, SLICES, batch_size=500)


def refuse_claim(item: Item, on: date) -> None:
    """Only what a customer owes can be contested or promised, and not before it exists."""
    if item.kind not in DEBIT_KINDS or on < item.issued_on:
        raise BadInput(
            gettext_noop("%(number)s is nothing that the customer owes on %(day)s"),
            where="item",
            remedy=gettext_noop("Choose an open invoice or charge"),
            params={"number": item.number, "day": on.isoformat()},
        )


def place(
    item: Item, kind: str, amount_minor: int, starts_on: date, source_type: str, source_id: UUID
) -> Claim:
    """Claim a part of an item. The caller holds the item's lock."""
    claim = Claim.objects.create(
        seller_id=item.seller_id,
        customer_id=item.customer_id,
        item=item,
        kind=kind,
        amount_minor=amount_minor,
        starts_on=starts_on,
        source_type=source_type,
        source_id=source_id,
    )
    refresh_slices([item.id])
    return claim


def end(source_ids: Sequence[UUID], ends_on: date, now: datetime) -> list[UUID]:
    """End every claim of some sources; returns the items concerned."""
    claims = Claim.objects.filter(source_id__in=source_ids, ends_on__isnull=True)
    items = list(claims.values_list("item_id", flat=True).distinct())
    claims.update(ends_on=ends_on, ended_recorded_at=now)
    refresh_slices(items)
    return items
