"""The only places where money is divided. Half up, away from zero for negatives (FACTBOOK 0)."""

from __future__ import annotations

from decimal import Decimal

BASIS_POINTS = 10_000


def divide(n: int, d: int) -> int:
    """``n / d`` to the nearest integer, halves away from zero: ``divide(5, 2) == 3``, ``divide(-5, 2) == -3``.

    Exact for integers of any size. Raises ``ZeroDivisionError`` for ``d == 0``: a ratio without a denominator is
    "no answer", which the caller must say, not zero. Source: FACTBOOK 0.
    """
    if n >= 0 < d:  # by far the most frequent
        whole, rest = divmod(n, d)
        return whole + 1 if 2 * rest >= d else whole
    if d == 0:
        raise ZeroDivisionError("division of money by zero")
    whole, rest = divmod(abs(n), abs(d))
    if 2 * rest >= abs(d):
        whole += 1
    return whole if (n < 0) == (d < 0) else -whole


def basis_points(minor: int, bp: int) -> int:
    """``bp`` hundredths of a percent of an amount in minor units: ``basis_points(120_000, 200) == 2_400``."""
    return divide(minor * bp, BASIS_POINTS)


def multiply(minor: int, factor: Decimal) -> int:
    """An amount times an exact decimal factor (an exchange rate, a rate times a share of a year), rounded once.

    The product is exact before rounding, whatever the decimal context. Refuses NaN and infinity with ``ValueError``.
    """
    numerator, denominator = factor.as_integer_ratio() if factor.is_finite() else (0, 0)
    if denominator == 0:
        raise ValueError(f"{factor} is not a factor for money")
    return divide(minor * numerator, denominator)


def released(total: int, before: int, after: int, whole: int) -> int:
    """The part of ``total`` that belongs to the slice ``before..after`` of ``whole``.

    ``half_up(total * after / whole) - half_up(total * before / whole)``: depends on the running position alone, so
    consecutive slices from 0 to ``whole`` always sum to ``total``. Used for the base-currency amount of a part payment.
    """
    return divide(total * after, whole) - divide(total * before, whole)
