"""Policies and decisions from files: no database, one JSON document, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from openterms.cli.main import app
from openterms.core.credit.policy import EXAMPLES
from tests.core.credit.policies import example_text

FACTS = {
    "sanctions_hit": False, "insolvent": False, "register_status": "active", "fraud_flag": False, "days_overdue": 40,
    "months_trading": 80, "payment_index": 85, "references_given": 3, "references_prompt": 3, "current_ratio_c": 170,
    "debt_to_equity_c": 100, "tangible_net_worth_minor": 40_000_000, "bureau_limit_minor": 3_500_000,
    "group_exposure_minor": 0,
}  # fmt: skip


def run(*arguments: object, code: int = 0) -> Any:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({"facts": FACTS, "request": {"limit_minor": 2_500_000, "terms": "net 30"}}))
    return file


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_by_name_and_as_files(name: str, tmp_path: Path) -> None:
    assert json.loads(run("policy", "lint", name, "--json").stdout) == []
    file = tmp_path / "mine.yaml"
    file.write_text(example_text(name), encoding="utf-8")
    assert run("policy", "show", file).stdout == run("policy", "show", name).stdout
    assert json.loads(run("policy", "diff", name, file, "--json").stdout) == []
    assert json.loads(run("policy", "show", name, "--json").stdout)["code"] == name


def test_lint_says_what_is_wrong_and_ends_with_one(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(example_text("software").replace("days_overdue > 15", "days_overdue > 15 and days_overdue < 3"))
    found = run("policy", "lint", file, "--json", code=1)
    (finding,) = json.loads(found.stdout)
    assert (finding["code"], finding["place"], finding["severity"]) == ("rule_never_true", "rules, overdue", "wrong")
    file.write_text("code: [")
    assert "line 1" in run("policy", "lint", file, code=1).stderr


def test_diff_names_the_place(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(example_text("software").replace("days_overdue > 15", "days_overdue > 20"))
    assert json.loads(run("policy", "diff", "software", file, "--json").stdout) == [
        {"kind": "changed", "place": "rules, overdue, when", "old": "days_overdue > 15", "new": "days_overdue > 20"}
    ]


def test_a_decision_from_files(facts: Path) -> None:
    answer = json.loads(run("decide", "--policy", "wholesale", "--facts", facts, "--json").stdout)
    assert (answer["outcome"], answer["rule"], answer["limit_minor"]) == ("decline", "too_long_overdue", None)
    assert answer["because"]["too_long_overdue"] == "days overdue 40 > 30"
    assert [(one["fact"], one["to"]) for one in answer["would_pass"]] == [("days_overdue", 30)]
    assert answer["would_pass"][0]["text"] == "pay every invoice that is more than 30 days overdue"
    words = run("decide", "--policy", "wholesale", "--facts", facts).stdout
    assert "An item is more than 30 days overdue." in words
    assert "it would pass: pay every invoice that is more than 30 days overdue" in words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("[1]", "write an object of facts"),
        ('{"facts": {"days_overdue": Infinity}}', "not JSON"),
        ('{"facts": {"days_overdue": 1e400}}', "days_overdue"),
        ('{"facts": {"days_overdue": -1}}', "days_overdue"),
        ('{"facts": {"nothing_known": 1}}', "nothing_known"),
        ('{"facts": {}, "request": {"limit": 1}}', "limit_minor and terms"),
        ('{"facts": {}, "request": {"limit_minor": "1"}}', "whole number"),
        ('{"facts": {}, "request": {"terms": "whenever"}}', "request, terms"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_facts_that_cannot_be_read_are_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_text(text)
    done = run("decide", "--policy", "software", "--facts", file, "--json", code=1)
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_file_that_is_not_there() -> None:
    assert "/no/such/file" in run("policy", "show", "/no/such/file", code=1).stderr
    run("policy", "diff", "wholesale", "/no/such/file", code=1)


def test_the_schema_is_one_document() -> None:
    assert json.loads(run("policy", "schema").stdout)["title"] == "OpenTerms credit policy"
