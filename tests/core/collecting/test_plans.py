"""Schedules of instalments: dates, amounts that sum, interest, limits, and how a plan ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.collecting import plans
from openterms.core.collecting.documents import section
from openterms.core.collecting.plan_policy import read_plans
from openterms.core.collecting.plans import PlanInstalment, PlanPolicy, Rhythm
from openterms.core.collecting.promises import after_earlier

START = date(2026, 1, 5)


def day(text):
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("first", "rhythm", "wanted"),
    [
        ("2026-01-31", "month", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2026-01-30", "month", ["2026-01-30", "2026-02-28", "2026-03-30", "2026-04-30"]),
        ("2026-02-28", "month", ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("2026-01-15", "fortnight", ["2026-01-15", "2026-01-29", "2026-02-12", "2026-02-26"]),
        ("2026-12-28", "week", ["2026-12-28", "2027-01-04", "2027-01-11", "2027-01-18"]),
    ],
)
def test_dates(first, rhythm, wanted):
    assert [one.isoformat() for one in plans.dates(day(first), 4, Rhythm(rhythm))] == wanted


def test_a_first_payment_and_interest_on_what_is_still_owed():
    """12,000.00 in three: 3,000.00 first; 6 % a year, for the actual days over 365."""
    made = plans.schedule(
        1_200_000, 3, day("2026-02-04"), from_on=START, first_minor=300_000, interest_bp=600
    )
    assert [one.principal_minor for one in made] == [300_000, 450_000, 450_000]
    assert [one.interest_minor for one in made] == [5_918, 4_142, 2_293]


@given(
    amount=st.integers(1, 10**12), count=st.integers(1, 24), bp=st.integers(0, 3_000), first=st.integers(0, 400),
    rhythm=st.sampled_from(list(Rhythm)), share=st.one_of(st.none(), st.integers(1, 99)),
)  # fmt: skip
def test_a_schedule_sums_to_the_whole_and_runs_forward(amount, count, bp, first, rhythm, share):
    count = min(count, amount)
    first_minor = max(amount * share // 100, 1) if share and count > 1 else None
    if first_minor is not None and first_minor > amount - (count - 1):
        first_minor = None
    made = plans.schedule(
        amount, count, START + timedelta(days=first), rhythm, from_on=START, first_minor=first_minor, interest_bp=bp
    )
    assert sum(one.principal_minor for one in made) == amount
    assert all(one.principal_minor > 0 and one.interest_minor >= 0 for one in made)
    assert [one.due_on for one in made] == sorted({one.due_on for one in made})
    assert bp or not sum(one.interest_minor for one in made)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_instalments_pay_the_items_in_order_and_in_full(owed, weights):
    from openterms.core.base.money import split

    amounts = [one for one in split(sum(owed), weights) if one]
    rows = plans.spread(list(enumerate(owed)), amounts)
    assert [sum(minor for _, minor in row) for row in rows] == amounts
    for place, minor in enumerate(owed):
        assert sum(taken for row in rows for key, taken in row if key == place) == minor
    keys = [key for row in rows for key, _ in row]
    assert keys == sorted(keys)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=8), st.integers(-5, 9000))
def test_what_is_open_meets_the_latest_parts_first(parts, covered):
    left = plans.unmet(parts, covered)
    assert all(0 <= one <= part for one, part in zip(left, parts, strict=True))
    assert sum(left) == min(max(covered, 0), sum(parts))
    met = [one < part for one, part in zip(left, parts, strict=True)]
    assert met == sorted(met, reverse=True)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"most_instalments": 2}, ["plan_too_many"]),
        ({"longest_days": 60}, ["plan_too_long"]),
        ({"least_first_bp": 4_000}, ["plan_first_too_small"]),
        ({"least_minor": {"EUR": 40_000}}, ["plan_instalment_too_small"]),
        ({"least_minor": {"USD": 40_000}}, []),
        ({"most_instalments": 1, "longest_days": 1}, ["plan_too_many", "plan_too_long"]),
    ],
)
def test_all_limits_that_a_plan_breaks_are_named(change, codes):
    made = plans.schedule(100_000, 3, day("2026-02-05"), from_on=START)
    found = plans.refusals(made, "EUR", START, PlanPolicy(**change))
    assert [reason.code for reason in found] == codes
    assert all(reason.staff_text() and reason.remedy_text() for reason in found)


@pytest.mark.parametrize(
    ("paid", "as_of", "state", "missed"),
    [
        (0, "2026-02-08", "running", ()),
        (0, "2026-02-09", "defaulted", (1,)),
        (100, "2026-02-09", "running", ()),
        (99, "2026-02-09", "defaulted", (1,)),
        (250, "2026-03-09", "running", ()),
        (300, "2026-02-01", "completed", ()),
        (100, "2026-04-09", "defaulted", (2, 3)),
    ],
)
def test_how_a_plan_ends(paid, as_of, state, missed):
    rows = [PlanInstalment(n, day(f"2026-0{n + 1}-05"), 100, 0) for n in (1, 2, 3)]
    found = plans.outcome_of(rows, paid, day(as_of), 3, 1)
    assert (found.state, found.missed) == (state, missed)


@pytest.mark.parametrize(
    ("amount", "count", "first", "more"),
    [
        (100, 0, "2026-02-01", {}),
        (2, 3, "2026-02-01", {}),
        (100, 2, "2026-01-04", {}),
        (100, 2, "2026-02-01", {"first_minor": 100}),
        (100, 1, "2026-02-01", {"first_minor": 50}),
    ],
)
def test_what_makes_no_schedule_is_refused(amount, count, first, more):
    with pytest.raises(BadInput):
        plans.schedule(amount, count, day(first), from_on=START, **more)


def test_the_part_of_a_strategy_is_read_key_by_key():
    assert read_plans(section({}, "strategy, plans")) == PlanPolicy()
    read = read_plans(section({"most_instalments": 3, "least_minor": {"EUR": 5_000}}, "strategy, plans"))
    assert (read.most_instalments, dict(read.least_minor)) == (3, {"EUR": 5_000})
    for wrong in ({"most": 3}, {"grace_days": -1}, {"least_minor": {"XX1": 5}}, {"offer_days": 0}):
        with pytest.raises(BadInput):
            read_plans(section(wrong, "strategy, plans"))


def test_money_counts_to_the_earlier_promise_first():
    money = [(day("2026-01-10"), 60), (day("2026-01-12"), 60), (day("2026-01-14"), -40)]
    assert after_earlier(money, 0) == money
    assert after_earlier(money, 100) == [(day("2026-01-12"), 20), (day("2026-01-14"), -20)]
    assert after_earlier(money, 120) == []
