"""What a personal page shows of its customer, read set-wise: what it owes, and why each amount is what it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.receivables.open_item import reads
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows

MOST_ROWS = 300
MOST_SETTLED = 2_000

SETTLED = """
SELECT s.item_id, s.settled_on, s.kind, s.amount_minor, s.currency, o.kind AS by_kind, o.number AS by_number
FROM receivables_settlement s
LEFT JOIN receivables_item o ON o.seller_id = s.seller_id AND o.id = s.counter_item_id
WHERE s.seller_id = %(seller)s AND s.customer_id = %(customer)s AND s.item_id = ANY(%(items)s)
    AND s.reverses_id IS NULL
    AND NOT EXISTS (SELECT 1 FROM receivables_settlement r WHERE r.seller_id = s.seller_id AND r.reverses_id = s.id)
ORDER BY s.settled_on, s.id LIMIT %(most)s
"""


def owed_items(seller: Seller, customer_id: UUID, today: date, limit: int = MOST_ROWS) -> list[dict[str, Any]]:
    """What the customer owes, item by item, oldest due first; `free_minor` may still be paid, promised or planned."""
    found = [one for one in reads.open_items(seller, customer_id, today, limit) if one["is_debit"]]
    for one in found:
        one["free_minor"] = one["open_minor"] - one["contested_minor"] - one["in_flight_minor"]
    return found


def credits_of(seller: Seller, customer_id: UUID, today: date, limit: int = MOST_ROWS) -> list[dict[str, Any]]:
    """Receipts and credit notes that are not set against anything yet."""
    return [one for one in reads.open_items(seller, customer_id, today, limit) if not one["is_debit"]]


def settled_on_items(seller: Seller, customer_id: UUID, item_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """What was paid or credited on items and stands, by item, oldest first: when, how much, by which document."""
    params = {"seller": seller.id, "customer": customer_id, "items": list(item_ids), "most": MOST_SETTLED}
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for one in rows(SETTLED, params) if item_ids else ():
        found[one["item_id"]].append(one)
    return dict(found)
