"""From odds to points and back, and what a bin of a characteristic says (FACTBOOK 2.6).

``score = offset + factor x ln(odds)``, odds good to bad. A model may predict GOOD or BAD; whoever mixes them up gives
the worst customers the most points, so the direction is always said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from openterms.core.base.errors import BadInput
from openterms.core.base.logarithms import ln, log_odds, logistic
from openterms.core.base.numbers import Number, exact, rounded
from openterms.core.base.reasons import gettext_noop
from openterms.core.base.rounding import BASIS_POINTS, divide


class Predicts(StrEnum):
    """What a logit rises with: the chance of paying (good) or of not paying (bad)."""

    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Scaling:
    """``factor`` points for each e-fold of the odds, ``offset`` points at odds of one; exact to forty digits."""

    factor: Fraction
    offset: Fraction

    @property
    def rounded(self) -> tuple[Decimal, Decimal]:
        """Factor and offset to four digits."""
        return rounded(self.factor), rounded(self.offset)

    def score_at_odds(self, odds: Number) -> Fraction:
        """The score that stands for these odds, good to bad, above zero. FACTBOOK 2.6 (TV-34)."""
        return self.offset + self.factor * ln(odds)

    def score_at_pd(self, probability: Number) -> Fraction:
        """The score that stands for this probability of default, between 0 and 1. FACTBOOK 2.6 (TV-34)."""
        return self.offset - self.factor * log_odds(probability)

    def pd(self, score: Number) -> Fraction:
        """The probability of default 0-1 that a score stands for: more points, less probable. FACTBOOK 2.6 (TV-37)."""
        return logistic((self.offset - exact(score)) / self.factor)

    def pd_bp(self, score: Number) -> int:
        """The same in whole basis points, halves up."""
        found = self.pd(score)
        return divide(found.numerator * BASIS_POINTS, found.denominator)


def scaling(base_score: Number, base_odds: Number, points_to_double: Number) -> Scaling:
    """The scale on which ``base_score`` stands for ``base_odds`` and ``points_to_double`` points double the odds.

    For odds good to bad the points are above zero; the same formula takes odds bad to good with points below zero.
    BadInput for odds at or below zero and for no points. Source: FACTBOOK 2.6 (TV-34, TV-35).
    """
    points, odds = exact(points_to_double), exact(base_odds)
    if points == 0 or odds <= 0:
        raise BadInput(
            gettext_noop("a scale needs odds above zero, and points that double them"),
            "scorecard",
            gettext_noop("give such as 600 points at odds of 50, doubled by 20"),
        )
    factor = points / ln(2)
    return Scaling(factor, exact(base_score) - factor * ln(odds))


@dataclass(frozen=True, slots=True)
class Counted:
    """How many customers of a bin turned out good and bad."""

    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """``weights``: the weight of evidence of each bin; ``value``: the information value of all. Exact to forty digits.

    A positive weight is better than the average.
    """

    weights: tuple[Fraction, ...]
    value: Fraction

    @property
    def rounded(self) -> tuple[tuple[Decimal, ...], Decimal]:
        """Weights and value to four digits."""
        return tuple(rounded(weight) for weight in self.weights), rounded(self.value)


def evidence(bins: Sequence[Counted]) -> Evidence:
    """Weight of evidence ``ln(share of goods / share of bads)`` of each bin, and the information value.

    A bin without goods or without bads has half a customer added to both of its counts, and the totals count them.
    BadInput without bins, for a negative count, or where there are no goods or no bads at all. FACTBOOK 2.6 (TV-36).
    """
    if any(min(one.good, one.bad) < 0 for one in bins) or not (
        any(one.good for one in bins) and any(one.bad for one in bins)
    ):
        raise BadInput(
            gettext_noop("these bins carry no evidence"),
            "bins",
            gettext_noop("give counts of zero or more, with some goods and some bads"),
        )
    halves = [Fraction(0 if one.good and one.bad else 1, 2) for one in bins]
    goods = [one.good + half for one, half in zip(bins, halves, strict=True)]
    bads = [one.bad + half for one, half in zip(bins, halves, strict=True)]
    shares = [(good / sum(goods), bad / sum(bads)) for good, bad in zip(goods, bads, strict=True)]
    weights = tuple(ln(good / bad) for good, bad in shares)
    value = sum(((good - bad) * weight for (good, bad), weight in zip(shares, weights, strict=True)), Fraction(0))
    return Evidence(weights, value)


def points_of_attributes(
    intercept: Number, weighted: Sequence[tuple[Number, Number]], scale: Scaling, predicts: Predicts
) -> tuple[Fraction, ...]:
    """The points of each attribute of a logistic model; together they are the score.

    ``weighted`` holds for each attribute its coefficient and the weight of evidence of the bin the customer lies in.
    ``(coefficient x weight + intercept / n) x factor + offset / n`` where the logit predicts GOOD; the bracket is
    negated where it predicts BAD. BadInput without attributes. Source: FACTBOOK 2.6 (TV-37).
    """
    if not weighted:
        raise BadInput(gettext_noop("a score needs an attribute"), "scorecard", gettext_noop("give at least one"))
    sign, count = (1 if predicts is Predicts.GOOD else -1), len(weighted)
    share = exact(intercept) / count
    return tuple(
        sign * (exact(coefficient) * exact(weight) + share) * scale.factor + scale.offset / count
        for coefficient, weight in weighted
    )
