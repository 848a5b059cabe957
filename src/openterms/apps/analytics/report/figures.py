"""The key figures of a period, and how they moved from month to month."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

from openterms.apps.tenancy.models import Seller
from openterms.core.base.reasons import gettext_noop
from openterms.portfolio.measures import kpi as measures

from .books import open_book
from .receivables import check_period
from .table import Column, Note, Report

NAMES = {
    "dso": (gettext_noop("DSO"), "days", gettext_noop("What is owed at the end ÷ net credit sales × days.")),
    "dso_countback": (
        gettext_noop("DSO by count-back"),
        "days",
        gettext_noop("What is owed at the end, used up by the sales of month after month, newest first."),
    ),
    "bpdso": (
        gettext_noop("Best possible DSO"),
        "days",
        gettext_noop("What is not yet due at the end ÷ net credit sales × days of the period."),
    ),
    "add": (gettext_noop("Average days delinquent"), "days", gettext_noop("DSO less best possible DSO.")),
    "cei_pct": (
        gettext_noop("Collection effectiveness (CEI)"),
        "percent",
        gettext_noop("What was collected of what could have been, over the whole period."),
    ),
    "turnover": (
        gettext_noop("Turnover"),
        "times",
        gettext_noop("Net credit sales ÷ mean of opening and closing balance."),
    ),
    "pct_current": (gettext_noop("Current"), "percent", gettext_noop("Share of what is owed that is not past due.")),
    "pct_over_90": (
        gettext_noop("Over 90 days"),
        "percent",
        gettext_noop("Share of what is owed that is more than 90 days past due."),
    ),
    "hhi": (
        gettext_noop("Concentration (HHI)"),
        "index",
        gettext_noop("Sum of squared shares of what is owed by group, 0 to 10,000."),
    ),
}


def kpi(seller: Seller, start: date, end: date, known_at: datetime | None = None) -> Report:
    """The key figures of `start..end` in the seller's currency at booked rates; undefined ones are empty.

    The JSON document has the figures by name, `basis` with what each is made of, and `currencies` with the figures of
    every document currency by itself. Source: FACTBOOK 1.1-1.6, 1.13.
    """
    check_period(start, end)
    with open_book(seller) as book:
        whole = measures.kpi(book, start, end, known_at, seller.currency)
        single = measures.kpi(book, start, end, known_at)
    figures = _figures(whole[0]) if whole else dict.fromkeys(NAMES)
    exhausted = bool(whole and whole[0].dso_countback_exhausted)
    rows = [
        {"figure": name, "label": label, "value": figures[name], "unit": unit, "basis": basis}
        for name, (label, unit, basis) in NAMES.items()
    ]
    document = {
        "seller": seller.code,
        "from": start.isoformat(),
        "to": end.isoformat(),
        "known_at": known_at.isoformat() if known_at else None,
        "currency": seller.currency,
        **figures,
        "dso_countback_exhausted": exhausted,
        "basis": dict(measures.BASIS)
        | {"currency": f"amounts in {seller.currency} at the rate booked with each item; period {start} to {end}"},
        "currencies": {one.currency: _figures(one) for one in single},
    }
    columns = [
        Column("figure", gettext_noop("Figure"), "code"),
        Column("value", gettext_noop("Value"), "number"),
        Column("unit", gettext_noop("Unit")),
        Column("basis", gettext_noop("Made of")),
    ]
    notes = [
        Note(gettext_noop("From %(start)s to %(end)s, both days included."), {"start": start, "end": end}),
        Note(gettext_noop("Amounts in %(currency)s at the rate booked with each item."), {"currency": seller.currency}),
    ]
    if exhausted:
        notes.append(
            Note(gettext_noop("The sales on record do not reach back far enough: count-back is at least this."))
        )
    return Report("kpi", gettext_noop("Key figures"), columns, rows, end, known_at, (), notes, document=document)


def _figures(found: measures.Kpi) -> dict[str, float | None]:
    values = found.figures()
    return {name: None if values[name] is None else float(values[name]) for name in NAMES}


def month_ends(start: date, end: date) -> list[date]:
    """The last days of the months that end in `start..end`, and `end` itself."""
    found, on = [], start
    while on <= end:
        last = on.replace(day=calendar.monthrange(on.year, on.month)[1])
        if last < end:
            found.append(last)
        on = last + timedelta(days=1)
    return [*found, end]


def months_before(on: date, months: int) -> date:
    """The first day of a period of whole months that ends on a day: 31 March less 12 months is 1 April before."""
    after = on + timedelta(days=1)
    year, month = divmod(after.year * 12 + after.month - 1 - months, 12)
    return date(year, month + 1, min(after.day, calendar.monthrange(year, month + 1)[1]))
