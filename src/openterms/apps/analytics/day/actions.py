"""The day: expire and derive states, measure, segment, plan, write standing, worklist and snapshot.

Every phase may be repeated, so a run that was killed is run again from its start; the write is one transaction. Two
runs of one seller wait for each other. Days missed since the last run are caught up in order.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import connection

from openterms.apps.analytics.loading import load_book
from openterms.apps.collecting.escalation.matters import Doing
from openterms.apps.collecting.experiment.reads import arms
from openterms.apps.collecting.legal.award import derive_judgments
from openterms.apps.collecting.outreach.planning import Arms
from openterms.apps.collecting.plan.running import derive_plans
from openterms.apps.collecting.promise.actions import derive_states
from openterms.apps.collecting.reported_payment.actions import derive_reported
from openterms.apps.collecting.settlement.actions import derive_settlements
from openterms.apps.collecting.team.actions import assign_new
from openterms.apps.collecting.write_off.recovering import note_returns
from openterms.apps.journal.actions import record, seal
from openterms.apps.receivables.ledger.actions import fold_days
from openterms.apps.tenancy.actor import SYSTEM
from openterms.apps.tenancy.context import acting
from openterms.apps.tenancy.models import Seller
from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.portfolio.book.book import Book
from openterms.portfolio.runs.day import plan_day

from .arms import challenge_of
from .models import DayRun
from .parity import disagreements
from .reviewing import renew_all, review_lines
from .watching import watching
from .weights import missed_of, weights_of
from .writing import stage_customers, write_snapshot, write_standing, write_totals, write_worklist

MOST_DAYS = 400
Progress = Callable[[date, str], None]


@dataclass
class DayResult:
    """What a run did: each day with its figures; `already` when the day had been run and is history now."""

    seller: str
    date: date
    days: list[dict[str, Any]] = field(default_factory=list)
    already: bool = False


def run_day(seller: Seller, day: date, now: datetime, progress: Progress = lambda day, phase: None) -> DayResult:
    """Run the day of a seller, catching up the days missed since the last run.

    Running the latest day again asks the same questions of what the record says now: without new facts nothing
    changes. A day before the latest one gets its snapshot, but neither standing nor worklist go back in time.
    Outside any transaction of the caller's. Errors: more than 400 days to catch up.
    """
    if connection.in_atomic_block:
        raise RuntimeError("The day makes its own transactions.")
    result = DayResult(seller.code, day)
    with _alone(seller):
        with acting(seller.id):
            done = DayRun.objects.filter(seller=seller, finished_at__isnull=False)
            last = done.order_by("-date").values_list("date", flat=True).first()
            known = done.filter(date=day).first()
        if last is not None and day < last:
            if known is not None:
                result.already = True
                result.days.append({"date": day, **known.figures})
            else:
                result.days.append(_run(seller, day, now, progress, None, is_latest=False)[0])
            return result
        days = [day] if last is None or last == day else [last + timedelta(n) for n in range(1, (day - last).days + 1)]
        if len(days) > MOST_DAYS:
            raise BadInput(
                gettext_noop("%(days)s days have been missed since %(last)s"),
                "date",
                gettext_noop("Run a day at most %(most)s days later first"),
                {"days": len(days), "last": last.isoformat() if last else "", "most": MOST_DAYS},
            )
        book: Book | None = None
        for one in days:
            figures, book = _run(seller, one, now, progress, book, is_latest=True)
            result.days.append(figures)
    return result


def _run(
    seller: Seller, day: date, now: datetime, progress: Progress, book: Book | None, is_latest: bool
) -> tuple[dict[str, Any], Book | None]:
    """One day. A book at hand is used again while nothing in the record has changed it."""
    progress(day, "begin")
    with acting(seller.id):
        chosen = arms(seller, day, now)
        run, _ = DayRun.objects.get_or_create(
            seller=seller, date=day,
            defaults={"phase": "begun", "started_at": now, "strategy_version": chosen.version},
        )  # fmt: skip
    is_changed = False
    if is_latest:
        progress(day, "expire")
        with acting(seller.id):
            is_changed = _expire(seller, run, day, now)
            is_changed = _assign(seller, run, day, now) or is_changed
    if book is None or is_changed:
        progress(day, "load")
        book = load_book(seller)
    with acting(seller.id):
        looked_at = watching(seller, day) if is_latest else None
        weights, basis = weights_of(seller, day)
        missed = missed_of(seller, day) if is_latest else None
    figures: dict[str, Any] = {"strategy": chosen.version, "weights": basis}
    if chosen.code or "experiment" in run.figures:
        figures["experiment"] = chosen.code
    with ExitStack() as writing:  # one transaction, begun when there is something to write
        found: dict[str, Any] = {}

        def write_customers(customers: pa.Table, reviews: pa.Table) -> None:
            progress(day, "write")
            writing.enter_context(acting(seller.id))
            found["renewable"] = review_lines(seller, looked_at, reviews, run, day, now)
            found["disputed"] = _write_customers(seller, chosen, customers, day, is_latest)

        plan = plan_day(
            book, day, chosen.strategy, progress=lambda phase: progress(day, phase),
            watched=looked_at.watched if looked_at else None, weights=weights,
            meanwhile=write_customers, challenge=challenge_of(chosen), missed=missed,
        )  # fmt: skip
        if is_latest:
            written = write_worklist(seller, plan, day, skip=found["disputed"])
            figures |= _since(run, written, ("added", "lapsed")) | {"parity": len(found["disputed"])}
        write_totals(seller, plan, day)
        figures |= {"customers": plan.customers.num_rows, "steps": plan.step_count}
        figures = _finished(seller, run, figures, now)
    if found["renewable"]:
        progress(day, "renew")
        figures = renew_all(seller, found["renewable"], run, day, now)
    progress(day, "seal")
    with acting(seller.id):
        seal(seller.id)
        fold_days()
    return {"date": day, **figures}, book


def _finished(seller: Seller, run: DayRun, figures: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Note that the day is done, and in the journal when it is for the first time; all its figures."""
    was_done = run.finished_at is not None
    run.phase, run.finished_at, run.strategy_version = "done", now, figures["strategy"]
    run.figures = {"promises": {}, **run.figures, **figures}
    run.save(update_fields=["phase", "finished_at", "figures", "strategy_version"])
    if not was_done:
        record(seller.id, SYSTEM, "day_run", "day", run.id, now, None, {"date": run.date.isoformat(), **run.figures})
    return run.figures


def _write_customers(
    seller: Seller, chosen: Arms, customers: pa.Table, day: date, is_latest: bool
) -> set[tuple[str, str]]:
    """Standing and snapshot of a plan's customers; those whose step the scalar rule names otherwise."""
    stage_customers(customers, day)
    disputed = disagreements(seller, chosen, day) if is_latest else set()
    if is_latest:
        write_standing(seller, day)
    write_snapshot(seller, day, is_latest)
    return disputed


def _expire(seller: Seller, run: DayRun, day: date, now: datetime) -> bool:
    """Derive how promises, plans, reported payments, settlements and judgments stand on the day, and which recoveries
    were taken back; whether any of them moved."""
    changed, do = derive_states(seller, day, now), Doing(seller=seller, actor=SYSTEM, on=day, now=now)
    others = (
        derive_plans(seller, day, now), derive_reported(seller, day, now),
        derive_settlements(do), derive_judgments(do), note_returns(do),
    )  # fmt: skip
    _expired(run, changed)
    return any((changed, *others))


def _assign(seller: Seller, run: DayRun, day: date, now: datetime) -> bool:
    """Give new customers to collectors by the rules in force, counted once; whether any was."""
    count = assign_new(seller, day, now)
    if count:
        run.figures = {**run.figures, "assigned": run.figures.get("assigned", 0) + count}
        run.save(update_fields=["figures"])
    return count > 0


def _expired(run: DayRun, changed: Mapping[str, int]) -> None:
    """Keep what expired with the day in the same transaction, so that it is counted once however often the day runs."""
    run.figures = {**run.figures, "promises": _added(run.figures.get("promises", {}), changed)}
    if run.phase != "done":
        run.phase = "expired"
    run.save(update_fields=["phase", "figures"])


def _since(run: DayRun, figures: dict[str, int], names: Iterable[str]) -> dict[str, int]:
    return figures | _added({name: run.figures.get(name, 0) for name in names}, {name: figures[name] for name in names})


def _added(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    """What a day did, together with what earlier runs of it had done."""
    return {**before, **{name: before.get(name, 0) + count for name, count in more.items()}}


@contextmanager
def _alone(seller: Seller) -> Iterator[None]:
    """One run per seller at a time; a second one waits. The lock dies with the connection."""
    key = zlib.crc32(f"day:{seller.id}".encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7367, %s)", [key - 2**31])
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(7367, %s)", [key - 2**31])
