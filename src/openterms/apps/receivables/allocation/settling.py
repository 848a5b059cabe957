"""What every settlement does to items: read them as booked, write the entry, move the running amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from openterms.apps.receivables.claim.actions import refresh_slices
from openterms.apps.receivables.ledger.writing import Draft, write
from openterms.apps.receivables.open_item.models import Item
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.receivables.kinds import ItemKind, SettlementKind
from openterms.core.receivables.postings import BookedItem, Postings

from .models import Settlement

# An item is settled on the latest day of its settlements, which need not be the day of the last one written.
SETTLE = """
UPDATE receivables_item i SET open_minor = i.open_minor - d.amount,
    contested_minor = 0, in_flight_minor = 0, planned_minor = 0, promised_minor = 0,
    settled_on = CASE WHEN i.open_minor = d.amount
        THEN (SELECT max(s.settled_on) FROM receivables_settlement s WHERE s.item_id = i.id) END
FROM unnest(%(ids)s::uuid[], %(amounts)s::bigint[]) AS d (item_id, amount)
WHERE i.id = d.item_id
"""

LATER = """
SELECT s.item_id, s.settled_on, sum(s.amount_minor)::bigint FROM receivables_settlement s
WHERE s.item_id IN (SELECT item_id FROM receivables_settlement WHERE item_id = ANY(%(ids)s) AND settled_on > %(on)s)
GROUP BY s.item_id, s.settled_on ORDER BY s.item_id, s.settled_on
"""


def settle(
    seller: Seller,
    draft: Draft,
    settlements: Sequence[Mapping[str, Any]],
    items: Mapping[UUID, Item] | None = None,
) -> None:
    """Write the entry and move the running open amounts and claims with it.

    With `items` (locked), an entry dated before later settlements of the same item must leave room for all of them on
    every day, so that no past open amount is ever negative.
    """
    more: dict[UUID, int] = {}
    draft.rows = [Settlement(**row) for row in settlements]
    for row in settlements:
        more[row["item_id"]] = more.get(row["item_id"], 0) + row["amount_minor"]
    if items is not None:
        _refuse_overlap(items, more, draft.posted_on)
    write(seller, [draft])
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"ids": list(more), "amounts": list(more.values())})
    refresh_slices(list(more))


def _refuse_overlap(items: Mapping[UUID, Item], more: Mapping[UUID, int], on: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LATER, {"ids": list(more), "on": on})
        rows = cursor.fetchall()
    for item_id, group in groupby(rows, key=itemgetter(0)):
        item = items[item_id]
        days = [(day, amount) for _, day, amount in group]
        until = _full_until(days, on, item.amount_minor - more[item_id])
        if until is not None:
            raise BadInput(
                gettext_noop("%(number)s was settled otherwise until %(day)s"),
                where="date",
                remedy=gettext_noop("Use %(day)s or a later date"),
                params={"number": item.number, "day": until.isoformat()},
            )


def _full_until(days: Sequence[tuple[date, int]], on: date, room_minor: int) -> date | None:
    """The first day from which no more than `room_minor` is settled to the end; None when that holds from `on`.

    `days` are the days and sums of settlements in order; the caller knows that the last sum leaves room.
    """
    settled, until, is_full = 0, None, False
    for place, (day, amount) in enumerate(days):
        if is_full:
            until = max(day, on)
        settled += amount
        lasts_to = days[place + 1][0] if place + 1 < len(days) else date.max
        is_full = settled > room_minor and lasts_to > on
    return until


def booked_items(items: Sequence[Item]) -> dict[UUID, BookedItem]:
    """The items as the ledger has them, settled amounts in base included."""
    ids = [item.id for item in items]
    settled = dict(Settlement.objects.filter(item_id__in=ids).values_list("item_id").annotate(total=Sum("base_minor")))
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


def settlement_row(
    item: BookedItem, counter: UUID | None, lines: Postings, kind: SettlementKind, allocation: UUID, on: date
) -> dict[str, Any]:
    """The settlement that postings make of one item."""
    effect = item.effect(lines)
    return {
        "item_id": item.item,
        "counter_item_id": counter,
        "allocation_id": allocation,
        "kind": kind.value,
        "settled_on": on,
        "currency": item.currency,
        "amount_minor": effect.amount_minor,
        "base_minor": effect.base_minor,
    }
