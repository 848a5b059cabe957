"""Late charges explained over columns: the lines of ``core.receivables.late_charges`` for a million items at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis
import pyarrow as pa

from openterms.core.receivables.late_charge_law import ChargeTerms
from openterms.core.receivables.reference_rates import Rates
from openterms.portfolio.book.book import Book
from openterms.portfolio.book.engines import Table

from .late_charges import Key, late_items, pieces_of, rounded_off, spans_of, stretches, with_products

CHARGED = {"charged_item": pa.string(), "charged_through": pa.date32()}
"""Columns of what was charged before: the item's id, and the last day of it."""


def late_charge_lines(
    book: Book, as_of: dt.date, terms: Mapping[Key, ChargeTerms], rates: Rates, charged: pa.Table,
    known_at: dt.datetime | None = None,
) -> Table:  # fmt: skip
    """What interest on every late invoice is made of, through a day; ``terms`` as ``late_charges`` takes them.

    Grain: so many days of an item with one amount and one rate, cut at half-years where the terms have a rate for each,
    and after what was charged before (``charged``, ``CHARGED``). Columns: ``item_id, is_charged, starts_on, ends_on,
    days, principal_minor, rate_bp, amount_minor``: the difference of the stretch's interest rounded before and after.
    """
    engine = book.engine
    several = [(key, one) for key, one in terms.items() if one.is_anything]
    found = [one for _, one in several]
    items = late_items(book, as_of, several, known_at)
    spans = engine.materialise(spans_of(book, items, as_of, several, known_at))
    pieces = _apart(pieces_of(spans, as_of, found, rates, engine, halves=True), engine.from_arrow(charged))
    halved = [place for place, one in enumerate(found) if one.fixing == "half_year"]
    begun = pieces.starts_on
    half = pieces.place.isin(halved or [-1]).ifelse(begun.year() * 2 + (begun.month() > 6).cast("int64"), 0)
    told = stretches(with_products(pieces, found).mutate(half=half.cast("int64")))
    lines = told.group_by("item_id", "place", "stretch", "half", "is_charged").agg(
        starts_on=told.starts_on.min(), ends_on=told.ends_on.max(), days=told.days.sum().cast("int64"),
        principal_minor=told.principal_minor.max(), rate_bp=told.rate_bp.max(),
        exact=engine.wide_sum(told.product),
    )  # fmt: skip
    in_order = {"group_by": [lines.item_id, lines.stretch], "order_by": lines.starts_on}
    up_to = ibis.window(**in_order, preceding=None, following=0)
    summed = lines.mutate(after=lines.exact.sum().over(up_to))
    rounded = summed.mutate(after=rounded_off(summed, summed.after, found, engine))
    last = rounded.after.lag().over(
        ibis.window(group_by=[rounded.item_id, rounded.stretch], order_by=rounded.starts_on)
    )
    return rounded.mutate(amount_minor=rounded.after - last.fill_null(0)).select(
        "item_id", "is_charged", "starts_on", "ends_on", "days", "principal_minor", "rate_bp", "amount_minor"
    )


def _apart(pieces: Table, charged: Table) -> Table:
    """``pieces`` cut behind the last day that was charged before, ``is_charged`` up to it."""
    charged = charged.mutate(charged_item=charged.charged_item.cast(pieces.item_id.type()))
    joined = pieces.left_join(charged, pieces.item_id == charged.charged_item)
    through = joined.charged_through
    before = joined.filter(joined.starts_on <= through)
    before = before.mutate(ends_on=ibis.least(before.ends_on, before.charged_through), is_charged=ibis.literal(True))
    after = joined.filter(through.isnull() | (joined.ends_on > through))
    next_on = (after.charged_through + ibis.interval(days=1)).cast("timestamp").cast("date")
    begins = after.charged_through.isnull().ifelse(after.starts_on, ibis.greatest(after.starts_on, next_on))
    after = after.mutate(starts_on=begins, is_charged=ibis.literal(False))
    names = ("item_id", "place", "starts_on", "ends_on", "principal_minor", "rate_bp", "is_charged")
    return before.select(*names).union(after.select(*names))
