"""Promises, disputes and plans by command."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from .test_decisions import run
from .test_lines import house

__all__ = ["house"]


def test_what_customers_say_by_command(house: Any) -> None:
    of = ("--seller", house.code, "--customer", "C1", "--json")
    today = date.today()

    def ask(*words: object, code: int = 0) -> Any:
        return run(*words, code=code)

    later = today + timedelta(days=5)
    made = json.loads(ask("promise", "add", *of, "--line", f"I1=100.00@{later}", "--by", "Ms Reed").stdout)
    assert [(one["amount"], one["state"], one["channel"]) for one in made] == [("100.00", "pending", "phone")]
    assert "has passed" in ask("promise", "add", *of, "--line", f"I1=100.00@{today - timedelta(days=5)}", code=1).output
    assert ask("promise", "add", *of, "--line", "I1=100.00", code=2).stdout == ""
    assert "no item I9" in ask("promise", "add", *of, "--line", f"I9=1.00@{later}", code=1).output
    (listed,) = json.loads(ask("promise", "list", *of).stdout)
    assert listed["lines"] == [{"item": "I1", "amount": "100.00"}]

    case = json.loads(ask("dispute", "add", *of, "--reason", "price", "--line", "I1=50.00").stdout)
    assert (case["amount"], case["department"], case["state"]) == ("50.00", "sales", "received")
    assert "cannot be disputed" in ask("dispute", "add", *of, "--reason", "price", "--line", "I1=999", code=1).output
    shown = ("--seller", house.code, "--json")
    late = json.loads(ask("dispute", "list", *shown, "--date", today + timedelta(days=30)).stdout)
    assert [(one["customer"], one["is_late"]) for one in late] == [("C1", True)]
    (cause,) = json.loads(ask("dispute", "causes", *shown).stdout)
    assert (cause["cause"], cause["count"], cause["upheld_bp"]) == ("price", 1, None)

    plan = json.loads(ask("plan", "offer", *of, "--item", "I1", "--instalments", 2, "--first", later).stdout)
    assert [one["amount"] for one in plan["instalments"]] == ["175.00", "175.00"]
    assert "strategy allows" in ask(
        "plan", "offer", *of, "--item", "I1", "--instalments", 90, "--first", later, code=1
    ).output
    accepted = ("plan", "accept", plan["id"], *shown, "--name", "Ms Reed", "--hash")
    assert "not the agreement" in ask(*accepted, "0", code=1).output
    assert json.loads(ask(*accepted, plan["agreement_hash"]).stdout)["state"] == "running"
    assert json.loads(ask("plan", "show", plan["id"], *shown).stdout)["accepted_name"] == "Ms Reed"
    assert [one["state"] for one in json.loads(ask("plan", "list", *of).stdout)] == ["running"]
