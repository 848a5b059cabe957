"""What the record knows of a case's time: part payments and acknowledgements, and cases whose last day comes near."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.collecting.time_bar import warning

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


def near_limits(seller: Seller, on: date) -> list[dict[str, Any]]:
    """Legal cases not filed whose limitation date lies within 12, 6 or 3 months, or has passed."""
    found = rows(
        "SELECT m.id, m.number, m.customer_id, (m.terms ->> 'limitation_on')::date AS last_day FROM collecting_matter m"
        " WHERE m.seller_id = %(seller)s AND m.kind = 'legal' AND m.state IN ('open', 'proposed')"
        " AND m.terms ->> 'limitation_on' IS NOT NULL ORDER BY 4",
        {"seller": seller.id},
    )
    for one in found:
        one["months"] = warning(one["last_day"], on)
    return [one for one in found if one["months"] is not None]
