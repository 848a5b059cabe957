"""What a report is worth: where the answer cannot change, no value of any fact it brings changes it."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.expression_domains import Domain
from openterms.core.credit.decisions import decide
from openterms.core.credit.information import could_change, whole
from openterms.core.credit.outcomes import Request
from openterms.core.credit.possible import answer_of
from tests.core.credit.policies import GOOD, all_examples, drawn, example, numbers_in, rule, small

BUREAU = frozenset({"bureau_score", "bureau_limit_minor", "payment_index", "insolvent"})
LIMIT = {"bureau_limit_minor": Domain(True, 0, 9_000_000)}


def chance(policy, facts, names=BUREAU, request=None, **more):
    return could_change(facts, policy, request, whole(policy, names), **more)


def test_a_decline_for_another_reason_stands_whatever_the_score():
    policy = small()
    found = chance(policy, {**GOOD, "insolvent": True, "bureau_score": None}, frozenset({"bureau_score"}))
    assert (found.can_change, found.now.outcome, found.reason.code) == (False, "decline", "could_not_change")
    assert found.reason.staff_text() == "Whatever the report says, the decision would stay: decline."


def test_an_unknown_score_decides_the_class_and_the_example_was_decided():
    policy = small()
    facts = {**GOOD, "bureau_score": None}
    found = chance(policy, facts, frozenset({"bureau_score"}))
    assert found.can_change and found.now.limit_minor == 1_000_000
    assert answer_of(decide({**facts, **found.example}, policy)) == found.then != found.now


def test_a_report_that_tells_nothing_the_policy_asks_is_worth_nothing():
    found = chance(small(), GOOD, frozenset({"payment_index"}))
    assert (found.can_change, found.relevant, found.reason.code) == (False, (), "brings_nothing")


def test_the_range_that_a_product_has_counts():
    policy = small()
    facts = {**GOOD, "bureau_limit_minor": 800_000}
    high = {"bureau_score": Domain(False, 600, 1_000)}
    assert chance(policy, facts).can_change
    assert could_change(facts, policy, Request(500_000), high).can_change  # silence would put it into class B
    narrow = {"bureau_limit_minor": Domain(True, 900_000, 1_000_000)}
    rules = [rule("late", "days_overdue > 30"), rule("fits", "True", "approve")]
    one_class = {"risk_classes": [{"risk_class": "A", "when": True, "cap_minor": 300_000}], "terms": {"A": ["net 30"]}}
    policy = small(rules=rules, **one_class)
    assert could_change(facts, policy, Request(200_000), narrow).can_change  # missing: no method gives a figure
    policy = small(
        rules=rules,
        limits={
            "least_methods": 1,
            "methods": [
                {"method": "bureau", "share_bp": 10_000},
                {"method": "amount", "name": "usual", "formula": "1000000"},
            ],
        },
        **one_class,
    )
    assert not could_change(facts, policy, Request(200_000), narrow).can_change
    assert could_change(facts, policy, Request(200_000), LIMIT).can_change


def test_what_may_still_become_known_leaves_the_question_open():
    policy = small()
    late = {**GOOD, "bureau_score": None, "days_overdue": 40, "insolvent": None}
    asked = frozenset({"bureau_score"})
    assert not chance(policy, {**late, "insolvent": True}, asked).can_change
    assert chance(policy, late, asked, open_facts=frozenset({"insolvent"})).can_change
    sure = {**late, "insolvent": True, "days_overdue": None}
    assert not chance(policy, sure, asked, open_facts=frozenset({"days_overdue"})).can_change


def test_an_open_set_of_codes_is_never_taken_as_settled():
    policy = small(
        facts={"use": ["insolvent", "days_overdue", "bureau_score", "country"]},
        rules=[rule("there", "country == 'XX'"), rule("fits", "True", "approve")],
    )
    assert could_change(GOOD, policy, None, whole(policy, {"country"})).can_change


def test_the_examples_know_when_they_have_heard_enough():
    policy = example("wholesale")
    gone = {"register_status": "closed", "sanctions_hit": False, "group_exposure_minor": 0}
    assert not chance(policy, gone, frozenset({"bureau_score", "payment_index", "bureau_limit_minor"})).can_change
    young = {**gone, "register_status": "active", "insolvent": False, "fraud_flag": False, "months_trading": 6}
    found = chance(policy, young, frozenset({"payment_index"}), Request(100_000, "net 30"))
    assert found.can_change and found.example is not None


@pytest.mark.parametrize("policy", all_examples(), ids=lambda policy: policy.code)
def test_over_the_examples_no_drawn_report_changes_what_cannot_change(policy):
    dice = random.Random(11)
    near, proved = numbers_in(policy), 0
    for _round in range(25):
        facts = drawn(dice, policy.facts, near, 0.3)
        names = frozenset(dice.sample(sorted(policy.facts), 2)) - {"requested_limit_minor", "requested_terms_days"}
        found = chance(policy, facts, names, most_steps=40)
        if found.can_change:
            continue
        proved += 1
        brought = {name: fact for name, fact in policy.facts.items() if name in names}
        for _try in range(20):
            now = answer_of(decide({**facts, **drawn(dice, brought, near, 0.2)}, policy, alternatives=False))
            assert now == found.now
    assert proved


ATOMS = ("a >= 2", "a == 1", "b", "not b", "c == 'x'", "c in ('y', 'z')", "a is None", "b is None", "a + d > 3",
         "d < 2", "granted_minor > 2", "suggested_limit_minor is None", "risk_class == 'A'", "limit_methods < 2",
         "min(a, d) >= 1", "exposure_after_minor > 3", "(1 if b else 3) > a")  # fmt: skip
OWN = [
    {"fact": "a", "type": "whole", "lo": 0, "hi": 3, "meaning": "a"},
    {"fact": "b", "type": "flag", "meaning": "b"},
    {"fact": "c", "type": "code", "codes": ["x", "y", "z"], "meaning": "c"},
    {"fact": "d", "type": "whole", "lo": 0, "hi": 3, "meaning": "d"},
]
CARD = {
    "scorecard": "card", "when": "c != 'z'", "base_score": 5, "base_odds": 1, "points_to_double": 2,
    "attributes": [
        {"attribute": "first", "otherwise": 1, "bins": [
            {"when": "a >= 2", "points": 3, "label": "high"}, {"when": "a == 0", "points": 0, "label": "none"}]},
        {"attribute": "second", "otherwise": 2, "bins": [{"when": "b and d > 1", "points": 4, "label": "both"}]},
    ],
}  # fmt: skip
VALUES = {"a": (None, 0, 1, 2, 3), "b": (None, True, False), "c": (None, "x", "y", "z"), "d": (None, 0, 1, 2, 3)}
conditions = st.builds(
    lambda left, word, right: f"({left}) {word} ({right})" if word else left,
    st.sampled_from(ATOMS), st.sampled_from(("", "and", "or")), st.sampled_from(ATOMS),
)  # fmt: skip
given_conditions = st.builds(
    lambda left, word, right: f"({left}) {word} ({right})" if word else left,
    st.sampled_from([one for one in ATOMS if "_minor" not in one and "risk_class" not in one and "limit_" not in one]),
    st.sampled_from(("", "and", "or")),
    st.sampled_from(ATOMS[:8]),
)


@st.composite
def policies(draw):
    rules = []
    for number in range(draw(st.integers(0, 3))):
        decide_as = draw(st.sampled_from(("decline", "refer", "counter_offer", "approve")))
        more = {"unknown": draw(st.sampled_from(("refer", "skip") + (("fire",) if decide_as != "approve" else ())))}
        if decide_as == "counter_offer":
            more["offer"] = draw(
                st.sampled_from(
                    ({"limit_minor": 2}, {"limit_share_bp": 5_000}, {"deposit_bp": 5_000}, {"terms": "net 7"})
                )
            )
        if decide_as == "refer":
            more["queue"] = draw(st.sampled_from(("analyst", "fraud")))
        rules.append(rule(f"r{number}", draw(conditions), decide_as, **more))
    rules.append(rule("rest", draw(st.sampled_from(("True", "a is not None"))), "approve"))
    methods = [
        {"method": "amount", "name": "own",
         "formula": draw(st.sampled_from(("a + d", "d", "a * 2 if b else d", "a - d"))),
         "when": draw(st.sampled_from(("True", "b", "a is not None")))},
        {"method": "bureau", "share_bp": draw(st.sampled_from((5_000, 10_000)))},
    ]  # fmt: skip
    limits = {"least_methods": draw(st.integers(1, 2)), "methods": methods}
    if draw(st.booleans()):
        limits["starter"] = {"when": draw(given_conditions), "limit_minor": 3}
    scored, first = draw(st.booleans()), draw(given_conditions)
    if scored:
        first = draw(st.sampled_from((first, "score >= 5", "pd_bp <= 5000", f"score > 3 or ({first})")))
    return small(
        facts={"use": ["bureau_limit_minor"], "own": OWN},
        scorecards=[CARD] if scored else [],
        rounding={"limit_minor": draw(st.sampled_from((1, 2)))},
        risk_classes=[
            {"risk_class": "A", "when": first, "cap_minor": draw(st.sampled_from((3, 100)))},
            {"risk_class": "B", "when": draw(st.sampled_from((True, "a >= 1"))), "cap_minor": 2},
        ],
        terms={"A": ["net 60", "net 30"], "B": draw(st.sampled_from((["net 14"], ["net 30"])))},
        limits=limits,
        rules=rules,
        authority={
            "bands": [{"most_minor": 2, "roles": ["automatic"]}, {"most_minor": 5, "roles": ["analyst"]}],
            "flags": [{"flag": "odd", "when": draw(conditions)}],
        },
    )


@settings(max_examples=150, deadline=None)
@given(
    policies(),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()}),
    st.sampled_from((None, 0, 1, 4, 6)),
    st.sampled_from((None, 0, 2)),
    st.sets(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3),
    st.sampled_from((Request(), Request(3), Request(0), Request(9, "net 30"))),
    st.integers(0, 30),
)
def test_cannot_change_is_never_said_when_it_can(policy, values, bureau, group, names, request, steps):
    facts = {**values, "bureau_limit_minor": bureau, "group_exposure_minor": group}
    found = chance(policy, facts, frozenset(names), request, most_steps=steps)
    every = itertools.product(*(VALUES[name] for name in sorted(names)))
    answers = set()
    for case in every:
        learnt = dict(zip(sorted(names), case, strict=True))
        answers.add(answer_of(decide({**facts, **learnt}, policy, request, alternatives=False)))
    answers.add(answer_of(decide(facts, policy, request, alternatives=False)))
    if not found.can_change:
        assert answers == {found.now}
    if found.then is not None:
        assert found.then in answers and found.then != found.now
    if steps == 30 and len(answers) == 1 and len(names) == 1:
        assert not found.can_change  # small cases are proved, not given up
