"""Stored decisions made again over columns: the loader hands over what each saw, and the flips are the core's own."""

from __future__ import annotations

import json
import random
from datetime import date
from typing import Any

import pytest

from openterms.apps.analytics.backtest import loading
from openterms.apps.analytics.backtest.reads import Question, against_of, back_test
from openterms.apps.credit.models import Decision
from openterms.apps.tenancy.context import acting
from openterms.core.credit.decisions import decide
from openterms.core.credit.outcomes import Request
from openterms.core.credit.policy import Policy, read_policy
from openterms.portfolio.book.engines import DuckEngine
from openterms.portfolio.runs.backtest_decisions import decided_twice
from tests.apps.cases import POLICY, Department
from tests.apps.desk import Desk, day

FIRST, LAST = date(2026, 5, 1), date(2026, 6, 30)
CHANGES = {
    "stricter": (("bureau_score < 400", "bureau_score < 640"), ("share_bp: 10000", "share_bp: 5000")),
    "other classes": (("when: score >= 600", "when: score >= 560"), ("cap_minor: 10_000_000", "cap_minor: 700_000")),
    "another fact": (
        ("  use: [requested_limit_minor,", "  use: [requested_limit_minor, judgments,"),
        ("when: bureau_score < 400\n    unknown: skip", "when: judgments >= 1\n    unknown: refer"),
    ),
}


def changed(name: str) -> Policy:
    text = POLICY
    for old, new in CHANGES[name]:
        assert old in text
        text = text.replace(old, new)
    return read_policy(text)


@pytest.fixture(scope="module")
def decided_before(django_db_setup: Any, django_db_blocker: Any) -> Any:
    """Two dozen cases of a seller with all kinds of facts, some of them missing, decided under its policy."""
    from django.db import connection

    from openterms.apps.tenancy.actions import add_seller
    from openterms.apps.tenancy.clock import new_id

    with django_db_blocker.unblock():
        seller = add_seller(f"D{new_id().hex[-12:]}", "Decided", "USD", "US")
        dice = random.Random(7)
        with acting(seller.id):
            desk = Desk(seller)
            office = Department(desk)
            for number in range(24):
                desk.customer(f"C{number}")
                facts = {
                    "bureau_score": dice.choice((None, 0, 399, 400, 640, 700, 1_000)),
                    "bureau_limit_minor": dice.choice((None, 0, 900_000, 4_000_000, 30_000_000)),
                    "sanctions_hit": dice.choice((None, False, False, True)),
                    "statements_age_months": dice.choice((None, 3, 30)),
                }
                known = {name: value for name, value in facts.items() if value is not None}
                limit = dice.choice((None, 500_000, 900_000, 4_000_000, 20_000_000))
                office.case(limit, f"C{number}", facts=known, terms=dice.choice(("", "", "net 30", "net 60")))
            desk.invoice("I1", "05-10", 40_000, who="C1", due_on=day("06-10"))
        yield seller
        connection.close()


def stored(seller: Any) -> list[Decision]:
    found = list(Decision.objects.filter(seller=seller).order_by("id"))
    assert len(found) == 24 and {one.outcome for one in found} >= {"approve", "counter_offer", "refer"}
    return found


def again(seller: Any, policy: Policy, against: Policy | None) -> dict[str, dict[str, Any]]:
    """The columnar answers of every stored decision by its id."""
    policies = tuple(one for one in (policy, against) if one is not None)
    cases = loading.stored_decisions(seller, policies, FIRST, LAST)
    assert cases.num_rows == 24
    engine = DuckEngine(threads=1)
    rows = engine.collect(decided_twice(engine.from_arrow(cases), against, policy, engine)).to_pylist()
    return {str(row["case_id"]): row for row in rows}


def scalar(one: Decision, policy: Policy) -> dict[str, Any]:
    """What the core answers to the facts and the request that a decision kept."""
    kept = json.loads(one.kept)
    facts = {name: value for name, value in kept["facts"].items() if name in policy.facts}
    asked = kept["request"]
    found = decide(facts, policy, Request(asked["limit_minor"], asked["terms"] or ""), alternatives=False)
    return {"outcome": found.outcome, "rule": found.rule, "queue": found.queue, "limit_minor": found.limit_minor}


def side(row: dict[str, Any], way: str) -> dict[str, Any]:
    return {name: row[f"{way}_{name}"] for name in ("outcome", "rule", "queue", "limit_minor")}


def test_under_the_same_version_nothing_flips(decided_before: Any) -> None:
    with acting(decided_before.id):
        same = read_policy(POLICY)
        for against in (None, same):
            rows = again(decided_before, same, against)
            for one in stored(decided_before):
                row = rows[str(one.id)]
                assert side(row, "before") == side(row, "after") == scalar(one, same), one.kept
        question = Question(
            new=same, first=FIRST, last=LAST, as_of=LAST, source="invoices",
            **against_of(decided_before, "current", "USD", LAST),
        )  # fmt: skip
        found = back_test(decided_before, question)["decisions"]
    assert found["totals"]["decisions"] == 24 and found["totals"]["flips"] == 0
    assert found["flips"] == [] and found["customers"] == []


@pytest.mark.parametrize("name", CHANGES)
def test_under_a_changed_one_flips_what_the_core_says(decided_before: Any, name: str) -> None:
    new, old = changed(name), read_policy(POLICY)
    with acting(decided_before.id):
        rows, wanted = again(decided_before, new, None), []
        for one in stored(decided_before):
            row, after = rows[str(one.id)], scalar(one, new)
            assert side(row, "after") == after, (name, one.kept)
            before = scalar(one, old)
            if (before["outcome"], before["limit_minor"] or 0) != (after["outcome"], after["limit_minor"] or 0):
                wanted.append(one.id)
        question = Question(
            new=new, first=FIRST, last=LAST, as_of=LAST, source="invoices",
            **against_of(decided_before, "current", "USD", LAST),
        )  # fmt: skip
        found = back_test(decided_before, question)["decisions"]["totals"]
    assert 0 < len(wanted) < 24, "the change changes something, and not everything"
    assert (found["decisions"], found["flips"]) == (24, len(wanted))
