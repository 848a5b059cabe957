"""How a customer pays: days to pay, days beyond terms, trend, spread, share late, payment index (FACTBOOK 1.11, 1.12).

Counted are invoices fully settled, nothing of them by a write-off, in ``(as_of - 365, as_of]``, each at the date of its
last allocation, weighted by its amount; paying early counts as negative days. Averages are in
hundredths of a day (``_cd``), whole numbers rounded half up, so that rules compare whole numbers; the same averages
as days with four decimals stand beside them for reports.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import ibis

from openterms.core.risk.payment import SCORE_POINTS
from openterms.portfolio.book.book import Book, day
from openterms.portfolio.book.engines import Engine, Table, Value
from openterms.portfolio.book.movements import movements
from openterms.portfolio.book.position import item_states
from openterms.portfolio.measures.ageing import with_customers
from openterms.portfolio.measures.amounts import total

WINDOW_DAYS = 365
HALF_WINDOW_DAYS = 182
"""The trend compares the last 182 days with the 183 before them."""

_INDEX_SCALE = 840
"""Every slope between ``SCORE_POINTS`` is a whole number of 840ths."""

_LATEST_BAND_POINTS = 10
"""Beyond the last point the band is 0-19; its middle counts, as in ``core``."""


def behaviour(book: Book, as_of: dt.date, known_at: dt.datetime | None = None, base: bool | str = False) -> Table:
    """How customers pay. Grain: one customer and currency with any item known, ordered by number.

    Columns: ``seller_id, customer_id, number, name, country, group_id, collector_id, currency``; ``paid_invoices``,
    ``paid_minor``; ``wadtp, dbt`` (days, four decimals) and ``wadtp_cd, dbt_cd``; ``dbt_trend_cd`` = days beyond
    terms of the last 182 days less those of the 183 days before (positive: getting slower; null unless both halves
    have a payment); ``dbt_sd_cd`` (standard deviation of days beyond terms, by count); ``share_late`` (0-1, four
    decimals, by count) and ``share_late_bp``; ``payment_index`` (tenths of a point, 0-1000); ``invoices_known``,
    ``largest_exposure_minor`` (highest net balance at the end of any day), ``months_known`` (whole months since the
    first item). Averages are null where nothing was paid. Sources: FACTBOOK 1.11, 1.12.
    """
    states = item_states(book, as_of, known_at)
    if base is not False:
        currency = ibis.literal(base if isinstance(base, str) else "base")
        states = states.mutate(amount_minor=states.base_minor, currency=currency)
    paid = paid_of(states, as_of, book.engine)
    highest = largest_exposure(book, as_of, known_at, base)
    joined = paid.left_join(highest, ["customer_id", "currency"]).select(
        *paid.columns,
        largest_exposure_minor=highest.largest_exposure_minor.fill_null(0),
    )
    return with_customers(book, joined)


def paid_of(states: Table, as_of: dt.date, engine: Engine) -> Table:
    """``behaviour`` of item states at hand, without names and largest exposure. Grain: one customer and currency."""
    today = day(as_of)
    paid = (
        (states.kind == "invoice")
        & (states.open_minor == 0)
        & (states.written_off_minor == 0)
        & (states.last_settled_on > day(as_of - dt.timedelta(days=WINDOW_DAYS)))
    ).fill_null(False)
    rows = states.select(
        "customer_id",
        "currency",
        "issued_on",
        "amount_minor",
        is_invoice=states.kind == "invoice",
        paid=paid,
        recent=states.last_settled_on > day(as_of - dt.timedelta(days=HALF_WINDOW_DAYS)),
        days=states.last_settled_on.delta(states.issued_on, unit="day"),
        beyond=states.last_settled_on.delta(states.due_on, unit="day"),
    )
    sums = rows.group_by("customer_id", "currency").agg(**_sums(rows, engine))
    months = 12 * (today.year() - sums.first_on.year()) + today.month() - sums.first_on.month()
    return sums.select(
        "customer_id",
        "currency",
        **_averages(sums, engine),
        invoices_known=sums.invoices_known,
        months_known=(months - (today.day() < sums.first_on.day()).cast("int64")).cast("int64"),
    )


def _sums(rows: Table, engine: Engine) -> dict[str, Any]:
    amount, beyond = rows.amount_minor, rows.beyond
    late = rows.paid & rows.recent
    early = rows.paid & ~rows.recent
    points = index_points(beyond)
    return {
        "paid_invoices": rows.paid.sum().fill_null(0),
        "paid_minor": total(amount, rows.paid),
        "amount_days": engine.wide_sum(amount * rows.days, rows.paid),
        "amount_beyond": engine.wide_sum(amount * beyond, rows.paid),
        "recent_minor": total(amount, late),
        "recent_beyond": engine.wide_sum(amount * beyond, late),
        "former_minor": total(amount, early),
        "former_beyond": engine.wide_sum(amount * beyond, early),
        "beyond_sum": beyond.sum(where=rows.paid).fill_null(0),
        "beyond_squares": (beyond * beyond).sum(where=rows.paid).fill_null(0),
        "late_invoices": (beyond > 0).sum(where=rows.paid).fill_null(0),
        "amount_points": engine.wide_sum(amount * points, rows.paid),
        "invoices_known": rows.is_invoice.sum().fill_null(0),
        "first_on": rows.issued_on.min(),
    }


def _averages(sums: Table, engine: Engine) -> dict[str, Any]:
    count, paid = sums.paid_invoices, sums.paid_minor
    variance = count * sums.beyond_squares - sums.beyond_sum * sums.beyond_sum
    spread = (variance.cast("float64").sqrt() * 100 / count.nullif(0)).round().cast("int64")
    trend = engine.divide(sums.recent_beyond * 100, sums.recent_minor) - engine.divide(
        sums.former_beyond * 100, sums.former_minor
    )
    return {
        "paid_invoices": count,
        "paid_minor": paid,
        "wadtp": engine.divide(sums.amount_days * 10_000, paid).cast("float64") / 10_000,
        "dbt": engine.divide(sums.amount_beyond * 10_000, paid).cast("float64") / 10_000,
        "wadtp_cd": engine.divide(sums.amount_days * 100, paid).cast("int64"),
        "dbt_cd": engine.divide(sums.amount_beyond * 100, paid).cast("int64"),
        "dbt_trend_cd": trend.cast("int64"),
        "dbt_sd_cd": spread,
        "share_late": engine.divide(sums.late_invoices * 10_000, count).cast("float64") / 10_000,
        "share_late_bp": engine.divide(sums.late_invoices * 10_000, count).cast("int64"),
        "payment_index": engine.divide(sums.amount_points * 10, paid * _INDEX_SCALE).cast("int64"),
    }


def index_points(beyond: Value) -> Value:
    """Points of one payment by its days beyond terms, in 840ths of a point; see ``core.risk.payment.SCORE_POINTS``
    (FACTBOOK 1.12)."""
    first = SCORE_POINTS[0]
    branches = [(beyond <= first[0], ibis.literal(first[1] * _INDEX_SCALE, type="int64"))]
    for (left, high), (right, low) in pairwise(SCORE_POINTS):
        slope = (high - low) * _INDEX_SCALE // (right - left)
        branches.append((beyond <= right, high * _INDEX_SCALE - (beyond - left) * slope))
    return ibis.cases(*branches, else_=ibis.literal(_LATEST_BAND_POINTS * _INDEX_SCALE, type="int64"))


def largest_exposure(
    book: Book, as_of: dt.date, known_at: dt.datetime | None = None, base: bool | str = False
) -> Table:
    """The highest net balance at the end of any day up to ``as_of``, never below 0.

    Grain: one customer and currency. Columns: ``customer_id, currency, largest_exposure_minor``.
    """
    return largest_exposure_of(movements(book, as_of, known_at, base))


def largest_exposure_of(moves: Table) -> Table:
    """``largest_exposure`` of movements at hand.

    Within a day what lowers the balance comes first, so that the running balance is at its highest at the day's end
    and no sum by day is needed before the running one.
    """
    running = ibis.window(
        group_by=[moves.customer_id, moves.currency],
        order_by=[moves.moved_on, moves.moved_minor],
        preceding=None,
        following=0,
    )
    balances = moves.select("customer_id", "currency", balance=moves.moved_minor.sum().over(running))
    return balances.group_by("customer_id", "currency").agg(
        largest_exposure_minor=ibis.greatest(balances.balance.max(), 0).cast("int64")
    )
