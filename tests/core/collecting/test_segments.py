"""Payer segments: the fact book's rule order, thresholds and missing facts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openterms.core.base.expressions import Value
from openterms.core.collecting.segments import SEGMENT_FACTS, SEGMENTS, segment_of
from tests.core.collecting.strategy import standard
from tests.shared import vector

ORDINARY: dict[str, Value] = {
    "insolvent": False, "paid_invoices": 12, "disputed_share_bp": 0, "partial_payments": 0, "broken_promises": 0,
    "dbt_trend_cd": 0, "dbt_mean_cd": 1_200, "dbt_sd_cd": 1_000, "copy_or_po_requests_share_bp": 0,
    "paid_after_reminder_share_bp": 0,
}  # fmt: skip
FROM_VECTOR = {
    "insolvency_flag": ("insolvent", 1),
    "invoices": ("paid_invoices", 1),
    "disputed_share": ("disputed_share_bp", 10_000),
    "partial_payments": ("partial_payments", 1),
    "broken_promises": ("broken_promises", 1),
    "dbt_trend": ("dbt_trend_cd", 100),
    "dbt_mean": ("dbt_mean_cd", 100),
    "dbt_sd": ("dbt_sd_cd", 100),
    "copy_or_po_requests_share": ("copy_or_po_requests_share_bp", 10_000),
    "pays_within_3d_of_reminder_share": ("paid_after_reminder_share_bp", 10_000),
}


def facts(given: dict[str, Any]) -> dict[str, Value]:
    found: dict[str, Value] = {"insolvent": False}
    for key, value in given.items():
        name, scale = FROM_VECTOR[key]
        found[name] = value if isinstance(value, bool) else round(value * scale)
    return found


def test_tv_103() -> None:
    example = vector(103)
    for case, overrides in example["inputs"]["overrides"].items():
        segment, _ = segment_of(facts({**example["inputs"]["base"], **overrides}), standard().segments)
        assert segment == example["expected"][case], case


@pytest.mark.parametrize(
    ("change", "segment"),
    [
        ({}, "unclassified"),
        ({"insolvent": True, "paid_invoices": 0}, "insolvent"),
        ({"paid_invoices": None}, "too_new"),
        ({"paid_invoices": 4, "disputed_share_bp": 9_000}, "too_new"),
        ({"paid_invoices": 5, "disputed_share_bp": 2_000}, "disputing"),
        ({"disputed_share_bp": 1_999}, "unclassified"),
        ({"broken_promises": 2, "dbt_mean_cd": 0}, "cash_strapped"),
        ({"dbt_trend_cd": 1_000}, "cash_strapped"),
        ({"dbt_mean_cd": 300}, "prompt"),
        ({"dbt_mean_cd": 301}, "unclassified"),
        ({"dbt_mean_cd": -500, "dbt_sd_cd": 1_001}, "unclassified"),
        ({"dbt_mean_cd": None, "dbt_sd_cd": None, "dbt_trend_cd": None}, "unclassified"),
        ({"dbt_mean_cd": None, "paid_after_reminder_share_bp": 6_000}, "forgetful"),
        ({"dbt_mean_cd": 2_000, "dbt_sd_cd": 700}, "strategic"),
        ({"dbt_mean_cd": 2_000, "dbt_sd_cd": None}, "unclassified"),
    ],
)
def test_thresholds(change: dict[str, Value], segment: str) -> None:
    assert segment_of({**ORDINARY, **change}, standard().segments)[0] == segment


def test_the_rule_that_fired_is_given() -> None:
    values: dict[str, Value] = {**ORDINARY, "partial_payments": 3}
    segment, rule = segment_of(values, standard().segments)
    assert rule is not None
    assert (segment, rule.when.explain(values)) == ("cash_strapped", "partial payments 3 >= 3")
    assert segment_of(ORDINARY, standard().segments) == ("unclassified", None)


def test_the_standard_document_has_the_agreed_order() -> None:
    assert tuple(rule.segment for rule in standard().segments) == SEGMENTS[:-1]


@given(
    st.fixed_dictionaries(
        {
            name: st.none() | (st.booleans() if fact.type == "bool" else st.integers(fact.lo, fact.hi))
            for name, fact in SEGMENT_FACTS.items()
        }
    )
)
def test_every_customer_has_a_segment(values: dict[str, Value]) -> None:
    assert segment_of(values, standard().segments)[0] in SEGMENTS
