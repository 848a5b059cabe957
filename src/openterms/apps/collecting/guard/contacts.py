"""What was said to customers lately, by which channel: what caps and least intervals count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows

NOT_SPOKEN = ("", "no_answer", "voicemail", "wrong_contact", "message_sent")
"""Outcomes after which nobody has been spoken with."""

LATELY = """
SELECT c.id AS about, a.customer_id, a.done_on,
       CASE a.kind WHEN 'call' THEN 'phone' WHEN 'letter' THEN 'post' ELSE a.kind END AS channel,
       a.kind = 'call' AND NOT a.outcome = ANY(%(silent)s) AS spoken
FROM parties_customer c
JOIN parties_customer o ON o.seller_id = c.seller_id AND (o.id = c.id OR o.group_id = c.group_id)
JOIN collecting_activity a ON a.seller_id = o.seller_id AND a.customer_id = o.id AND a.struck_at IS NULL
    AND a.kind <> 'note' AND a.done_on BETWEEN %(since)s AND %(on)s
WHERE c.seller_id = %(seller)s AND c.id = ANY(%(customers)s)
UNION ALL
SELECT c.id, m.customer_id, (m.sent_at AT TIME ZONE s.timezone)::date, m.channel, false
FROM parties_customer c
JOIN parties_customer o ON o.seller_id = c.seller_id AND (o.id = c.id OR o.group_id = c.group_id)
JOIN tenancy_seller s ON s.id = c.seller_id
JOIN messaging_message m ON m.seller_id = o.seller_id AND m.customer_id = o.id
    AND m.state IN ('sent', 'delivered', 'bounced', 'complained') AND m.channel NOT IN ('portal', 'phone')
    AND (m.sent_at AT TIME ZONE s.timezone)::date BETWEEN %(since)s AND %(on)s
WHERE c.seller_id = %(seller)s AND c.id = ANY(%(customers)s)
"""


class Contacted(NamedTuple):
    """One contact, seen from the customer `about`: its own where `is_own`, else one with a customer of its group."""

    about: UUID
    is_own: bool
    channel: str
    on: date
    spoken: bool


def lately(seller: Seller, customer_ids: Sequence[UUID], since: date, on: date) -> dict[UUID, list[Contacted]]:
    """Contacts with customers and with the other customers of their groups, in a range of days."""
    found: dict[UUID, list[Contacted]] = {}
    params = {
        "seller": seller.id, "customers": list(customer_ids), "since": since, "on": on, "silent": list(NOT_SPOKEN),
    }  # fmt: skip
    for one in rows(LATELY, params):
        contact = Contacted(
            one["about"], one["customer_id"] == one["about"], one["channel"], one["done_on"], one["spoken"]
        )
        found.setdefault(contact.about, []).append(contact)
    return found
