"""Exact numbers in, stated rounding out: the arithmetic every measure shares."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import divide

Number = int | Decimal | Fraction
"""What a measure takes: amounts in minor units (or any one unit), days, shares. Never a float."""

PLACES = 4
"""Digits after the point of every result, halves away from zero, unless its docstring says otherwise."""


def exact(number: Number) -> Fraction:
    """The number as a fraction. Raises BadInput for a float, NaN or an infinity."""
    if isinstance(number, Decimal) and not number.is_finite():
        raise BadInput(gettext_noop("this is not a number"), "measure", gettext_noop("give a finite number"))
    if isinstance(number, bool) or not isinstance(number, (int, Decimal, Fraction)):
        raise BadInput(
            gettext_noop("a measure takes exact numbers only"),
            "measure",
            gettext_noop("give whole numbers, decimals or fractions, no floats"),
        )
    return Fraction(number)


def rounded(number: Fraction, places: int = PLACES) -> Decimal:
    """The number to ``places`` digits, halves away from zero (FACTBOOK 0)."""
    scaled = divide(number.numerator * 10**places, number.denominator)
    return Decimal(f"{scaled}E-{places}")


def quotient(dividend: Number, divisor: Number, factor: Number = 1) -> Decimal | None:
    """``dividend / divisor * factor`` to four digits; None for a zero divisor (no answer, never 0; FACTBOOK 0)."""
    below = exact(divisor)
    return None if below == 0 else rounded(exact(dividend) / below * exact(factor))


def percent(part: Number, whole: Number) -> Decimal | None:
    """``part / whole`` in percent, 0-100, to four digits; None for a zero whole."""
    return quotient(part, whole, 100)
