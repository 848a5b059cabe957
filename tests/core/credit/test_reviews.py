"""When a line is looked at again: the cadence, each watch at its threshold, and quiet after a review."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from openterms.core.base.errors import BadInput
from openterms.core.credit.outcomes import Request
from openterms.core.credit.policy import EXAMPLES
from openterms.core.credit.policy_schema import WATCHES
from openterms.core.credit.reviews import (
    BureauChange,
    Figure,
    Lapsing,
    Payment,
    WatchedLine,
    every_months,
    fired,
    may_renew,
    next_on,
)
from tests.core.credit.policies import GOOD, example, small

TODAY = date(2026, 6, 1)


def ago(days):
    return TODAY - timedelta(days=days)


def line(**more):
    return WatchedLine(**{"as_of": TODAY, "looked_on": ago(100), "limit_minor": 1_000_000, **more})


def reviews(**trigger):
    return small(reviews={"triggers": [{"trigger": "t", "act": "review", "meaning": "Why.", **trigger}]}).reviews


def figures(found):
    return [figure for one in found for figure in one.figures]


def paid(*several):
    return tuple(Payment(ago(days), beyond, minor) for days, beyond, minor in several)


@pytest.mark.parametrize(
    ("trigger", "known", "expected"),
    [
        ({"watch": "bureau", "score_drop": 20}, {"bureau": BureauChange(ago(5), 60, 80)},
         [Figure("bureau_score", 80, 60, 20)]),
        ({"watch": "bureau", "score_drop": 20}, {"bureau": BureauChange(ago(5), 61, 80)}, []),
        ({"watch": "bureau", "score_drop": 20}, {"bureau": BureauChange(ago(100), 10, 80)}, []),
        ({"watch": "bureau", "score_drop": 20}, {"bureau": BureauChange(ago(5), 10, None)}, []),
        ({"watch": "bureau", "limit_drop_bp": 2500}, {"bureau": BureauChange(ago(5), None, None, 75, 100)},
         [Figure("bureau_limit_minor", 100, 75, 2500)]),
        ({"watch": "bureau", "limit_drop_bp": 2500}, {"bureau": BureauChange(ago(5), None, None, 76, 100)}, []),
        ({"watch": "behaviour", "days": 30, "slower_cd": 500}, {"payments": paid((10, 5, 1), (20, 5, 1), (40, 0, 1))},
         [Figure("dbt_cd", 0, 500, 500)]),
        ({"watch": "behaviour", "days": 30, "slower_cd": 500}, {"payments": paid((10, 4, 1), (40, 0, 1))}, []),
        ({"watch": "behaviour", "days": 30, "slower_cd": 1}, {"payments": paid((10, 90, 1))}, []),
        ({"watch": "behaviour", "days": 30, "late_rise_bp": 5000},
         {"payments": paid((29, 1, 1), (1, -1, 1), (30, 0, 1))},
         [Figure("share_late_bp", 0, 5000, 5000)]),
        ({"watch": "utilisation", "above_bp": 9000}, {"exposure_minor": 900_000},
         [Figure("utilisation_bp", None, 9000, 9000)]),
        ({"watch": "utilisation", "above_bp": 9000}, {"exposure_minor": 899_949}, []),
        ({"watch": "utilisation", "above_bp": 1}, {"exposure_minor": 9, "limit_minor": None}, []),
        ({"watch": "promises", "times": 2, "days": 90}, {"broken_on": (ago(1), ago(89))},
         [Figure("broken_promises", None, 2, 2)]),
        ({"watch": "promises", "times": 2, "days": 90}, {"broken_on": (ago(1), ago(90))}, []),
        ({"watch": "promises", "times": 1, "days": 90}, {"broken_on": (ago(20),), "looked_on": ago(20)}, []),
        ({"watch": "dormant", "days": 60}, {"active_on": ago(60)}, [Figure("idle_days", None, 60, 60)]),
        ({"watch": "dormant", "days": 60}, {"active_on": ago(59)}, []),
        ({"watch": "dormant", "days": 100}, {"active_on": None}, [Figure("idle_days", None, 100, 100)]),
        ({"watch": "documents", "ahead_days": 0}, {"documents": (Lapsing("a", ago(1)), Lapsing("b", TODAY))},
         [Figure("documents_ending", None, 1, 1), Figure("documents_days_left", None, -1, 0)]),
        ({"watch": "documents", "ahead_days": 0}, {"documents": (Lapsing("a", ago(1)), Lapsing("a", None))}, []),
        ({"watch": "documents", "ahead_days": 0}, {"documents": (Lapsing("a", ago(101)),)}, []),
        ({"watch": "cover", "ahead_days": 30}, {"covers": (Lapsing("insured", ago(-29)),)},
         [Figure("covers_ending", None, 1, 1), Figure("covers_days_left", None, 29, 30)]),
        ({"watch": "cover", "ahead_days": 30}, {"covers": (Lapsing("insured", ago(-30)),)}, []),
        ({"when": "days_overdue > 30"}, {"facts": {"days_overdue": 31}}, [Figure("days_overdue", None, 31, None)]),
        ({"when": "days_overdue > 30"}, {"facts": {}}, []),
    ],
)  # fmt: skip
def test_a_trigger_fires_from_its_threshold_on(trigger, known, expected):
    assert figures(fired(reviews(**trigger), line(**known))) == expected


def test_after_a_review_the_same_trigger_is_quiet_for_a_while():
    policy = reviews(watch="dormant", days=30, quiet_days=60)
    assert not fired(policy, line(closed={"t": ago(59)}))
    assert fired(policy, line(closed={"t": ago(60), "other": TODAY}))


def test_cadence():
    policy = small(reviews={"cadence": [
        {"when": "risk_class == 'B'", "every_months": 6}, {"when": "bureau_score > 0", "every_months": 12}
    ]}).reviews  # fmt: skip
    assert every_months(policy, {"risk_class": "B"}) == 6
    assert every_months(policy, {"risk_class": "A", "bureau_score": 5}) == 12
    assert every_months(policy, {}) is None
    assert next_on(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert next_on(date(2023, 12, 31), 2) == date(2024, 2, 29)


def test_a_policy_renews_only_what_it_says():
    facts = {**GOOD, "bureau_limit_minor": 900_000}
    silent, speaks = small(), small(reviews={"renew_when": "granted_minor >= 500_000 and risk_class == 'A'"})
    assert not may_renew(silent, facts, Request(500_000))
    assert may_renew(speaks, facts, Request(500_000))
    assert not may_renew(speaks, facts, Request(400_000))
    assert not may_renew(speaks, {**facts, "bureau_score": 1}, Request(500_000))


@pytest.mark.parametrize(
    ("trigger", "place"),
    [
        ({}, "1 (t)"), ({"when": "True", "watch": "dormant", "days": 9}, "1 (t)"), ({"watch": "dormant"}, "days"),
        ({"watch": "behaviour", "days": 9}, "slower_cd"), ({"watch": "dormant", "days": 9, "times": 1}, "times"),
        ({"when": "True", "days": 9}, "days"), ({"watch": "weather"}, "watch"),
    ],
)  # fmt: skip
def test_a_trigger_that_cannot_be_is_refused_by_its_place(trigger, place):
    with pytest.raises(BadInput) as caught:
        reviews(**trigger)
    assert place in caught.value.where


def test_the_examples_use_every_watch():
    used = {one.watch.kind for name in EXAMPLES for one in example(name).reviews.triggers if one.watch}
    assert used == set(WATCHES)
