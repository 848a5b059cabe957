"""One decision, two readers: whole policies over columns give what the core gives case by case."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openterms.core.base.errors import BadInput
from openterms.core.base.expressions import Value
from openterms.core.credit.decisions import decide
from openterms.core.credit.outcomes import Outcome, Request
from openterms.core.credit.policy import EXAMPLES, Policy
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.rules.decisions import ARROW, decided
from tests.core.credit.policies import drawn, example, numbers_in, rule, small

Case = tuple[dict[str, Value], Request]
ASKED = ("", "", "", "net 7", "net 14", "net 30", "2/10 net 30", "net 60", "cod")


def answers(policy: Policy, cases: list[Case]) -> list[dict[str, Any]]:
    """The columnar answers, one for each case."""
    engine = DuckEngine(threads=1)
    columns = {
        name: pa.array([facts.get(name) for facts, _ in cases], ARROW[fact.type]) for name, fact in policy.facts.items()
    }
    columns["asked_terms"] = pa.array([request.terms for _, request in cases], pa.string())
    columns["place"] = pa.array(range(len(cases)))
    engine.connection.register("cases", pa.table(columns))
    found = engine.collect(decided(engine.backend.table("cases"), policy, engine)).sort_by("place")
    return list(found.to_pylist())


def plain(outcome: Outcome) -> dict[str, Any]:
    """The core's answer in the columns of the other reader."""
    score, need = outcome.score, outcome.authority
    return {
        "outcome": outcome.outcome,
        "rule": outcome.rule,
        "queue": outcome.queue,
        "reasons": " ".join(reason.code for reason in outcome.reasons),
        "limit_minor": outcome.limit_minor,
        "terms": outcome.terms,
        "deposit_minor": outcome.deposit_minor,
        "scorecard": outcome.scorecard,
        "score": score.points if score else None,
        "pd_bp": score.pd_bp if score else None,
        "risk_class": outcome.risk_class,
        "limit_found_minor": outcome.suggestion.limit_minor,
        "bound_by": outcome.suggestion.bound_by,
        "roles": " ".join(need.roles) if need else "",
        "is_automatic": bool(need and need.is_automatic),
    }


def agree(policy: Policy, seed: int, count: int) -> None:
    dice, near = random.Random(seed), numbers_in(policy)
    cases: list[Case] = []
    for _ in range(count):
        facts = drawn(dice, policy.facts, near, missing=dice.choice((0.0, 0.05, 0.3)))
        terms = dice.choice(ASKED)
        if terms:
            facts["requested_terms_days"] = None
        cases.append((facts, Request(None, terms)))
    for (facts, request), got in zip(cases, answers(policy, cases), strict=True):
        wanted = plain(decide(facts, policy, request, alternatives=False))
        assert {name: got[name] for name in wanted} == wanted, (facts, request)


def wild() -> Policy:
    """A policy with every way of a rule: offers of all kinds, all ways of missing facts, two methods of one kind, no
    band for large amounts."""
    offer = {"limit_minor": 700_000, "terms": "net 7", "deposit_bp": 2_550, "security": ["guarantee"]}
    return small(
        facts={"use": ["insolvent", "days_overdue", "bureau_score", "deposit_minor", "months_trading", "segment"]},
        risk_classes=[
            {"risk_class": "A", "when": "bureau_score >= 500", "cap_minor": 5_000_000},
            {"risk_class": "B", "when": "bureau_score >= 100"},
            {"risk_class": "C", "when": "bureau_score >= 50", "cap_minor": 0},
        ],
        terms={"A": ["net 60", "2/10 net 30"], "C": ["net 14"]},
        limits={
            "least_methods": 2,
            "methods": [
                {"method": "bureau", "share_bp": 3_333},
                {"method": "bureau", "name": "again", "share_bp": 10_000, "when": "months_trading > 3"},
                {"method": "need", "buffer_days": 15},
                {"method": "working_capital", "share_bp": 1_500},
                {"method": "experience", "multiple_c": 150},
                {"method": "amount", "formula": "deposit_minor * 3 - 1000 * days_overdue"},
            ],
            "starter": {"when": "months_trading < 12", "limit_minor": 150_000},
        },
        rules=[
            rule("insolvent", "insolvent", unknown="fire"),
            rule("overdue", "days_overdue > 30", "refer", queue="late"),
            rule("slow", "segment == 'strategic' or bureau_score < 10", "refer", queue="manager", unknown="skip"),
            rule("offered", "days_overdue > 10", "counter_offer", offer=offer),
            rule("half", "deposit_minor > 500", "counter_offer", offer={"limit_share_bp": 5_000}, unknown="skip"),
            rule("large", "exposure_after_minor > 4_000_000 and limit_methods > 2"),
            rule("fits", "bureau_score > 40 and granted_minor >= 0", "approve"),
        ],
        authority={
            "bands": [
                {"most_minor": 100_000, "roles": ["automatic"]},
                {"most_minor": 2_000_000, "roles": ["credit_manager"]},
            ],
            "flags": [{"flag": "late", "when": "days_overdue > 5"}],
        },
    )


def every_policy() -> list[Policy]:
    return [*(example(name) for name in EXAMPLES), wild()]


@pytest.mark.parametrize("which", range(4))
@settings(max_examples=1, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_policy_over_columns_decides_as_the_core(seed: int, which: int) -> None:
    agree(every_policy()[which], seed, 150)


@pytest.mark.deep
@pytest.mark.parametrize("which", range(4))
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_policy_over_columns_decides_ten_thousand_cases_as_the_core(seed: int, which: int) -> None:
    agree(every_policy()[which], seed, 500)  # together 10,000


def test_a_value_out_of_its_range_is_refused_with_its_fact() -> None:
    with pytest.raises(BadInput, match="bureau_score"):
        answers(small(), [({"bureau_score": 700}, Request()), ({"bureau_score": 1_001}, Request())])


def test_facts_without_a_column_are_missing_and_other_columns_stay() -> None:
    engine = DuckEngine(threads=1)
    engine.connection.register("cases", pa.table({"place": [1], "bureau_score": [700], "insolvent": [False]}))
    (got,) = engine.collect(decided(engine.backend.table("cases"), small(), engine)).to_pylist()
    wanted = plain(decide({"bureau_score": 700, "insolvent": False}, small(), alternatives=False))
    assert got == {"place": 1} | wanted
