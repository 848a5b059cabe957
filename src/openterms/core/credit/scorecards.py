"""Scorecards: bins give points, the points add up, and each point lost can be told (FACTBOOK 2.6).

A card is read once: its conditions are ``core.base.expressions`` over given facts. A fact that is not known makes no
bin's condition true; a bin may ask for it with ``is None``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Expression, Fact, Value, parse
from openterms.core.base.reasons import gettext_noop
from openterms.core.credit.scaling import Scaling, scaling

MOST_POINTS = 1_000_000
"""No bin gives or takes more."""

PRINCIPAL = 4
"""How many reasons for a low score are told (FACTBOOK 8.1)."""


@dataclass(frozen=True, slots=True)
class Bin:
    """``points`` when ``when`` is true; ``label`` is what people read (``paid within terms``)."""

    when: str
    points: int
    label: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """One characteristic: the first bin whose condition is true gives its points, else ``otherwise`` does."""

    name: str
    bins: tuple[Bin, ...]
    otherwise: int
    otherwise_label: str = gettext_noop("none of these")

    @property
    def most(self) -> int:
        """The most points there are to have."""
        return max(self.otherwise, *(one.points for one in self.bins))

    @property
    def least(self) -> int:
        """The fewest points there are to have."""
        return min(self.otherwise, *(one.points for one in self.bins))


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A card whose conditions have been read.

    A score of ``base_score`` stands for odds of ``base_odds`` good to one bad, and ``points_to_double`` points double
    them; attributes are in the order in which they are told. ``facts`` is the vocabulary of the conditions. BadInput,
    with the attribute and the bin, for what cannot be read.
    """

    code: str
    base_score: int
    base_odds: int | Fraction
    points_to_double: int
    attributes: tuple[Attribute, ...]
    facts: Mapping[str, Fact] = field(repr=False, compare=False)
    conditions: tuple[tuple[Expression, ...], ...] = field(init=False, repr=False, compare=False)
    scale: Scaling = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = [attribute.name for attribute in self.attributes]
        if not names or len(set(names)) < len(names) or not all(attribute.bins for attribute in self.attributes):
            raise BadInput(
                gettext_noop("a scorecard needs attributes with bins, each attribute once"),
                f"scorecard {self.code}",
                gettext_noop("name each attribute once and give it at least one bin"),
            )
        if self.points_to_double <= 0:
            raise BadInput(
                gettext_noop("points that double the odds are above zero"),
                f"scorecard {self.code}, points_to_double",
                gettext_noop("give such as 20; more points are better"),
            )
        for attribute in self.attributes:
            self._check_points(attribute)
        object.__setattr__(self, "conditions", tuple(self._read(attribute) for attribute in self.attributes))
        object.__setattr__(self, "scale", scaling(self.base_score, self.base_odds, self.points_to_double))

    def _check_points(self, attribute: Attribute) -> None:
        if max(attribute.most, -attribute.least) > MOST_POINTS:
            raise BadInput(
                gettext_noop("%(points)s points are too many for one attribute"),
                f"scorecard {self.code}, {attribute.name}",
                gettext_noop("give fewer"),
                {"points": max(attribute.most, -attribute.least)},
            )

    def _read(self, attribute: Attribute) -> tuple[Expression, ...]:
        return tuple(
            parse(one.when, self.facts, f"scorecard {self.code}, {attribute.name}, bin {number}", "bool")
            for number, one in enumerate(attribute.bins, 1)
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The facts that the card speaks of, in order of first mention."""
        return tuple(dict.fromkeys(name for bins in self.conditions for condition in bins for name in condition.names))

    @property
    def most(self) -> int:
        """The highest score there is."""
        return sum(attribute.most for attribute in self.attributes)

    @property
    def least(self) -> int:
        """The lowest score there is."""
        return sum(attribute.least for attribute in self.attributes)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one attribute gave: the bin's label, its points, and how many fewer than the attribute's best they are."""

    attribute: str
    label: str
    points: int
    lost: int


class Score(NamedTuple):
    """``points`` is the sum of the contributions, which stand in the card's order; ``pd_bp`` is the probability of
    default that the points stand for, in whole basis points.
    """

    points: int
    contributions: tuple[Contribution, ...]
    pd_bp: int

    @property
    def losses(self) -> tuple[Contribution, ...]:
        """Contributions that lost points, the largest loss first: the principal reasons are the first ``PRINCIPAL``."""
        lost = [one for one in self.contributions if one.lost]
        return tuple(sorted(lost, key=lambda one: -one.lost))


def score(card: Scorecard, values: Mapping[str, Value]) -> Score:
    """The score of one customer.

    ``values`` holds every name in ``card.names``, None where unknown. The points are those of the bins, and the scale
    says what probability they stand for. BadInput for a fact that is absent or out of its range. FACTBOOK 2.6.
    """
    contributions = tuple(
        _contribution(attribute, conditions, values)
        for attribute, conditions in zip(card.attributes, card.conditions, strict=True)
    )
    points = sum(one.points for one in contributions)
    return Score(points, contributions, card.scale.pd_bp(points))


def _contribution(
    attribute: Attribute, conditions: tuple[Expression, ...], values: Mapping[str, Value]
) -> Contribution:
    for one, condition in zip(attribute.bins, conditions, strict=True):
        if condition.holds(values):
            return Contribution(attribute.name, one.label, one.points, attribute.most - one.points)
    return Contribution(
        attribute.name, attribute.otherwise_label, attribute.otherwise, attribute.most - attribute.otherwise
    )
