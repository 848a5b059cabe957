"""When money will come: two basic methods, and how wrong a forecast was (FACTBOOK 1.14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from openterms.core.base.errors import BadInput
from openterms.core.base.numbers import Number, exact, quotient, rounded
from openterms.core.base.reasons import gettext_noop


def cash_from_curve(sales_newest_first: Sequence[Number], curve: Sequence[Number]) -> Decimal:
    """Cash expected in a month from a collection curve, four digits, in the unit of the sales.

    ``curve[k]`` is the share of a month's sales collected k months later; ``sales_newest_first[k]`` are the sales of
    k months before the month asked about (0: that month). Months beyond either list add nothing; what the curve
    leaves up to 1 is never collected. Raises BadInput where the curve sums to more than 1. Source: FACTBOOK 1.14
    (TV-24).
    """
    shares = [exact(share) for share in curve]
    if sum(shares) > 1 or any(share < 0 for share in shares):
        raise BadInput(
            gettext_noop("the collection curve is no set of shares"),
            "collection curve",
            gettext_noop("give shares of 0 or more that sum to 1 at most"),
        )
    pairs = zip(sales_newest_first, shares, strict=False)
    return rounded(sum((exact(sales) * share for sales, share in pairs), Fraction(0)))


def expected_on(due_on: date, median_days_late: int, promised_for: date | None = None) -> date:
    """The day an invoice is expected to be paid: the open promise's, else due date + the payer's own median days late.

    Source: FACTBOOK 1.14.
    """
    return promised_for or due_on + timedelta(days=median_days_late)


@dataclass(frozen=True, slots=True)
class ForecastError:
    """``mape_pct``: mean absolute error in percent of the actual; ``bias_pct``: the sum too high (+) or too low (-)."""

    mape_pct: Decimal | None
    bias_pct: Decimal | None


def forecast_error(weeks: Sequence[tuple[Number, Number]]) -> ForecastError:
    """How wrong a forecast was, from (forecast, actual) per week; weeks without actual money are left out of the mean.

    None where there is nothing to compare with. Source: FACTBOOK 1.14.
    """
    pairs = [(exact(forecast), exact(actual)) for forecast, actual in weeks]
    errors = [abs(forecast - actual) / abs(actual) for forecast, actual in pairs if actual]
    total = sum((actual for _, actual in pairs), Fraction(0))
    excess = sum((forecast - actual for forecast, actual in pairs), Fraction(0))
    return ForecastError(quotient(sum(errors, Fraction(0)), len(errors), 100), quotient(excess, total, 100))
