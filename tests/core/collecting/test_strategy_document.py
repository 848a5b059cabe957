"""Levels, sizes, deliveries, events and lint of the strategy document; the timeline and arms that follow from it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from openterms.core.base.errors import BadInput
from openterms.core.collecting.checks import SIX_CHECKS, CheckAnswer, checked
from openterms.core.collecting.events import Happening, owed_by
from openterms.core.collecting.experiments import Arm, Sample, arm_of, difference
from openterms.core.collecting.next_step import ItemFacts, TakenStep, next_step
from openterms.core.collecting.strategies import from_document
from openterms.core.collecting.strategy_lint import lint
from openterms.core.collecting.timeline import Course, ahead, walk
from tests.core.collecting.strategy import shipped, shipped_document

DUE = date(2026, 3, 2)


def day(overdue: int) -> date:
    return DUE + timedelta(days=overdue)


def test_the_shipped_strategy_follows_good_practice():
    strategy = shipped()
    assert lint(strategy) == []
    assert {rule.level for rule in strategy.steps} == {"before due", "early", "middle", "late", "legal"}
    call, courtesy = strategy.step("call"), strategy.step("courtesy")
    assert call and courtesy
    assert (call.day_for(""), call.day_for("", True), call.carried_out("", False).channels) == (7, 7, ("phone",))
    assert [call.day_for(segment) for segment in ("too_new", "prompt", "forgetful", "admin_slow")] == [7, 7, 14, 14]
    assert courtesy.carried_out("", False).by == "run" and courtesy.carried_out("", True).by == "collector"
    assert [rule.after_days for rule in strategy.steps][-3:] == [30, 60, 90]
    assert all(not rule.carried_out("", False).is_message and rule.asks_checks for rule in strategy.steps[-2:])
    assert call.carried_out("strategic", False).by == "credit_manager"
    assert all(strategy.adjustments[name].why for name in strategy.adjustments)


@pytest.mark.parametrize(
    ("minor", "overdue", "expected"),
    [(999_999, 7, "reminder"), (1_000_000, 7, "call"), (999_999, 14, "call"), (1_000_000, 6, "reminder")],
)
def test_large_items_may_be_called_about_earlier(minor: int, overdue: int, expected: str):
    document = step(2, after_days=14, large={"after_days": 7})
    del document["adjustments"]
    strategy = from_document(document)
    item = ItemFacts("I", "USD", DUE, minor, customer_collectable_minor=minor)
    assert next_step(item, strategy, day(overdue)).step == expected
    other = ItemFacts("I", "JPY", DUE, minor, customer_collectable_minor=minor)
    assert next_step(other, strategy, day(7)).step == "reminder"


def test_what_is_not_material_is_left_alone_and_says_so():
    few = next_step(ItemFacts("I", "USD", DUE, 499, customer_collectable_minor=499), shipped(), day(1))
    assert few.step is None and "not_material" in [reason.code for reason in few.reasons]
    enough = ItemFacts("I", "USD", DUE, 499, customer_collectable_minor=500)
    assert next_step(enough, shipped(), day(1)).step == "reminder"


def changed(**more: Any) -> dict[str, Any]:
    return shipped_document() | more


def step(place: int, **more: Any) -> dict[str, Any]:
    document = shipped_document()
    document["levels"][place]["steps"][0] |= more
    return document


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        (step(2, by="run"), "levels, 3 (middle), steps, 1 (call), by", "a run cannot"),
        (step(4, by="run"), "levels, 5 (legal), steps, 1 (propose_demand), by", "a run cannot"),
        (step(1, channels=["pigeon"]), "channels", "pigeon"),
        (step(1, tone="shouting"), "tone", "shouting"),
        (step(1, catch_up="leap"), "catch_up", "leap"),
        (step(2, large={"after_days": -1}), "after_days", "before"),
        (changed(large_minor={"ABC": 1}), "large_minor", "ABC"),
        (changed(steps=[{"step": "reminder", "after_days": 1}]), "strategy, steps", "both under levels"),
        (changed(events=[{"event": "full_moon"}]), "events, 1 (full_moon), event", "full_moon"),
        (changed(events=[{"event": "account_opened", "when": "days_since_event >"}]), "when", ""),
        (changed(events=[{"event": "account_opened"}] * 2), "events", "twice"),
        (changed(adjustments={"prompt": {"steps": {"call": {"by": "run"}}}}), "adjustments, prompt, steps", "run"),
    ],
)
def test_faults_name_their_place(document: dict[str, Any], where: str, what: str):
    with pytest.raises(BadInput) as caught:
        from_document(document)
    assert where in caught.value.where and what in str(caught.value)


def test_lint_finds_what_would_go_wrong():
    found = lint(from_document(changed(large_minor={}, events=[])))
    assert found[0].severity == "wrong" and "large" in found[0].text()
    assert any("comes back" in one.text() for one in found)
    assert lint(from_document(step(4, asks_checks=False)))[0].severity == "wrong"


def test_events_are_answered_within_their_days_unless_dunning_rests():
    rules = shipped().events
    opened = Happening("C", "account_opened", "account:1", day(0))
    assert [rule.code for rule in owed_by(opened, rules, day(14))] == ["account_opened:welcome"]
    assert owed_by(opened, rules, day(15)) == [] and owed_by(opened, rules, day(-1)) == []
    assert owed_by(Happening("C", "account_opened", "a", day(0), is_paused=True), rules, day(1)) == []
    small, large = (Happening("C", "large_invoice_issued", "i", day(0), amount_minor=minor, currency="USD")
                    for minor in (999_999, 1_000_000))  # fmt: skip
    assert owed_by(small, rules, day(3)) == [] and len(owed_by(large, rules, day(3))) == 1


def course(**more: Any) -> Course:
    return Course("I1", "USD", DUE, ((day(-30), 20_000),), **more)


def test_the_timeline_is_the_rule_asked_on_every_day():
    found = ahead([course()], shipped(), day(-10))
    assert [(one.step, (one.on - DUE).days) for one in found] == [
        ("courtesy", -7), ("reminder", 1), ("call", 7), ("firm_letter", 15), ("final_notice", 30),
        ("propose_demand", 60), ("propose_agency", 90),
    ]  # fmt: skip
    by_day = []
    taken: list[TakenStep] = []
    for count in range(-10, 111):
        facts = ItemFacts("I1", "USD", DUE, 20_000, taken=tuple(taken), customer_collectable_minor=20_000)
        asked = next_step(facts, shipped(), day(count)).step
        if asked:
            taken.append(TakenStep(asked, day(count)))
            by_day.append((asked, day(count)))
    assert by_day == [(one.step, one.on) for one in found]


def test_the_timeline_waits_for_a_pause_and_stops_when_paid():
    paid = Course("I1", "USD", DUE, ((day(-30), 20_000), (day(15), 0)), paused=((day(0), day(9)),))
    assert [(one.rule.step, (one.on - DUE).days) for one in walk(paid, shipped(), day(-10), day(100))] == [
        ("courtesy", -7), ("call", 10),
    ]  # fmt: skip
    assert walk(course(insolvent_on=day(2)), shipped(), day(3), day(100)) == []


def test_arms_are_drawn_once_for_ever_and_in_their_shares():
    arms = [arm_of("seed", f"customer-{place}", 4_000, 1_000) for place in range(5_000)]
    assert arms == [arm_of("seed", f"customer-{place}", 4_000, 1_000) for place in range(5_000)]
    shares = {arm: arms.count(arm) for arm in Arm}
    assert 1_850 < shares[Arm.CHALLENGER] < 2_150 and 430 < shares[Arm.HOLD_OUT] < 570
    assert arms != [arm_of("other", f"customer-{place}", 4_000, 1_000) for place in range(5_000)]


def test_an_experiment_says_when_it_cannot_tell():
    slow, quick = ([Sample(100, 100 * (days + at % 5)) for at in range(60)] for days in (40, 30))
    better = difference(slow, quick, lower_is_better=True, seed="s")
    assert (better.verdict.code, better.champion, better.challenger) == ("challenger_better", 420_000, 320_000)
    assert better.low is not None and better.high is not None and better.low <= -100_000 <= better.high < 0
    assert difference(quick, slow, lower_is_better=True).verdict.code == "challenger_worse"
    assert difference(slow, slow, lower_is_better=True).verdict.code == "cannot_tell"
    assert difference(slow[:29], quick, lower_is_better=True).verdict.code == "too_few"
    assert difference(slow, quick, True, "s") == better


def test_the_six_checks_are_all_answered_or_not_at_all():
    answers = {check.code: CheckAnswer("yes", "") for check in SIX_CHECKS}
    assert list(checked(answers)) == [check.code for check in SIX_CHECKS]
    for wrong in (answers | {"pattern": CheckAnswer("perhaps", "")}, answers | {"pattern": CheckAnswer("unknown", " ")},
                  {"pattern": answers["pattern"]}, answers | {"moon": CheckAnswer("yes", "")}):  # fmt: skip
        with pytest.raises(BadInput):
            checked(wrong)
