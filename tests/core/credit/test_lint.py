"""What lint finds, what it proves, and what it says it cannot prove."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.expression_domains import reach, whole_domain
from openterms.core.base.expressions import code, flag, parse, vocabulary, whole
from openterms.core.credit.cases import IS_TRUE, Ask, find
from openterms.core.credit.lint import Finding, lint
from openterms.core.credit.policy import EXAMPLES
from tests.core.credit.policies import SMALL, example, rule, small

FITS = {"rule": "fits", "when": True, "decide": "approve"}
FACTS = vocabulary(whole("days", -100, 100), whole("few", 0, 3), flag("paused"), code("segment", ("a", "b")))


def codes(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(finding.code, finding.place) for finding in findings}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_clean(name: str) -> None:
    assert [finding.text() for finding in lint(example(name))] == []


def test_the_small_policy_is_clean_but_for_a_fact() -> None:
    assert codes(lint(small())) == {("fact_unused", "facts, deposit_minor")}


def found(**changes: Any) -> dict[str, Finding]:
    return {finding.code: finding for finding in lint(small(**changes))}


def test_a_rule_that_can_never_be_true() -> None:
    findings = found(rules=[rule("never", "days_overdue > 30 and days_overdue < 10"), FITS])
    assert findings["rule_never_true"].place == "rules, never"
    findings = found(rules=[rule("beyond", "bureau_score > 1000"), FITS])
    assert findings["rule_never_true"].place == "rules, beyond"


def test_a_rule_hidden_by_another_is_told_with_its_name() -> None:
    findings = found(rules=[rule("late", "days_overdue > 10"), rule("later", "days_overdue > 30"), FITS])
    assert findings["rule_hidden"].params == {"rule": "late"}
    together = [rule("a", "days_overdue > 10"), rule("b", "days_overdue <= 10"), rule("c", "days_overdue is not None")]
    hidden = [finding for finding in lint(small(rules=[*together, FITS])) if finding.code == "rule_hidden"]
    assert [(finding.place, finding.params) for finding in hidden] == [("rules, c", {}), ("rules, fits", {})]


def test_cases_without_a_rule_come_with_an_example() -> None:
    findings = found(rules=[rule("late", "days_overdue > 30"), rule("soon", "days_overdue < 30")])
    finding = findings["falls_through"]
    assert finding.example == {"days_overdue": 30}
    skipping = [rule("late", "days_overdue > 30", unknown="skip"), rule("soon", "days_overdue <= 30", unknown="skip")]
    assert found(rules=skipping)["falls_through"].example == {"days_overdue": None}


def card(*bins: tuple[str, int, str]) -> dict[str, Any]:
    entries = [{"when": when, "points": points, "label": label} for when, points, label in bins]
    return {"scorecard": "c", "base_score": 600, "base_odds": 50, "points_to_double": 20,
            "attributes": [{"attribute": "late", "bins": entries, "otherwise": 0}]}  # fmt: skip


def test_gaps_and_overlaps_of_bins() -> None:
    findings = found(scorecards=[card(("days_overdue < 10", 1, "few"), ("days_overdue > 10", 2, "many"))])
    assert findings["bins_gap"].example == {"days_overdue": 10}
    findings = found(scorecards=[card(("days_overdue <= 10", 1, "few"), ("days_overdue >= 10", 2, "many"))])
    assert findings["bins_overlap"].example == {"days_overdue": 10}
    assert findings["bins_overlap"].params == {"first": "few", "second": "many"}
    findings = found(scorecards=[card(("days_overdue < 10", 1, "few"), ("days_overdue >= 10", 2, "many"))])
    assert not {"bins_gap", "bins_overlap"} & set(findings)


def test_classes_without_terms_or_cap_and_cases_without_a_class() -> None:
    classes = [{"risk_class": "A", "when": "bureau_score >= 500"}]
    findings = found(risk_classes=classes, terms={})
    assert {"class_without_terms", "class_without_cap", "no_class"} <= set(findings)
    classes = [*SMALL["risk_classes"], {"risk_class": "C", "when": True, "cap_minor": 1}]
    findings = found(risk_classes=classes, terms={**SMALL["terms"], "C": ["net 7"]})
    assert findings["never_reached"].place == "risk_classes, C"
    assert findings["cap_below_step"].place == "risk_classes, C"


def test_amounts_nobody_has_authority_for() -> None:
    findings = found(authority={"bands": [{"most_minor": 1_000, "roles": ["analyst"]}]})
    assert findings["no_authority"].params == {"most_minor": 1_000}


def test_flags_triggers_and_reviews_that_never_happen() -> None:
    authority = {**SMALL["authority"], "flags": [{"flag": "odd", "when": "days_overdue < 0"}]}
    trigger = {"trigger": "odd", "when": "bureau_score > 2000", "act": "review", "meaning": "x"}
    cadence = [{"when": True, "every_months": 12}, {"when": "insolvent", "every_months": 6}]
    findings = codes(lint(small(authority=authority, reviews={"cadence": cadence, "triggers": [trigger]})))
    assert ("never_true", "authority, flags, odd") in findings
    assert ("never_true", "reviews, triggers, odd") in findings
    assert ("never_reached", "reviews, cadence, 2") in findings


def test_reasons_without_customer_text() -> None:
    bare = rule("bare", "insolvent", reason={"staff": "Insolvent."})
    assert found(rules=[bare, FITS])["reason_without_customer_text"].place == "rules, bare, reason"
    silent = rule("silent", "insolvent", reason={"staff": "Listed.", "silent": True})
    assert "reason_without_customer_text" not in found(rules=[silent, FITS])


def test_what_cannot_be_proved_is_said() -> None:
    wide = "bureau_score * bureau_score * 4 == deposit_minor * 4 + 2"
    findings = found(rules=[rule("wide", wide), FITS])
    assert findings["not_proved"].severity == "unproved"


SOURCES = st.recursive(
    st.sampled_from((
        "days > 5", "days <= few", "few == 2", "paused", "segment == 'a'", "segment in ('a', 'b')", "days is None",
        "days + few > 7", "days // 7 == -3", "abs(days) > 90", "min(days, few) < 0", "-days > few",
        "paused is not None", "(days if paused else few) > 2", "days in (1, 7)", "days * 2 != few", "segment is None",
    )),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) or ({two[1]})"),
    ),
    max_leaves=6,
)  # fmt: skip


def random_values(dice: random.Random) -> dict[str, Any]:
    return {
        "days": dice.choice((None, -100, -21, -1, 0, 1, 5, 6, 7, 100, dice.randint(-100, 100))),
        "few": dice.choice((None, 0, 1, 2, 3)),
        "paused": dice.choice((None, True, False)),
        "segment": dice.choice((None, "a", "b")),
    }


@settings(max_examples=120, deadline=None)
@given(SOURCES, st.integers(0, 10**6))
def test_domains_hold_every_value_and_proofs_hold(source: str, seed: int) -> None:
    """What evaluation gives lies in the proved domain; a found case is one; where none exists, none is met."""
    expression = parse(source, FACTS)
    domains = {name: whole_domain(fact) for name, fact in FACTS.items()}
    possible = reach(expression.tree, domains)
    search = find([Ask(expression.tree, IS_TRUE)], domains)
    if search.case is not None:
        assert expression.holds({**dict.fromkeys(FACTS), **search.case})
    dice = random.Random(seed)
    for _ in range(40):
        values = random_values(dice)
        value = expression.evaluate(values)
        assert value in possible.truths if value is not None else possible.missing
        assert expression.reader()(values) is value
        if search.case is None and search.is_proved:
            assert value is not True


def test_lint_of_a_changed_example_finds_the_place() -> None:
    document = copy.deepcopy(dict(example("wholesale").document))
    rules: Any = document["rules"]
    rules.insert(0, {"rule": "early", "when": "True", "decide": "approve"})
    from openterms.core.credit.policy import from_document

    hidden = {finding.place for finding in lint(from_document(document)) if finding.code == "rule_hidden"}
    assert len(hidden) == len(rules) - 1
