"""Limits: TV-30 to TV-32, every method at its edges, and that no suggestion goes above any figure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.base.money import to_minor
from openterms.core.credit import limits
from openterms.core.credit.limits import Advice, Figure, Reference, Suggestion, suggest
from tests.shared import vector


def minor(amount: Any) -> int | None:
    return None if amount is None else to_minor(str(amount), "EUR")


def bp(share: float) -> int:
    return round(share * 10_000)


def test_the_smallest_of_the_methods() -> None:
    inputs, wanted = vector(30)["inputs"], vector(30)["expected"]
    high = minor(inputs["best_trade_reference_high_credit"])
    assert high is not None
    figures = (
        limits.share_of_tangible_net_worth(minor(inputs["tangible_net_worth"]), bp(inputs["tnw_pct"])),
        limits.share_of_working_capital(minor(inputs["working_capital"]), bp(inputs["wc_pct"])),
        limits.multiple_of_best_reference([Reference(high, 0)], round(inputs["ref_multiple"] * 100)),
        limits.expected_purchases(minor(inputs["annual_purchases"]), 30, inputs["terms_plus_buffer_days"] - 30),
        limits.bureau_recommendation(minor(inputs["bureau_limit"])),
    )
    answers = [minor(amount) for name, amount in wanted["methods"].items() if name != "policy_cap"]
    assert [figure.minor for figure in figures] == answers
    found = suggest(figures, 2, minor(inputs["policy_cap"]), round_down_minor=100_000)
    assert found == Suggestion(minor(wanted["limit"]), limits.TRADE_REFERENCE, figures)
    assert found.advice is Advice.LIMIT


def test_too_few_methods_are_referred() -> None:
    inputs, wanted = vector(31)["inputs"], vector(31)["expected"]
    figures = (
        limits.share_of_tangible_net_worth(inputs["tangible_net_worth"]),
        limits.share_of_working_capital(inputs["working_capital"]),
        limits.multiple_of_best_reference([]),
        limits.bureau_recommendation(minor(inputs["bureau_limit"])),
    )
    found = suggest(figures, inputs["min_methods"], minor(inputs["policy_cap"]))
    assert (found.limit_minor, found.advice.value) == (wanted["limit"], wanted["decision"])
    assert found.missing == (limits.TANGIBLE_NET_WORTH, limits.WORKING_CAPITAL, limits.TRADE_REFERENCE)
    assert found.figures == figures


def test_no_net_worth_is_no_limit_of_ones_own() -> None:
    inputs, wanted = vector(32)["inputs"], vector(32)["expected"]
    figures = (
        limits.share_of_tangible_net_worth(minor(inputs["tangible_net_worth"])),
        limits.bureau_recommendation(minor(inputs["bureau_limit"])),
        limits.multiple_of_best_reference([Reference(1_000_000, 0)]),
    )
    found = suggest(figures)
    assert (found.limit_minor, found.advice.value) == (wanted["limit"], wanted["decision"])
    assert found.bound_by == limits.TANGIBLE_NET_WORTH


@pytest.mark.parametrize(
    ("figure", "wanted"),
    [
        (limits.share_of_tangible_net_worth(None), None),
        (limits.share_of_tangible_net_worth(0), 0),
        (limits.share_of_tangible_net_worth(1_000_005, 1_000), 100_001),
        (limits.share_of_working_capital(-1), 0),
        (limits.share_of_working_capital(1_000, 2_000), 200),
        (limits.expected_purchases(None, 30), None),
        (limits.expected_purchases(0, 30), 0),
        (limits.expected_purchases(36_500, 30, 0), 3_000),
        (limits.bureau_recommendation(None), None),
        (limits.bureau_recommendation(800_000, 5_000), 400_000),
        (limits.insurers_limit(None), None),
        (limits.insurers_limit(0), 0),
        (limits.insurers_limit(500), 500),
        (limits.multiple_of_highest_paid(None), None),
        (limits.multiple_of_highest_paid(333, 150), 500),
        (limits.share_of_own_sales(None), None),
        (limits.share_of_own_sales(10_000_000), 1_000_000),
    ],
)
def test_methods(figure: Figure, wanted: int | None) -> None:
    assert figure.minor == wanted
    assert figure.name in limits.METHODS


@pytest.mark.parametrize(
    ("references", "wanted"),
    [
        ([], None),
        ([Reference(500, None)], None),
        ([Reference(500, 11)], None),
        ([Reference(500, 10)], 500),
        ([Reference(500, 0, 13)], None),
        ([Reference(500, 0, 12), Reference(900, 40), Reference(400, -3)], 500),
    ],
)
def test_the_best_reference_is_one_that_was_paid(references: list[Reference], wanted: int | None) -> None:
    assert limits.multiple_of_best_reference(references).minor == wanted


A, B, NONE, NOTHING = Figure("a", 5_400), Figure("b", 7_000), Figure("c", None), Figure("d", 0)


@pytest.mark.parametrize(
    ("methods", "rest", "limit", "bound_by"),
    [
        ([A, B], {}, 5_400, "a"),
        ([B, A, NONE], {"round_down_minor": 1_000}, 5_000, "a"),
        ([A, B], {"cap_minor": 5_400}, 5_400, "a"),
        ([A, B], {"cap_minor": 5_399}, 5_399, "cap"),
        ([A, B], {"cap_minor": 0}, 0, "cap"),
        ([A, NONE], {}, None, ""),
        ([A, NONE], {"least_methods": 1}, 5_400, "a"),
        ([A, NONE], {"cap_minor": 9_000}, None, ""),
        ([NOTHING, NONE], {}, 0, "d"),
        ([A, B, NOTHING], {"starter_minor": 900}, 0, "d"),
        ([Figure("below", -7_000), NONE], {}, 0, "below"),
        ([A, NOTHING, Figure("below", -7_000)], {}, 0, "d"),
        ([], {"starter_minor": 900}, 900, "starter"),
        ([], {"starter_minor": 900, "cap_minor": 800}, 800, "cap"),
        ([A, B], {"starter_minor": 6_000}, 5_400, "a"),
        ([NONE], {"starter_minor": 0}, 0, "starter"),
        ([], {}, None, ""),
        ([], {"least_methods": 0}, None, ""),
        ([], {"least_methods": 0, "cap_minor": 70}, 70, "cap"),
        ([A, B], {"round_down_minor": 10_000}, 0, "a"),
    ],
)
def test_suggestions(methods: list[Figure], rest: dict[str, int], limit: int | None, bound_by: str) -> None:
    assert suggest(methods, **rest) == Suggestion(limit, bound_by, tuple(methods))


@pytest.mark.parametrize("bad", [{"round_down_minor": 0}, {"cap_minor": -1}, {"starter_minor": -1}])
def test_what_no_limit_is_made_of(bad: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        suggest(**{"methods": [A, B], **bad})


AMOUNT = st.integers(0, 10**12)
FIGURES = st.lists(
    st.builds(Figure, st.sampled_from(limits.METHODS), st.none() | AMOUNT | st.integers(-9, 9)), max_size=8
)


@given(FIGURES, st.integers(0, 4), st.none() | AMOUNT, st.none() | AMOUNT, st.integers(1, 10**6))
def test_no_suggestion_is_above_any_figure(
    figures: list[Figure], least: int, cap: int | None, starter: int | None, rounding: int
) -> None:
    found = suggest(figures, least, cap, starter, rounding)
    known = [max(figure.minor, 0) for figure in figures if figure.minor is not None]
    if found.limit_minor is None:
        assert starter is None and 0 not in known and (len(known) < least or not [*known, *([cap] if cap else [])])
        return
    bounds = [*known, *(one for one in (cap, starter) if one is not None)]
    assert all(found.limit_minor <= bound for bound in bounds)
    assert min(bounds) - rounding < found.limit_minor
    assert found.limit_minor % rounding == 0
    assert found.bound_by


@given(FIGURES, st.builds(Figure, st.just("more"), AMOUNT))
def test_one_more_answer_never_raises_a_limit(figures: list[Figure], more: Figure) -> None:
    before, after = suggest(figures), suggest([*figures, more])
    if before.limit_minor is not None:
        assert after.limit_minor is not None and after.limit_minor <= before.limit_minor
