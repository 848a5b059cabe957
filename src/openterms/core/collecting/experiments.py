"""Champion against challenger: who is in which arm, and what the difference may be said to be.

Customers are assigned, not invoices, by a hash of the experiment's seed and the customer's id: independent of
everything about the customer but its stratum, within which every arm gets its share. Source: FACTBOOK 10 (randomise by
customer, hold out, one primary metric, guard metrics).
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from openterms.core.base.reasons import Reason, gettext_noop

WHOLE_BP = 10_000
DRAWS = 1_000
LEAST_CUSTOMERS = 30
"""An arm with fewer customers says nothing."""


class Arm(StrEnum):
    """Where a customer is: the present strategy, the changed one, or no messages of the run at all."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    HOLD_OUT = "hold_out"


CANNOT_TELL = Reason(
    "cannot_tell", gettext_noop("The interval holds no difference as well: this experiment cannot tell the two apart.")
)
TOO_FEW = Reason(
    "too_few", gettext_noop("An arm has fewer than %(least)s customers with paid invoices: nothing can be said yet.")
)
BETTER = Reason("challenger_better", gettext_noop("The challenger did better on this measure."))
WORSE = Reason("challenger_worse", gettext_noop("The challenger did worse on this measure."))


def arm_of(seed: str, customer_id: str, challenger_bp: int, hold_out_bp: int) -> Arm:
    """The arm of a customer who came later: shares in basis points of everybody, the hold-out first."""
    drawn = int.from_bytes(_digest(seed, customer_id)[:8], "big") % WHOLE_BP
    if drawn < hold_out_bp:
        return Arm.HOLD_OUT
    return Arm.CHALLENGER if drawn < hold_out_bp + challenger_bp else Arm.CHAMPION


def stratified(seed: str, strata: Mapping[str, str], challenger_bp: int, hold_out_bp: int) -> dict[str, Arm]:
    """The arm of every customer, given its stratum (such as segment and size): each stratum is drawn for itself.

    An arm gets its share of a stratum to within one customer; who is the odd one is drawn too, so that over many strata
    the shares come out. The same seed and customers give the same answer in whatever order they come.
    """
    members: dict[str, list[str]] = defaultdict(list)
    for customer_id, stratum in strata.items():
        members[stratum].append(customer_id)
    found: dict[str, Arm] = {}
    for stratum, ids in members.items():
        drawn = sorted(ids, key=lambda one: (_digest(seed, one), one))
        chance = int.from_bytes(_digest(f"{seed}\0stratum", stratum)[:8], "big") % WHOLE_BP
        held = _rounded(len(drawn) * hold_out_bp, chance)
        both = max(_rounded(len(drawn) * (hold_out_bp + challenger_bp), chance), held)
        for place, one in enumerate(drawn):
            found[one] = Arm.HOLD_OUT if place < held else Arm.CHALLENGER if place < both else Arm.CHAMPION
    return found


def _digest(seed: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}".encode()).digest()


def _rounded(basis_points: int, chance: int) -> int:
    """Customers from customers times basis points: up as often as its remainder says, by `chance` of 10,000."""
    whole, rest = divmod(basis_points, WHOLE_BP)
    return whole + (chance < rest)


@dataclass(frozen=True, slots=True)
class Sample:
    """One customer in an arm: ``weight`` and ``total`` of a ratio (amount and amount x days; invoices and paid)."""

    weight: int
    total: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Challenger less champion on one measure, in ten-thousandths of its unit.

    ``low`` and ``high`` hold 95 % of what re-drawing the customers gives; None where nothing can be said. ``verdict``
    says in words what that allows.
    """

    champion: int | None
    challenger: int | None
    low: int | None
    high: int | None
    verdict: Reason


def ratio(samples: Sequence[Sample]) -> int | None:
    """Total over weight of an arm in ten-thousandths, half up; None where the weight is 0."""
    weight, total = sum(one.weight for one in samples), sum(one.total for one in samples)
    return None if weight == 0 else (2 * total * WHOLE_BP + weight) // (2 * weight)


def difference(
    champion: Sequence[Sample], challenger: Sequence[Sample], lower_is_better: bool, seed: str = ""
) -> Difference:
    """The two arms on one measure, with a bootstrap interval over customers; the same seed gives the same answer."""
    first, second = ratio(champion), ratio(challenger)
    if first is None or second is None or min(len(champion), len(challenger)) < LEAST_CUSTOMERS:
        return Difference(first, second, None, None, TOO_FEW.given(least=LEAST_CUSTOMERS))
    dice = random.Random(f"bootstrap:{seed}")  # noqa: S311 no secret depends on it
    drawn = sorted(_redrawn(challenger, dice) - _redrawn(champion, dice) for _ in range(DRAWS))
    low, high = (_whole(drawn[place]) for place in (DRAWS * 25 // 1_000, DRAWS * 975 // 1_000 - 1))
    verdict = CANNOT_TELL if low <= 0 <= high else BETTER if (high < 0) == lower_is_better else WORSE
    return Difference(first, second, low, high, verdict)


def _redrawn(samples: Sequence[Sample], dice: random.Random) -> Fraction:
    """The ratio of as many customers, drawn with repetition."""
    picked = dice.choices(samples, k=len(samples))
    weight = sum(one.weight for one in picked)
    return Fraction(sum(one.total for one in picked), weight) if weight else Fraction(0)


def _whole(value: Fraction) -> int:
    """A ratio in ten-thousandths, half up."""
    return (2 * value.numerator * WHOLE_BP + value.denominator) // (2 * value.denominator)
