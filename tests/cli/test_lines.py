"""The life of lines by command: suspended, resumed, reduced, ended, cancelled; groups, cover, and many from a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .test_decisions import run


@pytest.fixture
def house(committed: None, new_seller: Any) -> Any:
    from openterms.apps.tenancy.context import acting
    from tests.apps.desk import Desk

    seller = new_seller(enter=False)
    with acting(seller.id):
        desk = Desk(seller)
        desk.customer("C1", group="G")
        desk.customer("C2", group="G")
        desk.invoice("I1", "03-01", 40_000)
    return seller


def test_a_line_from_its_limit_to_its_end(house: Any, tmp_path: Path) -> None:
    of = ("--seller", house.code, "--customer", "C1", "--currency", "USD", "--reason", "review", "--json")

    def line(verb: str, *more: object, code: int = 0) -> Any:
        return run("line", verb, *of, *more, code=code)

    assert "no line in USD" in line("suspend", code=1).output
    line("set", "--limit", "900.00")
    said = json.loads(line("suspend", "--tell", "Please call us.").stdout)
    assert (said["kind"], said["told"], said["limit"]) == ("suspend", True, "900.00")
    assert line("suspend", code=1).stdout == ""
    line("resume")
    assert json.loads(line("reduce", "--limit", "500.00").stdout)["limit"] == "500.00"
    assert json.loads(line("extend", "--until", "2099-12-31").stdout)["until"] == "2099-12-31"
    assert line("extend", "--until", "soon", code=2).stdout == ""

    file = tmp_path / "limits.csv"
    file.write_text("customer,currency,limit\nC1,USD,450.00\nC2,USD,100.00\nC1,EUR,5.00\n")
    many = ("line", "change", "--seller", house.code, "--file", file, "--reason", "less", "--json")
    shown = json.loads(run(*many, "--preview").stdout)
    assert [(row["after"], row["outcome"]) for row in shown["rows"]] == [
        ("450.00", "would change"), ("100.00", "would change"), ("5.00", "would change"),
    ]  # fmt: skip
    done = json.loads(run(*many).stdout)
    assert [row["outcome"] for row in done["rows"]] == ["done"] * 3
    again = run(*many, code=1)
    assert [row["outcome"] for row in json.loads(again.stdout)["rows"]] == ["refused"] * 3
    file.write_text("customer,currency,limit\nC9,USD,1\n")
    assert "row 2" in run(*many, code=1).output

    line("cancel")
    assert line("cancel", code=1).stdout == ""
    group = ("line", "group", "--seller", house.code, "--group", "G", "--currency", "USD", "--reason", "all", "--json")
    assert json.loads(run(*group, "--limit", "700.00").stdout)["limit"] == "700.00"
    of_group = ("--seller", house.code, "--group", "G", "--reason", "review", "--json")
    assert json.loads(run("line", "group-suspend", *of_group).stdout)["state"] == "suspended"
    assert run("line", "group-suspend", *of_group, code=1).stdout == ""
    assert json.loads(run("line", "group-resume", *of_group).stdout)["state"] == "open"
    assert json.loads(run("line", "group-reduce", *of_group, "--limit", "600.00").stdout)["limit"] == "600.00"
    assert json.loads(run("line", "group-extend", *of_group, "--until", "2099-12-31").stdout)["until"] == "2099-12-31"
    assert json.loads(run("line", "group-cancel", *of_group).stdout)["limit"] == "0.00"
    covered = ("cover", "add", "--seller", house.code, "--customer", "C1", "--currency", "USD", "--json")
    run(*covered, "--kind", "insured", "--amount", "50.00", code=1)
    kept = json.loads(run(*covered, "--kind", "insured", "--amount", "50.00", "--issuer", "Insurer plc").stdout)
    run("cover", "end", kept["id"], "--seller", house.code, "--reason", "over", "--json")
    run("cover", "end", "nothing", "--seller", house.code, "--reason", "over", code=2)
    found = json.loads(run("check", "--seller", house.code, "--json").stdout)
    assert all(one["ok"] for one in found), [one for one in found if not one["ok"]]


def test_offers_are_listed_answered_and_taken_back(house: Any) -> None:
    from openterms.apps.credit.offer.actions import Offered, make_offer
    from openterms.apps.parties.models import Customer
    from openterms.apps.tenancy import clock
    from openterms.apps.tenancy.actor import SYSTEM
    from openterms.apps.tenancy.context import acting

    with acting(house.id):
        for number in ("C1", "C2"):
            customer = Customer.objects.get(seller=house, number=number)
            today = clock.today(house.timezone)
            wanted = Offered(limit_minor=75_000, currency="USD", answer_by=today, reason="good year")
            make_offer(house, SYSTEM, customer, wanted, clock.now())
    of = ("--seller", house.code, "--json")
    first, second = json.loads(run("offer", "list", *of).stdout)
    assert (first["limit"], first["state"]) == ("750.00", "open")
    (only,) = json.loads(run("offer", "list", *of, "--customer", second["customer"]).stdout)
    assert only == second
    told = ("--accept", "--name", "Jane Doe", "--note", "by phone")
    said = json.loads(run("offer", "answer", first["offer"], *of, *told).stdout)
    assert (said["state"], said["answered_by"]) == ("accepted", "Jane Doe")
    assert run("offer", "withdraw", first["offer"], *of, "--reason", "late", code=1).stdout == ""
    assert json.loads(run("offer", "withdraw", second["offer"], *of, "--reason", "sold").stdout)["state"] == "withdrawn"
    assert json.loads(run("offer", "list", *of).stdout) == []
    assert len(json.loads(run("offer", "list", *of, "--ended").stdout)) == 2
    run("offer", "withdraw", "nothing", *of, "--reason", "x", code=2)
