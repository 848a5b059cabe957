"""How many credit decisions a core makes, from facts in memory to the outcome, under the example policies."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from .figures import Figure

CASES = 1_000
ROUNDS = 7


def measure(size: int) -> list[Figure]:
    """Decisions a second of processor time, the best of some rounds; with what would help; and one lint."""
    from openterms.core.credit.decisions import decide
    from openterms.core.credit.lint import lint
    from openterms.core.credit.policy import EXAMPLES, read_policy

    figures = []
    for name in EXAMPLES:
        text = (files("openterms.core.credit") / f"examples/{name}.yaml").read_text(encoding="utf-8")
        policy = read_policy(text)
        cases = [_facts(policy, random.Random(seed)) for seed in range(CASES)]  # noqa: S311 - cases, no secrets
        plain = _seconds(lambda p=policy, c=cases: [decide(one, p, alternatives=False) for one in c])  # type: ignore[misc]
        helped = _seconds(lambda p=policy, c=cases: [decide(one, p) for one in c[:50]], rounds=1)  # type: ignore[misc]
        proved = _seconds(lambda p=policy: lint(p), rounds=1)  # type: ignore[misc]
        figures += [
            Figure("deciding", f"{name}, decisions", CASES / plain, "/s", least=20_000),
            Figure("deciding", f"{name}, with what would help", helped / 50 * 1_000, "ms"),
            Figure("deciding", f"{name}, lint", proved * 1_000, "ms"),
        ]
    return figures


def _facts(policy: Any, dice: random.Random) -> dict[str, int | bool | str]:
    """Every fact of a policy, known, at random."""
    found: dict[str, int | bool | str] = {}
    for fact in policy.facts.values():
        if fact.type == "bool":
            found[fact.name] = dice.random() < 0.1
        elif fact.type == "text":
            found[fact.name] = dice.choice(fact.members or ("SA", "DE"))
        else:
            found[fact.name] = max(fact.lo, dice.randint(0, fact.hi) // dice.choice((1, 10**3, 10**6)))
    return found


def _seconds(do: Callable[[], Any], rounds: int = ROUNDS) -> float:
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        do()
        best = min(best, time.process_time() - started)
    return best
