"""Work that a court's instalments bring into the worklist: it takes the place of the ladder's step, for a court has the
case, and its rank by its own age, not by that of the invoices behind it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ibis
import pyarrow as pa

from openterms.core.collecting.court import COURT_STEP
from openterms.core.collecting.steps import STEPS
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine, Table, attach
from openterms.portfolio.measures.amounts import bucket_of
from openterms.portfolio.measures.at_risk import shares
from openterms.portfolio.measures.roll import EVERYBODY
from openterms.portfolio.rules.priorities import asked, ladder

KEYS = ("customer_id", "currency")
KINDS = {"customer": pa.string(), "currency": pa.string(), "missed_minor": pa.int64(), "missed_days": pa.int64(),
         "court_reasons": pa.string()}  # fmt: skip


def court_work(wanted: Iterable[tuple[str, str, int, int, Sequence[Mapping[str, Any]]]]) -> pa.Table | None:
    """What is missed, as ``plan_day`` takes it: the customer's id, the currency, minor units, days since the oldest
    was due, and the reasons (``{"code", "params"}``; none: it is no work of the day). None where nothing is missed."""
    rows = [(*row[:4], json.dumps(list(row[4]))) for row in wanted]
    if not rows:
        return None
    return pa.table({name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(KINDS.items())})


def with_court(work: Table, missed: pa.Table | None, engine: Engine) -> Table:
    """``work`` (a row for each customer and currency with a step) where whoever missed an instalment has the step
    ``COURT_STEP``, of no items, instead of any other; none while it is no work of the day. Same columns."""
    if missed is None:
        return work
    court = _keyed(work, missed, engine)
    none = ibis.literal(0, type="int64")
    rows = court.filter(court.court_reasons != "[]").select(
        *KEYS, severity=ibis.literal(len(STEPS), type="int64"), items=ibis.literal([], type="array<string>"),
        items_again=none, step=ibis.literal(COURT_STEP), reasons="court_reasons",
    )  # fmt: skip
    others = work.anti_join(court, KEYS)
    typed = others.mutate(severity=others.severity.cast("int64"), items_again=others.items_again.cast("int64"))
    return typed.select(*rows.columns).union(rows)


def court_worth(worth: Table, missed: pa.Table | None, rates: Table, book: Book) -> Table:
    """``worth`` (``priorities.worth_of``) where what asking and waiting move of missed instalments is worked out from
    what is missed and since when, by the seller's own shares. Same columns."""
    if missed is None:
        return worth
    engine = book.engine
    court = _keyed(worth, missed, engine)
    court = court.mutate(bucket=bucket_of(court.missed_days))
    shared = engine.from_arrow(ladder(book.collect(shares(rates))))
    shared = shared.filter(shared.segment_key == EVERYBODY)
    joined = court.inner_join(shared, court.bucket == shared.bucket_key)
    movable, waiting = asked(engine, joined.missed_minor, joined.bp, joined.next_bp)
    told = attach(worth, (joined.select(*KEYS, court_movable=movable, court_waiting=waiting), KEYS))
    return told.mutate(
        movable_minor=ibis.coalesce(told.court_movable, told.movable_minor).cast("int64"),
        waiting_minor=ibis.coalesce(told.court_waiting, told.waiting_minor).cast("int64"),
    ).drop("court_movable", "court_waiting")


def _keyed(rows: Table, missed: pa.Table, engine: Engine) -> Table:
    """What is missed, with the customer's id as ``rows`` have it."""
    court = engine.from_arrow(missed)
    return court.mutate(customer_id=court.customer.cast(rows.customer_id.type())).drop("customer")
