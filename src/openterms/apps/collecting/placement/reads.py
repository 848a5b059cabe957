"""Placements as pages and files show them: what is placed, and how agencies compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows
from openterms.core.base.rounding import BASIS_POINTS, divide
from openterms.core.collecting.agencies import share

RESULTS = """
SELECT a.id, a.code, a.name, m.currency, count(m.id) AS cases,
       count(m.id) FILTER (WHERE m.state IN ('declined', 'recalled', 'closed')) AS ended,
       count(m.id) FILTER (WHERE p.paid > 0) AS paying, coalesce(sum(m.amount_minor), 0)::bigint AS placed_minor,
       coalesce(sum(p.paid), 0)::bigint AS collected_minor, coalesce(sum(p.fees), 0)::bigint AS fees_minor
FROM collecting_agency a
LEFT JOIN collecting_matter m ON m.seller_id = a.seller_id AND m.agency_id = a.id AND m.kind = 'placement'
    AND m.state <> 'proposed'
LEFT JOIN LATERAL (SELECT sum(s.amount_minor) AS paid, sum((s.data ->> 'fee_minor')::bigint) AS fees
    FROM collecting_matterstep s WHERE s.seller_id = m.seller_id AND s.matter_id = m.id
    AND s.kind IN ('payment', 'direct_payment')) p ON true
WHERE a.seller_id = %(seller)s GROUP BY a.id, m.currency ORDER BY a.name, m.currency
"""
LINES = """
SELECT 'PL-' || lpad(m.number::text, 5, '0') AS placement, c.number AS customer_number, c.name AS customer_name,
       c.country, coalesce(t.street, '') AS street, coalesce(t.postcode, '') AS postcode, coalesce(t.city, '') AS city,
       coalesce(k.name, '') AS contact, coalesce(k.email, '') AS email, coalesce(k.phone, '') AS phone,
       i.number AS invoice, i.issued_on, i.due_on, i.currency, i.amount_minor, x.amount_minor AS placed_minor,
       i.open_minor, i.reference, (m.terms ->> 'fee_bp')::int AS fee_bp
FROM collecting_matter m JOIN parties_customer c ON c.seller_id = m.seller_id AND c.id = m.customer_id
JOIN collecting_matteritem x ON x.seller_id = m.seller_id AND x.matter_id = m.id
JOIN receivables_item i ON i.seller_id = m.seller_id AND i.id = x.item_id
LEFT JOIN LATERAL (SELECT * FROM parties_site s WHERE s.seller_id = m.seller_id AND s.customer_id = c.id
    ORDER BY s.purpose <> 'registered', s.id LIMIT 1) t ON true
LEFT JOIN LATERAL (SELECT * FROM parties_contact s WHERE s.seller_id = m.seller_id AND s.customer_id = c.id
    AND s.is_active AND NOT s.do_not_contact ORDER BY s.role <> 'finance', s.id LIMIT 1) k ON true
WHERE m.seller_id = %(seller)s AND m.kind = 'placement' AND m.state IN ('placed', 'acknowledged')
  AND (%(matters)s::uuid[] IS NULL OR m.id = ANY(%(matters)s))
  AND (%(agency)s::uuid IS NULL OR m.agency_id = %(agency)s)
ORDER BY m.number, i.due_on, i.number
"""


def results(seller: Seller) -> list[dict[str, Any]]:
    """Each agency by currency: cases, what was placed, collected and kept, the share of cases that paid anything with
    its interval, and of the money what came in and what of it remained."""
    found = rows(RESULTS, {"seller": seller.id})
    for one in found:
        one["paying_share"] = share(one["paying"], one["cases"])
        placed = one["placed_minor"]
        one["collected_bp"] = divide(one["collected_minor"] * BASIS_POINTS, placed) if placed else None
        one["net_minor"] = one["collected_minor"] - one["fees_minor"]
    return found


def lines(seller: Seller, matters: Sequence[UUID] | None = None, agency: UUID | None = None) -> list[dict[str, Any]]:
    """A placement file's rows: one for each placed item of running placements, of some or of an agency."""
    return rows(
        LINES, {"seller": seller.id, "matters": list(matters) if matters is not None else None, "agency": agency}
    )
