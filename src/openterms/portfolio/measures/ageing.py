"""Ageing, the open items behind it, and the seller's totals (FACTBOOK 1.6)."""

from __future__ import annotations

import datetime as dt

from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Table
from openterms.portfolio.book.position import positions
from openterms.portfolio.measures.amounts import ageing_sums, spoken_in


def ageing(
    book: Book, as_of: dt.date, known_at: dt.datetime | None = None, by: str = "due", base: bool | str = False
) -> Table:
    """Who owes how much for how long. Grain: one customer and currency with anything open, ordered by number.

    ``by="due"`` gives ``current, 1-30, 31-60, 61-90, 90+`` by days overdue; ``by="invoice"`` gives ``0-30, 31-60,
    61-90, 90+`` by age. Columns: ``seller_id, customer_id, number, name, country, group_id, collector_id, currency``,
    the buckets, ``unapplied`` (credit notes and receipts not allocated; never positive, not aged), ``total`` (buckets
    and unapplied), ``gross`` (buckets), ``overdue``, and beside the buckets, already contained in them, ``contested,
    in_flight, planned, promised``. Minor units; see ``amounts.spoken_in`` for ``base``. Source: FACTBOOK 1.6.
    """
    return with_customers(book, ageing_of(spoken_in(positions(book, as_of, known_at), book.engine, base), by))


def ageing_of(rows: Table, by: str = "due") -> Table:
    """``ageing`` of positions at hand, without the customer's names. Grain: one customer and currency."""
    return rows.group_by("customer_id", "currency").agg(**ageing_sums(rows, by))


def open_items(book: Book, as_of: dt.date, known_at: dt.datetime | None = None, base: bool | str = False) -> Table:
    """Every open item. Grain: one item, ordered by customer number, due date and item number.

    Columns: ``seller_id, customer_id, number, name, item_id, kind, invoice`` (the item's number), ``instalment,
    issued_on, due_on, currency, amount_minor, open_minor`` (both positive), ``balance_minor`` (open with its sign:
    credit side negative), ``contested_minor, in_flight_minor, planned_minor, promised_minor, collectable_minor,
    days_overdue``.
    """
    rows = spoken_in(positions(book, as_of, known_at), book.engine, base)
    rows = rows.select(
        "customer_id",
        "item_id",
        "kind",
        "instalment",
        "issued_on",
        "due_on",
        "currency",
        "amount_minor",
        "open_minor",
        "contested_minor",
        "in_flight_minor",
        "planned_minor",
        "promised_minor",
        "collectable_minor",
        "days_overdue",
        invoice=rows.number,
        balance_minor=rows.is_debit.ifelse(rows.open_minor, -rows.open_minor),
    )
    named = with_customers(book, rows, ordered=False)
    return named.order_by("number", "due_on", "invoice", "item_id")


def totals(
    book: Book, as_of: dt.date, known_at: dt.datetime | None = None, by: str = "due", base: bool | str = False
) -> Table:
    """The book in one line. Grain: one currency. Columns: those of ``ageing`` without the customer's, and ``items``
    (open items of the debit side) and ``customers`` (with anything open)."""
    return totals_of(spoken_in(positions(book, as_of, known_at), book.engine, base), by)


def totals_of(rows: Table, by: str = "due") -> Table:
    """``totals`` of positions at hand."""
    return (
        rows.group_by("currency")
        .agg(
            **ageing_sums(rows, by),
            items=rows.is_debit.sum().fill_null(0),
            customers=rows.customer_id.nunique(),
        )
        .order_by("currency")
    )


def with_customers(book: Book, rows: Table, ordered: bool = True) -> Table:
    """``rows`` (with ``customer_id``) led by seller_id, customer_id, number, name, country, group_id, collector_id."""
    customers = book.customers.select(
        "seller_id", "customer_id", "number", "name", "country", "group_id", "collector_id"
    )
    joined = customers.inner_join(rows, "customer_id")
    return joined.order_by("number", "customer_id", "currency") if ordered else joined
