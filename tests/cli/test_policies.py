"""Policies in the record by command: published by two people, listed, read and compared by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from openterms.cli.main import app
from tests.core.credit.policies import example_text


def run(*arguments: object, code: int = 0) -> Any:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """A seller with an analyst and a credit manager; real commits."""
    from django.db import connection

    from openterms.apps.tenancy.actions import add_membership, add_seller, add_user
    from openterms.apps.tenancy.clock import new_id
    from openterms.apps.tenancy.context import acting

    with django_db_blocker.unblock():
        code = f"Q{new_id().hex[-12:]}"
        seller = add_seller(code, "House", "USD", "US")
        with acting(seller.id):
            for role, name in (("analyst", "ann"), ("credit_manager", "max")):
                add_membership(seller, add_user(f"{name}@{code.lower()}.example", None, name), role, 10**9)
        yield seller
        connection.close()


def publish(house: Any, file: object, on: Any, by: str = "max", *more: object, code: int = 0) -> Any:
    mail = f"@{house.code.lower()}.example"
    return run("policy", "publish", file, "--seller", house.code, "--from", on, "--submitted-by", f"ann{mail}",
               "--approved-by", f"{by}{mail}", *more, code=code)  # fmt: skip


def test_two_people_publish_and_one_reads(house: Any, tmp_path: Path) -> None:
    from openterms.apps.tenancy import clock

    today = clock.today("UTC")
    mine = tmp_path / "mine.yaml"
    mine.write_text(example_text("software"), encoding="utf-8")
    for by, text, said in (("ann", "approve", ""), ("nobody", "works for", ""), ("max", "", "wrong")):
        mine.write_text(example_text("software").replace("days_overdue > 15", "days_overdue > 15 and days_overdue < 3")
                        if said else example_text("software"), encoding="utf-8")  # fmt: skip
        refused = publish(house, mine, today, by, "--json", code=1)
        assert refused.stdout == "" and text in refused.stderr and said in refused.stderr
    assert publish(house, mine, today - timedelta(days=1), code=1).stdout == ""
    assert json.loads(run("policy", "list", "--seller", house.code, "--json").stdout) == [], "nothing half-applied"

    made = json.loads(publish(house, "software", today, "max", "--json").stdout)
    assert (made["policy"], made["made"], made["state"]) == ("software@1", True, "published")
    assert json.loads(publish(house, "software", today, "max", "--json").stdout)["made"] is False, "once"
    mine.write_text(example_text("software").replace("valid_days: 30", "valid_days: 20"), encoding="utf-8")
    publish(house, mine, today + timedelta(days=3))
    found = json.loads(run("policy", "list", "--seller", house.code, "--json").stdout)
    stood = [(one["policy"], one["standing"]) for one in found]
    assert stood == [("software@2", "to_come"), ("software@1", "in_force")]
    assert found[1]["approved_by"].startswith("max@")

    first, second = (f"{house.code}:software@{number}" for number in (1, 2))
    assert json.loads(run("policy", "show", first, "--json").stdout)["hash"] == made["hash"]
    (change,) = json.loads(run("policy", "diff", first, second, "--json").stdout)
    assert (change["place"], change["old"], change["new"]) == ("authorisation, valid_days", "30", "20")
    assert json.loads(run("policy", "diff", second, mine, "--json").stdout) == []
    assert "software@9" in run("policy", "show", f"{house.code}:software@9", code=1).stderr
