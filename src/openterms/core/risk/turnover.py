"""Days of sales in receivables, and how much of what could be collected was (FACTBOOK 1.1-1.5).

All amounts of one call are in one unit and currency, and on one basis: receivables usually hold VAT, so sales must
too, or the days are overstated by the VAT rate. Credit sales are net of credit notes and without cash sales.
Unapplied cash is netted off receivables by the caller where a measure says so. Results have four digits, None where
undefined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from openterms.core.base.numbers import Number, exact, quotient, rounded

DAYS_OF_YEAR = 365


def dso(receivables: Number, credit_sales: Number, days: int) -> Decimal | None:
    """Days sales outstanding, simple: receivables at the end / credit sales of the period x its days.

    None where there were no sales. Source: FACTBOOK 1.1 (TV-3, TV-4).
    """
    return quotient(receivables, credit_sales, days) if exact(credit_sales) > 0 else None


@dataclass(frozen=True, slots=True)
class CountBack:
    """``days`` counted; ``exhausted`` when receivables reach beyond the sales given: read "at least ``days``"."""

    days: Decimal
    exhausted: bool


def dso_countback(
    receivables: Number, months_newest_first: Sequence[tuple[Number, int]], month_days: int | None = None
) -> CountBack:
    """Days sales outstanding by working back: take off each month's sales, newest first, until receivables are used up.

    ``months_newest_first`` are (credit sales, calendar days) of whole months; ``month_days=30`` counts every month as
    30 days instead. A whole month adds its days, the last one its share. A month without sales adds its days, and
    negative sales add to what is left. Receivables of 0 or less give 0 days. Source: FACTBOOK 1.2 (TV-5 to TV-7).
    """
    left, days = exact(receivables), Fraction(0)
    if left <= 0:
        return CountBack(rounded(days), False)
    for sales, calendar_days in months_newest_first:
        sold, length = exact(sales), month_days or calendar_days
        if sold >= left:
            return CountBack(rounded(days + left / sold * length), False)
        left -= sold
        days += length
    return CountBack(rounded(days), True)


def bpdso(current: Number, credit_sales: Number, days: int) -> Decimal | None:
    """Best possible DSO: receivables not yet due / credit sales x days.

    None without sales. Source: FACTBOOK 1.3 (TV-8).
    """
    return dso(current, credit_sales, days)


def add_days(receivables: Number, current: Number, credit_sales: Number, days: int) -> Decimal | None:
    """Average days delinquent: DSO - BPDSO, computed as overdue receivables / credit sales x days.

    Also called delinquent DSO. Weighs open items, unlike days beyond terms, which weighs paid ones. None without sales.
    Source: FACTBOOK 1.3 (TV-8).
    """
    return dso(exact(receivables) - exact(current), credit_sales, days)


def cei_pct(
    begin_receivables: Number,
    credit_sales: Number,
    end_receivables: Number,
    end_current: Number,
    periods: int = 1,
) -> Decimal | None:
    """Collection effectiveness index in percent: what was collected of what could be.

    ``(begin + sales / periods - end) / (begin + sales / periods - end current) x 100``. ``periods`` 1 (our default)
    takes the whole period's sales; the number of months gives the averaged form, which must be said beside the
    number. Unapplied cash is netted off the ending receivables. None where nothing could be collected (divisor 0 or
    less). Source: FACTBOOK 1.4 (TV-9 to TV-11).
    """
    available = exact(begin_receivables) + exact(credit_sales) / periods
    collectable = available - exact(end_current)
    return quotient(available - exact(end_receivables), collectable, 100) if collectable > 0 else None


def turnover(credit_sales: Number, begin_receivables: Number, end_receivables: Number) -> Decimal | None:
    """Receivables turnover: net credit sales / average of begin and end, in times per period.

    None where the average is 0. Source: FACTBOOK 1.5 (TV-12).
    """
    return quotient(exact(credit_sales) * 2, exact(begin_receivables) + exact(end_receivables))


def collection_period_days(
    credit_sales: Number, begin_receivables: Number, end_receivables: Number, days: int = DAYS_OF_YEAR
) -> Decimal | None:
    """Average days to collect: days / turnover, from the exact turnover. Source: FACTBOOK 1.5 (TV-12)."""
    average = exact(begin_receivables) + exact(end_receivables)
    return quotient(average * days, exact(credit_sales) * 2) if average else None
