"""The next step: the ladder as a table, late and repeated runs, and what must always hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.collecting.next_step import ItemFacts, TakenStep, customer_step, next_step
from openterms.core.collecting.segments import SEGMENTS
from openterms.core.collecting.steps import LEGAL_STEPS, STEP_FACTS, STEPS, severity
from openterms.core.collecting.strategies import from_document
from tests.core.collecting.strategy import standard, standard_document

DUE = date(2026, 3, 2)


def day(overdue: int) -> date:
    return DUE + timedelta(days=overdue)


def item(*taken: tuple[str, int], **facts: Any) -> ItemFacts:
    """An item of 100.00 EUR due on DUE; steps taken as (step, days overdue then)."""
    steps = tuple(TakenStep(step, day(on)) for step, on in taken)
    return ItemFacts("I1", "EUR", DUE, facts.pop("collectable_minor", 10_000), taken=steps, **facts)


def step(facts: ItemFacts, overdue: int) -> str | None:
    return next_step(facts, standard(), day(overdue)).step


@pytest.mark.parametrize(
    ("overdue", "expected"),
    [
        (-8, None), (-7, "courtesy"), (0, "courtesy"), (1, "reminder"), (6, "reminder"), (7, "call"), (14, "call"),
        (15, "firm_letter"), (29, "firm_letter"), (30, "final_notice"), (59, "final_notice"), (60, "final_notice"),
        (90, "final_notice"), (3_000, "final_notice"),
    ],
)  # fmt: skip
def test_a_fresh_item_gets_the_severest_step_short_of_law(overdue: int, expected: str | None) -> None:
    assert step(item(), overdue) == expected


@pytest.mark.parametrize(
    ("taken", "overdue", "expected"),
    [
        ([("reminder", 1)], 1, None),
        ([("reminder", 1)], 6, None),
        ([("reminder", 1)], 7, "call"),
        ([("reminder", 1)], 40, "final_notice"),
        ([("firm_letter", 15)], 16, None),
        ([("final_notice", 200)], 201, None),
        ([("final_notice", 200)], 213, None),
        ([("final_notice", 200)], 214, "propose_demand"),
        ([("final_notice", 200), ("propose_demand", 214)], 227, None),
        ([("final_notice", 200), ("propose_demand", 214)], 228, "propose_agency"),
        ([("final_notice", 30)], 44, None),
        ([("final_notice", 30)], 60, "propose_demand"),
        ([("final_notice", 30)], 400, "propose_demand"),
        ([("final_notice", 30), ("propose_demand", 60)], 89, None),
        ([("final_notice", 30), ("propose_demand", 60)], 90, "propose_agency"),
        ([("final_notice", 30), ("propose_demand", 60), ("propose_agency", 90)], 300, None),
        ([("reminder", 9)], 3, None),
        ([("final_notice", 90)], 75, None),
    ],
)
def test_steps_taken_before(taken: Sequence[tuple[str, int]], overdue: int, expected: str | None) -> None:
    assert step(item(*taken), overdue) == expected


@pytest.mark.parametrize(("overdue", "expected"), [(-7, None), (1, None), (6, None), (7, "call"), (15, "firm_letter")])
def test_prompt_payers_start_at_seven(overdue: int, expected: str | None) -> None:
    assert step(item(segment="prompt"), overdue) == expected


@pytest.mark.parametrize(
    ("taken", "broken_on", "overdue", "expected"),
    [
        ([("reminder", 1)], 4, 4, "call"),
        ([("call", 7)], 12, 12, "call"),
        ([("call", 7)], 12, 11, None),
        ([("call", 7), ("call", 12)], 12, 13, None),
        ([("call", 7), ("call", 14)], 12, 20, "firm_letter"),
        ([("call", 7), ("final_notice", 30)], 45, 46, "call"),
        ([("call", 7)], 40, 41, "final_notice"),
        ([], 0, 0, "courtesy"),
    ],
)
def test_a_call_again_for_each_broken_promise(
    taken: Sequence[tuple[str, int]], broken_on: int, overdue: int, expected: str | None
) -> None:
    assert step(item(*taken, promise_broken_on=day(broken_on)), overdue) == expected


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (item(is_insolvent=True, is_paused=True), ["insolvent", "paused"]),
        (item(is_paused=True), ["paused"]),
        (item(collectable_minor=0, contested_minor=400, promised_minor=600), ["contested", "promised"]),
        (item(collectable_minor=0, in_flight_minor=400, planned_minor=600), ["in_flight", "planned"]),
        (item(collectable_minor=0), ["nothing_collectable"]),
        (item(("final_notice", 61)), ["already_taken", "awaits_step", "waits_after_step"]),
        (item(*((step, 0) for step in STEPS)), ["already_taken"]),
    ],
)
def test_reasons_for_no_step(facts: ItemFacts, codes: list[str]) -> None:
    answer = next_step(facts, standard(), day(62 if facts.level == "final_notice" else 100))
    assert answer.step is None
    found = [reason.code for reason in answer.reasons]
    if facts.level == "final_notice":
        assert found == ["already_taken", "waits_after_step", "too_early"]
    else:
        assert found == codes
    assert all(reason.staff_text() for reason in answer.reasons)


def test_reasons_for_a_step_tell_why_nothing_severer() -> None:
    answer = next_step(item(), standard(), day(100))
    assert [reason.code for reason in answer.reasons] == ["step_owed", "awaits_step", "awaits_step"]
    assert answer.reasons[0].staff_text() == "Due from day 30; the item is at day 100."
    again = next_step(item(("call", 7), promise_broken_on=day(9)), standard(), day(9))
    assert again.reasons[0].staff_text() == (
        "The step call is due again: a promise was broken since the last call."
    )


def test_minimum_and_condition_hold_a_step_back() -> None:
    document = standard_document()
    document["steps"][4]["minimum_minor"] = {"EUR": 10_001}
    document["steps"][3]["when"] = "segment != 'disputing'"
    strategy = from_document(document)
    answer = next_step(item(segment="disputing"), strategy, day(30))
    assert answer.step == "call"
    assert [reason.code for reason in answer.reasons] == ["step_owed", "below_minimum", "condition"]
    assert next_step(replace(item(), currency="USD"), strategy, day(30)).step == "final_notice"


def test_a_segment_without_a_step_never_gets_it_again() -> None:
    document = standard_document()
    document["adjustments"]["cash_strapped"] = {"without": ["call"]}
    strategy = from_document(document)
    facts = item(("reminder", 1), promise_broken_on=day(5))
    assert next_step(facts, strategy, day(6)).step == "call"
    assert next_step(replace(facts, segment="cash_strapped"), strategy, day(6)).step is None
    assert next_step(replace(facts, segment="cash_strapped"), strategy, day(15)).step == "firm_letter"


def test_only_known_steps_can_have_been_taken() -> None:
    with pytest.raises(BadInput, match="courtesy, reminder"):
        TakenStep("dunning 3", day(1))


def test_customer_gets_the_severest_step_of_its_items() -> None:
    items = [
        replace(item(), item_id="young", due_on=day(28)),
        replace(item(("firm_letter", 15)), item_id="old"),
        replace(item(("reminder", 27)), item_id="waiting", due_on=day(26)),
        replace(item(collectable_minor=0, contested_minor=1), item_id="contested"),
    ]
    answer = customer_step(items, standard(), day(30))
    assert answer.step == "final_notice"
    assert [(part.item_id, part.step) for part in answer.items] == [("old", "final_notice"), ("young", "reminder")]
    assert answer.reasons[0].code == "step_owed"
    nothing = customer_step(items[2:], standard(), day(30))
    assert (nothing.step, nothing.items) == (None, ())
    assert [reason.code for reason in nothing.reasons] == ["already_taken", "too_early", "contested"]
    assert customer_step([], standard(), day(30)).step is None
    with pytest.raises(BadInput, match="currencies"):
        customer_step([items[0], replace(items[1], currency="USD")], standard(), day(30))


def test_values_are_exactly_the_published_facts() -> None:
    assert set(item(("call", 3)).values(day(5))) == set(STEP_FACTS)


TAKEN = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(-10, 200)), max_size=6)
ITEMS = st.builds(
    lambda taken, collectable, segment, broken: item(
        *taken, collectable_minor=collectable, segment=segment, promise_broken_on=broken
    ),
    TAKEN,
    st.integers(0, 10**12),
    st.sampled_from(SEGMENTS),
    st.none() | st.integers(-5, 200).map(day),
)


def record(facts: ItemFacts, found: str, overdue: int) -> ItemFacts:
    return replace(facts, taken=(*facts.taken, TakenStep(found, day(overdue))))


@settings(max_examples=300, deadline=None)
@given(facts=ITEMS, overdue=st.integers(-20, 400))
def test_a_repeated_run_changes_nothing(facts: ItemFacts, overdue: int) -> None:
    found = step(facts, overdue)
    if found is None:
        return
    assert facts.collectable_minor > 0
    took = {taken.step for taken in facts.taken}
    if found == "call" and facts.promise_broken_on is not None:
        again = step(record(facts, found, overdue), overdue)
        assert again is None
    else:
        assert found not in took
        assert all(severity(found) > severity(before) for before in took)
        assert step(record(facts, found, overdue), overdue) in (None, "call" if facts.promise_broken_on else None)
    if found in LEGAL_STEPS:
        notices = [taken.on for taken in facts.taken if taken.step == "final_notice"]
        assert notices and (day(overdue) - max(notices)).days >= 14


@settings(max_examples=150, deadline=None)
@given(
    runs=st.lists(st.integers(-20, 300), max_size=40).map(sorted),
    segment=st.sampled_from(SEGMENTS),
    migrated=st.booleans(),
)
def test_any_timetable_climbs_and_never_leaps_to_law(runs: list[int], segment: str, migrated: bool) -> None:
    """Whatever nights are missed or run twice: each step once, always upwards, law only after its notice."""
    facts = item(segment=segment)
    history: list[tuple[int, str]] = []
    for overdue in runs if not migrated else [overdue + 250 for overdue in runs]:
        found = step(facts, overdue)
        if found is not None:
            history.append((overdue, found))
            facts = record(facts, found, overdue)
    order = [severity(found) for _, found in history]
    assert order == sorted(set(order))
    days = {found: overdue for overdue, found in history}
    if "propose_demand" in days:
        assert days["propose_demand"] - days["final_notice"] >= 14
    if "propose_agency" in days:
        assert days["propose_agency"] - days["propose_demand"] >= 14


@settings(max_examples=150, deadline=None)
@given(facts=ITEMS, overdue=st.integers(-20, 400), later=st.integers(0, 100))
def test_waiting_longer_never_makes_the_step_milder(facts: ItemFacts, overdue: int, later: int) -> None:
    if facts.promise_broken_on is not None:
        facts = replace(facts, promise_broken_on=None)
    first, second = step(facts, overdue), step(facts, overdue + later)
    if first is not None and first != "courtesy":
        assert second is not None
        assert severity(second) >= severity(first)


@settings(max_examples=100, deadline=None)
@given(facts=ITEMS, overdue=st.integers(-20, 400))
def test_the_answer_is_the_first_expression_that_holds(facts: ItemFacts, overdue: int) -> None:
    """The columnar reader's form of the rule: the severest rung whose one expression is true."""
    values = facts.values(day(overdue))
    owed = [rule.step for rule in standard().severest_first if rule.owed.evaluate(values) is True]
    answer = next_step(facts, standard(), day(overdue))
    assert answer.step == (owed[0] if owed else None)
    assert answer.reasons
