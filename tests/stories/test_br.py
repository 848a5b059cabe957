"""A Brazilian wholesaler: 61,876 invoices without numbers, 940 of them without an amount."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from tests.shared import shared
from tests.stories import naive
from tests.stories.houses import House, house

pytestmark = [pytest.mark.deep, pytest.mark.timeout(600)]

FILE, MAP = "data/ar_br/payments.csv", "br.yaml"
DAYS = [date(2018, 10, 1), date(2019, 6, 30), date(2020, 3, 31), date(2020, 12, 14), date(2021, 10, 1)]
FRIDAY = date(2020, 3, 27)


@pytest.fixture(scope="module")
def bills() -> list[naive.Bill]:
    return naive.brazilian(shared(FILE))


@pytest.fixture(scope="module")
def br(bills: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    with house(django_db_blocker, "BRL", "BR") as found:
        before = found.state("analytics_importrun")
        refused = found.take_in(shared(FILE), MAP)
        assert (refused.state, refused.read, refused.refused, refused.loaded) == ("refused", 61_876, 940, 0)
        assert {(error.field, error.what) for error in refused.errors} == {("amount", "the field is empty")}
        assert found.state("analytics_importrun") == before  # nothing is loaded, customers neither
        done = found.take_in(shared(FILE), MAP, partial=True)
        assert (done.state, done.read, done.loaded, done.refused) == ("loaded", 61_876, 60_936, 940)
        yield found


def test_everything_but_the_empty_rows_is_there(br: House, bills: list[naive.Bill]) -> None:
    assert br.count("parties.Customer") == len({bill.customer for bill in bills}) == 1_127
    assert br.count("receivables.Item", kind="invoice") == len(bills) == 60_936
    assert br.count("receivables.Item", external_id="br:0", number="0") == 1
    assert br.count("receivables.Item", open_minor__gt=0) == 0


def test_the_same_file_again_changes_nothing(br: House) -> None:
    before = br.state("analytics_importrun")
    done = br.take_in(shared(FILE), MAP, partial=True)
    assert (done.loaded, done.unchanged, done.refused) == (0, 60_936, 940)
    assert br.state("analytics_importrun") == before


@pytest.mark.parametrize("on", DAYS, ids=str)
def test_ageing_at_any_past_day_is_what_the_file_says(br: House, bills: list[naive.Bill], on: date) -> None:
    assert br.ageing(on) == naive.ageing(bills, on)


def test_behaviour_is_what_the_file_says(br: House, bills: list[naive.Bill]) -> None:
    on = date(2020, 6, 30)
    rows = {row["customer"]: row for row in br.report("behaviour", on)}
    paid = naive.paid_before(bills, on)
    for customer, found in paid.items():
        row = rows[customer]
        assert int(row["paid_invoices"]) == len(found)
        assert float(row["wadtp"]) == pytest.approx(float(naive.weighted(found, "issued")), abs=6e-5)
        assert float(row["dbt"]) == pytest.approx(float(naive.weighted(found, "due")), abs=6e-5)
    assert sum(int(row["paid_invoices"]) for row in rows.values()) == sum(map(len, paid.values()))


def test_key_figures_are_what_the_file_says(br: House, bills: list[naive.Bill]) -> None:
    first, last = date(2020, 1, 1), date(2020, 3, 31)
    found = br.kpi(first, last)
    for name, value in naive.kpi(bills, first, last).items():
        assert found[name] == pytest.approx(float(value), abs=6e-5), name


def test_the_day_lists_who_is_late_and_never_the_law(br: House, bills: list[naive.Bill]) -> None:
    br.day(FRIDAY)
    listed = br.worklist(FRIDAY)
    assert listed and {row["step"] for row in listed}.isdisjoint({"propose_demand", "propose_agency"})
    owing = {bill.customer for bill in bills if bill.is_open(FRIDAY) and bill.days_late(FRIDAY) > -8}
    assert {row["customer"] for row in listed} <= owing
    worst = {bill.customer for bill in bills if bill.is_open(FRIDAY) and bill.days_late(FRIDAY) >= 30}
    assert {row["customer"] for row in listed if row["step"] == "final_notice"} >= worst
    before = br.state()
    br.day(FRIDAY)
    assert br.state() == before


def test_what_must_always_hold_holds(br: House) -> None:
    assert br.faults() == []
