"""The day's reviews of credit lines: open what is due, and ask the policy about lines that it may renew.

Both may be broken off and run again: what is opened has its review, what is renewed is not due any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import pyarrow as pa

from openterms.apps.analytics.loading import load_book
from openterms.apps.collecting.strategy.actions import in_force
from openterms.apps.credit.policy.models import PolicyVersion
from openterms.apps.credit.review.opening import open_due, renew
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.portfolio.runs.day import plan_day

from .models import DayRun
from .watching import Watching, figures_of, watching

AT_ONCE = 25
"""Lines that are renewed in one transaction."""
MOST_RENEWED = 5_000
"""Lines that one run asks the policy about; the others stay due and come the next day."""

Renewable = Sequence[tuple[UUID, PolicyVersion]]


def review_lines(
    seller: Seller, looked_at: Watching | None, fired: pa.Table, run: DayRun, day: date, now: datetime
) -> Renewable:
    """Open the reviews of a day in the caller's transaction; the lines that may be renewed instead are returned."""
    if looked_at is None:
        return ()
    asked = open_due(seller, figures_of(fired), looked_at.versions, day, now)
    _count(run, opened=asked.opened, added=asked.added)
    return asked.renewable[:MOST_RENEWED]


def renew_all(seller: Seller, renewable: Renewable, run: DayRun | None, day: date, now: datetime) -> dict[str, int]:
    """Ask the policy about every line that may be renewed, a few in a transaction. Returns the run's figures."""
    renewed = 0
    for start in range(0, len(renewable), AT_ONCE):
        batch = renewable[start : start + AT_ONCE]
        with acting(seller.id):
            done = sum(renew(seller, customer_id, version, day, now) for customer_id, version in batch)
            renewed += done
            if run is not None:
                _count(run, renewed=done, opened=len(batch) - done)
                run.save(update_fields=["figures"])
    return run.figures if run is not None else {"renewed": renewed, "opened": len(renewable) - renewed}


def run_reviews(seller: Seller, day: date, now: datetime) -> dict[str, int]:
    """The reviews of a day without the rest of it: what is due is opened or renewed. Outside any transaction.

    Returns `opened`, `added` and `renewed`.
    """
    with acting(seller.id):
        _, strategy = in_force(seller, day, now)
        looked_at = watching(seller, day)
    counts = {"opened": 0, "added": 0, "renewed": 0}
    if looked_at is None:
        return counts
    with load_book(seller) as book:
        plan = plan_day(book, day, strategy, watched=looked_at.watched)
    run = DayRun(figures={})
    with acting(seller.id):
        renewable = review_lines(seller, looked_at, plan.reviews, run, day, now)
    done = renew_all(seller, renewable, None, day, now)
    counts |= run.figures.get("reviews", {})
    return counts | {"opened": counts["opened"] + done["opened"], "renewed": done["renewed"]}


def _count(run: DayRun, **more: int) -> None:
    """Add to what the run did about reviews, so that it is counted once however often the day runs."""
    before = {"opened": 0, "added": 0, "renewed": 0} | run.figures.get("reviews", {})
    run.figures = {**run.figures, "reviews": {**before, **{name: before.get(name, 0) + n for name, n in more.items()}}}
