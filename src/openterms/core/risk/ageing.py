"""Ageing buckets and how balances roll through them (FACTBOOK 1.6, 1.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from openterms.core.base.numbers import Number, exact, percent, quotient, rounded

BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")
"""By due date, from days overdue; ``90+`` is more than 90."""

INVOICE_BUCKETS = ("0-30", "31-60", "61-90", "90+")
"""By invoice date, from days since issue, as borrowing bases use. Never mixed with the others."""

UPPER_DAYS = (0, 30, 60, 90)
"""The last day of each bucket but the open-ended one."""

LOSS_PLACES = 6


def bucket_of(days_overdue: int) -> str:
    """The bucket by due date: 0 or fewer days overdue is ``current`` (due today is current), 91 is ``90+``.

    Source: FACTBOOK 1.6 (TV-13).
    """
    return BUCKETS[sum(days_overdue > upper for upper in UPPER_DAYS)]


def invoice_bucket_of(age_days: int) -> str:
    """The bucket by days since the invoice date: up to 30 is ``0-30``. Source: FACTBOOK 1.6 (TV-14)."""
    return INVOICE_BUCKETS[sum(age_days > upper for upper in UPPER_DAYS[1:])]


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open amounts by bucket, in the unit given.

    ``gross`` is the sum of the buckets; ``unapplied`` (0 or negative) stands apart and is not aged; ``net`` is both.
    ``pct_current`` and ``pct_over_90`` are of gross, four digits, None where gross is 0.
    """

    buckets: Mapping[str, int]
    gross: int
    unapplied: int
    net: int
    pct_current: Decimal | None
    pct_over_90: Decimal | None


def ageing(
    open_items: Iterable[tuple[int, int]], unapplied_minor: int = 0, by: Literal["due", "invoice"] = "due"
) -> Ageing:
    """Age open debit items, each given as (days, open amount in minor units).

    The days are days overdue, or days since issue for ``by="invoice"``, where ``pct_current`` is the share of ``0-30``.
    Contested items stay in their bucket. Source: FACTBOOK 1.6 (TV-13, TV-14).
    """
    names, bucket = (BUCKETS, bucket_of) if by == "due" else (INVOICE_BUCKETS, invoice_bucket_of)
    buckets = dict.fromkeys(names, 0)
    for days, open_minor in open_items:
        buckets[bucket(days)] += open_minor
    gross = sum(buckets.values())
    return Ageing(
        buckets,
        gross,
        unapplied_minor,
        gross + unapplied_minor,
        percent(buckets[names[0]], gross),
        percent(buckets[names[-1]], gross),
    )


@dataclass(frozen=True, slots=True)
class RollRates:
    """``rates[i]`` is the share of bucket i that stood in bucket i + 1 a month later (four digits; None: it was empty).

    ``current_to_90plus`` is their product, from the exact rates, to six digits because it is used as a loss rate;
    None where any rate is.
    """

    rates: tuple[Decimal | None, ...]
    current_to_90plus: Decimal | None


def roll_rates(
    last_month: Mapping[str, Number], this_month: Mapping[str, Number], new_into_90plus: Number, capped: bool = False
) -> RollRates:
    """Roll rates between two month ends, 30 days apart, over ``BUCKETS`` (a bucket not named holds 0).

    Of the open-ended last bucket only what newly entered it counts. A rate can exceed 1 (late postings, re-opened
    invoices): ``capped`` cuts at 1, for loss models; reports keep it. Average twelve months. Source: FACTBOOK 1.7
    (TV-15).
    """
    reached = [exact(this_month.get(name, 0)) for name in BUCKETS[1:-1]]
    reached.append(exact(new_into_90plus))
    before = [exact(last_month.get(name, 0)) for name in BUCKETS[:-1]]
    through: Fraction | None = Fraction(1)
    rates: list[Decimal | None] = []
    for start, end in zip(before, reached, strict=True):
        if start == 0:
            rates.append(None)
            through = None
            continue
        rate = min(end / start, Fraction(1)) if capped else end / start
        rates.append(rounded(rate))
        through = None if through is None else through * rate
    return RollRates(tuple(rates), None if through is None else rounded(through, LOSS_PLACES))


def mean_rate(rates: Iterable[Decimal | None]) -> Decimal | None:
    """The plain mean of one rate over several months, leaving out months without it. Source: FACTBOOK 1.7."""
    known = [exact(rate) for rate in rates if rate is not None]
    return quotient(sum(known, Fraction(0)), len(known))
