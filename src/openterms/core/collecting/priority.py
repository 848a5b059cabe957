"""Which piece of work to do first: the money that it is expected to move, for each minute that it takes.

For what is overdue and collectable of one customer in one currency, by ageing bucket, with the seller's own share
that is not paid within 30 days (``portfolio.measures.at_risk``):

* *movable* = amount x share not paid x share paid: what would not come by itself, times the chance that it comes once
  asked for. Money that comes anyway moves little, and so does money that never comes.
* *waiting* = what a wait of 30 days costs: amount x what the share not paid grows from this bucket to the next. What
  the limitation would end within ``NEAR_LIMITATION_DAYS`` loses its whole share paid instead. Of promises due within
  ``PROMISE_DAYS`` the share that the seller's customers break; of items whose cash discount ends within
  ``DISCOUNT_DAYS`` the pull that ends with it.
* *moved* = movable + waiting, and *per minute* = moved x 60 / seconds.

The product of the two shares and the three spans are conventions of ours (no randomised study of trade collection
gives better ones, FACTBOOK 10), dated ``DEFAULTS_SINCE``. Amounts are minor units, shares basis points, all of them
whole; ``portfolio.rules.priorities`` reads the same formula over columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from openterms.core.base.rounding import BASIS_POINTS, basis_points, divide
from openterms.core.collecting.steps import STEPS

DEFAULTS_SINCE = date(2026, 11, 22)
"""Since when the figures below are as they are."""

DEFAULT_SECONDS: Mapping[str, int] = MappingProxyType(
    {
        "courtesy": 180,
        "reminder": 180,
        "call": 480,
        "firm_letter": 360,
        "final_notice": 600,
        "propose_demand": 1_200,
        "propose_agency": 1_500,
    }
)
"""How long a step takes a person, where the seller has logged too little of it."""

FEWEST_LOGGED = 20
"""A kind of step logged less often takes the default time."""
LEAST_SECONDS, MOST_SECONDS = 30, 3_600
NEAR_LIMITATION_DAYS = 90
PROMISE_DAYS = 3
DISCOUNT_DAYS = 7
DISCOUNT_PULL_BP = 1_000
UNKNOWN_BROKEN_BP = 3_000
"""Share of promises that are broken, where fewer than ``FEWEST_LOGGED`` were judged."""


class Cell(NamedTuple):
    """What is collectable in one overdue bucket, how much of it the limitation is near to, and the two shares."""

    collectable_minor: int
    limited_minor: int
    unpaid_bp: int
    next_unpaid_bp: int


class Extra(NamedTuple):
    """Promised for the next days, and collectable with a cash discount that ends; minor units."""

    promised_minor: int = 0
    discounted_minor: int = 0


class Worth(NamedTuple):
    """What a piece of work is expected to move: minor units of its currency."""

    movable_minor: int
    waiting_minor: int
    seconds: int

    @property
    def moved_minor(self) -> int:
        """What doing it now is worth."""
        return self.movable_minor + self.waiting_minor

    @property
    def per_minute_minor(self) -> int:
        """What each minute of it is worth."""
        return divide(self.moved_minor * 60, self.seconds)


def movable(cell: Cell) -> int:
    """What asking moves in a bucket."""
    return basis_points(basis_points(cell.collectable_minor, cell.unpaid_bp), BASIS_POINTS - cell.unpaid_bp)


def waiting(cell: Cell) -> int:
    """What waiting 30 days costs in a bucket."""
    grown = max(cell.next_unpaid_bp - cell.unpaid_bp, 0)
    free = cell.collectable_minor - cell.limited_minor
    return basis_points(free, grown) + basis_points(cell.limited_minor, BASIS_POINTS - cell.unpaid_bp)


def worth(cells: Iterable[Cell], extra: Extra, broken_bp: int, seconds: int) -> Worth:
    """The worth of a piece of work; ``seconds`` is positive, ``limited_minor`` at most ``collectable_minor``."""
    known = tuple(cells)
    lost = basis_points(extra.promised_minor, broken_bp) + basis_points(extra.discounted_minor, DISCOUNT_PULL_BP)
    return Worth(sum(map(movable, known)), sum(map(waiting, known)) + lost, seconds)


def in_base(minor: int, open_minor: int, open_base_minor: int) -> int:
    """An amount in the seller's currency, at the booked rates of what is open; 0 where nothing is."""
    return divide(minor * open_base_minor, open_minor) if open_minor > 0 else 0


def seconds_of(logged: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Seconds of each step from ``{step: (median seconds, how often logged)}``; the default where that is too few."""
    found = {}
    for step in STEPS:
        median, times = logged.get(step, (0, 0))
        own = max(LEAST_SECONDS, min(median, MOST_SECONDS))
        found[step] = own if times >= FEWEST_LOGGED else DEFAULT_SECONDS[step]
    return found


def broken_bp_of(broken: int, judged: int) -> int:
    """Share of promises that were not kept, from the seller's own; the default where too few were judged."""
    return divide(broken * BASIS_POINTS, judged) if judged >= FEWEST_LOGGED else UNKNOWN_BROKEN_BP
