"""What each piece of work is worth a minute: ``core.collecting.priority`` over columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import pyarrow as pa

from openterms.core.base.rounding import BASIS_POINTS
from openterms.core.collecting.priority import (
    DEFAULT_SECONDS,
    DISCOUNT_DAYS,
    DISCOUNT_PULL_BP,
    PROMISE_DAYS,
    UNKNOWN_BROKEN_BP,
)
from openterms.core.collecting.segments import SEGMENTS, UNCLASSIFIED
from openterms.core.collecting.steps import severity
from openterms.portfolio.book.book import Book, day, known
from openterms.portfolio.book.engines import Engine, Table, Value, attach
from openterms.portfolio.book.tables import BUCKETS
from openterms.portfolio.measures.amounts import bucket_of, total
from openterms.portfolio.measures.at_risk import UNKNOWN_BP, shares
from openterms.portfolio.measures.roll import EVERYBODY

OVERDUE = BUCKETS[1:]


@dataclass(frozen=True)
class Weights:
    """What the seller's own record says beside the book.

    ``seconds`` by step; ``broken_bp`` of promises; ``near_limitation`` the due dates (first, last) by country whose
    limitation ends within ``NEAR_LIMITATION_DAYS`` and has not yet.
    """

    seconds: Mapping[str, int] = field(default_factory=lambda: DEFAULT_SECONDS)
    broken_bp: int = UNKNOWN_BROKEN_BP
    near_limitation: Mapping[str, tuple[dt.date, dt.date]] = field(default_factory=dict)


def ladder(rates: pa.Table) -> pa.Table:
    """The shares of every segment and overdue bucket, with the next bucket's; the seller's own, then the default.

    ``rates`` are ``at_risk.shares`` (``segment, of_bucket, bp``). Columns: ``segment, bucket, bp, next_bp``.
    """
    given = {(row["segment"], row["of_bucket"]): row["bp"] for row in rates.to_pylist()}
    segments = list(dict.fromkeys((*SEGMENTS, UNCLASSIFIED, EVERYBODY, *(segment for segment, _ in given))))
    table = []
    for segment in segments:
        own = [given.get((segment, b), given.get((EVERYBODY, b), UNKNOWN_BP[b])) for b in OVERDUE]
        following = [*own[1:], own[-1]]
        table += [
            {"segment_key": segment, "bucket_key": b, "bp": bp, "next_bp": after}
            for b, bp, after in zip(OVERDUE, own, following, strict=True)
        ]
    kinds = {"segment_key": pa.string(), "bucket_key": pa.string(), "bp": pa.int64(), "next_bp": pa.int64()}
    return pa.Table.from_pylist(table, schema=pa.schema(list(kinds.items())))


def worth_of(
    book: Book, rows: Table, rates: Table, segments: Table, weights: Weights, as_of: dt.date,
    known_at: dt.datetime | None = None,
) -> Table:  # fmt: skip
    """What work on a customer moves, whatever the step. Grain: one customer and currency with an open debit item.

    ``rows`` are ``positions``, ``rates`` ``at_risk.unpaid_rates``, ``segments`` ``customer_id, currency, segment``.
    Columns: ``customer_id, currency, movable_minor, waiting_minor, owed_minor, owed_base_minor``.
    """
    engine = book.engine
    keys = ("customer_id", "currency")
    debit = rows.filter(rows.is_debit)
    owed = debit.group_by(*keys).agg(owed_minor=total(debit.open_minor), owed_base_minor=total(debit.open_base_minor))
    cells = _cells(book, debit, segments, weights)
    shared = engine.from_arrow(ladder(book.collect(shares(rates))))
    joined = cells.left_join(
        shared, (cells.segment_name == shared.segment_key) & (cells.bucket == shared.bucket_key)
    )
    moved = joined.select(
        *keys,
        movable=_movable(engine, joined.collectable_minor, joined.bp),
        waiting=_waiting(engine, joined.collectable_minor, joined.limited_minor, joined.bp, joined.next_bp),
    )
    summed = moved.group_by(*keys).agg(movable_minor=total(moved.movable), waiting_minor=total(moved.waiting))
    promised, discounted = _promised(book, as_of, known_at), _discounted(book, debit, as_of)
    result = attach(owed, (summed, keys), (promised, keys), (discounted, keys))
    lost = engine.basis_points(result.promised_minor.fill_null(0), ibis.literal(weights.broken_bp, type="int64"))
    lost += engine.basis_points(result.discounted_minor.fill_null(0), ibis.literal(DISCOUNT_PULL_BP, type="int64"))
    return result.select(
        *keys,
        "owed_minor",
        "owed_base_minor",
        movable_minor=result.movable_minor.fill_null(0),
        waiting_minor=(result.waiting_minor.fill_null(0) + lost).cast("int64"),
    )


def per_minute(rows: Table, weights: Weights, engine: Engine) -> Table:
    """Rows of work (``severity`` and the columns of ``worth_of``) with ``moved_minor, work_seconds,
    per_minute_base_minor``: whole minor units of the seller's currency."""
    by_step = [(rows.severity == severity(step), seconds) for step, seconds in weights.seconds.items()]
    seconds = ibis.cases(*by_step, else_=DEFAULT_SECONDS["call"]).cast("int64")
    moved = (rows.movable_minor.fill_null(0) + rows.waiting_minor.fill_null(0)).cast("int64")
    rows = rows.mutate(moved_minor=moved, work_seconds=seconds, waiting_minor=rows.waiting_minor.fill_null(0))
    each = engine.divide(rows.moved_minor * 60, rows.work_seconds)
    base = engine.proportion(each, rows.owed_minor.fill_null(0), rows.owed_base_minor.fill_null(0))
    return rows.mutate(per_minute_base_minor=base.fill_null(0).cast("int64"))


def _cells(book: Book, debit: Table, segments: Table, weights: Weights) -> Table:
    """What is collectable and overdue by customer, currency and bucket, with the customer's segment."""
    overdue = debit.filter((debit.days_overdue > 0) & (debit.collectable_minor > 0))
    near: Value = ibis.literal(False)
    if weights.near_limitation:
        countries = book.customers.select("customer_id", "country")
        overdue = attach(overdue, (countries, ("customer_id",)))
        for country, (first, last) in weights.near_limitation.items():
            near = near | ((overdue.country == country) & overdue.due_on.between(day(first), day(last)))
    overdue = overdue.mutate(bucket=bucket_of(overdue.days_overdue), limited=near.ifelse(overdue.collectable_minor, 0))
    cells = overdue.group_by("customer_id", "currency", "bucket").agg(
        collectable_minor=total(overdue.collectable_minor), limited_minor=total(overdue.limited)
    )
    keys = ("customer_id", "currency")
    named = attach(cells, (segments.select(*keys, "segment"), keys))
    return named.mutate(segment_name=named.segment.fill_null(EVERYBODY)).drop("segment")


def asked(engine: Engine, minor: Value, bp: Value, next_bp: Value) -> tuple[Value, Value]:
    """What asking for an amount moves, and what waiting 30 days costs, from the shares of its bucket and the next."""
    return _movable(engine, minor, bp), _waiting(engine, minor, ibis.literal(0, type="int64"), bp, next_bp)


def _movable(engine: Engine, collectable: Value, bp: Value) -> Value:
    return engine.basis_points(engine.basis_points(collectable, bp), BASIS_POINTS - bp)


def _waiting(engine: Engine, collectable: Value, limited: Value, bp: Value, next_bp: Value) -> Value:
    grown = ibis.greatest(next_bp - bp, 0)
    return engine.basis_points(collectable - limited, grown) + engine.basis_points(limited, BASIS_POINTS - bp)


def _promised(book: Book, as_of: dt.date, known_at: dt.datetime | None) -> Table:
    """Pending promises for the next days. Grain: one customer and currency."""
    states = known(book.promises, known_at)
    states = states.filter(states.state_on <= day(as_of))
    last = states.group_by("promise_id", "customer_id", "currency", "amount_minor", "promised_for").agg(
        state=states.state.argmax(states.state_number)
    )
    until = as_of + dt.timedelta(days=PROMISE_DAYS)
    soon = last.filter((last.state == "pending") & last.promised_for.between(day(as_of), day(until)))
    return soon.group_by("customer_id", "currency").agg(promised_minor=total(soon.amount_minor))


def _discounted(book: Book, debit: Table, as_of: dt.date) -> Table:
    """What is collectable with a cash discount that ends in the next days. Grain: one customer and currency."""
    until = as_of + dt.timedelta(days=DISCOUNT_DAYS)
    items = book.items
    ending = items.filter(items.discount_on.between(day(as_of), day(until)) & (items.discount_minor > 0))
    rows = debit.semi_join(ending, "item_id")
    return rows.group_by("customer_id", "currency").agg(discounted_minor=total(rows.collectable_minor))
