"""Exposure: what could be lost now, part by part, against the limit (FACTBOOK 2.5)."""

from __future__ import annotations

import datetime as dt

import ibis

from openterms.portfolio.book.book import Book, day, known
from openterms.portfolio.book.engines import Engine, Table
from openterms.portfolio.book.position import positions
from openterms.portfolio.measures.ageing import with_customers
from openterms.portfolio.measures.amounts import total


def exposure(book: Book, as_of: dt.date, known_at: dt.datetime | None = None, net_unapplied: bool = True) -> Table:
    """Exposure and headroom. Grain: one customer and currency with anything open or a line, ordered by number.

    Columns: ``seller_id, customer_id, number, name, country, group_id, collector_id, currency``; the parts in minor
    units ``open_minor`` (all open items of the debit side, disputed ones included), of which ``overdue_minor`` and
    ``contested_minor``; ``unapplied_minor`` (never positive; counts only if ``net_unapplied``); their sum
    ``exposure_minor``; ``limit_minor`` (null = none set, or unlimited), ``is_unlimited``, ``has_line``;
    ``headroom_minor`` = limit - exposure (null without a limit; negative = over the limit); ``utilisation_bp`` =
    exposure / limit in basis points, half up (0 for a credit balance; null without a limit or with a limit of 0);
    ``is_over_limit``. Orders that are authorised or delivered but not invoiced are not in the book yet. Source:
    FACTBOOK 2.5.
    """
    return with_customers(book, exposure_of(book, positions(book, as_of, known_at), as_of, known_at, net_unapplied))


def exposure_of(
    book: Book, rows: Table, as_of: dt.date, known_at: dt.datetime | None = None, net_unapplied: bool = True
) -> Table:
    """``exposure`` of positions at hand, without the customer's names."""
    debit = rows.is_debit
    parts = rows.group_by("customer_id", "currency").agg(
        open_minor=total(rows.open_minor, debit),
        overdue_minor=total(rows.open_minor, debit & (rows.days_overdue > 0)),
        contested_minor=total(rows.contested_minor),
        unapplied_minor=-total(rows.open_minor, ~debit),
    )
    joined = parts.outer_join(lines_at(book, as_of, known_at), ["customer_id", "currency"])
    amounts = {
        name: joined[name].fill_null(0)
        for name in ("open_minor", "overdue_minor", "contested_minor", "unapplied_minor")
    }
    owed = amounts["open_minor"] + amounts["unapplied_minor"] if net_unapplied else amounts["open_minor"]
    result = joined.select(
        customer_id=ibis.coalesce(joined.customer_id, joined.customer_id_right),
        currency=ibis.coalesce(joined.currency, joined.currency_right),
        **amounts,
        exposure_minor=owed,
        limit_minor=joined.limit_minor,
        is_unlimited=joined.is_unlimited.fill_null(False),
        has_line=joined.is_unlimited.notnull(),
    )
    return _against_limit(result, book.engine)


def lines_at(book: Book, as_of: dt.date, known_at: dt.datetime | None = None) -> Table:
    """The line in force. Grain: one customer and currency; where several overlap, the one recorded last."""
    lines = known(book.lines, known_at)
    lines = lines.filter((lines.valid_from <= day(as_of)) & (lines.valid_to.isnull() | (lines.valid_to > day(as_of))))
    latest = ibis.window(
        group_by=[lines.customer_id, lines.currency],
        order_by=[ibis.desc(lines.valid_from), ibis.desc(lines.recorded_at)],
    )
    lines = lines.mutate(place=ibis.row_number().over(latest))
    return lines.filter(lines.place == 0).select("customer_id", "currency", "limit_minor", "is_unlimited")


def _against_limit(rows: Table, engine: Engine) -> Table:
    return rows.mutate(
        headroom_minor=rows.limit_minor - rows.exposure_minor,
        utilisation_bp=engine.proportion(ibis.greatest(rows.exposure_minor, 0), rows.limit_minor, ibis.literal(10_000)),
        is_over_limit=(rows.exposure_minor > rows.limit_minor).fill_null(False),
    )
