"""Place and end claims, and keep the slices of items in step with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop

from .models import Claim

REFRESH = """
WITH raw AS (
    SELECT i.id, i.open_minor,
        coalesce(sum(c.amount_minor) FILTER (WHERE c.kind = 'contested'), 0)::bigint AS contested,
        coalesce(sum(c.amount_minor) FILTER (WHERE c.kind = 'in_flight'), 0)::bigint AS in_flight,
        coalesce(sum(c.amount_minor) FILTER (WHERE c.kind = 'planned'), 0)::bigint AS planned,
        coalesce(sum(c.amount_minor) FILTER (WHERE c.kind = 'promised'), 0)::bigint AS promised
    FROM receivables_item i LEFT JOIN receivables_claim c ON c.item_id = i.id AND c.ends_on IS NULL
    WHERE i.id = ANY(%(ids)s) GROUP BY i.id
), one AS (
    SELECT *, least(contested, open_minor) AS contested_slice FROM raw
), two AS (
    SELECT *, least(in_flight, open_minor - contested_slice) AS in_flight_slice FROM one
), three AS (
    SELECT *, least(planned, open_minor - contested_slice - in_flight_slice) AS planned_slice FROM two
)
UPDATE receivables_item i SET contested_minor = t.contested_slice, in_flight_minor = t.in_flight_slice,
    planned_minor = t.planned_slice,
    promised_minor = least(t.promised, t.open_minor - t.contested_slice - t.in_flight_slice - t.planned_slice)
FROM three t WHERE i.id = t.id
"""


def refresh_slices(ids: Sequence[UUID]) -> None:
    """Clamp the running claims of items to what is open, in the order contested, in flight, planned, promised.

    The set-wise reading of `core.receivables.claims`.
    """
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, {"ids": list(ids)})


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
