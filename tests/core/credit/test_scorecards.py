"""Scorecards: TV-34 to TV-37, the sign, points lost, missing facts, and what holds of every card."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Value, code, flag, vocabulary, whole
from openterms.core.base.numbers import rounded
from openterms.core.credit.scaling import Counted, Predicts, evidence, points_of_attributes, scaling
from openterms.core.credit.scorecards import Attribute, Bin, Contribution, Score, Scorecard, score
from tests.shared import vector

D = Decimal
FACTS = vocabulary(
    whole("days_beyond_terms", -365, 3650, unit="days"),
    whole("months_trading", 0, 12_000, unit="months"),
    whole("current_c", -(10**9), 10**9),
    flag("is_insolvent"),
    code("country"),
)
PAYING = Attribute(
    "paying",
    (
        Bin("days_beyond_terms is None", 180, "no history"),
        Bin("days_beyond_terms <= 0", 230, "within terms"),
        Bin("days_beyond_terms <= 15", 200, "up to 15 days late"),
    ),
    150,
    "more than 15 days late",
)
AGE = Attribute(
    "age", (Bin("months_trading >= 60", 200, "five years"), Bin("months_trading >= 12", 190, "a year")), 170
)
LIQUIDITY = Attribute("liquidity", (Bin("current_c >= 150", 210, "1.5 or more"),), 180)


def card(**changed: Any) -> Scorecard:
    given: dict[str, Any] = {
        "code": "standard", "base_score": 600, "base_odds": 50, "points_to_double": 20,
        "attributes": (PAYING, AGE, LIQUIDITY), "facts": FACTS,
    }  # fmt: skip
    return Scorecard(**{**given, **changed})


def test_scaling() -> None:
    inputs, wanted = vector(34)["inputs"], vector(34)["expected"]
    scale = scaling(inputs["base_score"], inputs["base_odds_good_to_bad"], inputs["pdo"])
    assert scale.rounded == (D(str(wanted["factor"])), D(str(wanted["offset"])))
    assert [rounded(scale.score_at_odds(odds)) for odds in inputs["score_at_odds"]] == wanted["scores"]
    assert rounded(scale.score_at_pd(D(str(inputs["pd"])))) == D(str(wanted["score_at_pd"]))


def test_scaling_in_odds_of_bad_to_good() -> None:
    inputs, wanted = vector(35)["inputs"], vector(35)["expected"]
    scale = scaling(inputs["base_score"], Fraction(inputs["base_odds_bad_to_good"]), inputs["pdo"])
    assert (rounded(scale.offset, 2), rounded(scale.factor, 2)) == (D(str(wanted["a"])), D(str(wanted["b"])))


def test_both_ways_of_giving_odds_are_one_scale() -> None:
    assert scaling(600, 60, 20).rounded == tuple(
        sign * number for sign, number in zip((-1, 1), scaling(600, Fraction(1, 60), -20).rounded, strict=True)
    )


def test_weight_of_evidence() -> None:
    wanted = vector(36)["expected"]
    found = evidence([Counted(**one) for one in vector(36)["inputs"]["bins"]])
    assert found.rounded == (tuple(D(str(weight)) for weight in wanted["woe"]), D(str(wanted["iv"])))


def test_an_empty_bin_is_given_half_a_customer() -> None:
    found = evidence([Counted(0, 10), Counted(100, 10)])
    same = evidence([Counted(1, 21), Counted(200, 20)])
    assert found == same
    assert found.weights[0] < 0 < found.weights[1]
    assert evidence([Counted(0, 0), Counted(10, 10)]).weights == (0, 0)


@pytest.mark.parametrize(
    "bins", [[], [Counted(5, 0)], [Counted(0, 5), Counted(0, 1)], [Counted(-1, 5), Counted(9, 5)]]
)  # fmt: skip
def test_bins_without_evidence(bins: list[Counted]) -> None:
    with pytest.raises(BadInput, match="no evidence"):
        evidence(bins)


def weighted() -> list[tuple[Decimal, Decimal]]:
    inputs = vector(37)["inputs"]
    return [(D(str(beta)), D(str(woe))) for beta, woe in zip(inputs["beta"], inputs["woe"], strict=True)]


def test_points_of_attributes() -> None:
    inputs, wanted = vector(37)["inputs"], vector(37)["expected"]
    scale = scaling(inputs["base_score"], inputs["base_odds"], inputs["pdo"])
    points = points_of_attributes(D(str(inputs["intercept"])), weighted(), scale, Predicts.GOOD)
    assert [rounded(one, 2) for one in points] == [D(str(one)) for one in wanted["points"]]
    assert rounded(sum(points, Fraction(0)), 2) == D(str(wanted["score"]))
    assert rounded(scale.pd(sum(points, Fraction(0))), 6) == D(str(wanted["pd"]))
    assert scale.pd_bp(sum(points, Fraction(0))) == 337


def test_a_model_of_bad_is_the_same_model_with_its_sign_turned() -> None:
    scale = scaling(600, 50, 20)
    good = points_of_attributes(3, weighted(), scale, Predicts.GOOD)
    turned = [(-coefficient, weight) for coefficient, weight in weighted()]
    assert points_of_attributes(-3, turned, scale, Predicts.BAD) == good
    assert points_of_attributes(3, weighted(), scale, Predicts.BAD) != good
    with pytest.raises(BadInput):
        points_of_attributes(3, [], scale, Predicts.GOOD)


@pytest.mark.parametrize(("odds", "points"), [(0, 20), (-1, 20), (50, 0), (50.0, 20)])
def test_no_scale(odds: Any, points: int) -> None:
    with pytest.raises(BadInput):
        scaling(600, odds, points)


@pytest.mark.parametrize(
    ("days", "months", "current", "points", "lost"),
    [
        (-3, 60, 150, (230, 200, 210), (0, 0, 0)),
        (0, 59, 149, (230, 190, 180), (0, 10, 30)),
        (1, 12, 151, (200, 190, 210), (30, 10, 0)),
        (16, 11, 0, (150, 170, 180), (80, 30, 30)),
        (None, None, None, (180, 170, 180), (50, 30, 30)),
    ],
)
def test_points(
    days: int | None, months: int | None, current: int | None, points: tuple[int, ...], lost: tuple[int, ...]
) -> None:
    found = score(card(), {"days_beyond_terms": days, "months_trading": months, "current_c": current})
    assert tuple(one.points for one in found.contributions) == points
    assert tuple(one.lost for one in found.contributions) == lost
    assert found.points == sum(points)


def test_the_base_score_stands_for_the_base_odds() -> None:
    found = score(card(), {"days_beyond_terms": 0, "months_trading": 12, "current_c": 0})
    assert found.points == 600
    assert found.pd_bp == 196  # one in 51
    assert card(base_odds=Fraction(1)).scale.pd_bp(600) == 5000


def test_the_largest_loss_is_told_first_and_none_that_lost_nothing() -> None:
    found = score(card(), {"days_beyond_terms": 16, "months_trading": 60, "current_c": 0})
    assert found.losses == (
        Contribution("paying", "more than 15 days late", 150, 80), Contribution("liquidity", "none of these", 180, 30),
    )  # fmt: skip


def test_what_a_card_says_of_itself() -> None:
    assert card().names == ("days_beyond_terms", "months_trading", "current_c")
    assert (card().most, card().least) == (640, 500)
    assert card() == card()
    assert card() != card(base_score=500)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"attributes": ()}, "scorecard standard"),
        ({"attributes": (PAYING, PAYING)}, "scorecard standard"),
        ({"attributes": (Attribute("empty", (), 5),)}, "scorecard standard"),
        ({"attributes": (Attribute("age", (Bin("months_tradin > 1", 5, "x"),), 5),)}, "age, bin 1"),
        ({"attributes": (Attribute("age", (Bin("months_trading", 5, "x"),), 5),)}, "age, bin 1"),
        ({"attributes": (Attribute("age", (Bin("is_insolvent", 10**7, "x"),), 5),)}, "age"),
        ({"attributes": (Attribute("age", (Bin("is_insolvent", 0, "x"),), -(10**7)),)}, "age"),
        ({"points_to_double": 0}, "points_to_double"),
        ({"points_to_double": -20}, "points_to_double"),
        ({"base_odds": 0}, "scorecard"),
    ],
)
def test_cards_that_cannot_be_read(changed: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as refused:
        card(**changed)
    assert where in refused.value.where


def test_a_fact_that_is_absent_is_refused() -> None:
    with pytest.raises(BadInput, match="not given"):
        score(card(), {"days_beyond_terms": 3, "months_trading": 3})


VALUES = st.fixed_dictionaries(
    {
        "days_beyond_terms": st.none() | st.integers(-365, 3650),
        "months_trading": st.none() | st.integers(0, 12_000),
        "current_c": st.none() | st.integers(-1000, 1000),
    }
)


@given(VALUES)
def test_contributions_are_the_score(values: dict[str, Value]) -> None:
    found: Score = score(card(), values)
    assert found.points == sum(one.points for one in found.contributions)
    assert found.points + sum(one.lost for one in found.contributions) == card().most
    assert card().least <= found.points <= card().most
    assert all(one.lost >= 0 for one in found.contributions)
    assert 0 <= found.pd_bp <= 10_000


@given(st.integers(-2000, 2000), st.integers(1, 500))
def test_more_points_are_never_more_probable_to_fail(points: int, more: int) -> None:
    scale = card().scale
    assert scale.pd(points + more) < scale.pd(points)
    assert scale.pd_bp(points + more) <= scale.pd_bp(points)


@given(st.lists(st.builds(Counted, st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=8))
def test_information_is_never_negative(bins: list[Counted]) -> None:
    if any(one.good for one in bins) and any(one.bad for one in bins):
        assert evidence(bins).value >= 0


@given(st.fractions(Fraction(1, 1000), Fraction(999, 1000), max_denominator=1000))
def test_a_score_and_its_probability_undo_each_other(probability: Fraction) -> None:
    scale = scaling(600, 50, 20)
    assert abs(scale.pd(scale.score_at_pd(probability)) - probability) < Fraction(1, 10**30)
