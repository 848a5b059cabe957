"""Killed without warning, then run again: the same record as if nothing had happened."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from openterms.cli.home import Home
from openterms.portfolio.runs.day import PHASES
from tests.apps.desk import owned_tables
from tests.commands import Command
from tests.stories.houses import NOW, House, house

pytestmark = [pytest.mark.deep, pytest.mark.timeout(900)]

DAY = date(2025, 6, 16)
EVERY_PHASE = ("begin", "expire", "load", *PHASES, "write", "seal")
OF_THE_MOMENT = {"id", "content_hash", "chain_hash"}


@pytest.fixture
def openterms(home: Home, django_db_setup: None) -> Command:
    return Command(home.path)


@pytest.fixture
def twins(openterms: Command, tmp_path: Path, django_db_blocker: Any) -> Iterator[tuple[House, House]]:
    """Two sellers with the same book: late and early payers, a promise to break."""
    with house(django_db_blocker, "USD", "US") as one, house(django_db_blocker, "USD", "US") as two:
        for each in (one, two):
            take_in(openterms, each, book(tmp_path, 60))
            promise(each)
        yield one, two


def book(folder: Path, customers: int) -> Path:
    """Invoices of many customers over a year, some settled."""
    lines = ["customer,number,issued_on,due_on,amount,currency,settled_on"]
    for place in range(customers * 8):
        issued = DAY - timedelta(300 - place % 290)
        paid = issued + timedelta(20 + place % 45) if place % 8 else None
        amount = f"{100 + place % 977}.{place % 90 + 10}"
        lines.append(
            f"K{place % customers:04},I{place:05},{issued},{issued + timedelta(30)},{amount},USD,"
            f"{paid if paid and paid < DAY else ''}"
        )
    file = folder / "book.csv"
    file.write_text("\n".join(lines) + "\n")
    (folder / "book.yaml").write_text(
        "kind: invoices\nnew_customers: add\ncolumns: {customer: customer, number: number, issued_on: issued_on,"
        " due_on: due_on, amount: amount, currency: currency, settled_on: settled_on}\ndates: iso\ndecimal: '.'\n"
    )
    return file


def import_of(each: House, file: Path) -> list[object]:
    return ["import", "invoices", file, "--seller", each.seller.code, "--map", file.with_suffix(".yaml"), "--json"]


def take_in(openterms: Command, each: House, file: Path) -> None:
    assert openterms(*import_of(each, file)).json["state"] == "loaded"


def promise(each: House) -> None:
    """A promise that the day finds broken."""
    from openterms.apps.collecting.promise.actions import promise as promised
    from openterms.apps.receivables.models import Item
    from openterms.apps.tenancy.actor import SYSTEM

    with each.inside():
        item = Item.objects.filter(seller=each.seller, kind="invoice", open_minor__gt=0).order_by("number").first()
        made, due = DAY - timedelta(12), DAY - timedelta(9)
        promised(each.seller, SYSTEM, item.customer, [item.id], item.open_minor, due, made, NOW)


def record_of(each: House) -> dict[str, tuple[int, str]]:
    """Count and digest of every table's rows without identifiers and instants."""
    found = {}
    with each.inside(), connection.cursor() as cursor:
        cursor.execute("SELECT receivables_fold_days()")
        for table in owned_tables():
            cursor.execute(
                "SELECT attname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE attrelid = %s::regclass"
                " AND attnum > 0 AND NOT attisdropped AND t.typname NOT IN ('uuid', 'timestamptz') ORDER BY attname",
                [table],
            )
            names = [row[0] for row in cursor.fetchall() if row[0] not in OF_THE_MOMENT]
            shown = ", ".join(
                f"regexp_replace(\"{name}\"::text, '[0-9a-f]{{8}}-[0-9a-f-]{{27}}', 'id', 'g')" for name in names
            )
            cursor.execute(
                f"SELECT count(*), md5(string_agg(r, '|' ORDER BY r)) FROM"
                f" (SELECT ROW({shown})::text FROM {table} WHERE seller_id = %s) t (r)",
                [each.seller.id],
            )
            found[table] = cursor.fetchone()
    return found


def day_of(each: House, on: date = DAY) -> list[object]:
    return ["day", "--seller", each.seller.code, "--date", on, "--json"]


def kill_at(openterms: Command, each: House, on: date, phase: str) -> None:
    """Run the day and kill it without warning as it begins a phase."""
    process = openterms.start(*day_of(each, on), stdout=subprocess.DEVNULL)
    assert process.stderr is not None
    for line in process.stderr:
        if line.strip() == f"{on}: {phase}":
            process.kill()
            break
    process.wait(60)
    process.stderr.close()
    assert process.returncode == -9, f"the day never came to {phase}"


def hold_alike(undisturbed: House, disturbed: House) -> None:
    one, other = record_of(undisturbed), record_of(disturbed)
    assert {table for table in one if one[table] != other[table]} == set()
    assert disturbed.faults() == []


def test_a_day_killed_after_it_expired_and_as_it_writes(openterms: Command, twins: tuple[House, House]) -> None:
    undisturbed, disturbed = twins
    openterms(*day_of(undisturbed))
    for phase in ("load", "write"):
        kill_at(openterms, disturbed, DAY, phase)
    openterms(*day_of(disturbed))
    assert openterms("worklist", "--seller", disturbed.seller.code, "--date", DAY, "--json").json
    hold_alike(undisturbed, disturbed)


def test_a_day_killed_at_every_phase(openterms: Command, twins: tuple[House, House]) -> None:
    undisturbed, disturbed = twins
    for place, phase in enumerate(EVERY_PHASE):
        on = DAY + timedelta(place)
        openterms(*day_of(undisturbed, on))
        kill_at(openterms, disturbed, on, phase)
        openterms(*day_of(disturbed, on))
    hold_alike(undisturbed, disturbed)


def test_two_days_at_once_are_one(openterms: Command, twins: tuple[House, House]) -> None:
    alone, crowded = twins
    openterms(*day_of(alone))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: openterms(*day_of(crowded)), range(2)))
    assert {answer.json["date"] for answer in answers} == {str(DAY)}
    hold_alike(alone, crowded)


def test_an_import_killed_half_way_leaves_nothing_and_runs_again(
    openterms: Command, tmp_path: Path, django_db_blocker: Any
) -> None:
    file = book(tmp_path, 700)
    with house(django_db_blocker, "USD", "US") as one, house(django_db_blocker, "USD", "US") as two:
        empty = record_of(two)
        process = openterms.start(*import_of(two, file), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_writing(process)
        process.kill()
        assert process.wait(60) == -9
        assert record_of(two) == empty
        take_in(openterms, one, file)
        take_in(openterms, two, file)
        hold_alike(one, two)


def wait_until_writing(process: subprocess.Popen[str]) -> None:
    """Until the import's transaction has rows of its own in the database."""
    with connection.cursor() as cursor:
        while process.poll() is None:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%stage_item%' AND pid <> pg_backend_pid()")
            if cursor.fetchone():
                return
    raise AssertionError("the import ended before it could be killed")


def test_two_imports_of_the_same_file_at_once_are_one(
    openterms: Command, tmp_path: Path, django_db_blocker: Any
) -> None:
    file = book(tmp_path, 100)
    with house(django_db_blocker, "USD", "US") as one, house(django_db_blocker, "USD", "US") as two:
        take_in(openterms, one, file)
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: openterms(*import_of(two, file)).json, range(2)))
        assert sorted((answer["loaded"], answer["unchanged"]) for answer in answers) == [(0, 800), (800, 0)]
        alone, crowded = record_of(one), record_of(two)
        assert crowded.pop("analytics_importrun")[0] == 1 + alone.pop("analytics_importrun")[0] == 2
        assert alone == crowded
        assert two.faults() == []


def test_a_refused_import_leaves_nothing_but_its_run(
    openterms: Command, tmp_path: Path, django_db_blocker: Any
) -> None:
    file = book(tmp_path, 50)
    with file.open("a") as more:
        more.write("K0001,I99999,2025-02-31,2025-03-01,1.00,USD,\n")
    with house(django_db_blocker, "USD", "US") as one:
        before = one.state("analytics_importrun")
        refused = openterms(*import_of(one, file), code=1).json
        assert (refused["state"], refused["refused"], refused["loaded"]) == ("refused", 1, 0)
        assert one.state("analytics_importrun") == before
        assert one.count("analytics.ImportRun", state="refused") == 1
