"""What to have before one's eyes when calling a customer."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.receivables.open_item import reads as item_reads
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows

ITEMS_SHOWN = 6
MOST_ITEMS = 200

PEOPLE = """
SELECT k.id, k.name, k.role, k.phone, k.email, k.do_not_contact, c.timezone,
       count(a.id) FILTER (WHERE a.outcome NOT IN ('', 'no_answer', 'voicemail', 'wrong_contact', 'message_sent'))
           AS spoken,
       count(a.id) FILTER (WHERE a.outcome = 'wrong_contact') AS wrong,
       max(a.done_on) AS last_on
FROM parties_contact k JOIN parties_customer c ON c.id = k.customer_id
LEFT JOIN collecting_activity a ON a.seller_id = k.seller_id AND a.customer_id = k.customer_id AND a.contact_id = k.id
    AND a.struck_at IS NULL AND a.kind = 'call'
WHERE k.seller_id = %(seller)s AND k.customer_id = %(customer)s AND k.is_active
GROUP BY k.id, c.timezone
ORDER BY k.do_not_contact, (k.phone = ''), 8 DESC, 9,
    array_position(ARRAY['accounts_payable', 'finance', 'owner', 'buyer', 'other'], k.role::text), k.name
LIMIT 8
"""


def script_of(seller: Seller, customer_id: UUID, currency: str, on: date) -> dict[str, Any]:
    """What is owed in a currency (`items`, `more`, `overdue_minor`, `count`, `oldest`, `contested_minor`,
    `promised_minor`) and `people`, the best to ask for first: who answered before, then by role."""
    found = item_reads.open_items(seller, customer_id, on, MOST_ITEMS)
    debit = [one for one in found if one["is_debit"] and one["currency"] == currency]
    overdue = [one for one in debit if one["days_overdue"] > 0]
    oldest = min(overdue, key=lambda one: (one["due_on"], one["number"]), default=None)
    shown = sorted(overdue or debit, key=lambda one: (one["due_on"], one["number"]))
    return {
        "items": shown[:ITEMS_SHOWN],
        "more": max(len(shown) - ITEMS_SHOWN, 0),
        "count": len(overdue),
        "overdue_minor": sum(one["collectable_minor"] for one in overdue),
        "oldest": oldest,
        "contested_minor": sum(one["contested_minor"] for one in debit),
        "promised_minor": sum(one["promised_minor"] for one in debit),
        "people": rows(PEOPLE, {"seller": seller.id, "customer": customer_id}),
    }
