"""What orders would have found, had those before them been answered by other rules.

An order that is refused leaves headroom to the next one, and one that is granted takes it. What an order that was
answered otherwise adds to the exposure, or leaves of it, counts for its customer and group until it would have been
paid. Everything that does not hang on headroom is judged over columns; the headroom itself runs through the orders in
the order in which they came, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any, NamedTuple

import ibis
import pyarrow as pa

from openterms.core.credit.orders import Rules
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.rules.orders import without_limits

FAR = 2**60
"""An exposure that no limit allows. Minor units."""

USUAL_DAYS = 45
"""For how long an order counts where nothing was ever paid."""

ORDERED = ("ordered_on", "ordered_at", "order_id")
"""The order in which orders came."""


def followed(orders: Table, rules: Rules, engine: Engine, held_days: int) -> Table:
    """``orders`` with the exposures that they would have found under ``rules``. Grain: one order; columns as given.

    What really was approved is ``answered_minor``; where nothing was answered, all of it was sold. A difference from
    that counts from the next order on, through ``freed_on`` where there is such a column, else for ``held_days``. The
    group's exposure follows where there is a column ``group_id``. Neither falls below zero, or below what was seen
    where that was less. What would not have been overdue is not followed.
    """
    columns = orders.columns
    rows = orders.mutate(
        place=ibis.row_number().over(order_by=[orders[name] for name in ORDERED]).cast("int64"),
        freed_day=_days(_freed(orders, held_days)),
    )
    rows = engine.materialise(rows)
    shifts = engine.from_arrow(_shifts(engine, rows, rules))
    joined = rows.left_join(shifts, rows.place == shifts.of_place)
    found = joined.mutate(
        exposure_minor=_moved(joined.exposure_minor, joined.own_shift),
        group_exposure_minor=_moved(joined.group_exposure_minor, joined.group_shift),
    )
    return engine.stage(found.select(*columns))


def usual_days(book: Book, currency: str) -> int:
    """For how many days an invoice of the book is out: the median of those that are settled; 45 without any."""
    items = book.items
    paid = items.filter((items.kind == "invoice") & (items.currency == currency) & items.settled_on.notnull())
    out = paid.settled_on.delta(paid.issued_on, unit="day")
    told = book.engine.collect(paid.aggregate(days=out.median().round().cast("int64")))["days"][0].as_py()
    return USUAL_DAYS if told is None else max(int(told), 0)


def freed(orders: Table, book: Book) -> Table:
    """Orders rebuilt from invoices with ``freed_on``: the day on which the last of the document was settled, a day far
    away while any of it is open. Grain: one order."""
    items = book.items.filter(book.items.kind == "invoice")
    items = items.mutate(of_order=ibis.coalesce(items.document_id, items.item_id))
    never = ibis.date(9999, 12, 31)
    ends = items.group_by("of_order").agg(freed_on=ibis.coalesce(items.settled_on, never).max())
    return orders.left_join(ends, orders.order_id == ends.of_order).drop("of_order")


def _freed(orders: Table, held_days: int) -> Value:
    """The last day on which an order counts."""
    usual = orders.ordered_on + ibis.interval(days=held_days)
    if "freed_on" not in orders.columns:
        return usual.cast("date")
    return ibis.coalesce(orders.freed_on, usual.cast("date"))


def _days(value: Value) -> Value:
    return value.delta(ibis.date(1970, 1, 1), unit="day").cast("int64")


def _moved(seen: Value, shift: Value) -> Value:
    return ibis.greatest(seen + shift.fill_null(0), ibis.least(seen, 0)).cast("int64")


class _Order(NamedTuple):
    """One order as its headroom is worked out: what fails beside, what is left of each limit that binds, the rest."""

    day: int
    freed_day: int
    customer: int
    group: int | None
    credit: int
    was: int
    is_clean: bool
    takes_part: bool
    already: int
    limit: int | None
    seen: int
    group_limit: int | None
    group_seen: int

    def answer(self, own_shift: int, group_shift: int, least: int) -> int:
        """How much is approved with exposures moved so far, in minor units; as ``rules.orders`` answers."""
        if not self.is_clean:
            return 0
        spare = None
        for limit, seen, shift in (
            (self.limit, self.seen, own_shift), (self.group_limit, self.group_seen, group_shift),
        ):  # fmt: skip
            if limit is None:
                continue
            left = limit - max(seen + shift, min(seen, 0))
            if left < 0 or self.credit > left:
                spare = max(left, 0) if spare is None else min(spare, max(left, 0))
        if spare is None:
            return self.credit
        return spare if self.takes_part and spare > 0 and self.already + spare >= least else 0


def _shifts(engine: Engine, rows: Table, rules: Rules) -> pa.Table:
    """By how much the exposures of each order move. Columns: ``of_place, own_shift, group_shift``, only where either
    is not 0."""
    places: list[int] = []
    owns: list[int] = []
    groups: list[int] = []
    own: dict[int, int] = {}
    shared: dict[int, int] = {}
    ends: list[tuple[int, int, int, int | None, int]] = []
    for place, order in enumerate(_asked(engine, rows, rules)):
        while ends and ends[0][0] < order.day:
            _, _, customer, group, minor = heappop(ends)
            own[customer] -= minor
            if group is not None:
                shared[group] -= minor
        mine = own.get(order.customer, 0)
        ours = 0 if order.group is None else shared.get(order.group, 0)
        if mine or ours:
            places.append(place)
            owns.append(mine)
            groups.append(ours)
        change = order.answer(mine, ours, rules.least_minor) - order.was
        if change and order.freed_day >= order.day:
            own[order.customer] = mine + change
            if order.group is not None:
                shared[order.group] = ours + change
            heappush(ends, (order.freed_day, place, order.customer, order.group, change))
    return pa.table({
        "of_place": pa.array(places, pa.int64()), "own_shift": pa.array(owns, pa.int64()),
        "group_shift": pa.array(groups, pa.int64()),
    })  # fmt: skip


def _asked(engine: Engine, rows: Table, rules: Rules) -> Iterator[_Order]:
    """The orders in the order in which they came, with what columns say of them beside the headroom."""
    full = rows.mutate(exposure_minor=ibis.literal(FAR, "int64"), group_exposure_minor=ibis.literal(FAR, "int64"),
                       own_seen=rows.exposure_minor, shared_seen=rows.group_exposure_minor)  # fmt: skip
    judged = without_limits(engine.stage(full), rules, engine)
    credit = judged.asked_minor - judged.prepaid_minor
    group = judged.group_id if "group_id" in judged.columns else ibis.null("uuid")
    found = judged.order_by("place").select(
        day=_days(judged.ordered_on), freed_day=judged.freed_day, customer=judged.customer_id, group=group,
        credit=credit, was=ibis.coalesce(judged.answered_minor, credit), is_clean=judged.is_clean,
        takes_part=judged.accepts_part & ibis.literal(rules.allows_part_approval), already=judged.already_minor,
        limit=judged.own_binds.ifelse(judged.limit_minor.fill_null(-FAR), None), seen=judged.own_seen,
        group_limit=judged.group_binds.ifelse(judged.group_limit_minor.fill_null(-FAR), None),
        group_seen=judged.shared_seen,
    )  # fmt: skip
    told = engine.collect(found)
    return map(_Order, *(_values(told[name]) for name in _Order._fields))


def _values(column: pa.ChunkedArray) -> list[Any]:
    """Plain values; identifiers as small numbers."""
    if pa.types.is_string(column.type):
        column = column.combine_chunks().dictionary_encode().indices
    if column.null_count == len(column):
        return [None] * len(column)
    found: list[Any] = column.to_pylist() if column.null_count else column.to_numpy().tolist()
    return found
