"""Scorecards: bins give points, points give odds (FACTBOOK 2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from openterms.core.base.expressions import Value


@dataclass(frozen=True, slots=True)
class Bin:
    """``points`` where ``when`` (the text of a condition) is true; ``label`` says it in words."""

    when: str
    points: int
    label: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """What is scored: the first bin that is true counts, ``otherwise`` where none is."""

    name: str
    bins: tuple[Bin, ...]
    otherwise: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """``base_score`` stands for odds of ``base_odds`` to 1; ``points_to_double`` more double them."""

    code: str
    base_score: int
    base_odds: int
    points_to_double: int
    attributes: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What an attribute gave, and what it lost against its best bin."""

    attribute: str
    label: str
    points: int
    lost: int


@dataclass(frozen=True, slots=True)
class Score:
    """The sum of points, what they come from, and the probability of default in basis points."""

    points: int
    contributions: tuple[Contribution, ...]
    pd_bp: int


def pd_bp(card: Scorecard, points: int) -> int:
    """The probability of default at a score, rounded half up: ``1 / (1 + odds)`` (FACTBOOK 2.6, TV-34)."""
    doublings = Decimal(points - card.base_score) / card.points_to_double
    odds = card.base_odds * Decimal(2) ** doublings
    return int((10_000 / (1 + odds)).to_integral_value("ROUND_HALF_UP"))


def score(card: Scorecard, values: Mapping[str, Value]) -> Score:
    """The score of one set of facts. Not used by the decision, which reads the same bins compiled."""
    raise NotImplementedError
