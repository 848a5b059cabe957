"""Invariants 8 and 9: decisions replay to the same answer, lines are what was decided, nobody approves their own."""

from __future__ import annotations

from collections.abc import Iterator

from openterms.apps.credit.decision.reads import replay_all
from openterms.apps.tenancy.models import Seller

from .findings import Finding, none_of, rows

LIMIT = 100

IN_FORCE = """
SELECT 'line ' || l.id, l.currency || ' ' || coalesce(l.limit_minor::text, '-') || ', last change '
    || coalesce(c.limit_minor::text, '-')
FROM credit_line l LEFT JOIN LATERAL (
    SELECT limit_minor, is_unlimited, until FROM credit_linechange
    WHERE seller_id = l.seller_id AND line_id = l.id ORDER BY valid_from DESC, id DESC LIMIT 1
) c ON true
WHERE l.seller_id = %(seller)s
    AND (l.limit_minor IS DISTINCT FROM c.limit_minor OR l.is_unlimited <> coalesce(c.is_unlimited, false)
        OR l.temporary_until IS DISTINCT FROM c.until)
LIMIT %(limit)s
"""
# What a case ended with is what its line was set to, once, under its last decision; what was offered instead waits for
# the customer, and one that it accepted did the same.
AS_DECIDED = """
SELECT 'case ' || k.id, k.currency || ' ' || k.closed_minor || ', line set to '
    || coalesce(string_agg(coalesce(c.limit_minor::text, '-'), ' '), 'nothing')
FROM credit_creditcase k
LEFT JOIN credit_linechange c ON c.seller_id = k.seller_id AND c.decision_id IN (
    SELECT d.id FROM credit_decision d WHERE d.case_id = k.id)
LEFT JOIN LATERAL (
    SELECT o.state, o.limit_minor FROM credit_offer o WHERE o.seller_id = k.seller_id AND o.decision_id IN (
        SELECT d.id FROM credit_decision d WHERE d.case_id = k.id)
    ORDER BY o.id DESC LIMIT 1
) o ON true
WHERE k.seller_id = %(seller)s
GROUP BY k.id, k.currency, k.outcome, k.closed_minor, o.state, o.limit_minor
HAVING count(c.id) <> CASE WHEN k.outcome = 'approved' AND coalesce(o.state, 'accepted') = 'accepted' THEN 1 ELSE 0 END
    OR coalesce(max(c.limit_minor), o.limit_minor) IS DISTINCT FROM k.closed_minor
LIMIT %(limit)s
"""
OWN = """
SELECT 'case ' || a.case_id, a.person_name || ' approved what they proposed'
FROM credit_casestep a JOIN LATERAL (
    SELECT person_id FROM credit_casestep p
    WHERE p.case_id = a.case_id AND p.number < a.number AND p.kind IN ('recommend', 'override')
    ORDER BY p.number DESC LIMIT 1
) p ON p.person_id = a.person_id
WHERE a.seller_id = %(seller)s AND a.kind = 'approve' LIMIT %(limit)s
"""


def decisions(seller: Seller) -> Iterator[Finding]:
    """Invariants 8 and 9 of credit decisions, and that each line in force is what its last change says."""
    params = {"seller": seller.id, "limit": LIMIT}
    count, faults = 0, []
    for one in replay_all(seller):
        count += 1
        if not one.is_same and len(faults) < LIMIT:
            faults.append((f"decision {one.decision.id}", f"differs at {', '.join(one.differences[:3])}"))
    yield none_of(8, "Every decision replays to the same answer.", faults, f"{count} decisions")
    ((lines,),) = rows("SELECT count(*) FROM credit_line WHERE seller_id = %(seller)s", params)
    yield none_of(8, "Every limit in force is what its last change says.", rows(IN_FORCE, params), f"{lines} lines")
    ((cases,),) = rows("SELECT count(*) FROM credit_creditcase WHERE seller_id = %(seller)s", params)
    yield none_of(8, "Every line was set to what was decided, once.", rows(AS_DECIDED, params), f"{cases} cases")
    ((steps,),) = rows("SELECT count(*) FROM credit_casestep WHERE seller_id = %(seller)s", params)
    yield none_of(9, "Nobody approved their own request.", rows(OWN, params), f"{steps} steps")
