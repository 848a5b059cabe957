"""How customers stood on many days at once: what was open and overdue when each of a million orders came.

An item's open amount over time is a few segments, each from one change of it to the next. Orders meet the segments of
their customer that hold on their day: one join, whatever the number of orders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis

from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine, Table
from openterms.portfolio.book.tables import DEBIT_KINDS
from openterms.portfolio.measures.amounts import total

FAR = dt.date(9999, 12, 31)


def segments(book: Book) -> Table:
    """What was open of each item over time. Grain: one item and one stretch in which its open amount stays the same.

    A change holds from the morning after the day on which it counts. Columns: ``item_id, customer_id, currency, due_on,
    is_debit, starts, ends`` (half-open days; the end of what stays open is far away), ``open_minor`` (never 0).
    Disputes, promises and plans are not taken off.
    """
    items, settlements = book.items, book.settlements
    changes = ibis.union(
        items.select("item_id", on=items.issued_on, change_minor=items.amount_minor),
        settlements.select("item_id", on=settlements.settled_on, change_minor=-settlements.amount_minor),
    )
    days = changes.group_by("item_id", "on").agg(change_minor=total(changes.change_minor))
    along = ibis.window(group_by="item_id", order_by="on", rows=(None, 0))
    then = ibis.window(group_by="item_id", order_by="on")
    morning = ibis.interval(days=1)
    rows = days.mutate(
        open_minor=days.change_minor.sum().over(along).cast("int64"),
        starts=(days["on"] + morning).cast("date"),
        ends=(days["on"].lead().over(then) + morning).cast("date").fill_null(ibis.literal(FAR, "date")),
    )
    rows = book.engine.stage(rows).rename(of_item="item_id").drop("on")
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


def stood(asks: Table, segments: Table, thresholds: Sequence[int], engine: Engine) -> Table:
    """How customers stood on days, as of the evening before. Grain: one customer, currency and day that is asked about.

    ``asks``: ``customer_id, currency, ordered_on``, each once. Columns out: these and ``open_minor`` (debit side),
    ``owed_minor`` (less unapplied money), and for each number of days ``n`` among ``thresholds`` ``overdue_<n>_minor``
    and ``oldest_<n>_days``: overdue for more than ``n`` days, and the days of the oldest such item. Asks of
    customers without open items are not among the rows.
    """
    keys = ("customer_id", "currency")
    pairs = asks.inner_join(
        segments,
        [
            *(asks[key] == segments[key] for key in keys),
            segments.starts <= asks.ordered_on,
            segments.ends > asks.ordered_on,
        ],
    )
    pairs = pairs.select(
        *(asks[name] for name in (*keys, "ordered_on")),
        segments.open_minor,
        segments.is_debit,
        late_days=asks.ordered_on.delta(segments.due_on, unit="day").cast("int64"),
    )
    debit = pairs.is_debit
    late = {n: debit & (pairs.late_days > n) for n in thresholds}
    return pairs.group_by(*keys, "ordered_on").agg(
        open_minor=total(pairs.open_minor, debit),
        owed_minor=total(debit.ifelse(pairs.open_minor, -pairs.open_minor)),
        **{f"overdue_{n}_minor": total(pairs.open_minor, is_late) for n, is_late in late.items()},
        **{f"oldest_{n}_days": pairs.late_days.max(where=is_late).fill_null(0) for n, is_late in late.items()},
    )


def with_overdue(orders: Table, book: Book, thresholds: Sequence[int]) -> Table:
    """Stored orders with what was overdue for other days than they were answered by, as of the evening before.

    Columns in: those of ``book.orders.ORDERS``. Grain: one order. Columns out: these and, for each ``n``,
    ``overdue_<n>_minor, oldest_<n>_days``; an order that was answered by ``n`` days keeps what was seen.
    """
    engine = book.engine
    keys = ("customer_id", "currency", "ordered_on")
    found = stood(orders.select(*keys).distinct(), engine.materialise(segments(book)), thresholds, engine)
    found = engine.materialise(found.drop("open_minor", "owed_minor"))
    joined = orders.left_join(found, [orders[key] == found[key] for key in keys])
    columns = {}
    for n in thresholds:
        same = (orders.seen_overdue_days == n).fill_null(False)
        columns[f"overdue_{n}_minor"] = same.ifelse(orders.overdue_minor, found[f"overdue_{n}_minor"].fill_null(0))
        columns[f"oldest_{n}_days"] = same.ifelse(orders.days_overdue, found[f"oldest_{n}_days"].fill_null(0))
    return engine.materialise(joined.select(*(orders[name] for name in orders.columns), **columns))
