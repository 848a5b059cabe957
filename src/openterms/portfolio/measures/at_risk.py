"""Expected money at risk: what is overdue and collectable, times the chance that it is not paid within 30 days.

The chance comes from the seller's own book: of all amounts that stood in a bucket at twelve snapshots 30 days
apart, the share that was still open at the next one, by payer segment and bucket. A segment about which too little
is known, and customers of segment ``too_new``, take the whole seller's share; a seller without any history takes
``UNKNOWN_BP``. Shares are whole basis points (half up, 0-10,000), so that the same book always gives the same
ranking.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

import ibis

from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine, Table
from openterms.portfolio.book.movements import movements
from openterms.portfolio.book.position import positions
from openterms.portfolio.book.tables import BUCKETS
from openterms.portfolio.measures.ageing import with_customers
from openterms.portfolio.measures.amounts import bucket_of, total
from openterms.portfolio.measures.roll import EVERYBODY, cells, rolled

UNKNOWN_BP: Mapping[str, int] = MappingProxyType({"1-30": 3_000, "31-60": 5_000, "61-90": 7_000, "90+": 9_000})
"""Share not paid within 30 days where the seller has no history (a convention: half way up the ladder each time)."""

STEPS = 12
FEWEST_STEPS = 3
"""A cell seen at fewer snapshots says too little."""


def unpaid_rates(moves: Table, as_of: dt.date, engine: Engine, segments: Table | None = None) -> Table:
    """Shares not paid within 30 days. Grain: one segment and overdue bucket, and ``all`` for the whole seller.

    Columns: ``segment, bucket, from_minor, unpaid_minor`` (pooled over the steps), ``steps`` (snapshots that saw the
    cell), ``unpaid_bp``. ``moves`` are ``movements`` in one currency (the seller's).
    """
    rows = rolled(cells(moves, as_of, engine, STEPS, segments), as_of, STEPS)
    if segments is not None:
        rows = rows.union(rows.mutate(segment=ibis.literal(EVERYBODY)))
    rows = rows.filter((rows.from_minor > 0) & (rows.bucket != BUCKETS[0]))
    pooled = rows.group_by("segment", "bucket").agg(
        from_minor=total(rows.from_minor),
        unpaid_minor=total(rows.unpaid_minor),
        unpaid_wide=engine.wide_sum(rows.unpaid_minor * 10_000),
        steps=rows.step.nunique(),
    )
    share = engine.divide(pooled.unpaid_wide, pooled.from_minor)
    return pooled.mutate(unpaid_bp=ibis.greatest(ibis.least(share, 10_000), 0).cast("int64")).drop("unpaid_wide")


def at_risk(book: Book, as_of: dt.date, known_at: dt.datetime | None = None, segments: Table | None = None) -> Table:
    """Expected money at risk. Grain: one customer and currency with something collectable overdue, most at risk first.

    ``segments``: ``customer_id, currency, segment`` (see ``rules.segments``); without it the whole seller's shares
    serve everybody. Columns: ``seller_id, customer_id, number, name, country, group_id, collector_id, currency``,
    then ``collectable_overdue_minor, at_risk_minor`` in document currency. Source: DESIGN section 7 (Measures).
    """
    rates = unpaid_rates(movements(book, as_of, known_at, True), as_of, book.engine, segments)
    result = at_risk_of(positions(book, as_of, known_at), rates, book.engine, segments)
    named = with_customers(book, result.filter(result.collectable_overdue_minor > 0), ordered=False)
    return named.order_by(ibis.desc("at_risk_minor"), "number", "currency")


def at_risk_of(rows: Table, rates: Table, engine: Engine, segments: Table | None = None) -> Table:
    """``at_risk`` of positions at hand with shares at hand, without names. Grain: one customer and currency."""
    overdue = rows.filter(rows.is_debit & (rows.days_overdue > 0))
    overdue = overdue.mutate(bucket=bucket_of(overdue.days_overdue))
    cell = overdue.group_by("customer_id", "currency", "bucket").agg(collectable=total(overdue.collectable_minor))
    if segments is None:
        cell = cell.mutate(segment=ibis.literal(EVERYBODY))
    else:
        named = segments.select(
            customer_key=segments.customer_id, currency_key=segments.currency, segment=segments.segment
        )
        cell = cell.left_join(named, (cell.customer_id == named.customer_key) & (cell.currency == named.currency_key))
    share = shares(rates)
    joined = cell.mutate(segment_key=cell.segment.fill_null(EVERYBODY)).drop("segment")
    joined = joined.left_join(share, (joined.segment_key == share.segment) & (joined.bucket == share.of_bucket))
    seller = share.filter(share.segment == EVERYBODY).select(seller_bucket=share.of_bucket, seller_bp=share.bp)
    joined = joined.left_join(seller, joined.bucket == seller.seller_bucket)
    default = ibis.cases(*((joined.bucket == name, bp) for name, bp in UNKNOWN_BP.items()))
    bp = ibis.coalesce(joined.bp, joined.seller_bp, default).cast("int64")
    joined = joined.mutate(at_risk=engine.basis_points(joined.collectable, bp))
    return joined.group_by("customer_id", "currency").agg(
        collectable_overdue_minor=total(joined.collectable), at_risk_minor=total(joined.at_risk)
    )


def shares(rates: Table) -> Table:
    """The shares that say enough to be used. Columns: ``segment, of_bucket, bp``."""
    enough = rates.filter((rates.steps >= FEWEST_STEPS) & (rates.segment != "too_new"))
    return enough.select("segment", of_bucket=enough.bucket, bp=enough.unpaid_bp)
