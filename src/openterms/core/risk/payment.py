"""How a customer pays: days to pay, days beyond terms, the payment index (FACTBOOK 1.11, 1.12).

Measures of paid items are blind to what is never paid; show the open days overdue beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from openterms.core.base.numbers import Number, exact, quotient, rounded
from openterms.core.risk.ageing import BUCKETS


@dataclass(frozen=True, slots=True)
class Paid:
    """One item paid in the window: its amount, the days from invoice to payment, and the days its terms gave."""

    amount: Number
    days_to_pay: int
    terms_days: int

    @property
    def days_beyond_terms(self) -> int:
        """Days after the due date; negative when early."""
        return self.days_to_pay - self.terms_days


def wadtp(paid: Sequence[Paid]) -> Decimal | None:
    """Weighted average days to pay, by amount, from invoice to payment.

    None without items. Source: FACTBOOK 1.11 (TV-19).
    """
    return _weighted((item.amount, Fraction(item.days_to_pay)) for item in paid)


def dbt(paid: Sequence[Paid]) -> Decimal | None:
    """Days beyond terms, weighted by amount, early payments counting negative (for cash forecasts).

    None without items. Source: FACTBOOK 1.11 (TV-19).
    """
    return _weighted((item.amount, Fraction(item.days_beyond_terms)) for item in paid)


def dbt_floored(paid: Sequence[Paid]) -> Decimal | None:
    """Days beyond terms, weighted by amount, early payments counting 0, as credit bureaus do.

    None without items. Source: FACTBOOK 1.11 (TV-19).
    """
    return _weighted((item.amount, Fraction(max(0, item.days_beyond_terms))) for item in paid)


def days_to_pay_unweighted(paid: Sequence[Paid]) -> Decimal | None:
    """The plain mean of the days to pay. None without items. Source: FACTBOOK 1.11 (TV-19)."""
    return quotient(sum(item.days_to_pay for item in paid), len(paid))


BUCKET_MIDPOINTS = dict(zip(BUCKETS, (0, 15, 45, 75, 105), strict=True))


def dbt_from_ageing(buckets: Mapping[str, Number]) -> Decimal | None:
    """Days beyond terms where only an ageing by due date is known: midpoints 0, 15, 45, 75, 105 weighted by amount.

    ``buckets`` over ``BUCKETS`` (one not named holds 0). None where all are 0. Source: FACTBOOK 1.11 (TV-20).
    """
    return _weighted((buckets.get(name, 0), Fraction(midpoint)) for name, midpoint in BUCKET_MIDPOINTS.items())


SCORE_POINTS = ((-30, 100), (-20, 90), (0, 80), (15, 70), (22, 60), (30, 50), (60, 40), (90, 30), (120, 20))
"""(days beyond terms, score): the anchor points of the payment index, straight lines between."""

SCORE_BEYOND = Fraction(10)
"""What an experience of more than 120 days weighs in the index: the middle of its band 0-19."""


def score_of_days(days_beyond_terms: Number) -> Decimal | None:
    """The payment score of one experience, four digits; None for more than 120 days, which means the band 0-19.

    30 or more days early is 100; between the points the line is straight. Source: FACTBOOK 1.12 (TV-22).
    """
    score = _score(exact(days_beyond_terms))
    return None if score is None else rounded(score)


def payment_index(experiences: Iterable[tuple[Number, Number]]) -> Decimal | None:
    """The payment index, 0-100: each (amount, days beyond terms) scored by the table, weighted by amount.

    An experience of more than 120 days counts as 10, the middle of its band. None without experiences ("unavailable").
    Source: FACTBOOK 1.12 (TV-21).
    """
    scored = ((amount, _score(exact(days))) for amount, days in experiences)
    return _weighted((amount, SCORE_BEYOND if score is None else score) for amount, score in scored)


def _score(days: Fraction) -> Fraction | None:
    (earliest, best), (latest, _) = SCORE_POINTS[0], SCORE_POINTS[-1]
    if days <= earliest:
        return Fraction(best)
    if days > latest:
        return None
    for (start, high), (end, low) in pairwise(SCORE_POINTS):
        if days <= end:
            return high + (days - start) * (low - high) / (end - start)
    raise AssertionError("the points cover every day")


def _weighted(pairs: Iterable[tuple[Number, Fraction]]) -> Decimal | None:
    """The mean of the second values weighted by the first; None where the weights sum to 0."""
    total = weight = Fraction(0)
    for amount, value in pairs:
        total += exact(amount) * value
        weight += exact(amount)
    return quotient(total, weight)
