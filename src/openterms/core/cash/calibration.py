"""How probable a candidate is: how often candidates of its features were right.

``Calibration`` counts outcomes: of a simulation with known truth at first, of people's corrections later. A probability
is what it says: of a hundred candidates at 99 %, 99 are right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from openterms.core.base.rounding import divide
from openterms.core.cash.values import Features

FULL_BP = 10_000
_DOUBT, _LEAN, _FINE = 2, 5, 1_000_000


class Calibration:
    """Outcomes by features. Few outcomes of the same features lean on those of coarser ones; what was never seen in any
    way counts as even."""

    def __init__(self, outcomes: Iterable[tuple[Features, bool]]) -> None:
        self.seen: Counter[tuple[object, ...]] = Counter()
        self.right: Counter[tuple[object, ...]] = Counter()
        for features, is_right in outcomes:
            for key in (features, _coarse(features)):
                self.seen[key] += 1
                self.right[key] += is_right

    def probability_bp(self, features: Features) -> int:
        """How often candidates like this were right, in basis points.

        The share of the coarser features, begun with two outcomes of which one was wrong, counts as five outcomes more.
        """
        coarse = _coarse(features)
        prior = divide((self.right[coarse] + 1) * _FINE, self.seen[coarse] + _DOUBT)
        return divide((self.right[features] * _FINE + _LEAN * prior) * FULL_BP, (self.seen[features] + _LEAN) * _FINE)


def _coarse(features: Features) -> tuple[object, ...]:
    return (features.reference, features.fit, min(1, features.rivals))
