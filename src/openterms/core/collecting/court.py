"""Instalments that a court allows: which are kept or missed follows from the money that came in since the judgment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

GRACE_DAYS = 3
"""A payment takes as long to reach the record; an instalment is missed after these days."""


COURT_STEP = "court_instalment"
"""The work that a missed instalment brings: no step of the ladder, since a court has the case."""
ASKED_AGAIN_DAYS = 7
"""Somebody who was spoken with, or whose work was done, is left alone for so long."""


class Kept(StrEnum):
    """How an instalment stands on a day."""

    KEPT = "kept"
    PART_KEPT = "part_kept"
    MISSED = "missed"
    TO_COME = "to_come"


class CourtInstalment(NamedTuple):
    """One instalment of a judgment on a day, minor units of the judgment's currency."""

    number: int
    due_on: date
    amount_minor: int
    paid_minor: int
    state: Kept

    @property
    def open_minor(self) -> int:
        """What is still to be paid of it."""
        return self.amount_minor - self.paid_minor


def court_instalments(
    allowed: Sequence[tuple[date, int]], paid_minor: int, as_of: date, grace_days: int = GRACE_DAYS
) -> tuple[CourtInstalment, ...]:
    """The instalments (day, minor units) in order, each with what came in for it by a day: money meets the earliest
    first. One is missed once its day and grace have passed and something of it is open."""
    left, found = max(paid_minor, 0), []
    for number, (due_on, minor) in enumerate(allowed, 1):
        met = min(left, minor)
        left -= met
        if met == minor:
            state = Kept.KEPT
        elif as_of > due_on + timedelta(days=grace_days):
            state = Kept.MISSED
        else:
            state = Kept.PART_KEPT if met else Kept.TO_COME
        found.append(CourtInstalment(number, due_on, minor, met, state))
    return tuple(found)
