"""The key figures at month ends, all of them from one reading of the book."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import ibis

from openterms.apps.tenancy.models import Seller
from openterms.core.base.reasons import gettext_noop
from openterms.core.risk import measures as formulas
from openterms.portfolio.book.movements import movements
from openterms.portfolio.measures.amounts import bucket_of, total
from openterms.portfolio.measures.flows import SALES_KINDS

from .books import open_book
from .figures import NAMES, check_period, month_ends, months_before
from .table import Column, Note, Report
from .texts import buckets_of

FIGURES = ("dso", "bpdso", "add", "cei_pct", "turnover", "pct_current", "pct_over_90")


def kpi_series(seller: Seller, start: date, end: date, months: int = 12, known_at: datetime | None = None) -> Report:
    """Key figures and ageing at every month end in `start..end`, each over the `months` months before it.

    A row per month end (the last one `end` itself), with `FIGURES` as `kpi` has them and the seller's totals by age, in
    its currency at booked rates. Source: FACTBOOK 1.1-1.6.
    """
    check_period(start, end)
    ends = month_ends(start, end)
    opens = {on: months_before(on, months) - timedelta(days=1) for on in ends}
    with open_book(seller) as book:
        moves = movements(book, end, known_at, seller.currency)
        (sums,) = book.rows(moves.aggregate(**_sums(moves, ends, opens.values())))
    rows = [_row(on, opens[on], sums, seller.currency) for on in ends] if sums["any"] else []
    columns = [Column("month", gettext_noop("Month end"), "date")]
    for name in FIGURES:
        label, unit, _ = NAMES[name]
        columns.append(Column(name, label, "percent" if unit == "percent" else "number"))
    notes = [
        Note(gettext_noop("Each point looks back over %(months)s months."), {"months": months}),
        Note(gettext_noop("Amounts in %(currency)s at the rate booked with each item."), {"currency": seller.currency}),
    ]
    return Report("kpi-series", gettext_noop("Key figures over time"), columns, rows, end, known_at, (), notes)


def _sums(moves: Any, ends: Iterable[date], opens: Iterable[date]) -> dict[str, Any]:
    """Net balance and sales so far at every day named, and what is owed by age at the month ends."""
    ends, minor = list(ends), moves.moved_minor
    sums: dict[str, Any] = {"any": moves.count()}
    for on in dict.fromkeys([*ends, *opens]):
        by_then = moves.moved_on <= ibis.literal(on, type="date")
        sums[f"net {on}"] = total(minor, by_then)
        sums[f"sold {on}"] = total(minor, by_then & moves.kind.isin(SALES_KINDS))
    for on in ends:
        day = ibis.literal(on, type="date")
        bucket = bucket_of(day.delta(moves.due_on, unit="day"))
        owed = moves.is_debit & (moves.moved_on <= day)
        for age in buckets_of("due"):
            sums[f"{age} {on}"] = total(minor, owed & (bucket == age))
    return sums


def _row(on: date, opening: date, sums: dict[str, Any], currency: str) -> dict[str, Any]:
    ages = {age: sums[f"{age} {on}"] for age in buckets_of("due")}
    gross, current, net, before = sum(ages.values()), ages["current"], sums[f"net {on}"], sums[f"net {opening}"]
    sales, days = sums[f"sold {on}"] - sums[f"sold {opening}"], (on - opening).days
    figures = {
        "dso": formulas.dso(gross, sales, days),
        "bpdso": formulas.bpdso(current, sales, days),
        "add": formulas.add_days(gross, current, sales, days),
        "cei_pct": formulas.cei_pct(before, sales, net, current),
        "turnover": formulas.turnover(sales, before, net),
        "pct_current": formulas.percent(current, gross),
        "pct_over_90": formulas.percent(ages["90+"], gross),
    }
    shown = {name: None if value is None else float(value) for name, value in figures.items()}
    return {"month": on, "currency": currency, **shown, **ages, "overdue": gross - current, "total": net}
