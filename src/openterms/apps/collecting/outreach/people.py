"""Whom a run writes to, and by which way: names, languages, contacts, what answered before, channels switched on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from openterms.apps.messaging.models import MessageChannel
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.messaging import channels

from .plans import Person

CUSTOMERS = """
SELECT c.id, c.number, c.name, c.locale, c.paused_until, c.insolvent_on, u.name AS collector, u.email AS collector_email
FROM parties_customer c LEFT JOIN tenancy_user u ON u.id = c.collector_id
WHERE c.seller_id = %(seller)s AND c.id = ANY(%(customers)s)
"""
CONTACTS = """
SELECT k.id, k.customer_id, k.name, k.role, k.email, k.phone, k.channel, k.locale
FROM parties_contact k WHERE k.seller_id = %(seller)s AND k.customer_id = ANY(%(customers)s) AND k.is_active
    AND NOT k.do_not_contact
"""
SITES = """
SELECT DISTINCT ON (customer_id) customer_id, concat_ws(', ', nullif(street, ''), nullif(postcode, ''),
    nullif(city, ''), nullif(country, '')) AS address
FROM parties_site WHERE seller_id = %(seller)s AND customer_id = ANY(%(customers)s) AND street <> ''
ORDER BY customer_id, CASE purpose WHEN 'billing' THEN 0 WHEN 'registered' THEN 1 ELSE 2 END, id
"""
PAST = """
SELECT m.customer_id, m.channel, count(*) AS tries, count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM messaging_messagereport r WHERE r.seller_id = m.seller_id AND r.message_id = m.id
        AND r.kind IN ('opened', 'clicked', 'replied'))) AS answers
FROM messaging_message m WHERE m.seller_id = %(seller)s AND m.customer_id = ANY(%(customers)s)
    AND m.state IN ('sent', 'delivered', 'bounced', 'complained') AND m.sent_at >= %(since)s
GROUP BY m.customer_id, m.channel
"""
BAD = """
SELECT channel, address FROM messaging_badaddress WHERE seller_id = %(seller)s AND cleared_at IS NULL
"""


class People:
    """Customers with their contacts, read once for a whole run."""

    def __init__(self, seller: Seller, customer_ids: Collection[UUID], day: date) -> None:
        asked: dict[str, Any] = {"seller": seller.id, "customers": list(customer_ids)}
        self.customers = {one["id"]: one for one in rows(CUSTOMERS, asked)}
        self.contacts: dict[UUID, list[dict[str, Any]]] = {}
        for one in rows(CONTACTS, asked):
            self.contacts.setdefault(one["customer_id"], []).append(one)
        self.sites = {one["customer_id"]: one["address"] for one in rows(SITES, asked)}
        self.past: dict[UUID, dict[str, channels.Past]] = {}
        for one in rows(PAST, asked | {"since": day - timedelta(days=365)}):
            self.past.setdefault(one["customer_id"], {})[one["channel"]] = channels.Past(one["tries"], one["answers"])
        self.bad = {(one["channel"], one["address"]) for one in rows(BAD, asked)}
        self.live = set(MessageChannel.objects.filter(seller=seller, is_live=True).values_list("kind", flat=True))
        self.seller = seller

    def person(self, customer_id: UUID) -> Person:
        """The customer, and who signs: its collector, else the seller."""
        one = self.customers[customer_id]
        return Person(
            customer_id=customer_id, number=one["number"], name=one["name"], language=one["locale"] or "en",
            signed_by=one["collector"] or self.seller.name, signed_email=one["collector_email"] or "",
        )  # fmt: skip

    def flags(self, customer_id: UUID, day: date) -> tuple[bool, bool]:
        """Whether the customer's dunning is paused on a day, and whether it is insolvent by it."""
        one = self.customers[customer_id]
        paused = one["paused_until"] is not None and one["paused_until"] >= day
        return paused, one["insolvent_on"] is not None and one["insolvent_on"] <= day

    def way(self, customer_id: UUID, allowed: Sequence[str]) -> channels.Choice:
        """The best contact and channel among those allowed; see `core.messaging.channels.choose`."""
        post = self.sites.get(customer_id, "")
        people = [
            channels.Person(str(one["id"]), one["role"], _addresses(one, post), one["channel"], one["locale"])
            for one in self.contacts.get(customer_id, [])
        ]
        if not people and post and "post" in allowed:
            people = [channels.Person("", "other", {"post": post})]
        return channels.choose(people, list(allowed), self.past.get(customer_id, {}), self.bad)

    def contact(self, customer_id: UUID, contact_id: str) -> Mapping[str, Any]:
        """A contact's row; empty where the letter goes to the house."""
        return next((one for one in self.contacts.get(customer_id, []) if str(one["id"]) == contact_id), {})


def _addresses(contact: Mapping[str, Any], post: str) -> dict[str, str]:
    found = {
        "email": contact["email"], "sms": contact["phone"], "whatsapp": contact["phone"], "post": post,
        "portal": str(contact["id"]),
    }  # fmt: skip
    return {channel: address for channel, address in found.items() if address}
