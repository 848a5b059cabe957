"""How sure one can be of a share of money: the interval of a bootstrap over customers, as experiments have it.

Promises of one customer hang together and a few large ones weigh most, so that an interval for counts says too much.
Amounts are minor units of one currency, shares basis points.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from openterms.core.base.rounding import BASIS_POINTS, divide

from .experiments import DRAWS, Sample

FEWEST = 10
WIDEST_BP = 5_000
"""Fewer customers, or a wider interval, say too little to compare by."""
LEAST_DRAWS = 200
MOST_PICKS = 400_000
"""Many customers are drawn less often: their interval is narrow anyway."""


class AmountShare(NamedTuple):
    """``part_minor`` of ``whole_minor`` over so many customers, with its interval; all None where there is no money."""

    part_minor: int
    whole_minor: int
    customers: int
    share_bp: int | None
    low_bp: int | None
    high_bp: int | None

    @property
    def says_enough(self) -> bool:
        """Whether it may be compared with another."""
        if self.low_bp is None or self.high_bp is None:
            return False
        return self.customers >= FEWEST and self.high_bp - self.low_bp <= WIDEST_BP


def amount_share(samples: Sequence[Sample], seed: str = "") -> AmountShare:
    """The share of ``total`` in ``weight`` of all customers, and what 95 of 100 re-drawn samples give. The same seed
    gives the same answer. ``ValueError`` where a part is negative or more than its whole."""
    if any(not 0 <= one.total <= one.weight for one in samples):
        raise ValueError("a part is negative or larger than its whole")
    told = [one for one in samples if one.weight]
    part, whole = sum(one.total for one in told), sum(one.weight for one in told)
    if not whole:
        return AmountShare(0, 0, 0, None, None, None)
    draws = max(LEAST_DRAWS, min(DRAWS, MOST_PICKS // len(told)))
    dice = random.Random(f"amounts:{seed}")  # noqa: S311 no secret depends on it
    drawn = sorted(_share(dice.choices(told, k=len(told))) for _ in range(draws))
    low, high = drawn[draws * 25 // 1_000], drawn[draws * 975 // 1_000 - 1]
    return AmountShare(part, whole, len(told), divide(part * BASIS_POINTS, whole), low, high)


def _share(samples: Sequence[Sample]) -> int:
    """Basis points of a draw; every weight is positive."""
    return divide(sum(one.total for one in samples) * BASIS_POINTS, sum(one.weight for one in samples))
