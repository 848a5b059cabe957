"""Debts that look time-barred by their due dates alone, looked at again with what began the time anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from openterms.apps.receivables.open_item.models import DEBIT_KINDS, Item
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.receivables.limitation import limitation

RESTARTS = """
SELECT s.item_id, 'payment' AS kind, s.settled_on AS on_day FROM receivables_settlement s
WHERE s.seller_id = %(seller)s AND s.item_id = ANY(%(items)s) AND s.kind = 'cash' AND s.amount_minor > 0
    AND NOT EXISTS (SELECT 1 FROM receivables_settlement r WHERE r.reverses_id = s.id)
UNION ALL
SELECT x.item_id, CASE t.kind WHEN 'acknowledgement' THEN 'acknowledgement' ELSE 'demand' END, t.on
FROM collecting_matteritem x JOIN collecting_matterstep t ON t.seller_id = x.seller_id AND t.matter_id = x.matter_id
WHERE x.seller_id = %(seller)s AND x.item_id = ANY(%(items)s) AND t.kind IN ('acknowledgement', 'deliver')
ORDER BY 3
"""


def restarts_of(seller: Seller, item_ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, date]]]:
    """Part payments, acknowledgements and delivered demands by item, the earliest first."""
    found: dict[UUID, list[tuple[str, date]]] = {}
    for one in rows(RESTARTS, {"seller": seller.id, "items": list(item_ids)}):
        found.setdefault(one["item_id"], []).append((one["kind"], one["on_day"]))
    return found


def not_barred(
    seller: Seller, customer_ids: Sequence[UUID], item_ids: Sequence[UUID], on: date, *, is_any: bool
) -> set[UUID]:
    """Of these customers those whose debts can be sued for after all: a payment, an acknowledgement or a demand in
    writing came in time.

    With `is_any` one barred item is enough to bar; otherwise one that is not barred is enough to be free.
    """
    if not customer_ids:
        return set()
    items = Item.objects.filter(
        seller=seller, customer_id__in=list(customer_ids), kind__in=DEBIT_KINDS, open_minor__gt=0
    ).select_related("customer")
    items = items.filter(id__in=list(item_ids)) if item_ids else items
    chosen = list(items)
    restarts = restarts_of(seller, [one.id for one in chosen])
    free: dict[UUID, list[bool]] = {}
    for one in chosen:
        owner = one.customer
        found = limitation(
            owner.country, one.due_on, on, restarts.get(one.id, ()), is_consumer=owner.is_sole_trader
        )
        free.setdefault(one.customer_id, []).append(found is None or found.last_day >= on)
    return {key for key, each in free.items() if (all(each) if is_any else any(each))}
