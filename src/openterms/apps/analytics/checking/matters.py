"""Invariants 8 and 9 of escalations: comparisons replay, nobody agreed to their own proposal, nothing is held twice."""

from __future__ import annotations

from collections.abc import Iterator

from openterms.apps.collecting.escalation.review import differing
from openterms.apps.tenancy.models import Seller

from .findings import Finding, none_of, rows

LIMIT = 100
OWN = """
SELECT m.kind || ' ' || m.number, a.person_name || ' agreed to what they proposed'
FROM collecting_matterstep p JOIN collecting_matter m ON m.seller_id = p.seller_id AND m.id = p.matter_id
JOIN collecting_matterstep a ON a.seller_id = p.seller_id AND a.matter_id = p.matter_id AND a.number > p.number
    AND a.kind IN ('offer', 'place', 'sue', 'decide') AND a.person_id IS NOT DISTINCT FROM p.person_id
WHERE p.seller_id = %(seller)s AND p.kind = 'propose' AND m.kind <> 'write_off' LIMIT %(limit)s
"""
TWICE = """
SELECT i.number, count(*) || ' matters hold it' FROM collecting_matteritem x
JOIN collecting_matter m ON m.seller_id = x.seller_id AND m.id = x.matter_id
JOIN receivables_item i ON i.seller_id = x.seller_id AND i.id = x.item_id
WHERE x.seller_id = %(seller)s AND m.kind IN ('settlement', 'placement', 'legal') AND m.state IN ('proposed', 'offered',
    'accepted', 'placed', 'acknowledged', 'open', 'filed', 'judgment', 'enforcing', 'stayed')
GROUP BY i.id, i.number HAVING count(*) > 1 LIMIT %(limit)s
"""


def matters(seller: Seller) -> Iterator[Finding]:
    """Every comparison replays, no proposal was agreed to by whoever made it, no item is in two hands."""
    params = {"seller": seller.id, "limit": LIMIT}
    ((count,),) = rows("SELECT count(*) FROM collecting_matter WHERE seller_id = %(seller)s", params)
    faults = [
        (f"step {one.id}", "gives another answer") for one, _ in zip(differing(seller), range(LIMIT), strict=False)
    ]
    yield none_of(8, "Every comparison of escalations replays to the same answer.", faults, f"{count} matters")
    yield none_of(9, "Nobody agreed to their own escalation.", rows(OWN, params), f"{count} matters")
    yield none_of(9, "No item lies in two hands at once.", rows(TWICE, params), f"{count} matters")
