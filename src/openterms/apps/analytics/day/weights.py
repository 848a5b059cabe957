"""What the day weighs work by: the seller's own times, its kept promises, and claims that are about to lapse."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa

from openterms.apps.collecting.legal.award import missed_work
from openterms.apps.collecting.worklist.times import judged_promises, logged_times
from openterms.apps.tenancy.models import Seller
from openterms.core.collecting.priority import NEAR_LIMITATION_DAYS, broken_bp_of, seconds_of
from openterms.core.receivables.limitation import PERIODS, limitation
from openterms.portfolio.rules.priorities import Weights
from openterms.portfolio.runs.court_work import court_work

LONGEST_YEARS = 45


def weights_of(seller: Seller, day: date) -> tuple[Weights, dict[str, Any]]:
    """The weights of a day, and what they rest on, for the day's figures."""
    times = logged_times(seller, day)
    broken, judged = judged_promises(seller, day)
    weights = Weights(seconds_of(times), broken_bp_of(broken, judged), near_limitation(day))
    basis = {
        "seconds": dict(weights.seconds), "logged": {step: count for step, (_, count) in times.items()},
        "broken_bp": weights.broken_bp, "judged": judged,
    }  # fmt: skip
    return weights, basis


def missed_of(seller: Seller, day: date) -> pa.Table | None:
    """The missed instalments of courts that are work of a day, for the plan; None where there are none."""
    return court_work(
        (str(one.customer_id), one.currency, one.missed_minor, one.days_overdue,
         [{"code": why.code, "params": dict(why.params)} for why in one.reasons] if one.is_due else [])
        for one in missed_work(seller, day)
    )  # fmt: skip


@lru_cache(maxsize=64)
def near_limitation(day: date) -> dict[str, tuple[date, date]]:
    """Due dates (first, last) by country whose limitation ends within `NEAR_LIMITATION_DAYS` of a day, and not before.

    Countries without a known period have none.
    """
    oldest = day - timedelta(days=366 * LONGEST_YEARS)
    span = range((day - oldest).days + 1)
    found = {}
    for country in sorted({one.country for one in PERIODS}):

        def ends(days: int, country: str = country) -> date:
            found = limitation(country, oldest + timedelta(days=days), day)
            return found.last_day if found else date.min

        first = bisect_left(span, day, key=ends)
        last = bisect_right(span, day + timedelta(days=NEAR_LIMITATION_DAYS), key=ends) - 1
        if first <= last and ends(first) > date.min:
            found[country] = (oldest + timedelta(days=first), oldest + timedelta(days=last))
    return found
