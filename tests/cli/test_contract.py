"""What other programs rely on: every command of docs/commands.md on a fresh home, by its output and exit code."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.commands import Answer, Command, fresh_home, kept_up
from tests.core.credit.policies import SMALL

pytestmark = [pytest.mark.timeout(600)]

ACME = ("--seller", "ACME")
CUSTOMERS = "Customer No;Company name;Country;Credit limit\nC3;Drei GmbH;DE;2500.00\nC4;Quatre SA;FR;unlimited\n"
INVOICES = (
    "customer,number,issued_on,due_on,amount,currency\n"
    "C1,I-1,2025-01-10,2025-02-09,1000.00,USD\n"
    "C1,I-2,2025-03-01,2025-03-31,500.00,USD\n"
    "C2,I-3,2024-11-01,2024-12-01,200.00,USD\n"
    "C2,I-4,2024-10-01,2024-10-31,80.00,USD\n"
)
RECEIPTS = (
    "customer,external_id,received_on,amount,currency,invoice\n"
    "C1,R-1,2025-02-01,400.00,USD,I-1\n"
    "C2,R-2,2025-02-05,50.00,USD,\n"
    "C2,R-3,2024-11-10,80.00,USD,I-4\n"
)
NOTES = "customer,number,issued_on,amount,currency,invoice\nC1,CN-1,2025-03-05,100.00,USD,\n"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with fresh_home() as home:
        yield home.parent


@pytest.fixture(scope="module")
def openterms(folder: Path) -> Iterator[Command]:
    """A seller with customers, invoices, receipts and a credit note, entered by commands from nothing."""
    run = Command(folder / "h")
    made = run("seller", "add", "ACME", "--name", "Acme Ltd", "--currency", "USD", "--country", "US",
               "--timezone", "UTC", "--weekend", "sat,sun", "--json")  # fmt: skip
    assert made.json["code"] == "ACME"
    assert "Added the seller ACME" in made.err
    with kept_up(run.home):
        for number, country in (("C1", "US"), ("C2", "GB")):
            run("customer", "add", *ACME, "--id", number, "--name", f"Customer {number}", "--country", country)
        for kind, text in (("customers", CUSTOMERS), ("invoices", INVOICES), ("receipts", RECEIPTS),
                           ("credit-notes", NOTES)):  # fmt: skip
            file = folder / f"{kind}.csv"
            file.write_text(text)
            loaded = run("import", kind, file, *ACME, "--json")
            assert (loaded.json["state"], loaded.json["refused"]) == ("loaded", 0)
            assert loaded.json["loaded"] == loaded.json["read"] == text.count("\n") - 1
            assert "columns were guessed" in loaded.err
        yield run


def report(run: Command, name: str, *more: object) -> Answer:
    return run("report", name, *ACME, *more)


def test_ageing(openterms: Command) -> None:
    answer = report(openterms, "ageing", "--as-of", "2025-03-15", "--format", "csv")
    assert answer.columns == "customer,currency,current,1-30,31-60,61-90,90+,unapplied,total"
    assert [list(row.values()) for row in answer.rows] == [
        ["C1", "USD", "500.00", "0.00", "600.00", "0.00", "0.00", "-100.00", "1000.00"],
        ["C2", "USD", "0.00", "0.00", "0.00", "0.00", "200.00", "-50.00", "150.00"],
    ]


def test_ageing_of_a_day_before_anything(openterms: Command) -> None:
    answer = report(openterms, "ageing", "--as-of", "2020-01-01", "--format", "csv")
    assert answer.out.split() == ["customer,currency,current,1-30,31-60,61-90,90+,unapplied,total"]


def test_open_items(openterms: Command) -> None:
    answer = report(openterms, "open-items", "--as-of", "2025-03-15", "--format", "csv")
    assert answer.columns == "customer,invoice,invoice_date,due_date,currency,amount,open,days_overdue"
    rows = {row["invoice"]: row for row in answer.rows}
    assert rows.keys() == {"I-1", "I-2", "I-3", "R-2", "CN-1"}
    assert list(rows["I-1"].values()) == [
        "C1", "I-1", "2025-01-10", "2025-02-09", "USD", "1000.00", "600.00", "34"
    ]  # fmt: skip
    assert rows["I-2"]["days_overdue"] == "-16"
    assert (rows["R-2"]["open"], rows["CN-1"]["open"]) == ("-50.00", "-100.00")
    paid = report(openterms, "open-items", "--as-of", "2025-01-31", "--format", "csv").rows
    assert {row["invoice"]: row["open"] for row in paid} == {"I-1": "1000.00", "I-3": "200.00"}


def test_kpi(openterms: Command) -> None:
    found = report(openterms, "kpi", "--from", "2025-01-01", "--to", "2025-03-15", "--json").json
    figures = ("dso", "dso_countback", "bpdso", "add", "cei_pct", "turnover", "pct_current", "pct_over_90", "hhi")
    assert set(figures) <= found.keys()
    assert set(figures) <= found["basis"].keys()
    assert all(isinstance(found[name], float | int) for name in figures)
    assert found["dso"] == pytest.approx(1300 / 1400 * 74, abs=1e-4)  # gross open / (invoices - credit notes) x days
    assert found["pct_over_90"] == pytest.approx(200 / 1300 * 100, abs=1e-4)


def test_late_charges_are_shown_and_booked_by_the_policy_alone(openterms: Command) -> None:
    shown = openterms("late-charges", *ACME, "--as-of", "2025-03-15", "--json").json
    assert (shown["as_of"], shown["owed"], shown["booked"]) == ("2025-03-15", [], None)  # no policy says so
    booked = openterms("late-charges", *ACME, "--as-of", "2025-03-15", "--book", "--json").json["booked"]
    assert booked == {"charges": 0, "minor": {}, "refused": {}}
    added = openterms("late-charge-rate", "ecb_main", "2027H1", "2.15", *ACME, "--source", "ECB")
    assert "2027H1" in added.err


def test_kpi_of_a_period_without_sales_is_undefined_not_zero(openterms: Command) -> None:
    found = report(openterms, "kpi", "--from", "2020-01-01", "--to", "2020-03-31", "--json").json
    assert found["dso"] is None and found["turnover"] is None


def test_behaviour(openterms: Command) -> None:
    answer = report(openterms, "behaviour", "--as-of", "2025-03-15", "--format", "csv")
    assert answer.columns == "customer,currency,paid_invoices,wadtp,dbt,share_late,segment"
    (paid,) = [row for row in answer.rows if row["customer"] == "C2"]
    assert (paid["paid_invoices"], float(paid["wadtp"]), float(paid["dbt"])) == ("1", 40, 10)
    assert float(paid["share_late"]) == 1


def test_the_day_and_its_worklist(openterms: Command) -> None:
    ahead = openterms("worklist", *ACME, "--date", "2025-03-15", "--json").json
    done = openterms("day", *ACME, "--date", "2025-03-15", "--json")
    assert done.json["seller"] == "ACME" and done.json["date"] == "2025-03-15"
    phases = re.findall(r"^2025-03-15: (\S+)$", done.err, re.M)
    assert phases[0] == "begin" and "steps" in phases and phases[-2:] == ["write", "seal"]
    listed = openterms("worklist", *ACME, "--date", "2025-03-15", "--json").json
    assert listed == ahead
    assert [row["customer"] for row in listed] == ["C1", "C2"]
    for row in listed:
        assert list(row) == ["customer", "step", "reasons", "amount_at_risk", "currency", "items"]
        assert row["step"] == "final_notice" and row["currency"] == "USD"
        assert row["reasons"] and all(isinstance(reason, str) for reason in row["reasons"])
        assert re.fullmatch(r"\d+\.\d\d", row["amount_at_risk"])
    assert [row["items"] for row in listed] == [["I-1"], ["I-3"]]


def test_the_journal_and_the_invariants(openterms: Command) -> None:
    verified = openterms("journal", "verify", *ACME, "--json")
    assert [row["ok"] for row in verified.json] == [True] and verified.json[0]["sealed"] > 4
    found = openterms("check", "--json")
    assert {row["invariant"] for row in found.json} == {1, 2, 3, 4, 5, 8, 9, 10}
    assert all(row["ok"] is True and row["figure"] for row in found.json)
    assert found.err.count("\n") >= len(found.json)


def test_lines_and_customers(openterms: Command) -> None:
    line = ("line", "set", *ACME, "--customer", "C1", "--currency", "USD", "--reason", "yearly review")
    assert openterms(*line, "--limit", "1000.00", "--json").json["limit"] == "1,000.00"
    assert openterms(*line, "--limit", "unlimited", "--json").json["limit"] == "unlimited"
    taken = openterms("customer", "add", *ACME, "--id", "C1", "--name", "Again", "--country", "US", "--json", code=1)
    assert taken.out == "" and "C1" in taken.err


def test_api_keys(openterms: Command) -> None:
    made = openterms("apikey", "add", *ACME, "--scope", "authorise", "--name", "shop", "--json").json
    assert made["key"].startswith(made["prefix"]) and made["scopes"] == ["authorise"]
    (listed,) = openterms("apikey", "list", *ACME, "--json").json
    assert (listed["prefix"], listed["name"], listed["revoked_at"]) == (made["prefix"], "shop", None)
    assert made["key"] not in openterms("apikey", "list", *ACME).out
    assert openterms("apikey", "revoke", made["prefix"], *ACME, "--json").json["revoked_at"]
    gone = openterms("apikey", "revoke", made["prefix"], *ACME, code=1)
    assert gone.out == "" and made["prefix"] in gone.err
    assert "scope" in openterms("apikey", "add", *ACME, "--scope", "everything", code=1).err


def test_a_reader_who_leaves_before_the_answer_undoes_nothing(
    openterms: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")  # written at once, as an answer larger than the buffer is
    reading, writing = os.pipe()
    os.close(reading)
    process = openterms.start("apikey", "add", *ACME, "--scope", "read", "--name", "unread", "--json", stdout=writing)
    os.close(writing)
    process.communicate(timeout=120)
    assert "unread" in [key["name"] for key in openterms("apikey", "list", *ACME, "--json").json]


def test_a_refused_import_lists_its_rows_and_loads_nothing(openterms: Command, folder: Path) -> None:
    file = folder / "bad.csv"
    file.write_text(
        "customer,number,issued_on,due_on,amount,currency\nC3,B-1,2025-02-01,2025-03-01,10.00,EUR-\n"
        "nobody,B-2,2025-02-31,2025-03-01,-1,USD\nC3,B-3,2025-02-01,2025-03-01,10.00,USD\n"
    )
    refused = openterms("import", "invoices", file, *ACME, "--json", code=1)
    assert (refused.json["state"], refused.json["read"], refused.json["loaded"]) == ("refused", 3, 0)
    named = {(error["row"], error["field"]) for error in refused.json["errors"]}
    assert {(2, "currency"), (3, "issued_on"), (3, "amount")} <= named
    assert all(error["what"] and error["remedy"] for error in refused.json["errors"])
    assert "row 2, currency" in refused.err and "Nothing was loaded" in refused.err
    openterms("import", "invoices", file, *ACME, "--json", "--dry-run", code=1)
    assert not [row for row in report(openterms, "ageing", "--as-of", "2025-03-15").rows if row["customer"] == "C3"]
    partial = openterms("import", "invoices", file, *ACME, "--json", "--partial").json
    assert (partial["state"], partial["loaded"], partial["refused"]) == ("loaded", 1, 2)
    again = openterms("import", "invoices", file, *ACME, "--json", "--partial").json
    assert (again["loaded"], again["unchanged"], again["refused"]) == (0, 1, 2)


def test_a_back_test_says_what_another_policy_would_have_done(openterms: Command, folder: Path) -> None:
    """Orders stop for anything overdue: C1's of March (600.00 was 20 days late) and C2's of November (80.00, a day)."""
    strict = SMALL | {"currency": "USD", "authorisation": {"overdue_days": 0}}
    (folder / "strict.yaml").write_text(yaml.safe_dump(strict))
    asked = ("policy", "backtest", folder / "strict.yaml", "--against", "CURRENT", *ACME)
    period = ("--from", "2024-09-01", "--to", "2025-03-31", "--as-of", "2025-12-31")
    found = openterms(*asked, *period, "--json").json
    assert (found["against"], found["currency"], found["source"]) == ("standard", "USD", "invoices")
    assert [(one["before"], one["after"], one["reason"], one["orders"], one["change_minor"])
            for one in found["orders"]["flips"]] == [("approved", "referred", "overdue", 2, -70_000)]  # fmt: skip
    totals = found["orders"]["totals"]
    assert (totals["less_minor"], totals["customers"], totals["referred_after"]) == (70_000, 2, 2)
    assert [one["number"] for one in found["orders"]["customers"]] == ["C1", "C2"]
    assert found["decisions"] is None and any("evening before" in note for note in found["notes"])
    said = openterms(*asked, *period)
    assert "approved -> referred" in said.out and "-700.00" in said.out and "the headroom of those after it" in said.err
    refused = openterms("policy", "backtest", "wholesale", *ACME, *period, code=1)
    assert "in EUR" in refused.err
    openterms("policy", "backtest", "no-such-file.yaml", *ACME, code=1)


def test_a_dry_run_loads_nothing(openterms: Command, folder: Path) -> None:
    (folder / "more.csv").write_text("customer,number,issued_on,amount,currency\nC4,D-1,2025-03-01,10.00,USD\n")
    (folder / "more.yaml").write_text(
        "kind: invoices\ncolumns: {customer: customer, number: number, issued_on: issued_on, amount: amount}\n"
        "constants: {currency: USD}\ndates: iso\ndecimal: '.'\n"
    )
    more = ("import", "invoices", folder / "more.csv", *ACME, "--map", folder / "more.yaml")
    answer = openterms(*more, "--dry-run", "--json")
    assert (answer.json["state"], answer.json["loaded"]) == ("dry_run", 1) and "guessed" not in answer.err
    assert "D-1" not in report(openterms, "open-items", "--as-of", "2025-03-15").out
    openterms(*more)
    assert "D-1" in report(openterms, "open-items", "--as-of", "2025-03-15").out


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (1, "worklist --seller NONE --date 2025-03-15 --json"),
        (1, "late-charges --seller NONE --json"),
        (1, "late-charge-rate ecb_main 2027 2.15 --seller ACME --source ECB"),
        (2, "late-charge-rate ecb_main 2027H1 2.155 --seller ACME --source ECB"),
        (2, "day --seller ACME --date 2025-02-31 --json"),
        (2, "import payments /tmp/x.csv --seller ACME"),
    ],
)
def test_what_cannot_be_done_is_said_on_standard_error(openterms: Command, code: int, arguments: str) -> None:
    """More of these in test_refusals."""
    answer = openterms(*arguments.split(), code=code)
    assert answer.out == "" and answer.err.strip()


def test_doctor(openterms: Command) -> None:
    found = {row["check"]: row for row in openterms("doctor", "--json").json}
    assert found["database"]["ok"] and found["roles"]["ok"] and found["home"]["ok"]


@pytest.mark.deep
def test_backup_and_restore_into_another_home(openterms: Command, folder: Path) -> None:
    made = openterms("backup", folder / "b" / "all.dump", "--json").json
    assert made["bytes"] > 10_000
    assert "holds sellers" in openterms("restore", folder / "b" / "all.dump", code=1).err
    (folder / "broken.dump").write_bytes(b"not a backup")
    other = Command(folder / "o")
    with fresh_kept(other):
        other("restore", folder / "broken.dump", "--json", code=1)
        assert other("seller", "list", "--json").json == []
        assert other("restore", folder / "b" / "all.dump", "--json").json["restored"] is True
        for question in (("ageing", "--as-of", "2025-03-15"), ("kpi", "--to", "2025-03-15", "--json")):
            assert report(other, *question).out == report(openterms, *question).out
        assert all(row["ok"] for row in other("check", "--json").json)
        assert other("journal", "verify", "--json").json == openterms("journal", "verify", "--json").json
        other("customer", "add", *ACME, "--id", "C9", "--name", "After", "--country", "US")


def fresh_kept(other: Command):
    from openterms.cli.home import Home

    Home(other.home).create()
    return kept_up(other.home)


def test_an_invoice_from_file_to_files(openterms: Command, folder: Path) -> None:
    audit = ("audit", "billing", *ACME, "--as-of", "2025-03-31", "--json")
    before = openterms(*audit).json
    file = folder / "invoice.json"
    line = {"name": "Pump", "quantity": "2", "price": "250.00", "vat_rate": "20"}
    file.write_text(json.dumps({"customer": "C1", "currency": "USD", "issued_on": "2025-03-10", "lines": [line]}))
    set_up = openterms("invoice", "identity", *ACME, "--set", "iban=DE89370400440532013000", "--json").json
    assert set_up["iban"] == "DE89370400440532013000"
    made = openterms("invoice", "issue", file, *ACME, "--key", "k", "--json").json
    assert (made["number"], made["total"]) == ("INV-2025-000001", "600.00")
    for kind, begins in (("facturx", b"%PDF"), ("ubl", b"<?xml")):
        target = folder / f"invoice.{kind}"
        openterms("invoice", "render", made["number"], "--format", kind, "-o", target)
        assert target.read_bytes().startswith(begins)
    note = openterms("invoice", "credit", made["number"], *ACME, "--on", "2025-03-11", "--json").json
    assert (note["corrects"], note["total"]) == (made["number"], "600.00")
    target = folder / "statement.pdf"
    openterms("statement", "--customer", "C1", "--as-of", "2025-02-28", "-o", target)
    assert target.read_bytes().startswith(b"%PDF")
    unknown = openterms("invoice", "render", "INV-9", "-o", target, code=1)
    assert unknown.err.strip() == "No invoice INV-9 was issued here."
    found = openterms(*audit).json
    assert (found["seller"], found["invoices"], found["checked"]) == ("ACME", before["invoices"] + 1, 1)
    assert before["checked"] == 0
    assert 0 <= found["score"] <= 100 and found["proposals"]


def test_a_cycle_bills_once(openterms: Command, folder: Path) -> None:
    file = folder / "supplied.json"
    line = {"name": "Pump", "price": "250.00", "vat_rate": "20"}
    one = {"customer": "C2", "reference": "D-1", "supplied_on": "2025-03-12", "currency": "USD", "lines": [line]}
    file.write_text(json.dumps([one, one | {"reference": "D-2"}]))
    openterms("invoice", "cycle", "monthly 1", *ACME, "--customer", "C2")
    assert openterms("invoice", "gather", file, *ACME, "--json").json["added"] == 2
    (made,) = openterms("invoice", "run", *ACME, "--as-of", "2025-04-02", "--json").json["issued"]
    assert (made["customer"], made["issued_on"], made["total"]) == ("C2", "2025-04-01", "600.00")
    assert openterms("invoice", "run", *ACME, "--as-of", "2025-04-02", "--json").json["issued"] == []
