"""Until when a debt can be brought to court: limitation periods of ordinary invoices, as dated data (FACTBOOK 5.7).

Every row says from when it is taken to hold, where it is from and whether somebody should check it: a date computed
here calls for a decision, it is not advice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from openterms.core.base.calendar import add_months
from openterms.core.base.reasons import gettext_noop

WARN_MONTHS = (12, 6, 3)
"""A decision is wanted so many months before the last day."""

COURT = gettext_noop("A claim in court stops it; a reminder does not.")
COURT_OR_ADMISSION = gettext_noop("A claim in court stops it, and so does the debtor's acknowledgement.")
WRITTEN = gettext_noop("A written demand starts it anew.")
PAYMENT_OR_ADMISSION = gettext_noop("A written acknowledgement or a part payment starts it anew.")


class Period(NamedTuple):
    """A country's period from a day on. ``from_year_end``: it begins with the end of the year of the due date.

    ``restarts`` are the events that begin it anew: ``acknowledgement``, ``payment``, ``demand``.
    """

    country: str
    valid_from: date
    months: int
    from_year_end: bool
    restarts: frozenset[str]
    stops: str
    source: str
    is_unsure: bool


class Limitation(NamedTuple):
    """The last day on which a claim can be brought, and the period it follows from."""

    last_day: date
    counted_from: date
    period: Period


def _row(
    country: str, years: int, source: str, *restarts: str, stops: str = COURT, unsure: bool = True,
    year_end: bool = False, since: date = date(2015, 1, 1),
) -> Period:  # fmt: skip
    return Period(country, since, 12 * years, year_end, frozenset(restarts), stops, source, unsure)


_BOTH, _ADMITS, _DEMAND = ("acknowledgement", "payment"), ("acknowledgement",), ("demand",)
PERIODS: Sequence[Period] = (
    _row("DE", 3, "BGB 195, 199; bierensgroup.com", *_ADMITS, year_end=True, unsure=False),
    _row("FR", 5, "C. com. L110-4; bierensgroup.com", *_ADMITS, stops=COURT_OR_ADMISSION, unsure=False),
    _row("NL", 5, "collectionsineurope.com", *_DEMAND, stops=WRITTEN, unsure=False),
    _row("BE", 10, "C. civ. 2262bis; other tables say 5"),
    _row("ES", 5, "C. civ. 1964, as of 7 October 2015", *_DEMAND, stops=WRITTEN, since=date(2015, 10, 7)),
    _row("IT", 10, "euroexecutive.it; 5 for periodic supplies", *_DEMAND, stops=WRITTEN, unsure=False),
    _row("PT", 20, "euravocat.com"),
    _row("PL", 2, "kcod.pl; sales between businesses", *_ADMITS, stops=COURT_OR_ADMISSION, year_end=True, unsure=False),
    _row("AT", 3, "inhouselawyer.co.uk", *_ADMITS, stops=COURT_OR_ADMISSION, unsure=False),
    _row("GB", 6, "Limitation Act 1980; afridi-angell.com", *_BOTH, stops=PAYMENT_OR_ADMISSION, unsure=False),
    _row("IE", 6, "Statute of Limitations 1957", *_BOTH, stops=PAYMENT_OR_ADMISSION),
    _row("CH", 10, "OR 127; 5 for retail and periodic supplies"),
    _row("DK", 3, "own knowledge"),
    _row("NO", 3, "own knowledge"),
    _row("FI", 3, "own knowledge"),
    _row("SE", 10, "own knowledge", *_DEMAND, stops=WRITTEN),
    _row("US", 4, "UCC 2-725, goods; services 3 to 10 by state"),
    _row("CA", 2, "Limitations Act 2002 (Ontario)", *_ADMITS, stops=COURT_OR_ADMISSION),
    _row("AU", 6, "own knowledge; Northern Territory 3"),
    _row("IN", 3, "Limitation Act 1963", *_ADMITS, stops=COURT_OR_ADMISSION),
    _row("JP", 5, "own knowledge"),
    _row("SG", 6, "inhouselawyer.co.uk", unsure=False),
    _row("SA", 5, "Commercial Courts Law art. 24; ksapioneers.com, clydeco.com", *_ADMITS, stops=COURT_OR_ADMISSION,
         unsure=False, since=date(2020, 6, 16)),
    _row("AE", 5, "Commercial Transactions Law (2022) art. 92; recoveryadvisers.com", *_ADMITS,
         stops=COURT_OR_ADMISSION, unsure=False, since=date(2023, 1, 2)),
)  # fmt: skip


def period_of(country: str, on: date) -> Period | None:
    """The row in force for a country on a day; None where there is none: then a lawyer must say."""
    found = [one for one in PERIODS if one.country == country and one.valid_from <= on]
    return max(found, key=lambda one: one.valid_from, default=None)


def limitation(country: str, due_on: date, on: date, restarts: Sequence[tuple[str, date]] = ()) -> Limitation | None:
    """The last day to sue for what fell due on a day, as the law of ``on`` counts it; None without a row (TV-63).

    ``restarts`` are acknowledgements, payments and demands with their days; one counts where the country's row says
    so and it came before the period was over.
    """
    period = period_of(country, on)
    if period is None:
        return None
    begins = due_on
    for kind, day in sorted(restarts, key=lambda one: one[1]):
        if kind in period.restarts and begins < day <= _last(period, begins):
            begins = day
    return Limitation(_last(period, begins), begins, period)


def warning(last_day: date, on: date) -> int | None:
    """Of 12, 6 and 3 the fewest months within which the last day lies; 0 once it has passed, None before."""
    if on > last_day:
        return 0
    return min((months for months in WARN_MONTHS if on >= add_months(last_day, -months)), default=None)


def _last(period: Period, begins: date) -> date:
    start = begins.replace(month=12, day=31) if period.from_year_end else begins
    return add_months(start, period.months)
