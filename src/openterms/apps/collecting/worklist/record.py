"""The follow-up record of a day: for each case what was done, by whom, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import rows

MOST = 2_000

DONE = """
SELECT d.customer_id, c.name, c.number, u.name AS collector_name, d.kind, d.code, d.person, d.note, d.minor, d.currency,
       d.next_on, d.recorded_at, by_user.name AS user_name
FROM (
    SELECT customer_id, 'activity' AS kind, kind || ':' || outcome AS code, person_reached AS person, note,
           NULL::bigint AS minor, '' AS currency, next_on, recorded_at, user_id
    FROM collecting_activity WHERE seller_id = %(seller)s AND done_on = %(day)s AND struck_at IS NULL
    UNION ALL
    SELECT customer_id, 'promise', state, made_by, note, amount_minor, currency, promised_for, recorded_at, taken_by_id
    FROM collecting_promise WHERE seller_id = %(seller)s AND made_on = %(day)s
    UNION ALL
    SELECT customer_id, 'dispute', reason, '', note, amount_minor, currency, NULL, recorded_at, NULL
    FROM receivables_dispute WHERE seller_id = %(seller)s AND opened_on = %(day)s
    UNION ALL
    SELECT t.customer_id, 'step', t.step, '', '', NULL, '', NULL, min(t.recorded_at), w.done_by_id
    FROM collecting_steptaken t LEFT JOIN collecting_workitem w ON w.id = t.work_item_id AND w.done_on = t.taken_on
    WHERE t.seller_id = %(seller)s AND t.taken_on = %(day)s AND t.work_item_id IS NOT NULL
    GROUP BY t.customer_id, t.step, w.done_by_id
) d JOIN parties_customer c ON c.id = d.customer_id
LEFT JOIN tenancy_user u ON u.id = c.collector_id
LEFT JOIN tenancy_user by_user ON by_user.id = d.user_id
WHERE (%(customer)s::uuid IS NULL OR d.customer_id = %(customer)s)
    AND (NOT %(narrow)s OR c.collector_id = ANY(%(collectors)s))
ORDER BY c.name, d.customer_id, d.recorded_at, d.kind LIMIT %(limit)s
"""
AHEAD = """
SELECT w.customer_id, w.currency, w.step, w.state, w.snoozed_until AS next_on, NULL::bigint AS minor, 'work' AS kind
FROM collecting_workitem w WHERE w.seller_id = %(seller)s AND w.customer_id = ANY(%(customers)s)
    AND w.state IN ('open', 'snoozed')
UNION ALL
SELECT p.customer_id, p.currency, '', p.state, p.promised_for, p.amount_minor, 'promise'
FROM collecting_promise p WHERE p.seller_id = %(seller)s AND p.customer_id = ANY(%(customers)s) AND p.state = 'pending'
ORDER BY next_on NULLS FIRST
"""


def record_of_day(
    seller: Seller, day: date, customer: UUID | None = None, collectors: Sequence[UUID] | None = None
) -> list[dict[str, Any]]:
    """A case for each customer about whom something was done on a day: `done` in order, and `ahead` as it is known now.

    `collectors` narrows to their customers. Entries of `done`: `kind` (activity, promise, dispute, step), `code`,
    `person, note, minor, currency, next_on, user_name`; of `ahead`: `kind` (work, promise), `step, state, next_on,
    minor, currency`.
    """
    params = {
        "seller": seller.id, "day": day, "customer": customer, "narrow": collectors is not None,
        "collectors": list(collectors or ()), "limit": MOST,
    }  # fmt: skip
    cases: dict[UUID, dict[str, Any]] = {}
    for one in rows(DONE, params):
        head = {name: one[name] for name in ("customer_id", "name", "number", "collector_name")}
        cases.setdefault(one["customer_id"], head | {"done": [], "ahead": []})["done"].append(one)
    if cases:
        for one in rows(AHEAD, {"seller": seller.id, "customers": list(cases)}):
            cases[one["customer_id"]]["ahead"].append(one)
    return list(cases.values())


def last_day(seller: Seller, customer: UUID, through: date) -> date | None:
    """The latest day by `through` on which somebody did something about a customer."""
    found = rows(
        "SELECT max(done_on) AS day FROM collecting_activity WHERE seller_id = %(seller)s"
        " AND customer_id = %(customer)s AND done_on <= %(through)s AND struck_at IS NULL",
        {"seller": seller.id, "customer": customer, "through": through},
    )
    day: date | None = found[0]["day"] if found else None
    return day
