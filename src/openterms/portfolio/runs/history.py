"""Orders rebuilt from a history of invoices, for a seller whose orders nobody stored.

Each invoice is taken as an order on the day it was issued. It saw the account as it stood the evening before and the
invoices of its own day before it (in order of their identifiers), a line of the record that held on that day, and an
insolvency recorded by then. Holds, purchasers and orders in the making are not known of the past.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis

from openterms.portfolio.book.book import Book, day
from openterms.portfolio.book.engines import Table
from openterms.portfolio.measures.amounts import total
from openterms.portfolio.runs.standing import segments, stood


def orders_of_invoices(
    book: Book, currency: str, first: dt.date, last: dt.date, thresholds: Sequence[int]
) -> Table:
    """Invoices of a period as rows of ``book.orders.ORDERS``. Grain: one document (its instalments together).

    Columns out: the identifiers, days and amounts of ``ORDERS`` that history knows, ``has_line`` (a line held on the
    day; without one the order is taken as without an end), and for each ``n`` of ``thresholds`` ``overdue_<n>_minor,
    oldest_<n>_days`` as in ``standing.stood``.
    """
    engine = book.engine
    items = book.items
    items = items.filter(
        (items.kind == "invoice")
        & (items.currency == currency)
        & (items.issued_on >= day(first))
        & (items.issued_on <= day(last))
    )
    documents = items.mutate(order_id=ibis.coalesce(items.document_id, items.item_id))
    orders = documents.group_by("order_id", "customer_id", "currency", ordered_on=documents.issued_on).agg(
        order_ref=documents.number.min(), asked_minor=total(documents.amount_minor)
    )
    earlier = ibis.window(group_by=("customer_id", "ordered_on"), order_by="order_id", rows=(None, 0))
    orders = engine.materialise(
        orders.mutate(same_day_minor=orders.asked_minor.sum().over(earlier).cast("int64") - orders.asked_minor)
    )
    keys = ("customer_id", "currency", "ordered_on")
    found = stood(orders.select(*keys).distinct(), engine.materialise(segments(book)), thresholds, engine)
    found = engine.materialise(found)
    joined = orders.left_join(found, [orders[key] == found[key] for key in keys])
    names = [name for name in found.columns if name not in keys]
    rows = joined.select(
        *(orders[name] for name in orders.columns), **{name: found[name].fill_null(0) for name in names}
    )
    return engine.stage(_with_lines(book, engine.stage(rows)))


def _with_lines(book: Book, rows: Table) -> Table:
    """Limit and insolvency as they held on the day of each order."""
    lines = book.lines
    held = rows.select("order_id", "customer_id", "currency", "ordered_on").inner_join(
        lines, ["customer_id", "currency", lines.valid_from <= rows.ordered_on]
    )
    held = held.filter(held.valid_to.isnull() | (held.valid_to > held.ordered_on))
    held = held.group_by(of_order="order_id").agg(
        limit_minor=held.limit_minor.arbitrary(), is_unlimited=held.is_unlimited.any()
    )
    rows = rows.left_join(held, rows.order_id == held.of_order)
    has_line = rows.limit_minor.notnull() | rows.is_unlimited.fill_null(False)
    rows = rows.mutate(has_line=has_line, is_unlimited=rows.is_unlimited.fill_null(False) | ~has_line).drop("of_order")
    customers = book.customers.select("customer_id", "insolvent_on").rename(of_customer="customer_id")
    rows = rows.left_join(customers, rows.customer_id == customers.of_customer)
    rows = rows.mutate(
        is_insolvent=(rows.insolvent_on <= rows.ordered_on).fill_null(False),
        exposure_minor=rows.owed_minor + rows.same_day_minor,
        open_minor=rows.open_minor + rows.same_day_minor,
        line_currency=rows.currency,
    )
    return rows.drop("of_customer", "insolvent_on", "owed_minor", "same_day_minor")
