"""Logarithms and exponentials: their digits, their edges, and that they undo each other."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.base.logarithms import CERTAIN, exp, ln, log_odds, logistic
from openterms.core.base.numbers import rounded

CLOSE = Fraction(1, 10**35)


def test_known_digits() -> None:
    assert str(rounded(ln(2), 30)) == "0.693147180559945309417232121458"
    assert str(rounded(exp(1), 30)) == "2.718281828459045235360287471353"
    assert str(rounded(logistic(1), 20)) == "0.73105857863000487925"
    assert logistic(0) == Fraction(1, 2)
    assert ln(1) == 0
    assert exp(0) == 1


def test_the_callers_decimal_context_changes_nothing() -> None:
    before = ln(Fraction(7, 3)), exp(Fraction(7, 3))
    with localcontext() as context:
        context.prec = 3
        assert (ln(Fraction(7, 3)), exp(Fraction(7, 3))) == before


@pytest.mark.parametrize("number", [0, -1, 0.5, True, Decimal("NaN")])
def test_what_has_no_logarithm(number: Any) -> None:
    with pytest.raises(BadInput):
        ln(number)


@pytest.mark.parametrize("number", [0, 1, -1, 2])
def test_a_certain_probability_has_no_odds(number: int) -> None:
    with pytest.raises(BadInput, match="between 0 and 1"):
        log_odds(number)


def test_beyond_the_range() -> None:
    with pytest.raises(BadInput, match="too large"):
        exp(10**9)
    assert logistic(10**12) == 1
    assert logistic(-(10**12)) == 0
    assert 0 < logistic(-CERTAIN) < logistic(CERTAIN) < 1


@given(st.fractions(-50, 50, max_denominator=1000))
def test_exponential_and_logarithm_undo_each_other(number: Fraction) -> None:
    assert abs(ln(exp(number)) - number) < CLOSE


@given(st.fractions(Fraction(1, 1000), Fraction(999, 1000), max_denominator=1000))
def test_a_probability_and_its_odds_undo_each_other(probability: Fraction) -> None:
    assert abs(logistic(log_odds(probability)) - probability) < CLOSE


@given(st.integers(-100, 100), st.integers(1, 50))
def test_more_odds_are_more_probable(odds: int, more: int) -> None:
    assert logistic(Fraction(odds, 3)) < logistic(Fraction(odds + more, 3))
    assert abs(logistic(odds) + logistic(-odds) - 1) < CLOSE
