"""The book of measures: every ratio of receivables and credit on plain numbers, each with its source.

One import for callers; the definitions stand in the files named by topic. Inputs are exact (whole numbers, decimals,
fractions; a float is refused), results are decimals of four digits rounded half up away from zero, and None where a
ratio has no denominator: "no data" is not 0 (FACTBOOK 0). Names ending in ``_pct`` are percent 0-100; shares are 0-1.
``portfolio.measures`` computes the same over columns, and tests hold both to the fact book's vectors.
"""

from __future__ import annotations

from openterms.core.base.calendar import days_overdue
from openterms.core.base.numbers import Number, percent, quotient, rounded
from openterms.core.collecting.promises import tally
from openterms.core.risk.ageing import (
    BUCKETS,
    INVOICE_BUCKETS,
    Ageing,
    RollRates,
    ageing,
    bucket_of,
    invoice_bucket_of,
    mean_rate,
    roll_rates,
)
from openterms.core.risk.concentration import Concentration, concentration, top_share
from openterms.core.risk.forecast import ForecastError, cash_from_curve, expected_on, forecast_error
from openterms.core.risk.losses import PromiseRatios, bad_debt_pct, dispute_rate_pct, promises_kept
from openterms.core.risk.payment import (
    SCORE_POINTS,
    Paid,
    days_to_pay_unweighted,
    dbt,
    dbt_floored,
    dbt_from_ageing,
    payment_index,
    score_of_days,
    wadtp,
)
from openterms.core.risk.turnover import (
    CountBack,
    add_days,
    bpdso,
    cei_pct,
    collection_period_days,
    dso,
    dso_countback,
    turnover,
)

__all__ = [
    "BUCKETS",
    "INVOICE_BUCKETS",
    "SCORE_POINTS",
    "Ageing",
    "Concentration",
    "CountBack",
    "ForecastError",
    "Number",
    "Paid",
    "PromiseRatios",
    "RollRates",
    "add_days",
    "ageing",
    "bad_debt_pct",
    "bpdso",
    "bucket_of",
    "cash_from_curve",
    "cei_pct",
    "collection_period_days",
    "concentration",
    "days_overdue",
    "days_to_pay_unweighted",
    "dbt",
    "dbt_floored",
    "dbt_from_ageing",
    "dispute_rate_pct",
    "dso",
    "dso_countback",
    "expected_on",
    "forecast_error",
    "invoice_bucket_of",
    "mean_rate",
    "payment_index",
    "percent",
    "promises_kept",
    "quotient",
    "roll_rates",
    "rounded",
    "score_of_days",
    "tally",
    "top_share",
    "turnover",
    "wadtp",
]
