"""The strategy document: the standard one, adjustments, and clear errors."""

from __future__ import annotations

from typing import Any

import pytest

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import parse
from openterms.core.collecting.steps import STEP_FACTS, STEPS
from openterms.core.collecting.strategies import from_document
from tests.core.collecting.strategy import standard, standard_document


def test_the_standard_strategy() -> None:
    strategy = standard()
    assert (strategy.code, strategy.name) == ("standard", "Standard")
    assert (strategy.promises.grace_days, strategy.promises.min_share_bp) == (1, 10_000)
    assert [(rule.step, rule.after_days) for rule in strategy.steps] == list(
        zip(STEPS, (-7, 1, 7, 15, 30, 60, 90), strict=True)
    )
    assert [rule.step for rule in strategy.steps if rule.is_legal] == ["propose_demand", "propose_agency"]
    assert strategy.severest_first[0].step == "propose_agency"
    assert [rule.day_for("prompt") for rule in strategy.steps] == [7, 7, 7, 15, 30, 60, 90]
    assert strategy.step("nothing") is None


def test_a_rule_is_one_expression_that_reads_back_the_same() -> None:
    for rule in standard().steps:
        assert rule.owed == parse(rule.owed.source, STEP_FACTS)
        assert rule.owed.type == "bool"
    assert from_document(standard_document()) == standard()


def test_minimum_and_own_conditions_enter_the_rule() -> None:
    document = standard_document()
    document["steps"][4] |= {"minimum_minor": {"EUR": 5_000, "JPY": 600}, "when": "segment != 'strategic'"}
    rule = from_document(document).steps[4]
    assert "(currency != 'EUR' or collectable_minor >= 5000)" in rule.owed.source
    assert "segment != 'strategic'" in rule.owed.source


def test_adjustments_by_segment() -> None:
    document = standard_document()
    document["adjustments"] |= {"cash_strapped": {"after_days": {"call": 3}, "without": ["courtesy", "firm_letter"]}}
    strategy = from_document(document)
    assert [rule.day_for("cash_strapped") for rule in strategy.steps] == [None, 1, 3, None, 30, 60, 90]
    assert [rule.day_for("forgetful") for rule in strategy.steps] == [-7, 1, 7, 15, 30, 60, 90]


def broken(**changes: Any) -> dict[str, Any]:
    return {**standard_document(), **changes}


def with_step(position: int, **changes: Any) -> dict[str, Any]:
    document = standard_document()
    document["steps"][position - 1] |= changes
    return document


def segment(code: str, when: Any) -> dict[str, Any]:
    return {"segment": code, "when": when, "reason": "x"}


LEGAL = {"step": "propose_demand", "after_days": 60, "legal": True}


@pytest.mark.parametrize(
    ("document", "where", "remedy"),
    [
        ([], "strategy", "key: value"),
        ({}, "strategy, code", "add this key"),
        (broken(stages=[]), "strategy", "known keys"),
        (broken(promises={"grace_days": -1}), "strategy, promises, grace_days", "from 0 to 30"),
        (broken(promises={"grace_days": True}), "strategy, promises, grace_days", "whole number"),
        (broken(promises={"min_share_bp": 0.5}), "strategy, promises, min_share_bp", "from 1 to 10000"),
        (broken(steps={}), "strategy, steps", "list"),
        (broken(steps=[]), "strategy, steps", "at least one"),
        (broken(steps=["call"]), "strategy, steps, 1", "key: value"),
        (broken(segments=[segment("nice", True)]), "strategy, segments, 1 (nice), segment", "one of"),
        (broken(segments=[{"segment": "prompt", "reason": "x"}]), "strategy, segments, 1 (prompt), when", "add"),
        (broken(segments=[segment("prompt", "dbt < 3")]), "1 (prompt), when, column 1", "known here"),
        (broken(segments=[segment("prompt", True)] * 2), "strategy, segments, 2 (prompt)", "keep one"),
        (with_step(3, after_days="soon"), "strategy, steps, 3 (call), after_days", "whole number"),
        (with_step(3, after_day=3), "strategy, steps, 3 (call)", "known keys"),
        (with_step(3, step="shout"), "strategy, steps, 3 (shout), step", "courtesy, reminder"),
        (with_step(3, when="days_overdue"), "strategy, steps, 3 (call), when", "compare"),
        (with_step(3, again_when="open('x')"), "strategy, steps, 3 (call), again_when, column 1", "min, max"),
        (with_step(3, when="True) or (True"), "strategy, steps, 3 (call), when, column", "use facts"),
        (with_step(3, after_days=0), "strategy, steps, 3 (call), after_days", "day 1 or later"),
        (with_step(1, until_days=-9), "strategy, steps, 1 (courtesy), until_days", "from -7"),
        (with_step(4, after_step={"final_notice": 3}), "4 (firm_letter), after_step", "stands above"),
        (with_step(4, after_step={"letter": 3}), "4 (firm_letter), after_step", "known keys"),
        (with_step(4, minimum_minor={"EURO": 3}), "4 (firm_letter), minimum_minor", "ISO 4217"),
        (with_step(4, minimum_minor={"EUR": 3.5}), "4 (firm_letter), minimum_minor, EUR", "whole number"),
        (with_step(6, legal=False), "6 (propose_demand), legal", "legal: true"),
        (with_step(6, after_step={"final_notice": 13}), "6 (propose_demand), after_step", "14"),
        (with_step(6, after_step={}), "6 (propose_demand), after_step", "14"),
        (broken(steps=[LEGAL]), "1 (propose_demand), after_step", "14"),
        (broken(steps=standard_document()["steps"][::-1]), "strategy, steps, 2", "mild to severe"),
        (broken(adjustments={"nice": {}}), "strategy, adjustments", "known keys"),
        (broken(adjustments={"prompt": {"after_days": {"firm_letter": 40}}}), "for segment prompt", "40"),
        (broken(adjustments={"prompt": {"without": ["calls"]}}), "adjustments, prompt, without", "one of"),
    ],
)  # fmt: skip
def test_errors_say_what_where_and_what_would_be_right(document: Any, where: str, remedy: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_document(document)
    assert where in caught.value.where
    assert remedy in str(caught.value)
