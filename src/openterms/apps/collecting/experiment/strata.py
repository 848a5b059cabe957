"""The strata within which an experiment draws its customers: how they pay, and how much they are billed."""

from __future__ import annotations

from datetime import date

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows

# Quarters of the customers by what was billed to them in the year before, in the seller's currency.
STRATA = """
SELECT c.id::text AS id, coalesce(s.segment, 'unclassified') || ':'
    || ntile(4) OVER (ORDER BY coalesce(b.minor, 0), c.id) AS stratum
FROM parties_customer c
LEFT JOIN receivables_standing s ON s.seller_id = c.seller_id AND s.customer_id = c.id AND s.currency = c.currency
LEFT JOIN (SELECT customer_id, sum(base_minor) AS minor FROM receivables_item WHERE seller_id = %(seller)s
    AND kind = 'invoice' AND issued_on BETWEEN %(starts_on)s::date - 365 AND %(starts_on)s GROUP BY 1) b
    ON b.customer_id = c.id
WHERE c.seller_id = %(seller)s
"""


def strata(seller: Seller, starts_on: date) -> dict[str, str]:
    """Every customer's stratum by id: the payer segment and the quarter by size, such as `prompt:3`."""
    return {one["id"]: one["stratum"] for one in rows(STRATA, {"seller": seller.id, "starts_on": starts_on})}
