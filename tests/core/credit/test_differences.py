"""Versions of a policy compared by place."""

from __future__ import annotations

import copy
from typing import Any

from openterms.core.credit.differences import Difference, differences
from tests.core.credit.policies import SMALL, rule, small

RULES: list[dict[str, Any]] = SMALL["rules"]


def test_equal_policies_have_none() -> None:
    assert differences(small(), small()) == ()


def test_a_changed_value_is_told_by_its_place() -> None:
    rules = copy.deepcopy(RULES)
    rules[1]["when"] = "days_overdue > 45"
    assert differences(small(), small(rules=rules)) == (
        Difference("changed", "rules, overdue, when", "days_overdue > 30", "days_overdue > 45"),
    )


def test_a_rule_put_in_front_is_one_difference() -> None:
    new = small(rules=[rule("weak", "bureau_score < 100"), *RULES])
    (found,) = differences(small(), new)
    assert (found.kind, found.place, found.old) == ("added", "rules, weak", "")
    (back,) = differences(new, small())
    assert (back.kind, back.place, back.new) == ("removed", "rules, weak", "")


def test_a_moved_rule_is_told_as_moved() -> None:
    turned = small(rules=[RULES[1], RULES[0], RULES[2]])
    assert differences(small(), turned) == (Difference("moved", "rules, overdue", "2", "1"),)


def test_points_of_a_bin_and_terms_of_a_class() -> None:
    new = small(terms={"A": ["net 60", "net 45"], "B": ["net 14"]})
    assert differences(small(), new) == (
        Difference("changed", "terms, A", '["net 60","net 30"]', '["net 60","net 45"]'),
    )
