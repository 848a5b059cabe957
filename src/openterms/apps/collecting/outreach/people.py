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
# What followed each message of a year: a reply, a tap, or money on an item that it spoke of. Opening it is no answer.
PAST = """
WITH sent AS MATERIALIZED (
    SELECT m.id, m.customer_id, m.contact_id, m.channel, m.sent_at, (m.sent_at AT TIME ZONE %(zone)s)::date AS on_day
    FROM messaging_message m WHERE m.seller_id = %(seller)s AND m.customer_id = ANY(%(customers)s)
        AND m.state IN ('sent', 'delivered', 'bounced', 'complained') AND m.sent_at >= %(since)s
), answered AS (
    SELECT r.message_id FROM messaging_messagereport r JOIN sent ON sent.id = r.message_id
    WHERE r.seller_id = %(seller)s AND r.kind IN ('clicked', 'replied')
    UNION
    SELECT i.answers_id FROM messaging_incomingmail i JOIN sent ON sent.id = i.answers_id
    WHERE i.seller_id = %(seller)s AND NOT i.is_bounce AND NOT i.is_automatic
    UNION
    SELECT sent.id FROM sent JOIN messaging_pagetouch t ON t.seller_id = %(seller)s AND t.kind <> 'seen'
        AND t.customer_id = sent.customer_id AND t.contact_id = sent.contact_id
        AND t.at BETWEEN sent.sent_at AND sent.sent_at + make_interval(days => %(days)s)
    UNION
    SELECT sent.id FROM sent JOIN collecting_messageitem k ON k.seller_id = %(seller)s AND k.message_id = sent.id
        JOIN receivables_settlement s ON s.seller_id = %(seller)s AND s.customer_id = sent.customer_id
            AND s.item_id = k.item_id AND s.kind = 'cash' AND s.amount_minor > 0
            AND s.settled_on BETWEEN sent.on_day AND sent.on_day + %(days)s::int
)
SELECT customer_id, channel, count(*)::int AS tries, count(a.message_id)::int AS answers
FROM sent LEFT JOIN answered a ON a.message_id = sent.id GROUP BY customer_id, channel
"""
ANSWER_DAYS = 7
"""Within how many days a tap or money counts as an answer to a message."""
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
        year = {"since": day - timedelta(days=365), "zone": seller.timezone, "days": ANSWER_DAYS}
        for one in rows(PAST, asked | year):
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
        """The best contact and channel among those allowed; see `core.messaging.channels.choose`.

        E-mail is what every contact begins with, so it is no wish: past answers decide. Another channel was asked for.
        """
        post = self.sites.get(customer_id, "")
        people = [
            channels.Person(
                str(one["id"]), one["role"], _addresses(one, post), "" if one["channel"] == "email" else one["channel"],
                one["locale"],
            )
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
