"""What an agency keeps of what it collects, and how agencies compare (FACTBOOK 5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from typing import NamedTuple

from openterms.core.base.errors import BadInput
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, basis_points, divide

LEAST_FEE_BP, MOST_FEE_BP = 0, 6_000
_EXACT = Context(prec=30)
_Z_SQUARED = Decimal("3.841458820694124")
"""The square of 1.96: two-sided, 95 per cent."""


class FeeStep(NamedTuple):
    """The fee for debts up to so many days past due; ``most_days`` None is the last step, without an end."""

    most_days: int | None
    fee_bp: int


class Share(NamedTuple):
    """A share of cases in basis points with its 95 per cent interval (Wilson), and how many it is of."""

    share_bp: int
    low_bp: int
    high_bp: int
    cases: int


def read_fees(given: Sequence[Mapping[str, object]]) -> tuple[FeeStep, ...]:
    """A fee table in order of age. ``BadInput`` unless ages rise, the last has no end, and fees are 0 to 60 %."""
    steps: list[FeeStep] = []
    for one in given:
        days, fee = one.get("most_days"), one.get("fee_bp")
        if not (days is None or type(days) is int) or type(fee) is not int:
            raise _bad_table()
        steps.append(FeeStep(days, fee))
    ages = [step.most_days for step in steps[:-1]]
    rising = all(age is not None and age > 0 for age in ages) and ages == sorted(set(ages), key=lambda age: age or 0)
    if not steps or steps[-1].most_days is not None or not rising:
        raise _bad_table()
    if any(not LEAST_FEE_BP <= step.fee_bp <= MOST_FEE_BP for step in steps):
        raise _bad_table()
    return tuple(steps)


def fee_bp_of(steps: Sequence[FeeStep], days_overdue: int) -> int:
    """The fee for a debt so many days past due, basis points."""
    return next(step.fee_bp for step in steps if step.most_days is None or days_overdue <= step.most_days)


def fee_of(collected_minor: int, fee_bp: int) -> int:
    """The fee on what was collected: 30 % of 10,000 is 3,000 (TV-60)."""
    return basis_points(collected_minor, fee_bp)


def share(hits: int, count: int) -> Share | None:
    """Hits of so many cases with the Wilson interval; None without cases."""
    if count <= 0:
        return None
    n, p = Decimal(count), _EXACT.divide(Decimal(hits), Decimal(count))
    z = _Z_SQUARED
    middle = p + _EXACT.divide(z, 2 * n)
    spread = _EXACT.sqrt(z * (_EXACT.divide(p * (1 - p), n) + _EXACT.divide(z, 4 * n * n)))
    whole = 1 + _EXACT.divide(z, n)
    low, high = (_EXACT.divide(middle + sign * spread, whole) for sign in (-1, 1))
    return Share(divide(hits * BASIS_POINTS, count), _points(low), _points(high), count)


def _points(value: Decimal) -> int:
    """A share as basis points within 0 and 1."""
    return min(BASIS_POINTS, max(0, int((value * BASIS_POINTS).to_integral_value())))


def _bad_table() -> BadInput:
    return BadInput(
        gettext_noop("This is not a fee table"), "fees",
        gettext_noop("Give fees of 0 to 60 per cent by rising days past due, the last without an end"),
    )  # fmt: skip
