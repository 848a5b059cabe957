"""How sure one can be of a share: Wilson's interval in whole basis points."""

from __future__ import annotations

from math import isqrt
from typing import NamedTuple

from openterms.core.base.rounding import BASIS_POINTS, divide

Z_HUNDREDTHS = 196
"""1.96 standard deviations: 95 of 100 such intervals hold the true share."""

FEWEST = 10
WIDEST_BP = 5_000
"""Fewer cases, or a wider interval, say too little to compare people by."""

_FINE = 10**6


class Share(NamedTuple):
    """``part`` of ``whole`` with its interval in basis points; all None where there is no case at all."""

    part: int
    whole: int
    share_bp: int | None
    low_bp: int | None
    high_bp: int | None

    @property
    def says_enough(self) -> bool:
        """Whether it may be compared with another."""
        if self.low_bp is None or self.high_bp is None:
            return False
        return self.whole >= FEWEST and self.high_bp - self.low_bp <= WIDEST_BP


def wilson(part: int, whole: int) -> Share:
    """The share ``part / whole`` with Wilson's 95 % interval. ``ValueError`` unless ``0 <= part <= whole``.

    With n cases and share p: (p + z^2/2n ± z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), in whole numbers throughout.
    Source: Wilson 1927, Journal of the American Statistical Association 22.
    """
    if not 0 <= part <= whole:
        raise ValueError(f"{part} of {whole} is not a share")
    if whole == 0:
        return Share(0, 0, None, None, None)
    square = Z_HUNDREDTHS * Z_HUNDREDTHS  # z^2 in ten-thousandths
    below = 2 * (10_000 * whole + square)  # everything times 2 * 10_000 * n
    middle = 20_000 * part + square
    inner = 40_000 * part * (whole - part) * _FINE**2 // whole + square * _FINE**2
    spread = Z_HUNDREDTHS * isqrt(inner)
    low = divide((middle * _FINE - spread) * BASIS_POINTS, below * _FINE)
    high = divide((middle * _FINE + spread) * BASIS_POINTS, below * _FINE)
    return Share(part, whole, divide(part * BASIS_POINTS, whole), max(low, 0), min(high, BASIS_POINTS))
