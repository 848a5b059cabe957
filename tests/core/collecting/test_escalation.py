"""Settle, place, sue or write off; time bars; agencies; VAT relief."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.collecting.agencies import fee_bp_of, fee_of, read_fees, share
from openterms.core.collecting.demand import CHECKLIST, Answer, check_deadline, read_answers
from openterms.core.collecting.escalation import CHANCES, Choice, Inputs, bounds, compare, swings, turns
from openterms.core.receivables.limitation import limitation, warning
from openterms.core.receivables.vat_relief import relief
from tests.shared import vector


def inputs_of(number: int) -> Inputs:
    said = vector(61)["inputs"]
    given = Inputs(
        claim_minor=said["claim"] * 100, settlement_minor=said["settlement_offer"] * 100,
        agency_bp=round(said["agency_p"] * 10_000), agency_fee_bp=round(said["agency_fee"] * 10_000),
        win_bp=round(said["p_win"] * 10_000), collect_bp=round(said["p_collect_if_win"] * 10_000),
        awarded_minor=said["recoverable_costs"] * 100, own_costs_minor=said["own_future_costs"] * 100,
        adverse_minor=said["adverse_costs_if_lose"] * 100,
    )  # fmt: skip
    if number == 62:
        later = vector(62)["inputs"]
        given = given._replace(sue_months=round(later["years"] * 12), rate_bp=round(later["rate"] * 10_000))
    return given


def test_only_future_amounts_count():
    found, wanted = compare(inputs_of(61)), vector(61)["expected"]
    assert found.value(Choice.SUE) == round(wanted["ev_sue"] * 100)
    assert found.value(Choice.PLACE) == round(wanted["ev_agency"] * 100)
    assert found.best == wanted["best"]


def test_what_comes_later_is_worth_less():
    found, wanted = compare(inputs_of(62)), vector(62)["expected"]
    assert found.value(Choice.SUE) == round(wanted["ev_sue"] * 100)
    assert found.least_offer_minor == round(wanted["break_even_settlement"] * 100)


def test_a_break_even_is_where_the_choice_turns():
    given = inputs_of(61)
    turn = {one.name: one for one in turns(given)}["settlement_minor"]
    assert (turn.below, turn.below_best) == (1_643_999, Choice.SUE)
    assert compare(given._replace(settlement_minor=1_644_000)).best is Choice.SETTLE


def test_without_an_offer_nothing_is_settled():
    assert compare(Inputs(1_000)).value(Choice.SETTLE) is None
    assert compare(Inputs(1_000)).best is Choice.PLACE


@pytest.mark.parametrize(
    "changes", [{"win_bp": 10_001}, {"claim_minor": 0}, {"settlement_minor": 5_000_001}, {"sue_months": -1}]
)
def test_what_cannot_be_is_refused_by_name(changes):
    with pytest.raises(BadInput) as caught:
        compare(inputs_of(61)._replace(**changes))
    assert caught.value.where == next(iter(changes))


CASES = st.builds(
    Inputs,
    claim_minor=st.integers(1, 10**9),
    settlement_minor=st.none() | st.just(0) | st.just(1), settle_months=st.integers(0, 12),
    precedent_minor=st.integers(0, 10**6), agency_cost_minor=st.integers(0, 10**6), relief_minor=st.just(0),
    relief_months=st.integers(0, 12),
    **{name: st.integers(0, 10_000) for name in CHANCES},
    own_costs_minor=st.integers(0, 10**8), adverse_minor=st.integers(0, 10**8), awarded_minor=st.integers(0, 10**8),
    sue_months=st.integers(0, 60), agency_months=st.integers(0, 60), rate_bp=st.integers(0, 5_000),
)  # fmt: skip


@given(CASES)
def test_at_every_turn_another_action_is_best_and_just_before_it_is_not(case):
    best = compare(case).best
    for turn in turns(case):
        for edge, other in ((turn.below, turn.below_best), (turn.above, turn.above_best)):
            if edge is None:
                continue
            inside = edge + (1 if edge < turn.now else -1)
            assert compare(case._replace(**{turn.name: edge})).best is other is not best
            assert compare(case._replace(**{turn.name: inside})).best is best


@given(CASES)
def test_better_chances_are_never_worth_less(case):
    for name, choice in (("win_bp", Choice.SUE), ("agency_bp", Choice.PLACE)):
        most = case._replace(**{name: bounds(name, case)[1]})
        assert compare(most).value(choice) >= compare(case).value(choice)
    assert len(swings(case)) <= 18


@pytest.mark.parametrize(
    ("country", "due", "restarts", "last"),
    [
        ("DE", "2023-03-15", [], "2026-12-31"),
        ("GB", "2020-02-29", [], "2026-02-28"),
        ("GB", "2020-02-29", [("payment", "2024-05-01")], "2030-05-01"),
        ("GB", "2015-01-01", [("payment", "2024-05-01")], "2021-01-01"),
        ("US", "2024-01-31", [("payment", "2025-01-01")], "2028-01-31"),
        ("IT", "2020-06-01", [("demand", "2024-05-01")], "2034-05-01"),
    ],
)
def test_the_last_day_to_sue(country, due, restarts, last):
    told = [(kind, date.fromisoformat(on)) for kind, on in restarts]
    found = limitation(country, date.fromisoformat(due), date(2026, 6, 1), told)
    assert found is not None
    assert found.last_day == date.fromisoformat(last)
    if country == "DE":
        assert last == vector(63)["expected"]["last_day"]


def test_where_no_law_is_known_no_day_is_told():
    assert limitation("ZZ", date(2024, 1, 1), date(2026, 1, 1)) is None
    assert limitation("AE", date(2021, 1, 1), date(2022, 1, 1)) is None


@pytest.mark.parametrize(
    ("on", "months"),
    [
        ("2025-12-30", None),
        ("2025-12-31", 12),
        ("2026-07-01", 6),
        ("2026-10-01", 3),
        ("2026-12-31", 3),
        ("2027-01-01", 0),
    ],
)
def test_it_warns_a_year_half_a_year_and_three_months_before(on, months):
    assert warning(date(2026, 12, 31), date.fromisoformat(on)) == months


def test_an_agencys_fee_is_by_age():
    fees = read_fees([{"most_days": 180, "fee_bp": 2_500}, {"most_days": None, "fee_bp": 5_000}])
    assert [fee_bp_of(fees, days) for days in (1, 180, 181)] == [2_500, 2_500, 5_000]
    said = vector(60)
    assert fee_of(said["inputs"]["collected"], said["inputs"]["fee_pct"] * 100) == said["expected"]["fee"]


@pytest.mark.parametrize("fees", [[], [{"most_days": 10, "fee_bp": 1}], [{"most_days": None, "fee_bp": 6_001}],
                                  [{"most_days": 9, "fee_bp": 1}, {"most_days": 9, "fee_bp": 1},
                                   {"most_days": None, "fee_bp": 1}]])  # fmt: skip
def test_a_table_with_gaps_is_none(fees):
    with pytest.raises(BadInput):
        read_fees(fees)


def test_a_share_has_an_interval_that_narrows():
    few, many = share(3, 10), share(300, 1_000)
    assert few is not None and many is not None
    assert (few.share_bp, few.low_bp, few.high_bp) == (3_000, 1_078, 6_032)
    assert many.high_bp - many.low_bp < few.high_bp - few.low_bp
    assert share(0, 0) is None


def test_vat_comes_back_on_the_unpaid_part():
    said = vector(41)
    gross, paid = said["inputs"]["gross_invoice"] * 100, said["inputs"]["paid"] * 100
    found = relief("GB", gross - paid, 20_000, gross, date(2025, 1, 10), date(2025, 2, 9))
    assert found.vat_minor == round(said["expected"]["vat_relief"] * 100)
    assert (found.from_on, found.until) == (date(2025, 8, 9), date(2029, 8, 9))
    assert not found.is_due(date(2025, 8, 8))
    assert found.is_due(date(2025, 8, 9))
    assert relief("DE", 1, 1, 1, date(2025, 1, 1), date(2025, 1, 1)).from_on is None


def test_every_point_is_answered():
    yes = {one.code: Answer("yes") for one in CHECKLIST}
    assert set(read_answers(CHECKLIST, yes, "list")) == set(yes)
    for wrong in (Answer("no"), Answer("")):
        with pytest.raises(BadInput) as caught:
            read_answers(CHECKLIST, yes | {"contract": wrong}, "list")
        assert caught.value.where == "list_contract"


@pytest.mark.parametrize(
    ("country", "sole", "days", "fits"),
    [
        ("DE", False, 6, False),
        ("DE", False, 7, True),
        ("GB", True, 29, False),
        ("GB", True, 30, True),
        ("DE", False, 61, False),
    ],
)
def test_the_last_day_to_pay(country, sole, days, fits):
    on = date(2026, 6, 1)
    deadline = date.fromordinal(on.toordinal() + days)
    if fits:
        check_deadline(country, sole, on, deadline)
    else:
        with pytest.raises(BadInput):
            check_deadline(country, sole, on, deadline)
