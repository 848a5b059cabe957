"""The nightly cross-check: the scalar rule asked again where a step changes, and for a sample of the others."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from openterms.apps.collecting.outreach.planning import Arms
from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import joined_by_hash
from openterms.core.collecting.next_step import ItemFacts, TakenStep, customer_step
from openterms.core.collecting.steps import CONTACT_TOUCHES
from openterms.core.receivables.claims import ClaimKind, collectable, gather

MOST_ASKED = 300
SAMPLE = 100

ITEMS = """
WITH settled AS (
    SELECT item_id, sum(amount_minor) AS minor FROM receivables_settlement
    WHERE seller_id = %(seller)s AND customer_id = ANY(%(customers)s) AND settled_on <= %(day)s GROUP BY item_id
), items AS (
    SELECT i.id, i.customer_id, i.currency, coalesce(d.due_on, i.due_on) AS due_on,
        i.amount_minor - coalesce(s.minor, 0) AS open_minor
    FROM receivables_item i LEFT JOIN settled s ON s.item_id = i.id
        LEFT JOIN receivables_due d ON d.item_id = i.id AND d.seller_id = i.seller_id
    WHERE i.seller_id = %(seller)s AND i.customer_id = ANY(%(customers)s) AND i.issued_on <= %(day)s
        AND i.kind NOT IN ('credit_note', 'receipt') AND i.amount_minor > coalesce(s.minor, 0)
), claimed AS (
    SELECT item_id, jsonb_object_agg(kind, minor) AS claims FROM (
        SELECT item_id, kind, sum(amount_minor) AS minor FROM receivables_claim
        WHERE seller_id = %(seller)s AND customer_id = ANY(%(customers)s) AND starts_on <= %(day)s
            AND (ends_on IS NULL OR ends_on > %(day)s) GROUP BY item_id, kind) kinds
    GROUP BY item_id
), taken AS (
    SELECT item_id, jsonb_agg(jsonb_build_array(step, taken_on)) AS steps FROM collecting_steptaken
    WHERE seller_id = %(seller)s AND customer_id = ANY(%(customers)s) GROUP BY item_id
), broken AS (
    SELECT pi.item_id, max(last.state_on) AS broken_on
    FROM collecting_promise p JOIN collecting_promiseitem pi ON pi.promise_id = p.id
        CROSS JOIN LATERAL (SELECT s.state, s.state_on FROM collecting_promisestate s
            WHERE s.promise_id = p.id AND s.state_on <= %(day)s ORDER BY s.number DESC LIMIT 1) last
    WHERE p.seller_id = %(seller)s AND p.customer_id = ANY(%(customers)s) AND last.state IN ('broken', 'part_kept')
    GROUP BY pi.item_id
), paused AS (
    SELECT DISTINCT pi.item_id FROM collecting_pause p JOIN collecting_pauseitem pi ON pi.pause_id = p.id
    WHERE p.seller_id = %(seller)s AND p.customer_id = ANY(%(customers)s) AND p.starts_on <= %(day)s
        AND p.until >= %(day)s AND (p.ended_on IS NULL OR p.ended_on > %(day)s)
), contacted AS (
    SELECT customer_id, jsonb_object_agg(kind, touched_on) AS contacts FROM (
        SELECT customer_id, kind, max(touched_on) AS touched_on FROM book_touches
        WHERE seller_id = %(seller)s AND customer_id = ANY(%(customers)s) AND kind = ANY(%(contacts)s)
            AND touched_on <= %(day)s AND struck_at IS NULL GROUP BY 1, 2) kinds
    GROUP BY customer_id
)
SELECT i.*, contacted.contacts, coalesce(c.paused_until >= %(day)s, false) OR paused.item_id IS NOT NULL AS paused,
    c.insolvent_on <= %(day)s AS insolvent,
    coalesce(claimed.claims, '{}') AS claims, coalesce(taken.steps, '[]') AS taken, broken.broken_on
FROM items i JOIN parties_customer c ON c.id = i.customer_id
    LEFT JOIN claimed ON claimed.item_id = i.id LEFT JOIN taken ON taken.item_id = i.id
    LEFT JOIN broken ON broken.item_id = i.id LEFT JOIN paused ON paused.item_id = i.id
    LEFT JOIN contacted ON contacted.customer_id = i.customer_id
"""


# Changed steps first; then a sample of the others, another one each day and the same when a day is run again.
ASKED = """
WITH seen AS MATERIALIZED (
    SELECT t.customer_id, t.currency, t.step, t.segment, t.step <> coalesce(w.step, '') AS is_changed
    FROM stage_standing t LEFT JOIN collecting_workitem w ON w.seller_id = %(seller)s AND w.state = 'open'
        AND w.customer_id = t.customer_id AND w.currency = t.currency
)
(SELECT customer_id, currency, step, segment FROM seen WHERE is_changed LIMIT %(most)s)
UNION ALL
(SELECT customer_id, currency, step, segment FROM seen WHERE NOT is_changed
 ORDER BY hashtext(%(day)s::text || customer_id || currency) LIMIT %(sample)s)
"""


def disagreements(seller: Seller, chosen: Arms, day: date) -> set[tuple[str, str]]:
    """Customers and currencies where `core` and `portfolio` do not name the same step, of those asked.

    Asked are up to 300 whose step differs from the one on the list, and 100 others that change from day to day; each
    by the strategy of its arm. The
    plan is read where `writing.stage_customers` put it.
    """
    params = {"seller": seller.id, "day": day, "most": MOST_ASKED, "sample": SAMPLE}
    with joined_by_hash(), connection.cursor() as cursor:
        cursor.execute(ASKED, params)
        planned = {(str(customer), currency): (step, segment) for customer, currency, step, segment in cursor}
    facts = _facts(seller, sorted({UUID(customer) for customer, _ in planned}), planned, day)
    answers = {
        key: customer_step(facts.get(key, ()), chosen.of(UUID(key[0])), day).step or "" for key in planned
    }
    return {key for key, (step, _) in planned.items() if answers[key] != step}


def _facts(
    seller: Seller, customers: Sequence[UUID], planned: dict[tuple[str, str], tuple[str, str]], day: date
) -> dict[tuple[str, str], list[ItemFacts]]:
    facts: dict[tuple[str, str], list[ItemFacts]] = defaultdict(list)
    with joined_by_hash(), connection.cursor() as cursor:
        asked = {"seller": seller.id, "customers": list(customers), "day": day, "contacts": list(CONTACT_TOUCHES)}
        cursor.execute(ITEMS, asked)
        names = [column.name for column in cursor.description or ()]
        for values in cursor.fetchall():
            row: dict[str, Any] = dict(zip(names, values, strict=True))
            key = (str(row["customer_id"]), row["currency"])
            claims = gather((ClaimKind(kind), int(amount)) for kind, amount in _json(row["claims"]).items())
            facts[key].append(
                ItemFacts(
                    item_id=str(row["id"]),
                    currency=row["currency"],
                    due_on=row["due_on"],
                    collectable_minor=collectable(int(row["open_minor"]), claims),
                    segment=planned.get(key, ("", "unclassified"))[1] or "unclassified",
                    taken=tuple(TakenStep(step, date.fromisoformat(on)) for step, on in _json(row["taken"])),
                    promise_broken_on=row["broken_on"],
                    is_paused=bool(row["paused"]),
                    is_insolvent=bool(row["insolvent"]),
                    contacts={kind: date.fromisoformat(on) for kind, on in _json(row["contacts"] or "{}").items()},
                )
            )
    return facts


def _json(value: Any) -> Any:
    """Django leaves JSON of raw queries as text."""
    return json.loads(value) if isinstance(value, str) else value
