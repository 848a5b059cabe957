"""Concentration: how much of the book hangs on few (FACTBOOK 1.13)."""

from __future__ import annotations

import datetime as dt

import ibis

from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Table, Value
from openterms.portfolio.book.position import positions
from openterms.portfolio.measures.amounts import spoken_in, total

BY: tuple[str, ...] = ("customer", "group", "country", "currency")


def concentration(
    book: Book,
    as_of: dt.date,
    known_at: dt.datetime | None = None,
    by: str = "customer",
    base: bool | str = False,
) -> Table:
    """Shares of gross receivables. Grain: one currency (of the amounts) and customer, group, country or currency;
    largest first.

    ``group`` means the ultimate parent, and the customer itself where none is known. Those with a credit balance on
    balance are left out. Columns: ``currency, key`` (id or code as text), ``label`` (number, code; of a group the
    number of its largest member), ``customers, gross_minor, total_minor, rank`` (from 1), ``share_pct`` (0-100,
    four decimals), ``cumulative_pct`` and ``hhi_part`` (10,000 x share squared; over all rows of a currency they
    sum to the HHI).
    ``by="currency"`` compares amounts and so needs ``base``. Source: FACTBOOK 1.13.
    """
    rows = positions(book, as_of, known_at)
    rows = rows.mutate(item_currency=rows.currency)
    return concentrated(book, spoken_in(rows, book.engine, base), by)


def concentrated(book: Book, rows: Table, by: str) -> Table:
    """``concentration`` of positions at hand; ``by="currency"`` needs their column ``item_currency``."""
    customers = book.customers.select("customer_id", "number", "country", "group_id")
    joined = customers.inner_join(rows.drop("number") if "number" in rows.columns else rows, "customer_id")
    key, label = _key(joined, by)
    debit, minor = joined.is_debit, joined.open_minor
    gross = total(minor, debit)
    sums = (
        joined.mutate(key=key, label=label)
        .group_by("currency", "key")
        .agg(
            label=lambda t: t.label.argmax(t.open_minor) if by == "group" else t.label.min(),
            customers=joined.customer_id.nunique(),
            gross_minor=gross,
            total_minor=gross - total(minor, ~debit),
        )
    )
    return _shared(sums.filter((sums.total_minor > 0) & (sums.gross_minor > 0)))


def _key(joined: Table, by: str) -> tuple[Value, Value]:
    if by == "customer":
        return joined.customer_id.cast("string"), joined.number
    if by == "group":
        return ibis.coalesce(joined.group_id, joined.customer_id).cast("string"), joined.number
    if by == "country":
        return joined.country, joined.country
    if by == "currency":
        return joined.item_currency, joined.item_currency
    raise ValueError(f"concentration by {by}: one of {', '.join(BY)}")


def _shared(sums: Table) -> Table:
    whole = sums.gross_minor.sum().over(ibis.window(group_by=sums.currency))
    share = sums.gross_minor.cast("float64") / whole
    ordered = ibis.window(group_by=sums.currency, order_by=[ibis.desc(sums.gross_minor), sums.key])
    running = ibis.window(
        group_by=sums.currency, order_by=[ibis.desc(sums.gross_minor), sums.key], preceding=None, following=0
    )
    return sums.mutate(
        rank=ibis.row_number().over(ordered) + 1,
        share_pct=(100 * share).round(4),
        cumulative_pct=(100 * sums.gross_minor.sum().over(running).cast("float64") / whole).round(4),
        hhi_part=10_000 * share * share,
    ).order_by("currency", "rank")
