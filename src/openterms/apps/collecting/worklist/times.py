"""What the seller's own record says of the worth of work: how long steps take, and how many promises are kept."""

from __future__ import annotations

from datetime import date, timedelta

from openterms.apps.tenancy.models import Seller
from openterms.apps.tenancy.sql import row, rows

LOOK_BACK_DAYS = 180
JUDGED_DAYS = 365
LEAST_GAP, MOST_GAP = 10, 2_700
"""Seconds from one logged piece of work to a person's next on the same day that count as time spent on the latter."""

TIMES = """
SELECT step, percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds)::int AS median, count(*)::int AS times
FROM (
    SELECT t.step, extract(epoch FROM a.recorded_at - lag(a.recorded_at)
        OVER (PARTITION BY a.user_id, a.done_on ORDER BY a.recorded_at, a.id))::int AS seconds
    FROM collecting_activity a
    LEFT JOIN LATERAL (SELECT x.step FROM collecting_steptaken x
        WHERE x.seller_id = a.seller_id AND x.customer_id = a.customer_id AND x.taken_on = a.done_on
        AND x.work_item_id = a.work_item_id LIMIT 1) t ON a.work_item_id IS NOT NULL
    WHERE a.seller_id = %(seller)s AND a.user_id IS NOT NULL AND a.struck_at IS NULL
        AND a.done_on > %(since)s AND a.done_on <= %(on)s
) gaps
WHERE step IS NOT NULL AND seconds BETWEEN %(least)s AND %(most)s
GROUP BY step
"""
KEPT = """
SELECT count(*) FILTER (WHERE state IN ('broken', 'part_kept'))::int AS broken, count(*)::int AS judged
FROM collecting_promise WHERE seller_id = %(seller)s AND state IN ('kept', 'part_kept', 'broken')
    AND promised_for > %(since)s AND promised_for <= %(on)s
"""


def logged_times(seller: Seller, on: date) -> dict[str, tuple[int, int]]:
    """`{step: (median seconds, how often)}` of work that people logged in the half year before a day."""
    params = {"seller": seller.id, "since": on - timedelta(days=LOOK_BACK_DAYS), "on": on}
    found = rows(TIMES, params | {"least": LEAST_GAP, "most": MOST_GAP})
    return {one["step"]: (one["median"], one["times"]) for one in found}


def judged_promises(seller: Seller, on: date) -> tuple[int, int]:
    """How many promises of the last year were not kept, and how many were judged."""
    found = row(KEPT, {"seller": seller.id, "since": on - timedelta(days=JUDGED_DAYS), "on": on})
    return (found["broken"], found["judged"]) if found else (0, 0)
