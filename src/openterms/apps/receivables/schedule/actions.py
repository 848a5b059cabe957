"""Lay an item out over dates, and end that again. Whoever calls holds the locks of the items and writes the journal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from openterms.apps.receivables.open_item.models import Item

from .models import ScheduledPart


class Part(NamedTuple):
    """What an instalment takes of one item, minor units."""

    item: Item
    number: int
    due_on: date
    amount_minor: int


def lay(parts: Iterable[Part], source_id: UUID, starts_on: date) -> None:
    """Items age by these dates from a day on. The database refuses a second schedule of an item while one runs."""
    ScheduledPart.objects.bulk_create(
        ScheduledPart(
            seller_id=part.item.seller_id, customer_id=part.item.customer_id, item=part.item, source_id=source_id,
            number=part.number, due_on=part.due_on, amount_minor=part.amount_minor, starts_on=starts_on,
        )
        for part in parts
    )  # fmt: skip


def end(source_ids: Iterable[UUID], ends_on: date, now: datetime) -> int:
    """The items' own due dates count again from a day on; returns how many parts ended."""
    running = ScheduledPart.objects.filter(source_id__in=list(source_ids), ends_on__isnull=True)
    return running.update(ends_on=ends_on, ended_recorded_at=now)
