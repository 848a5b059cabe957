"""How amounts roll from bucket to bucket, and how the balance rolls from one date to another (FACTBOOK 1.7)."""

from __future__ import annotations

import datetime as dt

import ibis

from openterms.core.collecting.segments import UNCLASSIFIED
from openterms.portfolio.book.book import Book, day
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.book.movements import movements
from openterms.portfolio.book.tables import BUCKETS
from openterms.portfolio.measures.amounts import total

STEP_DAYS = 30
"""Snapshots are as long apart as a bucket is wide, so what is not paid moves by exactly one bucket."""

EVERYBODY = "all"
"""The segment under which the whole seller's figures are given."""


def roll_rates(
    book: Book,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
    steps: int = 12,
    segments: Table | None = None,
    base: bool | str = True,
) -> Table:
    """Roll rates over ``steps`` steps of 30 days that end at ``as_of``. Grain: segment, currency, step and bucket.

    ``segments`` (``customer_id, currency, segment``) splits the book; without it there is the one segment ``all``.
    Columns: ``segment, currency, step`` (1 = the newest), ``from_on, to_on, bucket, from_minor`` (gross in the
    bucket at ``from_on``), ``next_minor`` (in the next bucket at ``to_on``; for 61-90 what newly entered 90+; null
    for 90+), ``roll_rate`` = next / from, raw (it can exceed 1), four decimals, null when undefined, and
    ``unpaid_minor`` = what is open at ``to_on`` of the items issued by ``from_on``, also where a payment that was
    taken back opened it again. Source: FACTBOOK 1.7.
    """
    moves = movements(book, as_of, known_at, base)
    return rolled(cells(moves, as_of, book.engine, steps, segments), as_of, steps)


def cells(moves: Table, as_of: dt.date, engine: Engine, steps: int, segments: Table | None = None) -> Table:
    """Movements of the debit side summed by which snapshots see them; a few thousand rows whatever the book's size.

    Snapshot k is ``as_of - 30 k``. Grain: segment, currency and three whole numbers: ``moved`` and ``issued`` (the
    oldest snapshot that sees the movement, or its item) and ``due`` (buckets overdue at ``as_of``; at snapshot k it
    is ``due - k``).
    """
    moves = moves.filter(moves.is_debit)
    if segments is not None:
        named = segments.select(
            customer_key=segments.customer_id, currency_key=segments.currency, segment=segments.segment
        )
        own = moves.item_currency if "item_currency" in moves.columns else moves.currency
        moves = moves.left_join(named, (moves.customer_id == named.customer_key) & (own == named.currency_key))
    segment = ibis.literal(EVERYBODY) if segments is None else moves.segment.fill_null(UNCLASSIFIED)
    today = day(as_of)
    overdue = today.delta(moves.due_on, unit="day")
    whole_buckets = engine.truncating_divide(
        ibis.greatest(overdue, 0) + STEP_DAYS - 1, ibis.literal(STEP_DAYS, type="int64")
    )
    placed = moves.select(
        "currency",
        "moved_minor",
        segment=segment,
        due=ibis.least(whole_buckets, steps + len(BUCKETS)).cast("int64"),
        moved=_snapshots(moves.moved_on, today, engine, steps),
        issued=_snapshots(moves.issued_on, today, engine, steps),
    )
    return placed.group_by("segment", "currency", "due", "moved", "issued").agg(minor=total(placed.moved_minor))


def _snapshots(date: Value, today: Value, engine: Engine, steps: int) -> Value:
    age = today.delta(date, unit="day")
    return ibis.least(engine.truncating_divide(age, ibis.literal(STEP_DAYS, type="int64")), steps).cast("int64")


def rolled(cell: Table, as_of: dt.date, steps: int) -> Table:
    """``roll_rates`` from ``cells``."""
    last = len(BUCKETS) - 1
    numbers = ibis.range(1, steps + 1).unnest().name("step").as_table()
    rows = cell.cross_join(numbers)
    rows = rows.mutate(place=ibis.greatest(ibis.least(rows.due - rows.step, last), 0).cast("int64"))
    seen_after = rows.moved >= rows.step - 1
    result = rows.group_by("segment", "currency", "step", "place").agg(
        from_minor=total(rows.minor, rows.moved >= rows.step),
        moved_on_minor=total(rows.minor, seen_after & (rows.due - rows.step == rows.place)),
        unpaid_minor=total(rows.minor, seen_after & (rows.issued >= rows.step)),
    )
    snapshots = [as_of - dt.timedelta(days=STEP_DAYS * step) for step in range(steps + 1)]
    result = result.mutate(
        from_on=ibis.cases(*((result.step == step, day(snapshots[step])) for step in range(1, steps + 1))),
        to_on=ibis.cases(*((result.step == step, day(snapshots[step - 1])) for step in range(1, steps + 1))),
    )
    following = (result.place < last).ifelse(result.moved_on_minor, ibis.null("int64"))
    ratio = following.cast("float64") / result.from_minor.nullif(0)
    named = result.mutate(
        bucket=ibis.cases(*((result.place == place, name) for place, name in enumerate(BUCKETS))),
        next_minor=following,
        roll_rate=ratio.round(4),
    )
    columns = (
        "segment",
        "currency",
        "step",
        "from_on",
        "to_on",
        "bucket",
        "from_minor",
        "next_minor",
        "roll_rate",
        "unpaid_minor",
    )
    seen = named.filter((named.from_minor != 0) | (named.unpaid_minor != 0))
    return seen.order_by("segment", "currency", "step", "place").select(*columns)


def roll_forward(
    book: Book,
    start: dt.date,
    end: dt.date,
    known_at: dt.datetime | None = None,
    base: bool | str = False,
) -> Table:
    """From the balance before ``start`` to the balance at ``end``. Grain: one currency.

    Columns, signed so that opening and all changes add up to closing: ``currency, opening_minor, invoices_minor,
    late_fees_minor, late_interest_minor, charity_minor, credit_notes_minor, receipts_minor, discounts_minor,
    small_differences_minor, refunds_minor, written_off_minor, recoveries_minor, allocations_minor, closing_minor``.
    Balances are net (debit side less what is unapplied).
    ``allocations_minor`` is 0 in document currency for a whole book; with ``base`` it is the
    realised exchange difference, and in the book of one customer what it paid for others or they for it.
    """
    moves = movements(book, end, known_at, base)
    within = moves.moved_on >= day(start)
    minor = moves.moved_minor
    changes = {
        "invoices_minor": ("invoice",),
        "late_fees_minor": ("late_fee",),
        "late_interest_minor": ("late_interest",),
        "charity_minor": ("charity",),
        "credit_notes_minor": ("credit_note",),
        "receipts_minor": ("receipt",),
        "discounts_minor": ("discount",),
        "small_differences_minor": ("small_difference",),
        "refunds_minor": ("refund",),
        "written_off_minor": ("write_off",),
        "recoveries_minor": ("recovery",),
        "allocations_minor": ("cash", "credit"),
    }
    return (
        moves.group_by("currency")
        .agg(
            opening_minor=total(minor, ~within),
            **{name: total(minor, within & moves.kind.isin(kinds)) for name, kinds in changes.items()},
            closing_minor=total(minor),
        )
        .order_by("currency")
    )
