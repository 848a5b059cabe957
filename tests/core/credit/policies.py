"""Policies and facts for tests: the examples, a small document to vary, and drawn facts."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from openterms.core.base.expressions import Fact, Value
from openterms.core.credit.policy import EXAMPLES, Policy, from_document, read_policy

SMALL: dict[str, Any] = {
    "code": "small",
    "name": "Small",
    "currency": "EUR",
    "rounding": {"limit_minor": 100_000},
    "facts": {"use": ["insolvent", "days_overdue", "bureau_score", "deposit_minor"]},
    "risk_classes": [
        {"risk_class": "A", "when": "bureau_score >= 500", "cap_minor": 5_000_000},
        {"risk_class": "B", "when": True, "cap_minor": 1_000_000},
    ],
    "terms": {"A": ["net 60", "net 30"], "B": ["net 14"]},
    "limits": {"least_methods": 1, "methods": [{"method": "bureau", "share_bp": 10_000}]},
    "rules": [
        {
            "rule": "insolvent",
            "when": "insolvent",
            "decide": "decline",
            "reason": {"staff": "Insolvent.", "customer": "Insolvent.", "remedy": "Prepay."},
        },
        {
            "rule": "overdue",
            "when": "days_overdue > 30",
            "decide": "refer",
            "queue": "analyst",
            "reason": {"staff": "Overdue.", "customer": "Overdue.", "remedy": "Pay."},
        },
        {"rule": "fits", "when": True, "decide": "approve"},
    ],
    "authority": {"bands": [{"most_minor": 1_000_000, "roles": ["automatic"]}, {"roles": ["credit_manager"]}]},
    "late_charges": {"mode": "none"},
}
GOOD: dict[str, Value] = {
    "insolvent": False, "days_overdue": 0, "bureau_score": 700, "bureau_limit_minor": 4_000_000,
    "group_exposure_minor": 0,
}  # fmt: skip


@cache
def example(name: str) -> Policy:
    """An example policy of the product."""
    return read_policy(example_text(name))


def example_text(name: str) -> str:
    return (files("openterms.core.credit") / f"examples/{name}.yaml").read_text(encoding="utf-8")


def all_examples() -> list[Policy]:
    return [example(name) for name in EXAMPLES]


def small(**changes: Any) -> Policy:
    """The small policy with some keys of its document replaced."""
    return from_document({**copy.deepcopy(SMALL), **changes})


def rule(code: str, when: str, decide: str = "decline", **more: Any) -> dict[str, Any]:
    """A rule with what its decision needs."""
    made: dict[str, Any] = {"rule": code, "when": when, "decide": decide, **more}
    if decide != "approve":
        made.setdefault("reason", {"staff": f"{code}.", "customer": f"{code}.", "remedy": f"Not {code}."})
    if decide == "refer":
        made.setdefault("queue", "analyst")
    return made


def numbers_in(policy: Policy) -> list[int]:
    """Whole numbers that stand in the policy's conditions, and their neighbours."""
    import re

    found = {int(n.replace("_", "")) for _p, c in policy.conditions() for n in re.findall(r"\b\d[\d_]*\b", c.source)}
    return sorted({near for number in found for near in (number - 1, number, number + 1)})


def drawn(dice: random.Random, facts: Mapping[str, Fact], near: list[int], missing: float = 0.2) -> dict[str, Value]:
    """Random facts, often beside the numbers a policy compares with."""
    found: dict[str, Value] = {}
    for fact in facts.values():
        if dice.random() < missing:
            found[fact.name] = None
        elif fact.type == "bool":
            found[fact.name] = dice.random() < 0.2
        elif fact.type == "text":
            found[fact.name] = dice.choice(fact.members or ("SA", "DE", "food"))
        else:
            inside = [number for number in near if fact.lo <= number <= fact.hi] or [fact.lo]
            found[fact.name] = dice.choice((fact.lo, fact.hi, dice.choice(inside), dice.choice(inside)))
    return found
