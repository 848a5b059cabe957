"""How the customers of the simulated portfolio pay: FACTBOOK 10's types as distributions.

Everything is drawn for all invoices at once. The true type of a customer is kept apart from the history it produces, so
that what a rule finds in the history can be compared with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Payer:
    """One type: its share of customers, days from due date to payment (mean and spread), and its habits
    (probabilities)."""

    share: float
    late_mean: float
    late_sd: float
    forgets: float = 0.0
    pays_in_parts: float = 0.0
    disputes: float = 0.012
    promises: float = 0.10
    takes_discount: float = 0.35
    never_pays: float = 0.002


PAYERS: Mapping[str, Payer] = MappingProxyType(
    {
        "prompt": Payer(0.36, -1.0, 2.0, takes_discount=0.85, disputes=0.006, promises=0.02),
        "forgetful": Payer(0.17, 1.0, 2.0, forgets=0.55, promises=0.03),
        "admin_slow": Payer(0.15, 9.0, 3.0, promises=0.03),
        "strategic": Payer(0.09, 27.0, 3.0, promises=0.01, takes_discount=0.0),
        "cash_strapped": Payer(
            0.09, 10.0, 8.0, pays_in_parts=0.40, promises=0.45, takes_discount=0.0, never_pays=0.015
        ),
        "disputing": Payer(0.06, 5.0, 5.0, disputes=0.55, promises=0.03),
        "insolvent": Payer(0.02, 22.0, 10.0, pays_in_parts=0.15, promises=0.40, takes_discount=0.0),
        "too_new": Payer(0.06, 3.0, 6.0, promises=0.05),
    }
)
"""The types, by the names of the payer segments."""

NAMES: tuple[str, ...] = tuple(PAYERS)

WORSENING_DAYS = 30.0
"""How much later a cash-strapped customer pays at the end of the simulation than at its start."""

REMINDER_DAYS = (1, 15)
"""Days overdue at which a forgetful customer is reminded; it then pays within three days."""


def types_of(rng: np.random.Generator, count: int) -> Ints:
    """The place in ``NAMES`` of each customer; every type occurs when there are enough customers."""
    shares = np.array([payer.share for payer in PAYERS.values()])
    counts = np.floor(shares / shares.sum() * count).astype(np.int64)
    counts[0] += count - counts.sum()
    return rng.permutation(np.repeat(np.arange(len(NAMES)), counts))


def trait(types: Ints, name: str) -> Floats:
    """A number of ``Payer`` for each of ``types``."""
    return np.array([getattr(payer, name) for payer in PAYERS.values()], dtype=np.float64)[types]


def days_late(rng: np.random.Generator, types: Ints, progress: Floats) -> Ints:
    """Days from due date to the day the customer means to pay. ``progress`` runs from 0 (start) to 1 (end of the
    simulation)."""
    late = rng.normal(trait(types, "late_mean"), trait(types, "late_sd"))
    late += np.where(types == NAMES.index("cash_strapped"), WORSENING_DAYS * progress**2, 0.0)
    late = np.maximum(late, -12.0)
    forgotten = rng.random(len(types)) < trait(types, "forgets")
    reminded = rng.choice(np.array(REMINDER_DAYS), size=len(types), p=(0.65, 0.35)) + rng.integers(1, 4, len(types))
    return np.where(forgotten, reminded, np.rint(late)).astype(np.int64)


def pay_run(days: Ints, weekday: Ints, fortnightly: Bools) -> Ints:
    """The customer's next payment day on or after each day (days since 1970).

    ``weekday`` 0-4 is a weekly run from Monday to Friday, 5 means any working day. Fortnightly runs take even weeks.
    """
    of_week = (days + 3) % 7
    weekend = np.where(of_week >= 5, 7 - of_week, 0)
    wait = np.where(weekday == 5, weekend, (weekday - of_week) % 7)
    run = days + wait
    odd = ((run + 3) // 7) % 2 == 1
    return np.where(fortnightly & (weekday < 5) & odd, run + 7, run).astype(np.int64)
