"""Legal cases whose last day comes near."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from openterms.apps.collecting.guard.barring import restarts_of
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.receivables.limitation import limitation, warning

OLD = """
SELECT i.id, i.number, i.due_on, i.open_minor, i.currency, c.id AS customer_id, c.name, c.country, c.is_sole_trader
FROM receivables_item i JOIN parties_customer c ON c.seller_id = i.seller_id AND c.id = i.customer_id
WHERE i.seller_id = %(seller)s AND i.open_minor > 0 AND i.kind NOT IN ('credit_note', 'receipt')
  AND i.due_on < %(before)s AND NOT EXISTS (
    SELECT 1 FROM collecting_matteritem x JOIN collecting_matter m ON m.seller_id = x.seller_id AND m.id = x.matter_id
    WHERE x.seller_id = i.seller_id AND x.item_id = i.id AND m.kind = 'legal'
      AND m.state IN ('filed', 'judgment', 'enforcing', 'stayed'))
ORDER BY i.due_on, i.id LIMIT %(most)s
"""
MOST_LOOKED_AT = 2_000


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


def near_bars(seller: Seller, on: date, most: int = 50) -> list[dict[str, Any]]:
    """Open items, in no legal case that is filed, whose last day to sue lies within 12, 6 or 3 months or has passed.

    The earliest day comes first; what began the time anew is taken into account. The oldest `MOST_LOOKED_AT` are looked
    at.
    """
    found = rows(OLD, {"seller": seller.id, "before": on - timedelta(days=366), "most": MOST_LOOKED_AT})
    restarts = restarts_of(seller, [one["id"] for one in found])
    near = []
    for one in found:
        bar = limitation(
            one["country"], one["due_on"], on, restarts.get(one["id"], ()), is_consumer=one["is_sole_trader"]
        )
        months = warning(bar.last_day, on) if bar else None
        if bar is not None and months is not None:
            near.append(one | {"last_day": bar.last_day, "months": months})
    return sorted(near, key=lambda one: (one["last_day"], one["number"]))[:most]
