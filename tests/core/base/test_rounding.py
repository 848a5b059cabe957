from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.rounding import basis_points, divide, multiply, released


@pytest.mark.parametrize(("n", "d", "expected"), [
    (5, 2, 3), (-5, 2, -3), (5, -2, -3), (-5, -2, 3), (4, 3, 1), (-4, 3, -1), (1, 2, 1), (0, 7, 0), (7, 7, 1),
])  # fmt: skip
def test_divide_rounds_half_away_from_zero(n: int, d: int, expected: int) -> None:
    assert divide(n, d) == expected


def test_divide_by_zero_has_no_answer() -> None:
    with pytest.raises(ZeroDivisionError):
        divide(1, 0)


def test_basis_points() -> None:
    assert [basis_points(minor, 200) for minor in (120_000, 25, -25, 24)] == [2_400, 1, -1, 0]


def test_multiply_is_exact_before_it_rounds() -> None:
    assert multiply(10**17 + 5, Decimal("0.1")) == 10**16 + 1
    assert multiply(-5, Decimal("0.5")) == -3
    for factor in ("NaN", "Infinity"):
        with pytest.raises(ValueError, match="factor"):
            multiply(1, Decimal(factor))


@given(st.integers(), st.integers().filter(bool))
def test_divide_agrees_with_decimal_half_up(n: int, d: int) -> None:
    with localcontext() as context:
        context.prec = 200
        assert divide(n, d) == (Decimal(n) / Decimal(d)).to_integral_value(ROUND_HALF_UP)


@given(st.integers(), st.integers(1, 10**12), st.lists(st.integers(0, 10**12), max_size=8))
def test_released_parts_sum_to_the_whole(total: int, whole: int, cuts: list[int]) -> None:
    marks = [0, *sorted(min(cut, whole) for cut in cuts), whole]
    parts = [released(total, before, after, whole) for before, after in pairwise(marks)]
    assert sum(parts) == total
