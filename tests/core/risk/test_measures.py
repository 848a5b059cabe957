"""Measures at their edges, and what holds of them whatever the numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.risk import measures as m

D = Decimal
AMOUNTS = st.integers(-(10**15), 10**15)
OWED = st.integers(1, 10**15)


def test_without_a_denominator_there_is_no_answer() -> None:
    assert m.dso(5, 0, 30) is None
    assert m.dso(5, -1, 30) is None
    assert m.bpdso(5, 0, 30) is None
    assert m.add_days(5, 3, 0, 30) is None
    assert m.cei_pct(0, 0, 0, 0) is None
    assert m.cei_pct(0, 5, 9, 9) is None
    assert m.turnover(5, 0, 0) is None
    assert m.collection_period_days(0, 1, 1) is None
    assert m.collection_period_days(5, 0, 0) is None
    assert m.bad_debt_pct(5, 0, 0) is None
    assert m.dispute_rate_pct(0, 0) is None
    assert m.wadtp([]) is None
    assert m.dbt([m.Paid(0, 3, 3)]) is None
    assert m.days_to_pay_unweighted([]) is None
    assert m.dbt_from_ageing({}) is None
    assert m.payment_index([]) is None
    assert m.top_share([-3], 1) is None
    assert m.concentration([0, -5]) == m.Concentration(None, None, 0)
    assert m.mean_rate([None]) is None
    assert m.ageing([], -5).pct_current is None
    assert m.promises_kept(m.tally([], date(2026, 1, 1))) == m.PromiseRatios(None, None, None)


@pytest.mark.parametrize(
    ("receivables", "months", "month_days", "days", "exhausted"),
    [
        (0, [(100, 31)], None, "0", False),
        (-5, [], None, "0", False),
        (5, [], None, "0", True),
        (100, [(100, 31)], None, "31", False),
        (100, [(100, 31)], 30, "30", False),
        (150, [(100, 31), (0, 28), (100, 31)], None, "74.5", False),
        (150, [(100, 31), (-50, 28), (100, 31)], None, "90", False),
        (50, [(-50, 31), (100, 30)], None, "61", False),
        (300, [(100, 31), (100, 28)], 30, "60", True),
    ],
)
def test_count_back(receivables: int, months: Any, month_days: int | None, days: str, exhausted: bool) -> None:
    assert m.dso_countback(receivables, months, month_days) == m.CountBack(D(days), exhausted)


@pytest.mark.parametrize(
    ("days", "by_due", "by_invoice"),
    [
        (-400, "current", "0-30"), (0, "current", "0-30"), (1, "1-30", "0-30"), (30, "1-30", "0-30"),
        (31, "31-60", "31-60"), (60, "31-60", "31-60"), (61, "61-90", "61-90"), (90, "61-90", "61-90"),
        (91, "90+", "90+"), (4_000, "90+", "90+"),
    ],
)  # fmt: skip
def test_bucket_edges(days: int, by_due: str, by_invoice: str) -> None:
    assert (m.bucket_of(days), m.invoice_bucket_of(days)) == (by_due, by_invoice)


def test_roll_rates_over_one_and_from_nothing() -> None:
    before, after = {"current": 100, "1-30": 10, "61-90": 4}, {"1-30": 150, "31-60": 5}
    found = m.roll_rates(before, after, 1)
    assert found == m.RollRates((D("1.5"), D("0.5"), None, D("0.25")), None)
    assert m.roll_rates(before, after, 1, capped=True).rates[0] == 1
    assert m.mean_rate([D("0.1"), None, D("0.2")]) == D("0.15")


def test_payment_scores_beyond_the_table() -> None:
    assert m.score_of_days(-400) == 100
    assert m.score_of_days(-10) == 85
    assert m.score_of_days(D("18.5")) == 65
    assert m.score_of_days(400) is None
    assert m.payment_index([(100, 0), (100, 500)]) == 45


def test_days_beyond_terms_early_and_late() -> None:
    paid = [m.Paid(100, 20, 30), m.Paid(300, 34, 30)]
    assert (m.dbt(paid), m.dbt_floored(paid)) == (D("0.5"), D(3))


def test_forecasts() -> None:
    assert m.cash_from_curve([100, 200], [D("0.5")]) == 50
    assert m.cash_from_curve([], [D("0.5")]) == 0
    assert m.expected_on(date(2026, 3, 1), 9) == date(2026, 3, 10)
    assert m.expected_on(date(2026, 3, 1), 9, date(2026, 3, 5)) == date(2026, 3, 5)
    assert m.forecast_error([(110, 100), (90, 100), (5, 0)]) == m.ForecastError(D(10), D("2.5"))
    assert m.forecast_error([]) == m.ForecastError(None, None)
    for curve in ([D("0.6"), D("0.5")], [-1]):
        with pytest.raises(BadInput, match="curve"):
            m.cash_from_curve([100], curve)


@pytest.mark.parametrize("number", [0.5, True, D("NaN"), D("Infinity"), "5", None])
def test_only_exact_numbers_are_taken(number: Any) -> None:
    with pytest.raises(BadInput):
        m.dso(number, 100, 30)


def test_rounding_is_half_up_away_from_zero_and_exact() -> None:
    assert str(m.rounded(Fraction(1, 20_000))) == "0.0001"
    assert str(m.rounded(Fraction(-1, 20_000))) == "-0.0001"
    assert str(m.rounded(Fraction(10**40) + Fraction(1, 3))) == f"{10**40}.3333"
    assert m.quotient(2, 3) == D("0.6667")
    assert m.percent(1, 8) == D("12.5")


@given(st.integers(0, 10**12), st.integers(0, 10**12), OWED, st.integers(1, 366))
def test_dso_is_best_possible_plus_delinquent(current: int, overdue: int, sales: int, days: int) -> None:
    parts = [m.dso(current + overdue, sales, days), m.bpdso(current, sales, days)]
    delinquent = m.add_days(current + overdue, current, sales, days)
    assert None not in (*parts, delinquent)
    assert abs(parts[0] - parts[1] - delinquent) <= D("0.0001")  # type: ignore[operator]


@given(st.lists(st.tuples(st.integers(-500, 5_000), OWED)), st.integers(-(10**15), 0))
def test_buckets_add_up_to_the_balance(items: list[tuple[int, int]], unapplied: int) -> None:
    for found in (m.ageing(items, unapplied), m.ageing(items, unapplied, by="invoice")):
        assert sum(found.buckets.values()) == found.gross == sum(amount for _, amount in items)
        assert found.net == found.gross + unapplied


@given(st.lists(OWED, min_size=1, max_size=50))
def test_concentration_lies_between_even_and_one(balances: list[int]) -> None:
    found = m.concentration(balances)
    assert found.hhi is not None and found.effective_n is not None
    assert D(10_000) / len(balances) - D("0.0001") <= found.hhi <= 10_000
    assert 1 <= found.effective_n <= len(balances)
    assert m.top_share(balances, len(balances)) == 1


@given(st.integers(0, 10**9), st.lists(st.tuples(st.integers(-(10**6), 10**9), st.integers(28, 31)), max_size=24))
def test_more_receivables_never_count_back_fewer_days(receivables: int, months: list[tuple[int, int]]) -> None:
    less, more = m.dso_countback(receivables, months), m.dso_countback(receivables + 1_000, months)
    assert 0 <= less.days <= more.days <= sum(days for _, days in months)


@given(st.integers(-200, 119))
def test_later_payment_never_scores_better(days: int) -> None:
    sooner, later = m.score_of_days(days), m.score_of_days(days + 1)
    assert sooner is not None and later is not None
    assert 20 <= later <= sooner <= 100
