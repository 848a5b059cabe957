"""Logarithms and exponentials for scores: forty digits, rounded in one way on every machine, never a float.

``decimal`` rounds ``ln`` and ``exp`` correctly to the digits asked for, whatever the processor; binary floats do not
promise that, and a stored decision must replay to the same digit. Nothing here is money.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from fractions import Fraction

from openterms.core.base.errors import BadInput
from openterms.core.base.numbers import Number, exact
from openterms.core.base.reasons import gettext_noop

DIGITS = 40
"""Significant digits of every result."""

CERTAIN = 200
"""Log-odds beyond which a probability is 0 or 1 to eighty digits."""

_CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow])


def ln(number: Number) -> Fraction:
    """The natural logarithm of a positive number, to forty digits. BadInput for zero and below, and for floats."""
    value = exact(number)
    if value <= 0:
        raise BadInput(
            gettext_noop("only a number above zero has a logarithm"),
            "logarithm",
            gettext_noop("give a number above zero"),
        )
    return Fraction(_CONTEXT.ln(_decimal(value)))


def exp(number: Number) -> Fraction:
    """e to the power of ``number``, to forty digits. BadInput beyond the range of a decimal (about 2.3 million)."""
    try:
        return Fraction(_CONTEXT.exp(_decimal(exact(number))))
    except Overflow:
        raise BadInput(
            gettext_noop("the power is too large"), "exponential", gettext_noop("give a smaller number")
        ) from None


def logistic(log_odds: Number) -> Fraction:
    """The probability with these natural log-odds, ``1 / (1 + e^-x)``: strictly rising, 1/2 at zero, never fails.

    Beyond ``CERTAIN`` the probability is 0 or 1.
    """
    value = exact(log_odds)
    if abs(value) > CERTAIN:
        return Fraction(value > 0)
    return 1 / (1 + exp(-value))


def log_odds(probability: Number) -> Fraction:
    """The natural logarithm of ``p / (1 - p)``. BadInput outside 0 < p < 1. The inverse of ``logistic``."""
    value = exact(probability)
    if not 0 < value < 1:
        raise BadInput(
            gettext_noop("a probability here lies between 0 and 1"), "probability", gettext_noop("give such as 0.02")
        )
    return ln(value / (1 - value))


def _decimal(value: Fraction) -> Decimal:
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
