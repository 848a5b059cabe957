"""How customers stood at many instants at once: what was open and overdue when each of a million orders came.

An item's open amount over time is a few segments, each from one change of it to the next. Orders meet the segments of
their customer that hold at their instant: one join, whatever the number of orders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import ibis

from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.book.tables import DEBIT_KINDS
from openterms.portfolio.measures.amounts import total

FAR = dt.date(9999, 12, 31)
By = Literal["day", "known"]


def segments(book: Book, by: By) -> Table:
    """What was open of each item over time. Grain: one item and one stretch in which its open amount stays the same.

    ``by="day"``: dates on which a change counts, from the morning after it; ``by="known"``: instants at which the record
    learnt of it. Columns: ``item_id, customer_id, currency, due_on, is_debit, starts, ends`` (half-open; the end of what
    stays open is far away), ``open_minor`` (never 0). Disputes, promises and plans are not taken off.
    """
    items, settlements = book.items, book.settlements
    when = _when(items.issued_on, items.recorded_at, by)
    changes = ibis.union(
        items.select("item_id", at=when, change_minor=items.amount_minor),
        settlements.select(
            "item_id",
            at=_when(settlements.settled_on, settlements.recorded_at, by),
            change_minor=-settlements.amount_minor,
        ),
    )
    days = changes.group_by("item_id", "at").agg(change_minor=total(changes.change_minor))
    along = ibis.window(group_by="item_id", order_by="at", rows=(None, 0))
    then = ibis.window(group_by="item_id", order_by="at")
    rows = days.mutate(
        open_minor=days.change_minor.sum().over(along).cast("int64"),
        ends=days["at"].lead().over(then).fill_null(_far(by)),
    )
    rows = book.engine.stage(rows).rename(of_item="item_id", starts="at")
    rows = rows.filter(rows.open_minor != 0)
    joined = rows.inner_join(items, rows.of_item == items.item_id)
    return joined.select(
        "item_id",
        "customer_id",
        "currency",
        "due_on",
        "starts",
        "ends",
        "open_minor",
        is_debit=joined.kind.isin(DEBIT_KINDS),
    )


def _when(day: Value, instant: Value, by: By) -> Value:
    return day + ibis.interval(days=1) if by == "day" else instant


def _far(by: By) -> Value:
    far = ibis.literal(FAR, "date")
    return far if by == "day" else far.cast("timestamp('UTC', 6)")


def stood(asks: Table, segments: Table, thresholds: Sequence[int], engine: Engine) -> Table:
    """How customers stood at their asks. Grain: one customer, currency, day and instant that is asked about.

    ``asks``: ``customer_id, currency, ordered_on, at`` (of the type of the segments' ``starts``), each once. Columns out:
    these and ``open_minor`` (debit side), ``owed_minor`` (less unapplied money), and for each number of days ``n`` among
    ``thresholds`` ``overdue_<n>_minor`` and ``oldest_<n>_days``: overdue for more than ``n`` days, and the days of the
    oldest such item. Asks of customers without open items are not among the rows.
    """
    keys = ("customer_id", "currency")
    pairs = asks.inner_join(
        segments,
        [
            *(asks[key] == segments[key] for key in keys),
            segments.starts <= asks["at"],
            segments.ends > asks["at"],
        ],
    )
    pairs = pairs.select(
        *(asks[name] for name in (*keys, "ordered_on", "at")),
        segments.open_minor,
        segments.is_debit,
        late_days=asks.ordered_on.delta(segments.due_on, unit="day").cast("int64"),
    )
    debit = pairs.is_debit
    late = {n: debit & (pairs.late_days > n) for n in thresholds}
    return pairs.group_by(*keys, "ordered_on", "at").agg(
        open_minor=total(pairs.open_minor, debit),
        owed_minor=total(debit.ifelse(pairs.open_minor, -pairs.open_minor)),
        **{f"overdue_{n}_minor": total(pairs.open_minor, is_late) for n, is_late in late.items()},
        **{f"oldest_{n}_days": pairs.late_days.max(where=is_late).fill_null(0) for n, is_late in late.items()},
    )
