"""Credit decisions by command: made, shown and made again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from openterms.cli.main import app


def run(*arguments: object, code: int = 0) -> Any:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


@pytest.fixture
def house(committed: None, new_seller: Any) -> Any:
    from openterms.apps.tenancy.context import acting
    from tests.apps.cases import publish
    from tests.apps.desk import Desk

    seller = new_seller(enter=False)
    with acting(seller.id):
        publish(seller)
        Desk(seller).customer("C1")
    return seller


def test_a_decision_is_made_shown_and_made_again(house: Any, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({
        "bureau_limit_minor": 30_000_000, "bureau_score": {"value": 720, "source": "bureau", "as_of": "2026-05-01"},
    }))  # fmt: skip
    to = ("--seller", house.code, "--customer", "C1")
    for wrong, code in ((("--limit", "many"), 1), (("--until", "soon"), 2), (("--currency", "EUR"), 1)):
        assert run("decision", "make", *to, *wrong, "--json", code=code).stdout == ""
    done = run("decision", "make", *to, "--limit", "9000.00", "--facts", facts, "--json")
    made = json.loads(done.stdout)
    assert (made["outcome"], made["state"], made["granted"]) == ("approve", "decided", "9000.00")
    assert (made["suggested"], made["bound_by"], made["policy"]["version"]) == ("300000.00", "bureau", "house@1")
    large = json.loads(run("decision", "make", *to, "--limit", "40000.00", "--terms", "net 60", "--json").stdout)
    assert (large["state"], large["authority"]["roles"], large["terms"]) == ("open", ["analyst"], "net 60")
    assert "open already" in run("decision", "make", *to, "--limit", "1.00", code=1).output

    shown = json.loads(run("decision", "show", made["decision"], "--json").stdout)
    assert shown["record"]["facts"]["bureau_score"] == 720
    assert shown["sources"]["bureau_score"] == {"source": "bureau", "as_of": "2026-05-01"}
    again = json.loads(run("decision", "replay", made["case"], "--json").stdout)
    assert (again["same"], again["differences"], again["outcome"] == again["again"]) == (True, [], True)
    run("decision", "replay", house.id, code=1)
    run("decision", "replay", "nothing", code=2)
    found = json.loads(run("check", "--seller", house.code, "--json").stdout)
    assert [one["figure"] for one in found if one["text"].startswith("Every decision replays")] == ["2 decisions"]


def test_an_answer_that_comes_out_otherwise_is_found(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the product decided otherwise today than it did when the decision was made."""
    made = json.loads(run("decision", "make", "--seller", house.code, "--customer", "C1", "--limit", "9000.00",
                          "--json").stdout)  # fmt: skip
    from openterms.apps.credit.decision import reads

    def otherwise(kept: str, policy: Any) -> str:
        body = json.loads(kept)
        body["outcome"]["suggestion"]["limit_minor"] = 7
        return json.dumps(body)

    monkeypatch.setattr(reads.decisions, "replay", otherwise)
    answer = run("decision", "replay", made["decision"], "--json", code=1)
    assert json.loads(answer.stdout)["differences"] == ["outcome.suggestion.limit_minor"]
    assert "comes out otherwise" in answer.stderr
    assert run("check", "--seller", house.code, "--json", code=1)
